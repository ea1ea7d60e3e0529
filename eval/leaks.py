"""Nothing of the judged recordings may reach a generator, its training or its judge: interventions, and the cards."""

import hashlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from eval.case import NOTICE, UNEXAMINED, Finding, mean_interval
from eval.controls import derangement
from sign_latent.card import Card
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.text.vocabulary import normalise_text

TELLING = ("reference", "truth", "target", "pose", "first", "counter", "length", "duration")
"""Words in the name of a parameter through which a recording may leak."""
TRIED = 8
"""Texts on which a generator is tried."""
JUDGE_SPLIT = "train"
"""The split on which judges are trained (`stages/evaluator.py`) whose cards name no other."""


def signature_leaks(generate: Callable) -> list[Finding]:
    """Parameters of a generate call that bear the name of something in a recording: accused where they are required.

    An optional one (such as `frames`, for lengths that are declared as given) is no leak while it is not used; whether
    it is shows `reference_intervention`.
    """
    found = []
    for name, parameter in inspect.signature(generate).parameters.items():
        words = [word for word in TELLING if word in name.lower()]
        if isinstance(parameter.default, bool):  # a yes or no holds nothing of a recording
            continue
        if words and parameter.default is inspect.Parameter.empty:
            found.append(Finding("reference leak", f"generation asks for {name!r}, which a text does not hold"))
        elif words:
            found.append(Finding("reference leak", f"generation can be given {name!r}", severity=NOTICE))
    return found


def same_bits(made: Sequence[Pose | None], other: Sequence[Pose | None]) -> np.ndarray:
    """Which poses [n] are equal to the last bit, or both missing."""
    return np.array([(a is None and b is None) or _equal(a, b) for a, b in zip(made, other, strict=True)], bool)


def _equal(one: Pose | None, other: Pose | None) -> bool:
    return one is not None and other is not None and np.array_equal(one.points, other.points)


def reference_intervention(
    make: Callable[[Sequence[Clip]], Sequence[Pose | None]], clips: Sequence[Clip]
) -> Finding | None:
    """Generates twice, the second time with every recording exchanged for another one, cut to three quarters.

    Texts, ids and everything else stay. Accused unless all poses stay the same to the last bit. `make` is whatever
    turns clips into poses in a report.
    """
    turned = derangement([clip.text for clip in clips])
    swapped = [replace(clip, pose=_cut(clips[i].pose)) for clip, i in zip(clips, turned, strict=True)]
    same = same_bits(make(clips), make(swapped))
    if same.all():
        return None
    changed = int((~same).sum())
    reason = f"{changed} of {len(clips)} clips change when the recordings are exchanged: generation sees them"
    return Finding("reference leak", reason, {"changed": float(changed), "clips": float(len(clips))})


def _cut(pose: Pose) -> Pose:
    kept = max(1, 3 * len(pose) // 4)
    arrays = {name: getattr(pose, name) for name in ("points", "confidence", "rotations", "expression")}
    return replace(pose, **{name: None if array is None else array[:kept] for name, array in arrays.items()})


def interventions(generate: Callable[[list[str], int], list[Pose]], texts: Sequence[str]) -> list[Finding]:
    """What generated motion depends on: the same text and seed, another text, another seed (`generate(texts, seed)`).

    Accused when another text changes no more than another seed; said when the same call gives other bits.
    """
    tried = list(dict.fromkeys(texts))[:TRIED]
    if len(tried) < 2:
        return [Finding("text-blind generator", "a single text cannot be exchanged for another", severity=UNEXAMINED)]
    turned = tried[1:] + tried[:1]
    first, again, other, reseeded = (generate(t, s) for t, s in ((tried, 0), (tried, 0), (turned, 0), (tried, 1)))
    found = []
    if not same_bits(first, again).all():
        found.append(Finding("not reproducible", "the same texts and seed give other bits", severity=NOTICE))
    by_text, by_seed = _change(first, other), _change(first, reseeded)
    if not mean_interval(by_text - by_seed)[0] > 0:
        evidence = {"change_by_text": float(np.nanmean(by_text)), "change_by_seed": float(np.nanmean(by_seed))}
        reason = "another text changes the motion no more than another seed does"
        found.append(Finding("text-blind generator", reason, evidence))
    return found


def _change(made: list[Pose], other: list[Pose]) -> np.ndarray:
    """Warped distance [n] of clips at the same place of two batches."""
    from eval.likeness import sketches, warped

    return warped(sketches(made), sketches(other))


def overlap(clips: Sequence[Clip], train: Sequence[Clip]) -> list[Finding]:
    """What judged clips share with training: sentences (normalised), whole recordings, sources. Said, not accused."""
    found = []
    kinds: dict[str, Callable[[Clip], str]] = {
        "sentences": lambda clip: normalise_text(clip.text),
        "recordings": lambda clip: _recording(clip.pose),
        "sources": lambda clip: clip.source,
    }
    known = {name: {key(clip) for clip in train} - {""} for name, key in kinds.items()}
    for name, key in kinds.items():
        shared = sum(key(clip) in known[name] for clip in clips)
        if shared:
            evidence = {"shared": float(shared), "clips": float(len(clips))}
            reason = f"{shared} of {len(clips)} judged {name} occur in training"
            found.append(Finding(f"{name} seen in training", reason, evidence, NOTICE))
    return found


def _recording(pose: Pose) -> str:
    """Digest of a motion, rounded to a ten-thousandth of a shoulder width."""
    return hashlib.sha256(np.round(pose.points, 4).tobytes()).hexdigest()


def judge_leaks(judge: Card, corpus_hash: str, split: str, generator: Card | None = None) -> list[Finding]:
    """Whether a judge can be trusted with a split, as far as cards tell.

    Accused: judging its own training split, and judging a generator that was trained with its help. A judge of another
    corpus cannot be examined: its card does not say which clips that held.
    """
    found = []
    if judge.corpus_hash != corpus_hash:
        reason = f"judge {judge.reference} was trained on another corpus; whether it saw the judged clips is not known"
        found.append(Finding("judge leak", reason, severity=UNEXAMINED))
    elif split == (judge.audit or {}).get("trained_on", JUDGE_SPLIT):
        found.append(
            Finding("judge leak", f"judge {judge.reference} was trained on the clips it judges (split {split})")
        )
    if generator is not None and judge.reference in generator.parents.values():
        found.append(Finding("judge leak", f"generator {generator.reference} was trained with judge {judge.reference}"))
    if generator is not None and generator.corpus_hash == corpus_hash and split == JUDGE_SPLIT:
        reason = f"generator {generator.reference} is judged on its own training split"
        found.append(Finding("judged on training clips", reason))
    return found
