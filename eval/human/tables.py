"""One table a question: what raters said of each system, of every two, and how far they agree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from eval.human.agreement import NOMINAL, ORDINAL, agreement, consistency
from eval.human.design import RATED, REPEAT
from eval.human.key import Key, unblinded
from eval.human.preferences import holm, sign_test, strengths
from eval.human.results import Answer
from eval.human.scores import crossed_weights, difference, mean
from sign_latent.rating.questions import CANNOT_SAY, PAIR, SINGLE, Question

Pair = tuple[str, str]
_SIGN_TESTS = ("sign_test_items", "sign_test_raters")


def question_table(question: Question, answers: Sequence[Answer], systems: Sequence[str]) -> dict:
    """The table of one question from all answers to it, first ones and repeated ones."""
    rated = [answer for answer in answers if answer.trial.kind == RATED]
    return _TABLES[question.part](rated, systems) | {"ask": question.ask, "repeated": repeated(question, answers)}


def scale_table(answers: Sequence[Answer], systems: Sequence[str]) -> dict:
    """Mean of each system and difference of every two, with intervals; agreement over clips judged by several."""
    said = [a for a in answers if a.value != CANNOT_SAY]
    system, items = _column([a.trial.clips[0].system for a in said]), _column([a.trial.clips[0].item for a in said])
    values = np.array([float(a.value) for a in said])
    weights = crossed_weights([a.rater for a in said], items)
    silent = Counter(a.trial.clips[0].system for a in answers if a.value == CANNOT_SAY)
    of = {name: system == name for name in systems}
    means = {name: mean(values[here], weights[:, here]) for name, here in of.items()}
    gaps = {(a, b): difference(values, of[a], of[b], weights) for a, b in combinations(systems, 2)}
    return {
        "systems": {name: row | {"cannot_say": silent[name]} for name, row in means.items()},
        "differences": [{"systems": list(pair), **gap} for pair, gap in gaps.items()],
        "agreement": agreement(system, items, values.astype(int), 6, ORDINAL),
    }


@dataclass(frozen=True)
class Votes:
    """Un-blinded choices, a row each. `pairs`: the two systems in the order of their names; `chosen`: one of them,
    "same" or "neither"; `points`: 1 for the first, −1 for the second, 0 for no difference, nan for neither."""

    raters: np.ndarray
    items: np.ndarray
    pairs: list[Pair]
    chosen: list[str]
    points: np.ndarray

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> "Votes":
        pairs = [tuple(sorted(showing.system for showing in a.trial.clips)) for a in answers]
        chosen = [unblinded(a.trial, a.value) for a in answers]
        points = [{a: 1.0, b: -1.0, "same": 0.0}.get(pick, np.nan) for (a, b), pick in zip(pairs, chosen, strict=True)]
        raters, items = [a.rater for a in answers], [a.trial.clips[0].item for a in answers]
        return cls(_column(raters), _column(items), pairs, chosen, np.array(points))


def choice_table(answers: Sequence[Answer], systems: Sequence[str]) -> dict:
    """Wins of every two systems, win rate and sign tests; strengths where there are three or more; agreement."""
    votes = Votes.of(answers)
    weights = crossed_weights(votes.raters, votes.items)
    rows = [_pair_row(votes, pair, weights) for pair in combinations(sorted(systems), 2)]
    for test in _SIGN_TESTS:
        for row, p in zip(rows, holm([row[test]["p"] for row in rows]), strict=True):
            row[test]["p_holm"] = p
    number = {name: i for i, name in enumerate([*systems, "same", "neither"])}
    values = [number[pick] for pick in votes.chosen]
    return {
        "pairs": rows,
        "strengths": _strengths(votes, systems, weights),
        "agreement": agreement(votes.pairs, votes.items, values, len(number), NOMINAL),
    }


def _pair_row(votes: Votes, pair: Pair, weights: np.ndarray) -> dict:
    """No difference is half a win for each; votes of those who understood neither are counted, not shared out."""
    here = np.array([other == pair for other in votes.pairs], dtype=bool)
    leaning = here & ~np.isnan(votes.points)
    counts = Counter(pick for pick, inside in zip(votes.chosen, here, strict=True) if inside)
    points = votes.points[leaning]
    return {
        "systems": list(pair),
        "preferred": [counts[name] for name in pair],
        "same": counts["same"],
        "neither": counts["neither"],
        "win_rate": mean((points + 1) / 2, weights[:, leaning]),
        "sign_test_items": sign_test(points, votes.items[leaning]),
        "sign_test_raters": sign_test(points, votes.raters[leaning]),
    }


def _strengths(votes: Votes, systems: Sequence[str], weights: np.ndarray) -> dict | None:
    known = np.flatnonzero(~np.isnan(votes.points))
    if len(systems) < 3 or not len(known):
        return None
    pairs = [votes.pairs[i] for i in known]
    return strengths(systems, pairs, (votes.points[known] + 1) / 2, weights[:, known])


_TABLES = {SINGLE: scale_table, PAIR: choice_table}


def repeated(question: Question, answers: Sequence[Answer]) -> dict:
    """How far raters say the same when they are asked again."""
    first = {(a.rater, a.trial.code): a for a in answers if a.trial.kind == RATED}
    again = [a for a in answers if a.trial.kind == REPEAT and (a.rater, a.trial.of) in first]
    both = [(first[a.rater, a.trial.of], a) for a in again]
    plain = [[_plain(question, a) for a in pair] for pair in both if CANNOT_SAY not in {a.value for a in pair}]
    return consistency([a for a, _ in plain], [b for _, b in plain])


def _plain(question: Question, answer: Answer) -> float | str:
    return float(answer.value) if question.scale else unblinded(answer.trial, answer.value)


def understood(answers: Sequence[Answer], key: Key) -> dict:
    """System -> chrF of what raters wrote before they saw the text against it: rough, to be read with the texts.

    A blank counts as nothing understood where the rater said so (understandability 1), else as not answered.
    """
    from sacrebleu.metrics import CHRF

    wrote = {(a.rater, a.trial.code): (a.trial.clips[0], "") for a in answers if _nothing(a)}
    wrote |= {(a.rater, a.trial.code): (a.trial.clips[0], a.value) for a in answers if a.question == "understood"}
    found = {}
    for system in key.systems:
        mine = [(text, key.items[clip.item]) for clip, text in wrote.values() if clip.system == system]
        texts, truths = [text for text, _ in mine], [truth for _, truth in mine]
        score = CHRF(lowercase=True).corpus_score(texts, [truths]).score if mine else None
        found[system] = {"chrf": score, "answers": len(mine)}
    return found


def _nothing(answer: Answer) -> bool:
    return answer.question == "understandability" and answer.value == "1"


def _column(names: Sequence[str]) -> np.ndarray:
    return np.array(names, dtype=object)


def remarks(answers: list[Answer], key: Key) -> list[dict]:
    """Free texts with what they are about, and without who wrote them."""
    rows = []
    for a in answers:
        if a.question in ("comment", "understood"):
            systems = [showing.system for showing in a.trial.clips]
            rows.append({"text": key.items[a.trial.clips[0].item], "systems": systems, a.question: a.value})
    return sorted(rows, key=lambda row: (row["text"], row["systems"], str(row)))
