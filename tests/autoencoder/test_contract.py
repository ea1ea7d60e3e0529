"""The contract of pose autoencoders at its edges; its laws are in ``test_laws``."""

import numpy as np
import pytest
import torch

from sign_latent.autoencoder.backbone import BackboneSettings, halvings
from sign_latent.autoencoder.contract import feature_statistics
from sign_latent.autoencoder.layout import layout_of, pack
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.errors import UserError
from sign_latent.pose.skeleton import SKELETONS, get_skeleton


def test_features_and_poses_are_inverse(moving_pose):
    """Pack then unpack gives back rotations and expression, and points by forward kinematics."""
    from sign_latent.autoencoder.geometry import unpack

    layout, pose = layout_of("smplx"), moving_pose(12)
    features, _ = pack(layout, pose)
    mask = torch.ones(1, 12, dtype=torch.bool)
    back = unpack(layout, torch.from_numpy(features)[None], mask).poses(layout, 25.0)[0].validate()
    np.testing.assert_allclose(back.rotations, pose.rotations, atol=1e-4)
    np.testing.assert_allclose(back.expression, pose.expression, atol=1e-6)
    np.testing.assert_allclose(back.points, pose.points, atol=1e-4)


@pytest.mark.parametrize("slots", [5, 7, 9])
@pytest.mark.parametrize("skeleton", ["smplx", "upper79"])
def test_every_node_is_in_a_slot(slots, skeleton):
    layout = layout_of(skeleton)
    groups = layout.groups(slots)
    assert len(groups) == slots and all(groups)
    assert {node for group in groups for node in group} == set(range(layout.nodes))


def test_tokens_outside_the_book_and_nan_are_refused(build):
    model = build("pose_fsq")
    with pytest.raises(UserError, match="625"):
        model.from_tokens(torch.full((1, 1, model.places), 625))
    with pytest.raises(UserError, match="NaN"):
        model.tokens(torch.full((1, 1, 7, 8), float("nan")))
    with pytest.raises(UserError, match="NaN"):
        model.decode(torch.full((1, 1, 7, 8), float("nan")), [4])


def test_another_frame_rate_is_resampled(build, moving_pose):
    model = build("skeletal_vae")
    fast = moving_pose(50)
    fast.fps = 50.0
    z, mask = model.encode([fast])
    assert mask.sum() == pytest.approx(-(-25 // 4), abs=1)


def test_wrong_skeleton_and_missing_rotations_are_named(build, moving_pose):
    model = build("skeletal_vae")
    with pytest.raises(UserError, match="phoenix50"):
        model.encode([moving_pose(8, skeleton="phoenix50")])
    bare = moving_pose(8)
    bare.rotations = None
    with pytest.raises(UserError, match="without rotations"):
        model.encode([bare])
    with pytest.raises(UserError, match="stride 3"):
        halvings(3)
    with pytest.raises(UserError, match="5"):
        SkeletalVAE(SkeletalVAESettings(slots=6))


def test_backbone_settings_are_data_of_the_skeleton():
    assert BackboneSettings().slots in get_skeleton("smplx").slots


def test_statistics_are_of_what_is_seen(moving_pose):
    layout, pose = layout_of("phoenix50"), moving_pose(30, 0, "phoenix50")
    features, confidence = pack(layout, pose)
    hidden, shown = features.copy(), confidence.copy()
    hidden[10:, 7], shown[10:, 7], shown[:, 8] = 99.0, 0, 0
    mean, std = feature_statistics([(hidden, shown)], layout.present())
    np.testing.assert_allclose(mean[7], features[:10, 7].mean(0), atol=1e-6)
    np.testing.assert_allclose(std[7], features[:10, 7].std(0), atol=1e-6)
    assert not mean[8].any() and not std[8].any()


def test_a_corpus_without_frames_cannot_whiten(build):
    with pytest.raises(UserError, match="no frames"):
        build("skeletal_vae").fit_whitening([])


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_parts_are_one_of_the_poolings(skeleton):
    skeleton = get_skeleton(skeleton)
    moving = {p: [i for i in points if i in skeleton.signing] for p, points in skeleton.parts.items()}
    expected = tuple((part, tuple(points)) for part, points in moving.items() if points)
    assert skeleton.slot_points(len(expected)) == expected


def test_slots_apart_see_nothing_of_each_other(build, moving_pose):
    model = build("skeletal_vae", slots=4, apart=True, joint_blocks=1)
    features, mask = model.pack([moving_pose(16)])
    hands = model.layout.groups(4)[1]
    moved = features.clone()
    moved[:, :, hands] += 0.5
    with torch.no_grad():
        (z, _), (other, _) = model.posterior(features, mask), model.posterior(moved, mask)
        assert torch.equal(z[:, :, [0, 2, 3]], other[:, :, [0, 2, 3]]) and not torch.equal(z[:, :, 1], other[:, :, 1])
        decoded, from_other = model.decode_features(z, mask), model.decode_features(other, mask)
    rest = [n for n in range(model.layout.nodes) if n not in hands]
    assert torch.equal(decoded[:, :, rest], from_other[:, :, rest])
    assert not torch.equal(decoded[:, :, hands], from_other[:, :, hands])
