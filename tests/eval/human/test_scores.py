"""Means and their intervals."""

import numpy as np
import pytest

from eval.human.scores import crossed_weights, difference, mean


def test_answers_of_one_rater_or_item_come_and_go_together():
    raters, items = np.repeat(["r1", "r2", "r3"], 4), np.tile(["a", "b", "c", "d"], 3)
    weights = crossed_weights(raters, items, draws=50).reshape(50, 3, 4)
    by_rater, by_item = weights.sum(2), weights.sum(1)
    assert np.array_equal(weights * weights.sum((1, 2))[:, None, None], by_rater[:, :, None] * by_item[:, None])
    assert (weights == 0).any() and (weights > 1).any()


def test_intervals_know_that_raters_differ():
    """However many items four raters answer for, who never change their mind: they are four."""
    raters = np.repeat(list("wxyz"), 40)
    items = np.tile([str(i) for i in range(40)], 4)
    values = np.repeat([1.0, 2.0, 4.0, 5.0], 40)
    found = mean(values, crossed_weights(raters, items))
    assert found["value"] == 3 and found["answers"] == 160
    assert found["interval"][1] - found["interval"][0] > 2


def test_a_difference_within_raters_is_sharper_than_the_means():
    raters = np.repeat(list("uvwxyz"), 20)
    items = np.tile([str(i) for i in range(20)], 6)
    first = np.tile([True, False], 60)
    values = np.repeat([1.0, 1.5, 2.0, 3.0, 4.0, 4.5], 20) + 0.5 * first
    weights = crossed_weights(raters, items)
    gap = difference(values, first, ~first, weights)
    assert gap["value"] == pytest.approx(0.5)
    assert gap["interval"] == pytest.approx([0.5, 0.5], abs=0.2)
    alone = mean(values[first], weights[:, first])["interval"]
    assert alone[1] - alone[0] > 1


def test_what_nobody_answered_has_no_figure():
    nothing = np.zeros(0)
    assert mean(nothing, crossed_weights([], [])) == {"value": None, "interval": None, "answers": 0}
    assert difference(nothing, nothing.astype(bool), nothing.astype(bool), np.zeros((1, 0)))["value"] is None
