"""Text2SignDiff's time-discounted semantic supervision: is the clean latent that is predicted close to its text?

An aligner places both in one space; their distance there, discounted by the step, is added to the denoising loss. The
paper's words put its weight on the noisy steps, its formula 1 − t/T on the clean ones; both are offered, and none.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import torch

from sign_latent.aligner.aligner import Aligner
from sign_latent.errors import UserError

DISCOUNTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "noisy": lambda share: share,
    "clean": lambda share: 1 - share,
    "none": torch.ones_like,
}
"""Name -> weight of a step at this share t/T of all steps, t from 1 (least noise) to T."""


@dataclass
class SemanticSettings:
    """Semantic supervision by an aligner of latents; of its weight the paper is silent."""

    weight: float = 0.1
    """Weight beside the denoising loss."""
    discount: Literal["noisy", "clean", "none"] = "noisy"
    """Where it counts most: at noisy steps (the paper's words), at clean ones (its formula), or everywhere alike."""
    condition: bool = False
    """Read the aligner's vector of the text in place of the frozen encoder's sentence vector."""


def discount(kind: str, t: torch.Tensor, steps: int) -> torch.Tensor:
    """w [B] of steps [B] of T, counted from 0 as everywhere here. UserError for an unknown kind."""
    if kind not in DISCOUNTS:
        raise UserError(f"unknown semantic discount {kind!r}; known: {', '.join(DISCOUNTS)}")
    return DISCOUNTS[kind]((t.float() + 1) / steps)


def misalignment(aligner: Aligner, clean: torch.Tensor, frames: torch.Tensor, meaning: torch.Tensor) -> torch.Tensor:
    """1 − cosine [B] between latents [B, N', J', D] with valid frames [B, N'] and vectors of texts [B, space]."""
    return 1 - (aligner.latents(clean, frames) * meaning).sum(-1)


class SemanticLoss:
    """Adds its discounted misalignment to a training; the aligner stays as it is, whatever is trained through it."""

    def __init__(self, aligner: Aligner, settings: SemanticSettings) -> None:
        if aligner.settings.reads != "latents":
            raise UserError("this aligner reads poses, and supervision needs one of latents; train it on --autoencoder")
        # a copy: it goes to where is trained, and the aligner may be what texts are read through, on the processor
        self.aligner, self.settings = deepcopy(aligner).eval().requires_grad_(False), settings
        discount(settings.discount, torch.zeros(1), 1)

    def __call__(
        self, clean: torch.Tensor, frames: torch.Tensor, meaning: torch.Tensor, t: torch.Tensor, steps: int
    ) -> torch.Tensor:
        """Mean over the batch of w(t) times the misalignment of predicted clean latents."""
        apart = misalignment(self.aligner.to(clean.device), clean, frames, meaning)
        return (discount(self.settings.discount, t, steps) * apart).mean()
