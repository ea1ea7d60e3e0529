"""Minimal pairs: places, outcomes, and shares by channel."""

import numpy as np
import pytest

from data_prep.invented.minimal_pairs import MINIMAL_PAIRS
from eval.bootstrap import Sample
from eval.pairs import FEWEST, Place, outcome, places, scored_pairs, sign_words
from eval.rows import Reading
from sign_latent.corpus.clip import Clip


def clip(gloss, text="", signed="qaa", name="c"):
    return Clip(name, text, "en", signed, gloss=gloss, signer="s", source=name, split="test", pose=None)


def test_every_sign_of_a_pair_has_words_that_its_partner_has_not():
    known = sign_words()
    for first, second, _ in MINIMAL_PAIRS:
        assert known[first] and known[second] and known[first].isdisjoint(known[second])
    assert known["BUY"] == {"buy", "buys", "bought"} and known["MOTHER"] == {"mother", "mum"}
    assert known["SHE"] == {"she", "her"} and known["LAST"] == {"last"} and known["RAIN"] == {"rain", "rains", "rained"}


def test_words_of_signs_are_those_that_english_has_for_them():
    """Whatever the grammar draws, the sentence holds a word of every sign of a pair."""
    from data_prep.invented.signing import sign
    from data_prep.invented.splits import plan

    known, paired = sign_words(), {gloss for first, second, _ in MINIMAL_PAIRS for gloss in (first, second)}
    for task in plan(300, 1):
        words = set(task.text.split())
        for gloss in sign(task.sentence, "qaa").glosses:
            assert gloss not in paired or words & known[gloss], (gloss, task.text)


def test_a_place_holds_one_sign_of_a_pair_and_not_the_other():
    found = places([clip("RED CAR BUY"), clip("RED BLUE"), clip("RED", signed="ase")])
    assert {(place.clip, place.channel) for place in found} == {(0, "handshape")}
    assert {tuple(sorted(place.own)) for place in found} == {
        ("red",), ("car", "cars"), ("bought", "buy", "buys")
    }  # fmt: skip


@pytest.mark.parametrize(
    "read, expected",
    [
        ("a red car", "right"),
        ("a blue car", "partner"),
        ("a car", "neither"),
        ("red or blue", "neither"),
        ("", "neither"),
    ],
)
def test_outcomes(read, expected):
    assert outcome(read, Place(0, "handshape", frozenset({"red"}), frozenset({"blue"}))) == expected


def test_shares_by_channel():
    clips = [clip("RED", "red", name=f"c{i}") for i in range(FEWEST)] + [clip("MY", "my", name="last")]
    texts = [one.text for one in clips]
    read = ["red"] * (FEWEST // 2) + ["blue"] * (FEWEST // 3) + [""] * (FEWEST - FEWEST // 2 - FEWEST // 3) + ["my"]
    found = scored_pairs(clips, {"system": [Reading(read, texts, np.zeros(len(clips)))]}, Sample.of(clips, 200))
    assert set(found) == {"all", "handshape", "orientation"}
    shares = found["handshape"].rows["system"]
    assert shares["right"].value == pytest.approx(50) and shares["partner"].value == pytest.approx(100 / 3)
    assert sum(shares[name].value for name in shares) == pytest.approx(100)
    assert not found["orientation"].scored and found["orientation"].places == 1
    assert found["all"].places == FEWEST + 1


def test_other_languages_have_no_pairs():
    assert scored_pairs([clip("RED", signed="ase")] * 2, {}, Sample.of([clip("RED"), clip("RED")], 100)) == {}
