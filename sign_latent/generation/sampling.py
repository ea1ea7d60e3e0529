"""How a latent is sampled: what is asked for, the rest as the generator's settings have it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from sign_latent.diffusion.guidance import guided, rescaled, within
from sign_latent.diffusion.known import Known
from sign_latent.diffusion.samplers import check_sampler, sample
from sign_latent.diffusion.schedules import signal_levels
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError

Predict = Callable[[torch.Tensor, torch.Tensor, bool], torch.Tensor]
"""(z [B, N', J', D], t [B], both) -> prediction; with ``both`` the conditional ones, then the unconditional ones."""


@dataclass
class Sampling:
    """Sampler, steps and guidance of one generation."""

    sampler: str
    steps: int
    guidance: float
    rescale: float
    interval: tuple[float, float]

    @classmethod
    def of(
        cls,
        settings: DiffusionSettings,
        sampler: str | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        rescale: float | None = None,
        interval: tuple[float, float] | None = None,
    ) -> Sampling:
        """What is given, else the generator's own. UserError for an unknown sampler and impossible numbers."""
        found = cls(
            settings.sampler if sampler is None else sampler,
            settings.sampling_steps if steps is None else steps,
            settings.guidance if guidance is None else guidance,
            settings.rescale if rescale is None else rescale,
            (settings.guided_from, settings.guided) if interval is None else tuple(interval),
        )
        check_sampler(found.sampler)
        if not math.isfinite(found.guidance):
            raise UserError(f"guidance {found.guidance}: give a finite weight, such as {settings.guidance:g}")
        if not 0 <= found.rescale <= 1:
            raise UserError(f"guidance rescale {found.rescale}: give a share from 0 to 1")
        if len(found.interval) != 2 or not 0 <= found.interval[0] <= found.interval[1] <= 1:
            raise UserError(f"guidance interval {found.interval}: give two rising shares of the steps, such as 0 0.8")
        return found

    def run(
        self,
        predict: Predict,
        noise: torch.Tensor,
        frames: torch.Tensor,
        settings: DiffusionSettings,
        fresh: Callable[[int], torch.Tensor],
        known: Known | None = None,
    ) -> torch.Tensor:
        """z_0 [B, N', J', D] from noise, valid frames [B, N']; both halves of guidance are one call of ``predict``."""

        def denoise(z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
            if self.guidance == 1.0 or not within(int(t[0]), settings.steps, self.interval):
                return predict(z, t, False)
            conditional, unconditional = predict(z, t, True).chunk(2)
            strong = guided(conditional, unconditional, self.guidance)
            return rescaled(strong, conditional, frames, self.rescale) if self.rescale else strong

        levels = signal_levels(settings.schedule, settings.steps, settings.terminal)
        how = (settings.prediction, self.steps, self.sampler, settings.clamp, fresh, known)
        return sample(denoise, noise, levels, *how)
