"""Variety and nearness against cases computed by hand."""

import numpy as np
import pytest

from eval.variety import (
    MOMENTS,
    SHOULDER_WIDTH_CM,
    Motions,
    diversity,
    diversity_of_texts,
    nearest,
    varieties,
)
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


def test_variety_over_texts_compares_clips_of_different_texts_only():
    motions = Motions([shifted(0), shifted(9), shifted(1), shifted(3)])
    # a: 0, 9; b: 1; c: 3.  Pairs: 1 3 (from 0), 8 6 (from 9), 2 (b to c): mean 4.
    assert diversity_of_texts(motions, ["a", "a", "b", "c"]) == pytest.approx(4 * SHOULDER_WIDTH_CM, rel=1e-5)
    assert np.isnan(diversity_of_texts(motions, ["a"] * 4))


def test_many_pairs_are_drawn_the_same_way_each_time():
    chance = np.random.default_rng(0)
    motions, texts = Motions([shifted(x) for x in chance.normal(size=60)]), [str(i) for i in range(60)]
    some = diversity_of_texts(motions, texts, most=100)
    assert some == diversity_of_texts(motions, texts, most=100) != diversity_of_texts(motions, texts, most=100, seed=1)
    assert some == pytest.approx(diversity_of_texts(motions, texts), rel=0.25)


def test_seeds_of_one_text_are_compared_with_each_other():
    found = varieties([[shifted(0), shifted(5)], [shifted(1), shifted(5)]], ["a", "b"])
    # a: 0 and 1; b: twice the same.
    assert found["diversity_same_text/hands"] == pytest.approx((1 + 0) / 2 * SHOULDER_WIDTH_CM, rel=1e-5)
    assert found["diversity_texts/face"] == pytest.approx((5 + 5 + 4 + 4) / 4 * SHOULDER_WIDTH_CM, rel=1e-5)


def test_a_system_that_ignores_its_text_has_variety_within_texts_only():
    found = varieties([[shifted(0)] * 2, [shifted(1)] * 2], ["a", "b"])
    assert found["diversity_same_text/all"] == pytest.approx(SHOULDER_WIDTH_CM, rel=1e-5)
    assert found["diversity_texts/all"] == pytest.approx(SHOULDER_WIDTH_CM / 2, rel=1e-5)


def test_a_frozen_face_has_no_variety_of_its_own():
    clips = [shifted(i) for i in range(3)]
    for clip in clips:
        clip.points[:, SKELETON.parts["face"]] = 1
    found = varieties([clips], ["a", "b", "c"])
    assert found["diversity_texts/face"] == 0 < found["diversity_texts/hands"]
    assert np.isnan(found["diversity_same_text/face"])


def test_failing_never_adds_variety():
    whole = varieties([[shifted(0), shifted(5)], [shifted(1), shifted(6)]], ["a", "b"])
    part = varieties([[shifted(0), None], [shifted(1), shifted(6)]], ["a", "b"])
    assert all(part[name] < whole[name] for name in whole)
    assert set(varieties([[None, None]], ["a", "b"]).values()) == {0.0}
