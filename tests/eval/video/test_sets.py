"""Distances between sets: by hand, with intervals that cover the truth, and a limit that few clips do not bias."""

import numpy as np
import pytest

from eval.bootstrap import Sample
from eval.distribution import kernel_distance
from eval.video.sets import FEWEST_CLUSTERS, Features, distances, estimates, halves, of_one_kind


def clusters(count: int) -> Sample:
    return Sample("clip", np.arange(count), np.ones((1, count)))


def drawn(count: int, width: int, seed: int, each: int = 1, shift: float = 0.0) -> Features:
    """``each`` features a clip, which are alike: the clip's own normal ones and a little noise."""
    chance = np.random.default_rng(seed)
    clips = chance.normal(size=(count, 1, width)) + shift
    return Features.of(list(clips + 0.1 * chance.normal(size=(count, each, width))))


def frechet(made: np.ndarray, real: np.ndarray) -> float:
    """Of independent features of equal spread: only the means are compared, which biases as much as is easily told."""
    return float(np.square(made.mean(0) - real.mean(0)).sum())


def test_features_of_chosen_clips():
    features = Features.of([np.zeros((2, 3)), np.ones((1, 3)), np.full((3, 3), 2.0)])
    assert features.clips.tolist() == [0, 0, 1, 2, 2, 2]
    assert features.among(np.array([False, True, True])).mean(1).tolist() == [1, 2, 2, 2]


def test_halves_keep_clusters_whole_and_are_halves():
    sample = Sample("source", np.repeat(np.arange(10), 3), np.ones((1, 30)))
    some = halves(sample, 50)
    assert some.shape == (50, 30) and (some.sum(1) == 15).all() and len(np.unique(some, axis=0)) > 40
    assert (some.reshape(50, 10, 3).all(2) == some.reshape(50, 10, 3).any(2)).all()
    assert len(halves(clusters(FEWEST_CLUSTERS - 1), 50)) == 0


def test_distances_by_hand():
    """Equal covariances: what remains is the squared distance of the means. And zero of equal sets."""
    real = drawn(40, 3, 0)
    moved = Features(real.values + np.array([3.0, 0.0, 4.0]), real.clips)
    found, refused = distances(moved, real, halves(clusters(40), 30))
    assert found["fid"].value == pytest.approx(25, abs=1e-6) and not refused
    assert found["fid_limit"].value == pytest.approx(25, abs=0.01)
    same, _ = distances(real, real, halves(clusters(40), 30))
    assert same["fid"].value == pytest.approx(0, abs=1e-6) and same["fid"].interval == pytest.approx([0, 0], abs=1e-6)


def test_too_few_are_said_to_be_too_few():
    few = drawn(12, 3, 0)
    found, refused = distances(few, few, halves(clusters(12), 10))
    assert found == {} and len(refused) == 2 and all("12" in line for line in refused)
    real = drawn(FEWEST_CLUSTERS - 1, 2, 1, each=20)
    alone, _ = distances(real, real, halves(clusters(FEWEST_CLUSTERS - 1), 10))
    assert set(alone) == {"fid", "kid"} and alone["fid"].interval is None


def test_the_kernel_distance_of_all_is_what_kid_averages_over_subsets():
    from eval.distribution import kid

    made, real = drawn(80, 3, 1, shift=0.6).values, drawn(80, 3, 2).values
    assert kernel_distance(made, real) == pytest.approx(kid(made, real)[0], rel=0.1)
    assert np.isnan(kernel_distance(made[:1], real))


def test_few_clips_make_a_frechet_distance_larger_and_its_limit_does_not():
    """Of sets of one kind it is zero: the value is far above it, the limit about it, at 60 clips of 8 numbers."""
    values, limits = [], []
    for seed in range(12):
        real, made = drawn(60, 8, 2 * seed), drawn(60, 8, 2 * seed + 1)
        found, _ = distances(made, real, halves(clusters(60), 20))
        values.append(found["fid"].value)
        limits.append(found["fid_limit"].value)
        assert of_one_kind(real, halves(clusters(60), 20))["fid"].value > found["fid"].value / 2
    assert min(values) > 0.1 and abs(np.mean(limits)) < 0.25 * np.mean(values)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """Sets whose means are 1 apart, 40 clips of 3 windows that are alike: more than 80 of 100 intervals hold the 1."""
    some, covered = halves(clusters(40), 100), 0
    for seed in range(100):
        real, made = drawn(40, 4, 2 * seed, each=3), drawn(40, 4, 2 * seed + 1, each=3, shift=0.5)
        value = frechet(made.values, real.values)
        low, high = estimates("x", frechet, value, made, real, some)["x_limit"].interval
        covered += low <= 1 <= high
    assert 80 < covered < 100
