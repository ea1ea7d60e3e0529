"""A judge sees each part from its own place."""

import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.evaluator.features import PoseFeatures, anchors, read_points
from sign_latent.pose.skeleton import SKELETONS, get_skeleton


def test_hands_are_seen_from_the_wrist_and_the_face_from_the_head():
    skeleton = get_skeleton("smplx")
    named = {point: anchor for point, anchor in zip(skeleton.points, anchors(skeleton), strict=True)}
    assert skeleton.points[named["left_index3"]] == "left_wrist"
    assert skeleton.points[named["right_pinky_tip"]] == "right_wrist"
    assert skeleton.points[named["left_brow1"]] == "head"
    assert named["left_wrist"] == named["head"] == -1


def test_still_points_are_not_read():
    skeleton = get_skeleton("smplx")
    names = {skeleton.points[i] for i in read_points(skeleton, ("body", "face"))}
    assert "left_knee" not in names and "left_elbow" in names and "left_index1" not in names


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_can_be_read(name):
    features = PoseFeatures(name)
    skeleton = get_skeleton(name)
    points = torch.randn(2, 5, len(skeleton.points), skeleton.dimensions)
    assert features(*features.local(points)).shape == (2, 5, features.width)


def test_moving_a_whole_hand_moves_only_its_wrist():
    skeleton = get_skeleton("smplx")
    features = PoseFeatures("smplx")
    hand = [*skeleton.parts["left_hand"], skeleton.points.index("left_wrist")]
    points = torch.randn(4, 94, 3)
    moved = points.clone()
    moved[:, hand] += torch.tensor([0.3, -0.2, 0.1])
    changed = (features.local(moved)[0] - features.local(points)[0]).abs().amax((0, 2)) > 1e-5
    assert [skeleton.points[features.read[i]] for i in changed.nonzero().flatten()] == ["left_wrist"]


def test_missing_points_are_not_seen_whatever_they_hold():
    features = PoseFeatures("smplx")
    points, confidence = torch.randn(1, 6, 94, 3), torch.ones(1, 6, 94)
    confidence[:, 2:4, 40] = 0
    other = points.clone()
    other[:, 2:4, 40] = 99.0
    assert torch.equal(features(*features.local(points, confidence)), features(*features.local(other, confidence)))


def test_a_missing_wrist_hides_its_hand():
    skeleton = get_skeleton("smplx")
    features = PoseFeatures("smplx")
    confidence = torch.ones(1, 3, 94)
    confidence[..., skeleton.points.index("left_wrist")] = 0
    _, present = features.local(torch.randn(1, 3, 94, 3), confidence)
    assert not present[..., features.rows.parts["left_hand"]].any()
    assert present[..., features.rows.parts["right_hand"]].all()


def test_features_of_the_training_split_are_standardised():
    torch.manual_seed(0)
    features = PoseFeatures("smplx")
    clips = [features.local(0.4 * torch.randn(n, 94, 3) + 2.0) for n in (40, 60, 50)]
    features.fit_statistics(clips)
    seen = torch.cat([features(local[None], present[None])[0] for local, present in clips])
    position = seen[:, : features.half]
    assert position.mean(0).abs().max() < 1e-3
    assert (position.std(0) - 1).abs().max() < 0.02


def test_points_of_another_skeleton_are_refused():
    with pytest.raises(UserError, match="convert"):
        PoseFeatures("smplx").local(torch.zeros(1, 3, 50, 3))


def test_an_unknown_part_is_refused():
    with pytest.raises(UserError, match="feet"):
        PoseFeatures("smplx", ("body", "feet"))
