"""Clips that lie as one file a frame, numbered: `<clip>_000000000012_keypoints.json`."""

import re
from collections.abc import Callable
from pathlib import Path

from sign_latent.errors import UserError

_SPARSE = 10
"""Frames that may be missing for every one that is there."""


def frames_in(folder: Path, suffix: str) -> dict[int, Path]:
    """Number -> file, in order. A number has at least three digits; the last of the name counts."""
    found = {}
    for file in folder.glob(f"*{suffix}"):
        digits = re.findall(r"\d{3,}", file.name.removesuffix(suffix))
        if digits:
            found[int(digits[-1])] = file
    return dict(sorted(found.items()))


def span(
    files: dict[int, Path], fps: float, start: float, end: float, note: Callable[[str], None]
) -> list[tuple[int, Path]]:
    """(place in the clip, file) of the frames from `start` to `end`, in milliseconds from frame 0.

    An end of 0 means all, counted from the first file. Times past the end and missing frames are noted. UserError
    where there is no frame.
    """
    numbers = list(files)
    if not numbers:
        raise UserError("no frames; extract them")
    first, last = (round(start * fps / 1000), round(end * fps / 1000)) if end else (numbers[0], numbers[-1] + 1)
    chosen = [(number - first, files[number]) for number in numbers if first <= number < last]
    if not chosen:
        raise UserError(f"from {start:g} to {end:g} ms lies no frame; the last is at {1000 * numbers[-1] / fps:.0f}")
    if last > numbers[-1] + 2:  # a frame more or less is rounding
        note(f"should end at {end:g} ms, but the last frame is at {1000 * numbers[-1] / fps:.0f}")
    missing = chosen[-1][0] + 1 - len(chosen)
    if missing > _SPARSE * len(chosen):
        raise UserError(f"{missing} of {chosen[-1][0] + 1} frames are missing; extract them again")
    if missing:
        note(f"{missing} of {chosen[-1][0] + 1} frames are missing; they have confidence 0")
    return chosen
