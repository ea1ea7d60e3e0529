"""What a sampler does at each step, as numbers: all but Heun's are linear in what they are given.

So the numbers are asked of the sampler itself, with unit vectors in place of latents.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import torch

from sign_latent.diffusion.guidance import within
from sign_latent.diffusion.predictions import to_clean, to_noise
from sign_latent.diffusion.samplers import SAMPLERS, Place, Step
from sign_latent.diffusion.schedules import trailing_steps
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.generation.sampling import Sampling


def steps_of(sampling: Sampling, settings: DiffusionSettings) -> list[dict[str, Any]]:
    """For each step: ``t``, whether it is ``guided``, and two rows of numbers.

    ``to_clean`` times (z, prediction) is the clean latent, to be clamped; ``onward`` times (z, clean, clean of the
    step before, new noise) the z of the next step, absent at the last. UserError for Heun's sampler, which asks the
    denoiser twice a step, and for rescaled guidance.
    """
    if sampling.sampler == "heun" or sampling.rescale:
        what = "sampler heun" if sampling.sampler == "heun" else f"guidance rescale {sampling.rescale}"
        raise UserError(f"{what}: is not exported; choose --sampler dpm_solver --guidance-rescale 0, or the like")
    levels = settings.levels()
    visited = trailing_steps(settings.steps, sampling.steps)
    z, clean, before, fresh = torch.eye(4, dtype=torch.float64)
    rows: list[dict[str, Any]] = []
    last: Place | None = None
    for t, following in zip(visited, [*visited[1:], None], strict=True):
        level = levels[t]
        guided = sampling.guidance != 1 and within(t, settings.steps, sampling.interval)
        unclamped = to_clean(settings.prediction, clean, z, level)[:2].tolist()
        rows.append({"t": t, "guided": guided, "to_clean": unclamped})
        here = Place(z, clean, to_noise(clean, z, level), sqrt(float(level)), sqrt(1 - float(level)))
        if following is not None:
            a, b = sqrt(float(levels[following])), sqrt(1 - float(levels[following]))
            step = Step(here, last, a, b, lambda _, here=here: here, lambda: fresh)
            rows[-1]["onward"] = SAMPLERS[sampling.sampler](step).tolist()
        last = Place(z, before, here.noise, here.a, here.b)
    return rows
