"""Sentences signed one after the other become one motion, as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sign_latent.generation.request import to_length
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import concatenated
from sign_latent.pose.transition import Pace, hermite, leading

_SEEN = 4
"""Frames of a sentence that say how it is to be led to."""
ALLOWED = 0.9
"""Quantile of the velocities and jerks of a sentence that a transition from it keeps within: below that of the whole
text which joints are measured by, since other sentences may be calmer.
"""


def linked(windows: Iterable[Iterable[Pose]], lengths: Sequence[int] | None = None) -> Iterator[Pose]:
    """Consecutive parts of one motion from those of each sentence; at most two sentences are held.

    Where a sentence does not begin as the one before ends, a transition leads to it that keeps within the pace of the
    one before. It comes on top of the sentence, or where ``lengths`` are given counts to its length.
    """
    before: Pose | None = None
    for place, window in enumerate(windows):
        parts = iter(window)
        if before is not None:
            parts = _led(before, parts) if lengths is None else iter(_fitted(before, parts, lengths[place]))
        held = []
        for part in parts:
            held.append(part)
            yield part
        before = concatenated(held)


def _led(before: Pose, parts: Iterator[Pose]) -> Iterator[Pose]:
    """A sentence with what leads to it."""
    first: list[Pose] = []
    for part in parts:
        first.append(part)
        if sum(map(len, first)) >= _SEEN:
            break
    transition = leading(before, concatenated(first), Pace.of(before, ALLOWED))
    return chain([transition] if transition else [], first, parts)


def _fitted(before: Pose, parts: Iterator[Pose], length: int) -> list[Pose]:
    """The same in so many frames, of which at most half lead to the sentence."""
    whole = concatenated(list(parts))
    transition = leading(before, whole, Pace.of(before, ALLOWED), length // 2)
    if transition is None:
        return [to_length(whole, length)]
    whole = to_length(whole, length - len(transition))
    return [hermite(before, whole, len(transition)), whole]
