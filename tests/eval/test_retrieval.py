"""Retrieval counted by hand, its chance level, and what ties and failures cost."""

from itertools import permutations

import numpy as np
import pytest

from eval.retrieval import chance, places, same_text, table
from sign_latent.errors import UserError


def vectors(*angles: float) -> np.ndarray:
    """Unit vectors in the plane, at angles in degrees."""
    turned = np.deg2rad(angles)
    return np.stack([np.cos(turned), np.sin(turned)], -1)


def test_ranks_by_hand():
    # Clips at 0°, 80°, 200°; texts at 0°, 90°, 100°.
    # Clip 1 is nearest to text 1; clip 2 to text 2 (100° away); clip 0 to text 0.
    # Text 0: clips at 0 80 160 degrees: its own first. Text 1: 90 10 110: first. Text 2: 100 20 100: a tie, so third.
    found = table(vectors(0, 80, 200), vectors(0, 90, 100), list("abc"))
    assert found["pose_to_text"] == {"R@1": 100, "R@5": 100, "R@10": 100, "median_rank": 1}
    assert found["text_to_pose"]["R@1"] == pytest.approx(200 / 3)
    scores = np.round(vectors(0, 90, 100) @ vectors(0, 80, 200).T, 9)
    assert places(scores, np.eye(3, dtype=bool)).tolist() == [1, 1, 3]


def test_the_ratio_by_hand():
    # Two clips, two texts at right angles: own distance 1 - cos 60° = 1/2 each, the other's 1 - cos 30°.
    found = table(vectors(60, 30), vectors(0, 90), ["a", "b"])
    assert found["distance_ratio"] == pytest.approx(0.5 / (1 - np.cos(np.deg2rad(30))))


def test_any_clip_of_an_equal_text_is_right():
    found = table(vectors(0, 1, 90, 89), vectors(1, 0, 89, 90), ["a", "a", "b", "b"])
    assert found["pose_to_text"]["R@1"] == found["text_to_pose"]["R@1"] == 100


@pytest.mark.parametrize("texts", ["abcd", "aabc", "aabb"])
def test_chance_is_what_random_orders_give(texts):
    right, found = same_text(list(texts)), chance(same_text(list(texts)))
    first = np.array([[min(np.flatnonzero(row[list(order)])) + 1 for row in right] for order in permutations(range(4))])
    assert found["R@1"] == pytest.approx(100 * (first <= 1).mean())
    assert found["R@5"] == found["R@10"] == 100
    assert (first <= found["median_rank"]).mean() >= 0.5 > (first < found["median_rank"]).mean()


def test_one_clip_for_every_text_is_at_chance_or_below():
    texts = [str(i) for i in range(40)]
    found = table(np.tile(vectors(9), (40, 1)), vectors(*range(0, 160, 4)), texts)
    assert found["text_to_pose"]["R@1"] == 0 and found["text_to_pose"]["median_rank"] == 40
    assert found["pose_to_text"]["R@1"] == pytest.approx(found["chance"]["R@1"]) == pytest.approx(2.5)
    assert found["distance_ratio"] == pytest.approx(1)


def test_random_vectors_are_near_chance():
    random = np.random.default_rng(0)
    found = table(random.normal(size=(300, 8)), random.normal(size=(300, 8)), [str(i) for i in range(300)])
    assert found["pose_to_text"]["median_rank"] == pytest.approx(found["chance"]["median_rank"], rel=0.2)
    assert found["distance_ratio"] == pytest.approx(1, abs=0.1)


def test_length_says_nothing():
    clips, text = vectors(0, 80, 200), vectors(0, 90, 100)
    assert table(clips * [[2], [0.1], [7]], text, list("abc")) == table(clips, text, list("abc"))


def test_a_failure_is_found_by_nobody_and_lies_farthest():
    clips, text = vectors(0, 45, 90), vectors(0, 45, 90)
    whole = table(clips, text, list("abc"))
    lost = table(np.where([[False], [True], [False]], np.nan, clips), text, list("abc"))
    for way in ("pose_to_text", "text_to_pose"):
        assert whole[way]["R@10"] == 100 and lost[way]["R@10"] == pytest.approx(200 / 3)
    assert lost["distance_ratio"] == pytest.approx((0 + 2 + 0) / 3 / np.mean([1 - np.cos(np.pi / 4)] * 2 + [1, 1]))
    nothing = table(np.full_like(clips, np.nan), text, list("abc"))
    assert nothing["distance_ratio"] == 2 and nothing["pose_to_text"]["R@10"] == 0


def test_too_little_to_compare_is_refused():
    with pytest.raises(UserError, match="two different texts"):
        table(vectors(0, 1), vectors(0, 1), ["a", "a"])
    with pytest.raises(UserError, match="one width"):
        table(vectors(0, 1), vectors(0, 1, 2), ["a", "b"])
