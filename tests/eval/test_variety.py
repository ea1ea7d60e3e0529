"""Variety and nearness against cases computed by hand."""

import numpy as np
import pytest

from eval.variety import MOMENTS, SHOULDER_WIDTH_CM, Motions, diversity, nearest
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("smplx")


def shifted(by: float, frames: int = 10) -> Pose:
    """A slow motion, all points moved by `by` shoulder widths along x."""
    points = np.linspace(0, 1, frames)[:, None, None] * np.ones((frames, 94, 3)) + [by, 0, 0]
    return Pose(points.astype(np.float32), np.ones((frames, 94), np.float32), 25.0, SKELETON)


def test_diversity_is_the_mean_over_glosses_of_their_pairs():
    motions = Motions([shifted(0), shifted(1), shifted(3), shifted(0), shifted(0.5), shifted(9)])
    # gloss a: 1, 3, 2 -> 2; gloss b: 0.5; gloss c has a single clip
    wanted = (2 + 0.5) / 2 * SHOULDER_WIDTH_CM
    assert diversity(motions, ["a", "a", "a", "b", "b", "c"]) == pytest.approx(wanted, rel=1e-5)


def test_tempo_is_no_variety():
    assert diversity(Motions([shifted(0, 10), shifted(0, 35)]), ["a", "a"]) == pytest.approx(0, abs=1e-3)


def test_clips_of_one_mould_have_none():
    assert diversity(Motions([shifted(2)] * 4), ["a"] * 4) == 0


def test_the_nearest_clip_is_found():
    found = nearest(Motions([shifted(0.9), shifted(4)]), Motions([shifted(0), shifted(1)]))
    assert found == pytest.approx([0.1 * SHOULDER_WIDTH_CM, 3 * SHOULDER_WIDTH_CM], rel=1e-4)


def test_missing_points_say_nothing():
    blind = shifted(0)
    blind.points[:, SKELETON.parts["left_hand"]] += 7
    blind.confidence[:, SKELETON.parts["left_hand"]] = 0
    assert nearest(Motions([blind]), Motions([shifted(1)])) == pytest.approx([SHOULDER_WIDTH_CM], rel=1e-4)


def test_motions_are_compared_at_the_same_moments():
    assert Motions([shifted(0, 3), shifted(0, 90)]).points.shape[:2] == (2, MOMENTS)
