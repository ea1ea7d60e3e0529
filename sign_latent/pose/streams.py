"""Motion that comes in parts: cut, put together, read at another speed, without ever holding all of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain

import numpy as np

from sign_latent.pose.pose import Pose
from sign_latent.pose.provenance import of_whole
from sign_latent.pose.resample import read_at
from sign_latent.pose.signs import Sign, moved, stretched

_ARRAYS = ("points", "confidence", "rotations", "expression")


def cut(pose: Pose, start: int, stop: int) -> Pose:
    """Frames from ``start`` to before ``stop`` as a clip of their own, with its signs and its place in the source."""
    part = taken(pose, slice(start, stop))
    if start and part.placement is not None:
        part = replace(part, placement=part.placement.later(start / pose.fps))
    return part.with_signs(moved(pose.signs, -start, len(part)))


def taken(pose: Pose, frames: slice | np.ndarray) -> Pose:
    """Some frames as a clip of their own."""
    arrays = {name: getattr(pose, name) for name in _ARRAYS}
    return replace(pose, **{name: None if a is None else a[frames] for name, a in arrays.items()})


def concatenated(pieces: Sequence[Pose]) -> Pose:
    """Pieces of one skeleton and frame rate one after another; rotations or expression that one lacks are dropped.

    Of itself the whole says what `provenance.of_whole` makes of what they say."""

    def whole(name: str) -> np.ndarray | None:
        arrays = [getattr(piece, name) for piece in pieces]
        return None if any(array is None for array in arrays) else np.concatenate(arrays)

    first = pieces[0]
    starts = accumulate(map(len, pieces), initial=0)
    signs = [
        sign
        for start, piece in zip(starts, pieces, strict=False)
        for sign in moved(piece.signs, start, start + len(piece))
    ]
    about = of_whole(piece.provenance for piece in pieces)
    made = Pose(fps=first.fps, skeleton=first.skeleton, provenance=about, **{name: whole(name) for name in _ARRAYS})
    return made.with_signs(signs)


def chunked(parts: Iterable[Pose], frames: int) -> Iterator[Pose]:
    """The same motion in chunks of so many frames, the last one shorter; each comes as soon as its frames are there."""
    held: list[Pose] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= frames:
            whole = concatenated(held)
            full = count - count % frames
            yield from (cut(whole, start, start + frames) for start in range(0, full, frames))
            held, count = [cut(whole, full, count)], count - full
    if count:
        yield concatenated(held)


def at_speed(parts: Iterable[Pose], speed: float) -> Iterator[Pose]:
    """The same signing ``speed`` times as fast at the same frame rate, as `resample` reads the whole: to the bit.

    A frame is given out when all that it is made of is known.
    """
    return _reread(parts, lambda fps: fps / speed)


def at_rate(parts: Iterable[Pose], fps: float) -> Iterator[Pose]:
    """The same signing at ``fps``, as `resample` makes it of the whole, to the bit; untouched where it has that rate.

    Parts that are resampled each for itself would not fit together where no whole number of new frames fills them.
    """
    remaining = iter(parts)
    head = next(remaining, None)
    if head is None:
        return
    whole = chain([head], remaining)
    if head.fps == fps:
        yield from whole
    else:
        yield from (replace(part, fps=float(fps)) for part in _reread(whole, lambda _: fps))


def _reread(parts: Iterable[Pose], rate: Callable[[float], float]) -> Iterator[Pose]:
    """The frames of a motion at another rate, told from its own, under the name of its own."""
    held: Pose | None = None
    before = made = 0  # frames left behind, and frames given out
    signs: list[Sign] = []  # at the new speed, of what was not given out yet
    for part in parts:
        held = part if held is None else concatenated([held, part])
        fps = rate(held.fps)
        step, known = held.fps / fps, before + len(held)
        new = stretched(moved(part.signs, known - len(part), known), 1 / step)
        signs = [*(sign for sign in signs if sign[2] > made), *new]
        # as many as there will be whatever follows, and all of them before the last known frame
        ready = min(math.ceil((known - 1) / step), round(known * fps / held.fps))
        if ready > made:
            yield _told(read_at(held, np.arange(made, ready) * step - before), signs, made)
            made = ready
        passed = min(int(made * step), known - 1)
        held, before = cut(held, passed - before, len(held)), passed
    if held is not None:
        last = before + len(held) - 1
        frames = max(1, round((last + 1) * fps / held.fps))
        if frames > made:
            yield _told(read_at(held, np.minimum(np.arange(made, frames) * step, last) - before), signs, made)


def _told(part: Pose, signs: Iterable[Sign], made: int) -> Pose:
    """A part that comes after ``made`` frames, with those of the signs that are in it."""
    return part.with_signs(moved(signs, -made, len(part)))
