"""Who sees what: balanced over raters, nothing to be guessed."""

from collections import Counter
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.human.design import CHECK, RATED, REPEAT, balanced, latin_square

COUNTS = pytest.mark.parametrize("systems", [("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d")])


def rated(key, rater, part):
    return [trial for trial in key.raters[rater] if trial.part == part and trial.kind == RATED]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 12])
def test_every_number_stands_once_in_each_row_and_column(count):
    square = latin_square(count)
    for line in [*square, *square.T]:
        assert sorted(line) == list(range(count))


@pytest.mark.parametrize("count", [2, 4, 6, 12])
def test_in_an_even_square_each_follows_each_other_once(count):
    follows = Counter(pair for row in latin_square(count).tolist() for pair in pairwise(row))
    assert follows == Counter(permutations(range(count), 2))


@settings(max_examples=40, deadline=None)
@given(items=st.integers(1, 9), cells=st.integers(1, 6), group=st.integers(0, 3), seed=st.integers(0, 99))
def test_over_a_cycle_of_raters_each_item_and_each_place_meets_each_cell_once(items, cells, group, seed):
    names = list(range(items))
    runs = [balanced(names, range(cells), rater, [seed]) for rater in range(group * cells, (group + 1) * cells)]
    assert Counter(seen for run in runs for seen in run) == Counter((i, c) for i in names for c in range(cells))
    for place in zip(*runs, strict=True):
        assert sorted(cell for _, cell in place) == list(range(cells))


@COUNTS
def test_each_system_is_equally_often_left_right_and_first(make_key, systems):
    cycle = len(systems) * (len(systems) - 1)
    key = make_key(systems, raters=cycle, items=5)
    pairs = {rater: rated(key, rater, "pair") for rater in key.raters}
    sides = Counter(tuple(clip.system for clip in trial.clips) for trials in pairs.values() for trial in trials)
    assert sides == Counter({order: 5 for order in permutations(systems, 2)})
    first = Counter(key.raters[rater][0].clips[0].system for rater in key.raters)
    assert first == Counter({system: cycle // len(systems) for system in systems})
    opening = Counter(trials[0].clips[0].system for trials in pairs.values())
    assert opening == Counter({system: len(systems) - 1 for system in systems})


@COUNTS
def test_a_rater_sees_each_item_once_alone_and_systems_equally_often(make_key, systems):
    key = make_key(systems, raters=7, items=12)
    for rater in key.raters:
        alone = [trial.clips[0] for trial in rated(key, rater, "single")]
        assert sorted(clip.item for clip in alone) == sorted(f"item{i}" for i in range(12))
        assert set(Counter(clip.system for clip in alone).values()) == {12 // len(systems)}
        compared = Counter(frozenset(c.system for c in t.clips) for t in rated(key, rater, "pair"))
        assert set(compared) == {frozenset(pair) for pair in combinations(systems, 2)}
        assert len(set(compared.values())) == 1


def test_single_clips_come_before_pairs_which_show_their_texts(make_key):
    for trials in make_key().raters.values():
        parts = [trial.part for trial in trials]
        assert parts == sorted(parts, reverse=True)


def test_checks_and_repeats_are_there_and_never_first(make_key):
    key = make_key(raters=8, items=8)
    for trials in key.raters.values():
        for part in ("single", "pair"):
            mine = [trial for trial in trials if trial.part == part]
            assert Counter(trial.kind for trial in mine) == {RATED: 8, CHECK: 2, REPEAT: 1}
            assert mine[0].kind == RATED
            again = next(trial for trial in mine if trial.kind == REPEAT)
            before = next(trial for trial in mine if trial.code == again.of)
            assert mine.index(again) - mine.index(before) >= 2
            assert again.clips == before.clips[::-1]
            for check in (trial for trial in mine if trial.kind == CHECK):
                assert sum(bool(clip.change) for clip in check.clips) == 1
                assert {clip.item for clip in check.clips} <= {"spare0", "spare1"}


def test_a_clip_is_reversed_only_where_raters_know_the_language(make_key):
    def changes(**about):
        trials = [trial for trials in make_key(**about).raters.values() for trial in trials]
        return {clip.change for trial in trials for clip in trial.clips}

    assert changes() == {"", "frozen", "reversed"}
    assert changes(reversible=False) == {"", "frozen"}


def test_spoiled_clips_stand_on_both_sides(make_key):
    trials = [trial for trials in make_key(raters=8).raters.values() for trial in trials]
    sides = Counter(bool(t.clips[0].change) for t in trials if t.kind == CHECK and t.part == "pair")
    assert sides[True] == sides[False]


def test_codes_are_unique_and_the_seed_alone_decides(make_key):
    key = make_key(raters=6)
    codes = [trial.code for trials in key.raters.values() for trial in trials]
    assert len(set(codes)) == len(codes)
    assert key.raters == make_key(raters=6).raters
    assert key.raters != make_key(raters=6, seed=1).raters


def test_sides_do_not_simply_alternate(make_key):
    key = make_key(raters=2, items=40)
    left = [trial.clips[0].system for trial in rated(key, "r01", "pair")]
    same = np.mean([a == b for a, b in pairwise(left)])
    assert 0.1 < same < 0.7
