"""One step of a sampler in place of several: the clean latent that DDIM needs to leap as far (Salimans & Ho 2022)."""

from __future__ import annotations

import torch


def leap(z: torch.Tensor, clean: torch.Tensor, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Where one step of DDIM goes from z at level ᾱ ``here`` to ``there``, if this is its clean latent."""
    a, b, a_there, b_there = (here**0.5, (1 - here) ** 0.5, there**0.5, (1 - there) ** 0.5)
    return a_there * clean + b_there * (z - a * clean) / b


def leap_target(z: torch.Tensor, reached: torch.Tensor, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """The clean latent from which one step of DDIM leaps from z to ``reached``, the inverse of ``leap``.

    Levels ᾱ broadcast against the latents, 1 is that of a clean latent; ``there`` is above ``here`` (Salimans & Ho
    2022, appendix G).
    """
    a, b, a_there, b_there = (here**0.5, (1 - here) ** 0.5, there**0.5, (1 - there) ** 0.5)
    return (reached - b_there / b * z) / (a_there - a * b_there / b)
