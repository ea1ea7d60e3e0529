"""What augmentation may change and what it may not."""

import pytest
import torch

from sign_latent.evaluator.augment import Augment, augment, warp
from sign_latent.evaluator.features import PoseFeatures
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

NOTHING = Augment(tempo=0, unevenness=0, lost=0, proportions=0, offset=0, noise=0)
FEATURES = PoseFeatures("smplx")


@pytest.fixture
def clips():
    torch.manual_seed(0)
    lengths = torch.tensor([20, 11])
    points, confidence = torch.randn(2, 20, 94, 3), torch.ones(2, 20, 94)
    confidence[0, 4, 50] = 0
    local, present = FEATURES.local(points, confidence)
    present = present & (torch.arange(20) < lengths[:, None])[..., None]
    return local * present[..., None], present, lengths


def test_with_every_amount_zero_nothing_changes(clips):
    local, present, lengths = clips
    moved, shown, mask = augment(*clips, FEATURES.rows, NOTHING)
    torch.testing.assert_close(moved[shown], local[shown], atol=1e-4, rtol=1e-4)
    # A frame read a rounding error before or after another asks that both be seen.
    assert (shown <= present).all() and (present & ~shown).sum() <= present.shape[2]
    assert mask.sum(1).tolist() == lengths.tolist()


def test_tempo_is_monotone_and_keeps_first_and_last_frame():
    torch.manual_seed(0)
    lengths = torch.tensor([40, 25, 4])
    at, mask = warp(lengths, Augment(tempo=0.4, lost=0.0))
    for row, length in enumerate(lengths.tolist()):
        read = at[row][mask[row]]
        assert read[0] == 0 and read[-1].item() == pytest.approx(length - 1, abs=1e-3)
        assert (read.diff() >= 0).all()
    assert (mask.sum(1) != lengths).any()


def test_cutting_stays_inside_the_clip():
    torch.manual_seed(0)
    at, mask = warp(torch.tensor([40]).expand(50), Augment(cut=0.3, lost=0.1))
    assert at.min() >= 0 and at.max() <= 39
    assert at[:, 0].max() <= 0.3 * 39 and at[mask].max() > 35


def test_mirroring_is_that_of_the_pose(clips):
    skeleton = get_skeleton("smplx")
    points = torch.randn(1, 6, 94, 3)
    pose = Pose(points[0].numpy(), torch.ones(6, 94).numpy(), 25.0, skeleton)
    wanted = FEATURES.local(torch.from_numpy(pose.mirrored().points)[None])[0]
    always = Augment(**{**vars(NOTHING), "mirrored": 1.0})
    local, present = FEATURES.local(points)
    moved, _, _ = augment(local, present, torch.tensor([6]), FEATURES.rows, always)
    torch.testing.assert_close(moved, wanted, atol=1e-4, rtol=1e-4)


def test_a_turn_keeps_lengths_and_hidden_parts_are_not_seen(clips):
    local, present, lengths = clips
    settings = Augment(**{**vars(NOTHING), "turn": 0.5, "hidden": 1.0})
    moved, shown, _ = augment(*clips, FEATURES.rows, settings)
    body = FEATURES.rows.parts["body"]
    seen = shown[:, :, body]
    before, after = (x[:, :, body][seen].norm(dim=-1) for x in (local, moved))
    torch.testing.assert_close(after, before, atol=1e-3, rtol=1e-3)
    assert shown[:, :, body].any() and not shown[:, :, FEATURES.rows.parts["face"]].any()
    assert (moved[:, :, body] - local[:, :, body]).abs().max() > 0.1


def test_missing_points_stay_missing(clips):
    moved, shown, mask = augment(*clips, FEATURES.rows, Augment())
    assert (moved[~shown] == 0).all()
    assert not shown[~mask].any()
