"""Accusations about the text: it is not used, or lengths are known that no text tells."""

from collections import Counter

import numpy as np

from eval.case import UNEXAMINED, Case, Finding, mean_interval
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


def word_distance(one: str, other: str) -> float:
    """1 − F1 of the words two texts share."""
    a, b = (Counter(normalise_text(text).split()) for text in (one, other))
    shared, total = sum((a & b).values()), sum(a.values()) + sum(b.values())
    return 1 - 2 * shared / total if total else 1.0


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
    own = np.array([word_distance(r, t) for r, t in zip(read, texts, strict=True)])
    return wins(own, [np.array([word_distance(read[i], texts[k]) for k in others]) for i, others in enumerate(against)])


def text_blind(case: Case) -> Finding | None:
    """Clips that fit their own text no better than other texts of like length, neither in motion nor as read.

    A clip's own recording competes with those of other texts; by chance it wins half of the time. Whoever cannot be
    told from chance (98 % bootstrap interval) in the motion, nor in the judge's readings if there are any, is accused.
    """
    found = {"motion": motion_wins(case), "readings": word_wins(case)}
    shares = {name: values for name, values in found.items() if values is not None}
    if any(mean_interval(values)[0] > CHANCE for values in shares.values()):
        return None
    evidence = {f"wins_in_{name}": float(np.nanmean(values)) for name, values in shares.items()}
    reason = "the clips fit their own texts no better than other texts of the same length"
    return Finding("text-blind generator", reason, {**evidence, "chance": CHANCE})


def resolution(frames: np.ndarray) -> int:
    """Frames that divide all lengths: a generator with a latent frame of four makes multiples of four."""
    return int(np.gcd.reduce(frames))


def length_leak(case: Case) -> Finding | None:
    """Lengths that equal the recordings' more exactly than any reading of the text allows.

    A length counts as equal within the system's own resolution (at least a frame). Accused when the share of equal
    lengths is significantly above half-way from what a prediction from the text reaches on held-out clips to all. How
    far clips of equal text differ, where training texts repeat, is stated beside it: no reading can do better.
    """
    real, system = case.reality, case.system
    if system.lengths == "given" or system.made_from == "recording" or case.follows:
        return None
    if len(real.train) == 0:
        return Finding("ground-truth length leak", "no training clips to learn lengths from", severity=UNEXAMINED)
    tolerance = max(1, resolution(np.array([len(pose) for pose in case.poses])))
    frames = np.array([len(clip.pose) for clip in case.clips])
    equal = (np.abs(np.array([len(pose) for pose in case.poses]) - frames) <= tolerance).astype(float)
    slack = np.log1p(tolerance / np.array([len(clip.pose) for clip in real.held_out]))
    predicted = float((np.abs(real.length_errors - np.median(real.length_errors)) <= slack).mean())
    bound = (1 + predicted) / 2
    if not mean_interval(equal)[0] > bound:
        return None
    evidence = {
        "share_equal": float(equal.mean()),
        "share_equal_of_predictions_from_text": predicted,
        "tolerance_frames": float(tolerance),
        "spread_of_lengths_of_equal_texts": real.repeated[0],
    }
    return Finding(
        "ground-truth length leak", "lengths equal the recordings' more often than the text can tell", evidence
    )
