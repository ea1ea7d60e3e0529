"""What turns vectors into codes. The same quantisers serve latents of poses and of images of conditions.

A quantiser takes [B, N, S, E] and the mask [B, N] and gives a latent of codes [B, N, S, D] that holds K codes a slot
side by side; ``merged`` is what a decoder sees of it, [B, N, S, E]. Its ids [B, N, S, K] are those of the *nearest*
codes, so that any latent has some. Everything runs in float32, under autocast too, on standardised input.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from math import prod

import torch
from torch import nn

from sign_latent.errors import UserError
from sign_latent.layers.standardise import MaskedStandardise

Losses = dict[str, torch.Tensor]
Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]

FSQ_LEVELS: dict[int, tuple[int, ...]] = {
    7: (5, 5, 5),
    8: (8, 6, 5),
    9: (8, 8, 8),
    10: (8, 5, 5, 5),
    11: (8, 8, 6, 5),
    12: (7, 5, 5, 5, 5),
}
"""log2 of a size -> levels of a book of about that size; 8, 10 and 12 as Mentzer et al. (2023, table 1) advise."""


class Quantiser(nn.Module):
    """Base of quantisers. ``entered`` is E, ``width`` D, ``per_slot`` K, ``codes`` the size of each book."""

    def __init__(self, slots: int, entered: int, width: int, per_slot: int, codes: int):
        super().__init__()
        self.slots, self.entered, self.width, self.per_slot, self.codes = slots, entered, width, per_slot, codes
        self.standardise = MaskedStandardise(slots, entered)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        """Codes [B, N, S, D], through which gradients reach x, and what the quantiser adds to a loss."""
        with torch.autocast(x.device.type, enabled=False):
            return self.quantised(self.standardise(x.float(), mask), mask)

    @abstractmethod
    def quantised(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        """``forward`` of standardised x."""

    @abstractmethod
    def ids(self, z: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
        """Nearest codes [B, N, S, K] of a latent [B, N, S, D] that was whitened with mean and std [S, D]."""

    @abstractmethod
    def values(self, ids: torch.Tensor) -> torch.Tensor:
        """Codes [B, N, S, D] of ids [B, N, S, K] that are in the book."""

    def merged(self, codes: torch.Tensor) -> torch.Tensor:
        """[B, N, S, D] -> [B, N, S, E]."""
        return codes

    def settle(self, batches: Callable[[], Batches]) -> None:
        """Fits what is not averaged to the averaged weights; ``batches()`` gives (x, mask) of the training split."""
        self.standardise.fit(batches())

    def refuse_unknown(self, ids: torch.Tensor) -> None:
        """UserError for an id outside the book."""
        if ids.numel() and (int(ids.min()) < 0 or int(ids.max()) >= self.codes):
            wrong = int(ids.min()) if int(ids.min()) < 0 else int(ids.max())
            raise UserError(f"token {wrong} outside the book of {self.codes} codes; end and padding are no codes")


class FiniteScalar(Quantiser):
    """Finite scalar quantisation (Mentzer et al. 2023): every number is rounded to one of a few levels.

    The bound is vector-quantize-pytorch's, whose traps are met here: 4-D input is taken for video, so slots are
    flattened; the bound collapses when what enters has small spread, so it is standardised.
    """

    def __init__(self, slots: int, levels: Iterable[int], per_slot: int):
        from vector_quantize_pytorch import FSQ

        levels = list(levels)
        if not levels or min(levels) < 3:
            raise UserError(f"levels {levels}: every number needs at least 3 levels; give e.g. 5,5,5,5")
        width = len(levels) * per_slot
        super().__init__(slots, width, width, per_slot, prod(levels))
        self.fsq = FSQ(levels=levels, return_indices=False)

    def quantised(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        flat = x.unflatten(-1, (self.per_slot, -1)).flatten(0, -2)
        codes, _ = self.fsq(flat[None])
        return codes[0].view_as(x), {}

    def ids(self, z: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
        levels = self.fsq._levels
        half = levels // 2
        raw = (z.float() * std.float() + mean.float()).unflatten(-1, (self.per_slot, -1))
        digits = (raw * half + half).round().clamp(min=0).minimum((levels - 1).to(raw))
        return (digits.long() * self.fsq._basis).sum(-1)

    def values(self, ids: torch.Tensor) -> torch.Tensor:
        half = self.fsq._levels // 2
        digits = (ids[..., None] // self.fsq._basis) % self.fsq._levels
        return ((digits - half) / half).flatten(-2)
