"""The bootstrap draws whole clusters, and its intervals cover."""

from types import SimpleNamespace

import numpy as np
import pytest

from eval.bootstrap import Sample, cluster_unit, draw_weights, each_draw, interval, mean_of, minus


def test_whole_clusters_are_drawn():
    clusters = np.array([0, 1, 0, 2, 1])
    weights = draw_weights(clusters, draws=50)
    assert (weights[:, 0] == weights[:, 2]).all() and (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(1) == 3).all()


def test_the_same_seed_draws_the_same():
    assert (draw_weights(np.arange(9), seed=4) == draw_weights(np.arange(9), seed=4)).all()
    assert (draw_weights(np.arange(9), seed=4) != draw_weights(np.arange(9), seed=5)).any()


def test_intervals_of_a_mean_cover_the_truth_as_often_as_they_say():
    chance, covered = np.random.default_rng(0), 0
    for _ in range(200):
        values = chance.normal(1.0, 2.0, size=60)
        low, high = interval(mean_of(values), draw_weights(np.arange(60), 300))
        covered += low <= 1.0 <= high
    assert 0.89 <= covered / 200 <= 0.99


def test_clustered_intervals_are_wider_where_clusters_agree():
    values = np.repeat(np.random.default_rng(1).normal(size=30), 10)

    def width(clusters):
        low, high = interval(mean_of(values), draw_weights(clusters, 500))
        return high - low

    assert width(np.repeat(np.arange(30), 10)) > 2 * width(np.arange(300))


@pytest.mark.parametrize(("sources", "signers", "unit"), [(30, 4, "source"), (5, 25, "signer"), (2, 4, "clip")])
def test_the_coarsest_unit_with_enough_clusters_is_taken(sources, signers, unit):
    ids = [str(i) for i in range(100)]
    name, clusters = cluster_unit([str(i % sources) for i in range(100)], [str(i % signers) for i in range(100)], ids)
    assert name == unit
    assert clusters.max() + 1 == {"source": sources, "signer": signers, "clip": 100}[unit]


def people(count, signers):
    return [SimpleNamespace(id=str(i), signer=str(i % signers), source="one") for i in range(count)]


def test_an_estimate_of_one_seed_is_the_figure_and_its_interval():
    values, sample = np.random.default_rng(0).normal(size=60), Sample.of(people(60, 4), 500)
    found = sample.estimate([mean_of(values)])
    assert sample.unit == "clip" and found.value == pytest.approx(values.mean())
    assert found.interval == pytest.approx(interval(mean_of(values), sample.weights))
    assert found.seeds == [] and found.spread is None


def test_part_of_a_sample_keeps_its_clusters_together():
    sample = Sample.of(people(120, 30), 50).part(np.arange(0, 120, 2))
    assert sample.unit == "signer" and len(sample) == 60
    assert (sample.weights.sum(1) == 60).all() and (sample.weights[:, 0] == sample.weights[:, 15]).all()


def test_a_mean_leaves_out_what_is_not_finite_and_is_nan_without_anything():
    mean = mean_of(np.array([1.0, np.nan, 3.0]))
    assert mean(np.array([1, 5, 1])) == 2 and mean(np.array([3, 0, 1])) == 1.5
    assert np.isnan(mean(np.array([0, 1, 0]))) and np.isnan(mean_of(np.array([np.nan]))(np.ones(1)))
    assert np.isnan(interval(mean_of(np.array([np.nan])), np.ones((5, 1)))).all()


def test_statistics_of_all_draws_are_those_of_each():
    chance, draws = np.random.default_rng(2), draw_weights(np.arange(12), 40)
    one, other = mean_of(chance.normal(size=12)), each_draw(lambda weights: float(weights @ np.arange(12)))
    gap = minus(one, other)
    for statistic in (one, other, gap):
        assert statistic(draws) == pytest.approx(np.array([statistic(draw) for draw in draws]))
    assert gap(draws[0]) == pytest.approx(one(draws[0]) - other(draws[0]))
