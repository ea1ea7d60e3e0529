"""Agreement against published worked examples."""

import numpy as np
import pytest

from eval.human.agreement import NOMINAL, ORDINAL, agreement, coincidences, consistency, krippendorff_alpha

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units.
OBSERVERS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
UNITS = [
    [int(v) for v in column if v != "."]
    for column in zip(*(line.split() for line in OBSERVERS.split("\n") if line), strict=True)
]


@pytest.mark.parametrize("level, published", [(NOMINAL, 0.743), (ORDINAL, 0.815)])
def test_four_observers_with_gaps(level, published):
    assert krippendorff_alpha(coincidences(UNITS, 6).sum(0), level) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    "first, second, published",
    [("0100000010", "1110010000", 0.095), ("aabbdcccedda", "babbbcccedd" + "d", 0.692)],
)
def test_two_observers(first, second, published):
    """Examples A (two values) and B (five values) of the same paper."""
    units = [["0", "1", *"abcde"].index(v) for v in first], [["0", "1", *"abcde"].index(v) for v in second]
    table = coincidences(list(zip(*units, strict=True)), 7).sum(0)
    assert krippendorff_alpha(table, NOMINAL) == pytest.approx(published, abs=5e-4)


def test_coincidences_of_the_published_table():
    """Example A: o00 = 10, o01 = o10 = 4, o11 = 2."""
    units = list(zip(map(int, "0100000010"), map(int, "1110010000"), strict=True))
    assert coincidences(units, 2).sum(0).tolist() == [[10, 4], [4, 2]]


@pytest.mark.parametrize("level", [NOMINAL, ORDINAL])
def test_full_agreement_is_one_and_no_variation_is_unknown(level):
    assert krippendorff_alpha(coincidences([[1, 1], [2, 2], [4, 4]], 5).sum(0), level) == 1
    assert np.isnan(krippendorff_alpha(coincidences([[1, 1], [1, 1]], 5).sum(0), level))


def test_ordinal_forgives_neighbours_nominal_does_not():
    near = coincidences([[1, 2], [2, 1], [4, 5], [5, 4]], 6).sum(0)
    far = coincidences([[1, 5], [2, 4], [4, 1], [5, 2]], 6).sum(0)
    assert krippendorff_alpha(near, ORDINAL) > 0.5 > krippendorff_alpha(far, ORDINAL)
    assert krippendorff_alpha(near, NOMINAL) < 0.2


def test_raters_who_guess_agree_as_by_chance():
    values = np.random.default_rng(0).integers(1, 6, (2000, 3))
    assert abs(krippendorff_alpha(coincidences(values.tolist(), 6).sum(0), ORDINAL)) < 0.05


def test_agreement_joins_the_answers_about_a_unit():
    units, values = zip(*[(i, v) for i, unit in enumerate(UNITS) for v in unit], strict=True)
    found = agreement(units, [f"i{u}" for u in units], values, 6, ORDINAL)
    assert found["alpha"] == pytest.approx(0.815, abs=5e-4)
    assert found["units"] == 11  # the twelfth was judged once
    assert found["interval"][0] < found["alpha"] < found["interval"][1]


def test_nothing_judged_twice_is_no_agreement():
    assert agreement(["a", "b"], ["i", "j"], [1, 2], 6, ORDINAL)["alpha"] is None


def test_consistency_by_hand():
    assert consistency([1.0, 4.0, 5.0], [1.0, 3.0, 3.0]) == {"asked_twice": 3, "same": 1 / 3, "mean_distance": 1.0}
    assert consistency(["one", "same"], ["one", "two"]) == {"asked_twice": 2, "same": 0.5, "mean_distance": None}
    assert consistency([], []) == {"asked_twice": 0, "same": None, "mean_distance": None}
