"""Is the style of a reference in what is made: measured again, and beside what is known of invented signers?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_prep.invented.signers import make_signer
from eval.lengths import correlation
from sign_latent.corpus.clip import Clip
from sign_latent.generation.request import at_speed
from sign_latent.generation.style import style_of, styled


def chosen(clips: Sequence[Clip], each: int) -> list[Clip]:
    """The first so many clips of each signer."""
    found: dict[str, list[Clip]] = {}
    for clip in clips:
        if len(found.setdefault(clip.signer, [])) < each:
            found[clip.signer].append(clip)
    return [clip for some in found.values() for clip in some]


def style_report(generator, clips: Sequence[Clip], each: int, seed: int, how: dict[str, Any]) -> dict[str, float]:
    """Pearson's correlations over references and over signers; the next reference's text is what is made in a style.

    ``seed`` is that of the corpus, from which signers are known. The style of what was made is measured against neutral
    signing of its own text, as that of a reference is.
    """
    some = chosen(clips, each)
    texts = [clip.text for clip in some]
    neutral = generator.generate(texts, **how)
    styles = [style_of(clip.pose, pose) for clip, pose in zip(some, neutral, strict=True)]
    targets = [(i + 1) % len(some) for i in range(len(some))]
    other = generator.generate(texts, **how | {"seed": how["seed"] + 1})  # not the noise that it is measured against
    made = [at_speed(other[target], style.tempo) for target, style in zip(targets, styles, strict=True)]
    again = [
        style_of(styled(pose, style), neutral[target])
        for pose, style, target in zip(made, styles, targets, strict=True)
    ]
    signers = [make_signer(clip.signer, seed) for clip in some]
    report: dict[str, float] = {"references": len(some), "signers": len({clip.signer for clip in some})}
    for name in ("tempo", "amplitude"):
        measured, remeasured, true = (
            np.array([getattr(one, name) for one in rows]) for rows in (styles, again, signers)
        )
        report[f"{name}, made ~ reference"] = _correlation(measured, remeasured)
        report[f"{name}, reference ~ signer"] = _correlation(measured, true)
        means = [_by_signer(some, values) for values in (measured, true)]
        report[f"{name}, mean of a signer's references ~ signer"] = _correlation(*means)
        report[f"{name}, mean |made ÷ reference - 1|"] = float(np.abs(remeasured / measured - 1).mean())
    return report


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    return correlation(a, b)(np.ones(len(a)))


def _by_signer(clips: Sequence[Clip], values: np.ndarray) -> np.ndarray:
    names = np.array([clip.signer for clip in clips])
    return np.array([values[names == name].mean() for name in dict.fromkeys(names.tolist())])
