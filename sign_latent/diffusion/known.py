"""Sampling with a part of the clean latent given, as in-painting does.

Given entries replace the clean prediction at every step, and ε is derived from it, so that their z is the given value
at the noise of the level on every sampler (Song et al. 2021, section 5; Lugmayr et al. 2022, eq. 8).
"""

from dataclasses import dataclass
from math import sqrt

import torch


@dataclass
class Known:
    """Entries of z_0 that are given."""

    values: torch.Tensor
    """[B, N', J', D]; read where they are given only."""
    where: torch.Tensor
    """Bool, broadcasts against ``values``."""
    jumps: int = 0
    """Times that each step is gone back over, so that the others are made to suit the given ones (RePaint: Lugmayr et
    al. 2022, alg. 1, with jumps of one step). Each costs as much as the sampling without any."""

    def imposed(self, clean: torch.Tensor) -> torch.Tensor:
        """A clean latent with the given entries in their places."""
        return torch.where(self.where, self.values, clean)


def noised_again(z: torch.Tensor, level: float, noisier: float, noise: torch.Tensor) -> torch.Tensor:
    """z at the level ᾱ back at a noisier one (RePaint, alg. 1, line 9): the forward process from one to the other."""
    share = noisier / level
    return sqrt(share) * z + sqrt(1 - share) * noise
