"""Which sentences belong to which slice, and that small ones are not scored."""

from dataclasses import replace

import numpy as np
import pytest

from eval.bootstrap import Sample
from eval.rows import Reading
from eval.slices import FEWEST, SLICES, scored_slices
from sign_latent.corpus.clip import Clip, Tier


def clip(text, gloss="", tiers=(), spoken="en", signed="qaa", name="c"):
    about = {"signer": "s", "source": name, "split": "test", "pose": None}
    return Clip(name, text, spoken, signed, gloss=gloss, tiers=list(tiers), **about)


CASES = [
    (clip("who feeds four horses ?", "HORSE FOUR FEED WHO"), {"questions", "numbers"}),
    (clip("she will not help .", "SHE HELP", [Tier("head", "shake", 3, 9)]), {"negation"}),
    (clip("ob sees the cat .", "O B CAT SEE"), {"names"}),
    (clip("i see the cat .", "ME CAT SEE"), set()),
    (clip("our uncle sells a cake .", "OUR UNCLE CAKE SELL"), {"held-out combinations"}),
    (clip("a " * 13 + "."), {"long sentences"}),
    (clip("morgen regnet es nicht", spoken="de-DE", signed="gsg"), {"negation"}),
    (clip("am tag acht grad", spoken="de", signed="gsg"), {"numbers"}),
    (clip("who feeds 4 horses", signed="ase"), {"numbers"}),
    (clip("is it raining", "RAIN", [Tier("brows", "raise", 0, 5)]), {"questions"}),
    (clip("mark eats .", "fs-MARK EAT", signed="ase"), {"names"}),
    (clip("our uncle sells a cake .", "OUR UNCLE CAKE SELL", signed="ase"), set()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].text[:20])
def test_membership(case):
    one, expected = case
    assert {name for name, kind in SLICES.items() if kind.holds(one)} == expected


def test_slices_of_the_invented_language_are_those_its_splits_ask_for():
    from data_prep.invented.clips import make_clip
    from data_prep.invented.splits import plan

    wanted = {"test_names": "names", "test_long": "long sentences", "test_combinations": "held-out combinations"}
    for task in plan(60, 0):
        if task.split not in (*wanted, "train", "test_sentences") or task.number % 3:
            continue
        made = make_clip(task, "qaa", 0)
        kinds = {name for name, kind in SLICES.items() if kind.holds(made)}
        first = task.sentence.clauses[0]
        assert ("questions" in kinds) == (first.mood != "statement")
        assert ("negation" in kinds) == any(clause.negated for clause in task.sentence.clauses)
        assert ("names" in kinds) == bool(task.sentence.names)
        assert ("held-out combinations" in kinds) == (task.split == "test_combinations")
        assert task.split not in wanted or wanted[task.split] in kinds


def test_a_slice_is_scored_as_its_clips_alone_and_a_small_one_is_marked():
    many = [replace(clip(f"who sees {i} ?", name=f"q{i}")) for i in range(FEWEST)]
    few = [clip("i do not see .", name=f"n{i}") for i in range(FEWEST - 1)]
    clips = many + few
    texts = [one.text for one in clips]
    read = [*texts[: FEWEST // 2], *[""] * (len(clips) - FEWEST // 2)]
    found = scored_slices(clips, {"system": [Reading(read, texts, np.zeros(len(clips)))]}, Sample.of(clips, 200))
    questions, negation = found["questions"], found["negation"]
    assert questions.scored and questions.clips == FEWEST
    assert questions.rows["system"]["exact"].value == pytest.approx(50)
    low, high = questions.rows["system"]["exact"].interval
    assert low < 50 < high
    assert not negation.scored and negation.clips == FEWEST - 1 and negation.rows == {}
