"""Sign tests, corrections and strengths, by hand."""

import numpy as np
import pytest

from eval.human.preferences import bradley_terry, holm, sign_test, strengths, win_table


def test_a_cluster_votes_once_however_many_answers_it_has():
    points = np.array([1, 1, 1, -1, 1, -1, 0.0])
    found = sign_test(points, ["x", "x", "x", "x", "y", "z", "w"])
    assert (found["for"], found["against"]) == (2, 1)
    assert found["p"] == pytest.approx(1.0)


def test_p_is_that_of_a_fair_coin():
    assert sign_test(np.ones(8), list("abcdefgh"))["p"] == pytest.approx(2 / 2**8)
    assert sign_test(np.array([1.0] * 9 + [-1.0]), list("abcdefghij"))["p"] == pytest.approx(2 * 11 / 2**10)
    assert sign_test(np.zeros(3), list("abc"))["p"] is None


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, None, 0.6]) == [1.0, None, 1.0]


def test_two_systems_are_apart_by_the_log_of_their_wins():
    wins = np.array([[0.0, 29.5], [9.5, 0]])  # with the added tie: 30 against 10
    found = bradley_terry(wins)
    assert found[0] - found[1] == pytest.approx(np.log(3), abs=1e-4)
    assert found.sum() == pytest.approx(0, abs=1e-9)


def test_strengths_that_made_the_wins_are_found_again():
    true = np.array([1.0, 0.0, -0.4, -0.6])
    chance = 1 / (1 + np.exp(-(true[:, None] - true)))
    assert bradley_terry(1e6 * chance * (1 - np.eye(4))) == pytest.approx(true, abs=1e-3)


def test_a_system_that_always_wins_has_a_finite_strength():
    found = bradley_terry(np.array([[0.0, 5, 5], [0, 0, 5], [0, 0, 0]]))
    assert np.isfinite(found).all() and found[0] > found[1] > found[2]


def test_a_tie_is_half_a_win_for_each():
    table = win_table(np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([[1, 0.5, 0], [0, 0.5, 1]]), 3)
    assert table.tolist() == [[0, 1.5, 0], [0.5, 0, 0], [0, 1, 0]]


def test_weights_count_as_repetition():
    compared = [("a", "b"), ("a", "b"), ("b", "c")]
    won, twice = np.array([1.0, 0.0, 1.0]), np.array([[2.0, 1.0, 1.0]])
    found = strengths(["a", "b", "c"], compared, won, twice)
    again = strengths(["a", "b", "c"], [*compared, ("a", "b")], np.array([*won, 1.0]), np.ones((1, 4)))
    for name in "abc":
        assert found[name]["interval"] == pytest.approx([again[name]["value"]] * 2, abs=1e-5)
