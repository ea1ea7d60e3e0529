"""Sentences in windows that overlap in latent space: each begins with the last latent frames of the one before.

These are given to the sampler as editing gives what is kept (``diffusion.known``), so that the rest of the window is
made to follow them, and all windows are decoded as one latent: no transition is needed. Windows are sampled one after
the other, as they are asked for, each once: neither time to the first nor memory grows with their number. Windows that
are all sampled together and averaged where they overlap (Bar-Tal et al. 2023, eq. 5) would need both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from sign_latent.diffusion.known import Known

Window = Callable[[int, torch.Tensor | None], torch.Tensor]
"""(place of a sentence, latent frames [k, J', D] that its window begins with) -> latent [N', J', D] of the window."""


def following(before: torch.Tensor, count: int) -> Known:
    """A window of ``count`` latent frames of which the first are given: the last [k, J', D] of the one before."""
    values = before.new_zeros(1, count, *before.shape[1:])
    values[0, : len(before)] = before
    return Known(values, (torch.arange(count, device=before.device) < len(before))[None, :, None, None])


def overlapping(window: Window, count: int, overlap: int) -> Iterator[torch.Tensor]:
    """Consecutive parts of one latent from ``count`` windows, neighbours of which share so many latent frames (at least
    1); fewer where a window is shorter.
    """
    before = None
    for place in range(count):
        z = window(place, before)
        yield z if before is None else z[len(before) :]
        before = z[-overlap:]


def windowed(lengths: Sequence[int], stride: int, overlap: int) -> tuple[np.ndarray, int]:
    """Latent frames [n] of windows that were to have so many frames, of which all but the first begin with up to
    ``overlap`` shared ones and have one of their own at least; and the frames of what they make together.
    """
    counts = -(-np.asarray(lengths) // stride)
    shared = 0
    for place in range(1, len(counts)):
        begun = min(overlap, int(counts[place - 1]))
        counts[place] = max(counts[place], begun + 1)
        shared += begun
    return counts, int(counts.sum() - shared) * stride
