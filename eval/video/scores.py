"""The scores of a report on a renderer: what each is, and how figures of a row are made of values a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.bootstrap import Sample, Statistic, minus, ratio_of
from eval.schema import Estimate


@dataclass(frozen=True)
class Score:
    """A score: its name and unit on pages, whether more of it is better, decimals, and whether it compares frames."""

    label: str
    more: bool
    digits: int = 3
    aligned: bool = False
    """It compares frame with frame, so that it means nothing where the condition leaves the motion open."""


SCORES: dict[str, Score] = {
    "psnr": Score("PSNR, dB", True, 1, aligned=True),
    "ssim": Score("SSIM", True, aligned=True),
    "hand_ssim": Score("hand SSIM", True, aligned=True),
    "perceptual": Score("perceptual distance", False, aligned=True),
    "points_body": Score("re-estimated body, shoulder widths", False, aligned=True),
    "points_hands": Score("re-estimated hands, shoulder widths", False, aligned=True),
    "psnr_dtw": Score("PSNR of matched frames, dB", True, 1),
    "ssim_dtw": Score("SSIM of matched frames", True),
    "hand_ssim_dtw": Score("hand SSIM of matched frames", True),
    "points_dtw": Score("re-estimated hands, DTW, shoulder widths", False),
    "length": Score("length, |log₂| of the recording's", False),
    "consistency": Score("temporal consistency", True),
    "likeness": Score("likeness of colours to the reference", True),
    "identified": Score("signer identified, %", True, 1),
    "accuracy": Score("signs read, %", True, 1),
    "bleu4": Score("back-translation, BLEU-4", True, 1),
    "chrf": Score("back-translation, chrF", True, 1),
    "wer": Score("back-translation, WER", False, 1),
    "extracted": Score("re-extracted points, shoulder widths", False, aligned=True),
    "extracted_hands": Score("re-extracted hands, shoulder widths", False, aligned=True),
    "extracted_near": Score("points of hands re-extracted within 0.1 shoulder widths, %", True, 1, aligned=True),
    "extracted_frames": Score("frames in which a person is found, %", True, 1),
    "seconds": Score("seconds a frame", False),
}
"""Key -> score, in the order in which they are shown."""

Row = dict[str, Statistic]
"""Score -> the figure as a function of how often each clip counts [n], of one row and one seed."""


def means(clips: Sequence[dict[str, float | tuple[float, float]]]) -> Row:
    """A row from values a clip: finite numbers are averaged over the clips, pairs (above, below) are summed."""
    row: Row = {}
    for name in dict.fromkeys(name for clip in clips for name in clip):
        pairs = np.array([_pair(clip.get(name, np.nan)) for clip in clips])
        row[name] = ratio_of(pairs[:, 0], pairs[:, 1])
    return row


def _pair(value: float | tuple[float, float]) -> tuple[float, float]:
    if isinstance(value, tuple):
        return value
    return (float(value), 1.0) if np.isfinite(value) else (0.0, 0.0)


def table(seeds: Sequence[Row], sample: Sample) -> dict[str, Estimate]:
    """Score -> its estimate over the seeds of a row."""
    return {name: sample.estimate([row[name] for row in seeds]) for name in seeds[0]}


def difference(ours: Sequence[Row], theirs: Sequence[Row], sample: Sample) -> dict[str, Estimate]:
    """Score -> ours minus theirs under the same draws; a control that needs no seed has one row for all."""
    found = {}
    for name in ours[0]:
        if name in theirs[0]:
            pairs = [(row[name], theirs[i % len(theirs)][name]) for i, row in enumerate(ours)]
            found[name] = sample.estimate([minus(one, other) for one, other in pairs])
    return found


def better(name: str, estimate: Estimate | None) -> bool | None:
    """Whether a difference is to the renderer's credit and its interval clear of zero; None where it is unknown."""
    bounds = None if estimate is None else estimate.interval
    if not bounds or any(bound is None or bound != bound for bound in bounds):
        return None
    return bounds[0] > 0 if SCORES[name].more else bounds[1] < 0
