"""Accusations about the text: it is not used, or lengths are known that no text tells."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from eval.case import UNEXAMINED, Case, Finding, Measure, mean_interval, measured, past
from eval.reality import Reality
from sign_latent.text.vocabulary import normalise_text

RIVALS = 8
"""Recordings of other texts, the nearest in length, with which a clip's own one competes."""
CHANCE = 0.5


def rivals(texts: list[str], lengths: np.ndarray) -> list[list[int]]:
    """For each clip up to `RIVALS` others of another text whose lengths are nearest to its own.

    Of like length, so that knowing the length alone wins nothing.
    """
    found = []
    for i, text in enumerate(texts):
        others = [k for k in np.argsort(np.abs(lengths - lengths[i]), kind="stable") if texts[k] != text]
        found.append([int(k) for k in others[:RIVALS]])
    return found


def wins(own: np.ndarray, other: list[np.ndarray]) -> np.ndarray:
    """Share [n] of rivals that a clip's own partner beats (smaller is better; a tie is half a win)."""
    shares = [
        np.mean((theirs > mine) + 0.5 * (theirs == mine)) if len(theirs) else np.nan
        for mine, theirs in zip(own, other, strict=True)
    ]
    return np.array(shares)


def words_of(text: str) -> Counter:
    """How often each word of a text occurs, normalised."""
    return Counter(normalise_text(text).split())


def word_distances(texts: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """1 − F1 [n, m] of the words that texts share; texts without words are as far from each other as from all."""
    counts = [words_of(text) for text in others]
    where: dict[str, list[tuple[int, int]]] = {}
    for i, words in enumerate(counts):
        for word, times in words.items():
            where.setdefault(word, []).append((i, times))
    found = {word: np.transpose(places) for word, places in where.items()}
    totals, rows = np.array([sum(words.values()) for words in counts]), []
    for words in map(words_of, texts):
        shared = np.zeros(len(others))
        for word in words.keys() & found.keys():
            places, times = found[word]
            shared[places] += np.minimum(times, words[word])
        rows.append(1 - 2 * shared / np.maximum(totals + sum(words.values()), 1))
    return np.array(rows)


def motion_wins(case: Case) -> np.ndarray:
    """Share [n] of rival recordings that are farther from a clip than its own recording, after warping."""
    from eval.likeness import warped

    texts = [clip.text for clip in case.clips]
    against = rivals(texts, case.real_traits["seconds"])
    rows = [(i, k) for i, others in enumerate(against) for k in others]
    apart = warped(case.sketches[[i for i, _ in rows]], case.real_sketches[[k for _, k in rows]])
    parts = np.split(apart, np.cumsum([len(others) for others in against])[:-1])
    return wins(case.own, parts)


def word_wins(case: Case) -> np.ndarray | None:
    """The same of the judge's reading and the texts; None without readings."""
    if case.system.readings is None:
        return None
    read, texts = [case.system.readings[i] for i in case.rows], [clip.text for clip in case.clips]
    against = rivals(texts, case.real_traits["seconds"])
    apart = word_distances(read, texts)
    return wins(np.diagonal(apart), [apart[i, others] for i, others in enumerate(against)])


@measured
def text_use(case: Case) -> list[Measure]:
    """Share of rival texts' recordings, and of rival texts as read, that lose to a clip's own (98 % intervals)."""
    found = {"motion": motion_wins(case), "readings": word_wins(case)}
    shares = {name: values for name, values in found.items() if values is not None}
    return [Measure(f"wins in {name}", mean_interval(v)[0], CHANCE, above=False) for name, v in shares.items()]


def text_blind(case: Case) -> Finding | None:
    """Clips that fit their own text no better than other texts of like length, neither in motion nor as read.

    A clip's own recording competes with those of other texts; by chance it wins half of the time. Whoever cannot be
    told from chance (98 % bootstrap interval) in the motion, nor in the judge's readings if there are any, is accused.
    """
    found = text_use(case)
    if any(measure.distance < 0 for measure in found):
        return None
    evidence = {measure.what.replace(" ", "_"): measure.value for measure in found}
    reason = "the clips fit their own texts no better than other texts of the same length"
    return Finding("text-blind generator", reason, {**evidence, "chance": CHANCE})


def resolution(frames: np.ndarray) -> int:
    """Frames that divide all lengths: a generator with a latent frame of four makes multiples of four."""
    return int(np.gcd.reduce(frames))


def _tolerance(case: Case) -> int:
    return max(1, resolution(np.array([len(pose) for pose in case.poses])))


@measured
def equal_lengths(case: Case) -> list[Measure]:
    """Share of lengths equal to the recordings', beside half-way from what held-out predictions reach to all."""
    real, system = case.reality, case.system
    if system.lengths == "given" or system.made_from == "recording" or case.follows or len(real.train) == 0:
        return []
    tolerance = _tolerance(case)
    frames = np.array([len(clip.pose) for clip in case.clips])
    equal = (np.abs(np.array([len(pose) for pose in case.poses]) - frames) <= tolerance).astype(float)
    return [Measure("share of equal lengths", mean_interval(equal)[0], (1 + _predictable(real, tolerance)) / 2)]


def _predictable(real: Reality, tolerance: int) -> float:
    """Share of held-out clips whose length a prediction from the text hits within so many frames."""
    slack = np.log1p(tolerance / np.array([len(clip.pose) for clip in real.held_out]))
    return float((np.abs(real.length_errors - np.median(real.length_errors)) <= slack).mean())


def length_leak(case: Case) -> Finding | None:
    """Lengths that equal the recordings' more exactly than any reading of the text allows.

    A length counts as equal within the system's own resolution (at least a frame). Accused when the share of equal
    lengths is significantly above half-way from what a prediction from the text reaches on held-out clips to all. How
    far clips of equal text differ, where training texts repeat, is stated beside it: no reading can do better.
    """
    if len(case.reality.train) == 0 and case.system.lengths != "given" and case.system.made_from != "recording":
        return Finding("ground-truth length leak", "no training clips to learn lengths from", severity=UNEXAMINED)
    found = equal_lengths(case)
    if not past(found):
        return None
    evidence = {
        "share_equal_low": found[0].value,
        "share_equal_of_predictions_from_text": _predictable(case.reality, _tolerance(case)),
        "tolerance_frames": float(_tolerance(case)),
        "spread_of_lengths_of_equal_texts": case.reality.repeated[0],
    }
    return Finding(
        "ground-truth length leak", "lengths equal the recordings' more often than the text can tell", evidence
    )
