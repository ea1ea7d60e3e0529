"""How a latent is sampled: what is asked for, the rest as the generator's settings have it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from sign_latent.card import Card
from sign_latent.diffusion.guidance import guided, rescaled, within
from sign_latent.diffusion.known import Known
from sign_latent.diffusion.samplers import SAMPLERS, Fresh, Place, check_sampler, sample_path
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.generation.precision import autocast, check_precision
from sign_latent.text.encoder import TextFeatures

Predict = Callable[[torch.Tensor, torch.Tensor, bool], torch.Tensor]
"""(z [B, N', J', D], t [B], both) -> prediction; with ``both`` the conditional ones, then the unconditional ones."""


def predictor(denoiser: Any, text: TextFeatures, frames: torch.Tensor, precision: str = "32") -> Predict:
    """What a denoiser predicts for texts and valid frames [B, N']; the text is read once a sample, for each half.

    In bf16 the denoiser is one with its matrices ``halved``.
    """
    contexts = cache(lambda both: denoiser.read(text.doubled() if both else text))

    def predict(z: torch.Tensor, t: torch.Tensor, both: bool) -> torch.Tensor:
        twice = 2 if both else 1
        with autocast(precision, z.device):
            return denoiser(z.repeat(twice, 1, 1, 1), t.repeat(twice), frames.repeat(twice, 1), contexts(both))

    return predict


def check_taught(card: Card, settings: DiffusionSettings, sampler: str, steps: int) -> None:
    """UserError where a student of few steps is asked to go on a way that its teacher never showed it."""
    own = settings.sampling_steps
    if "teacher" in card.parents and (steps > own or SAMPLERS[sampler] is not SAMPLERS[settings.sampler]):
        raise UserError(
            f"{steps} steps of {sampler}: {card.name} is a student that was taught {own} of {settings.sampler}; give "
            f"these, or its teacher {card.parents['teacher']}"
        )


def chosen(options: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Options of the names that are the model's own, in the kind that its values have; those that are None left out.

    UserError for another name, and for what is no such number.
    """
    for name in options:
        if name not in own:
            raise UserError(f"{name}: there is no such option; give one of {', '.join(own)}")
    return {name: _alike(name, value, own[name]) for name, value in options.items() if value is not None}


def _alike(name: str, value: Any, own: Any) -> Any:
    if isinstance(own, tuple):
        return value
    if isinstance(own, str):
        return str(value)
    with suppress(ValueError, OverflowError):
        made = type(own)(value)
        if isinstance(value, str) or made == value:
            return made
    raise UserError(f"{name} {value}: give a number, such as {own:g}")


@dataclass
class Sampling:
    """Sampler, steps, guidance and precision of one generation."""

    sampler: str
    steps: int
    guidance: float
    rescale: float
    interval: tuple[float, float]
    precision: str = "32"

    @classmethod
    def of(
        cls,
        settings: DiffusionSettings,
        sampler: str | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        rescale: float | None = None,
        interval: tuple[float, float] | None = None,
        precision: str | None = None,
    ) -> Sampling:
        """What is given, else the generator's own. UserError for unknown names and impossible numbers."""
        found = cls(
            settings.sampler if sampler is None else sampler,
            settings.sampling_steps if steps is None else steps,
            settings.guidance if guidance is None else guidance,
            settings.rescale if rescale is None else rescale,
            (settings.guided_from, settings.guided) if interval is None else tuple(interval),
            settings.precision if precision is None else precision,
        )
        check_sampler(found.sampler)
        check_precision(found.precision)
        if found.guidance != 1 and settings.drop_text == 0:
            raise UserError(
                f"guidance {found.guidance}: this model never saw an empty text to guide away from; leave guidance at 1"
            )
        if not math.isfinite(found.guidance):
            raise UserError(f"guidance {found.guidance}: give a finite weight, such as {settings.guidance:g}")
        if not 0 <= found.rescale <= 1:
            raise UserError(f"guidance rescale {found.rescale}: give a share from 0 to 1")
        if len(found.interval) != 2 or not 0 <= found.interval[0] <= found.interval[1] <= 1:
            raise UserError(f"guidance interval {found.interval}: give two rising shares of the steps, such as 0 0.8")
        if found.guidance == 1 and (rescale or interval is not None):
            raise UserError(
                "guidance rescale and interval: at a guidance of 1 there is none to change; give another weight, or "
                "leave them out"
            )
        return found

    def run(
        self,
        predict: Predict,
        noise: torch.Tensor,
        frames: torch.Tensor,
        settings: DiffusionSettings,
        fresh: Fresh,
        known: Known | None = None,
    ) -> torch.Tensor:
        """z_0 [B, N', J', D] from noise, valid frames [B, N']: the clean latent at the last place of ``path``."""
        return deque(self.path(predict, noise, frames, settings, fresh, known), maxlen=1).pop().clean

    def path(
        self,
        predict: Predict,
        noise: torch.Tensor,
        frames: torch.Tensor,
        settings: DiffusionSettings,
        fresh: Fresh | None = None,
        known: Known | None = None,
    ) -> Iterator[Place]:
        """Where the sampler stands at each step; both halves of guidance are one call of ``predict``."""

        def denoise(z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
            if self.guidance == 1.0 or not within(int(t[0]), settings.steps, self.interval):
                return predict(z, t, False)
            conditional, unconditional = predict(z, t, True).chunk(2)
            strong = guided(conditional, unconditional, self.guidance)
            return rescaled(strong, conditional, frames, self.rescale) if self.rescale else strong

        levels = settings.levels()
        how = (settings.prediction, self.steps, self.sampler, settings.clamp, fresh, known)
        return sample_path(denoise, noise, levels, *how)
