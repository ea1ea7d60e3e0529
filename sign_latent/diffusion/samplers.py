"""From noise to a clean latent, on any schedule and from any prediction.

All samplers visit the same trailing steps and end with the clean latent that is predicted at the last of them. With
a = sqrt(ᾱ) and b = sqrt(1 − ᾱ), z = a z_0 + b ε. What a flow integrates, z / (a + b) over the time b / (a + b), is a
straight line between data and noise on every schedule, so Euler's and Heun's methods serve all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import sqrt

import torch

from sign_latent.diffusion.known import Known, noised_again
from sign_latent.diffusion.predictions import check_prediction, to_clean, to_noise
from sign_latent.diffusion.schedules import trailing_steps
from sign_latent.errors import UserError

Denoise = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(z_t [B, …], t [B] long) -> prediction [B, …]."""
Fresh = Callable[[int], torch.Tensor]
"""Number of the sampling step -> standard normal noise [B, …]."""


@dataclass
class Place:
    """Where the sampler stands: z = a z_0 + b ε, with z_0 and ε as predicted there."""

    z: torch.Tensor
    clean: torch.Tensor
    noise: torch.Tensor
    a: float
    b: float


@dataclass
class Step:
    """From one place to the next level (a, b)."""

    here: Place
    before: Place | None
    """The place before this one."""
    a: float
    b: float
    look: Callable[[torch.Tensor], Place]
    """What is predicted of a z at the next level."""
    fresh: Callable[[], torch.Tensor]
    """New noise, of the samplers that add some."""


def _ddim(step: Step) -> torch.Tensor:
    """Song et al. 2021, eq. 12 with η = 0; in the coordinates of a flow it is Euler's method."""
    return step.a * step.here.clean + step.b * step.here.noise


def _ddpm(step: Step) -> torch.Tensor:
    """Ancestral sampling with the posterior's variance (Ho et al. 2020, eq. 7): DDIM with η = 1."""
    here = step.here
    added = step.b / here.b * sqrt(max(0.0, 1 - (here.a / step.a) ** 2))
    kept = sqrt(max(0.0, step.b**2 - added**2))
    return step.a * here.clean + kept * here.noise + added * step.fresh()


def _dpm_solver(step: Step) -> torch.Tensor:
    """DPM-Solver++(2M), midpoint (Lu et al. 2022, alg. 2), in λ = log(a / b); the first step is of first order.

    Written in exp(−h) = (b' a) / (a' b) and r = h_before / h, so that it holds at a = 0, where λ is infinite.
    """
    here, before, clean = step.here, step.before, step.here.clean
    decay = step.b * here.a / (step.a * here.b)
    if before is not None and before.a > 0:
        h, h_before = -_log(decay), -_log(here.b * before.a / (here.a * before.b))
        clean = clean + h / (2 * h_before) * (clean - before.clean)
    return step.b / here.b * here.z + step.a * (1 - decay) * clean


def _heun(step: Step) -> torch.Tensor:
    """Heun's method on the flow: Euler's step, then the mean of the velocities ε − z_0 at both its ends."""
    here, there = step.here, step.look(_ddim(step))
    start, end = here.b / (here.a + here.b), step.b / (step.a + step.b)
    velocity = (here.noise - here.clean + there.noise - there.clean) / 2
    return (here.z / (here.a + here.b) + (end - start) * velocity) * (step.a + step.b)


def _log(x: float) -> float:
    return float(torch.tensor(x, dtype=torch.float64).log())


SAMPLERS: dict[str, Callable[[Step], torch.Tensor]] = {
    "ddim": _ddim,
    "ddpm": _ddpm,
    "dpm_solver": _dpm_solver,
    "euler": _ddim,
    "heun": _heun,
}
"""Name -> how it goes from one level to the next. Heun's method asks the denoiser twice a step."""


def check_sampler(name: str) -> None:
    """UserError for an unknown sampler."""
    if name not in SAMPLERS:
        raise UserError(f"unknown sampler {name!r}; known: {', '.join(SAMPLERS)}")


def calls(sampler: str, steps: int) -> int:
    """How often the denoiser is asked in so many steps, where nothing is gone back over."""
    return 2 * steps - 1 if sampler == "heun" else steps


def seeded_noise(shapes: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[torch.Tensor]:
    """Standard normal noise, a generator for each sample, so that a sample's noise does not depend on its batch."""
    return [
        torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
        for shape, seed in zip(shapes, seeds, strict=True)
    ]


def sample(
    denoise: Denoise,
    noise: torch.Tensor,
    levels: torch.Tensor,
    prediction: str,
    steps: int,
    sampler: str = "ddim",
    clamp: float | None = None,
    fresh: Fresh | None = None,
    known: Known | None = None,
) -> torch.Tensor:
    """z_0 [B, …] from noise of that shape: the clean latent at the last place of ``sample_path``."""
    path = sample_path(denoise, noise, levels, prediction, steps, sampler, clamp, fresh, known)
    return deque(path, maxlen=1).pop().clean


def sample_path(
    denoise: Denoise,
    noise: torch.Tensor,
    levels: torch.Tensor,
    prediction: str,
    steps: int,
    sampler: str = "ddim",
    clamp: float | None = None,
    fresh: Fresh | None = None,
    known: Known | None = None,
) -> Iterator[Place]:
    """Where the sampler stands at each of the visited steps; the last one's clean latent is the sample.

    levels: ᾱ [T] of the schedule. clamp: bound of |z_0| (latents are whitened, so 6 is far outside); ε is derived
    again after it. fresh: noise of the samplers that add some (torch's global generator where it is left out).
    known: entries of z_0 that are given; they are in every clean latent, to the bit.
    UserError for unknown names, impossible numbers of steps, and ε-prediction where the schedule ends in pure noise.
    """
    check_sampler(sampler)
    check_prediction(prediction, levels)
    visited = trailing_steps(len(levels), steps)

    def look(t: int, z: torch.Tensor) -> Place:
        level = levels[t].double().to(z.device)
        output = denoise(z, torch.full((len(z),), t, dtype=torch.long, device=z.device))
        clean = to_clean(prediction, output, z, level)
        if clamp is not None:
            clean = clean.clamp(-clamp, clamp)
        if known is not None:
            clean = known.imposed(clean)
        return Place(z, clean, to_noise(clean, z, level), sqrt(float(level)), sqrt(1 - float(level)))

    def draw(number: int) -> torch.Tensor:
        return fresh(number) if fresh else torch.randn_like(noise)

    def onward(here: Place, before: Place | None, t: int, drawn: Callable[[], torch.Tensor]) -> torch.Tensor:
        level = float(levels[t])
        return SAMPLERS[sampler](Step(here, before, sqrt(level), sqrt(1 - level), lambda z: look(t, z), drawn))

    jumps = known.jumps if known else 0
    z, before, further = noise, None, count(len(visited))
    for i, t in enumerate(visited):
        here, lower = look(t, z), visited[i + 1 : i + 2]
        for following in lower * jumps:
            z = onward(here, before, following, lambda: draw(next(further)))
            here = look(t, noised_again(z, float(levels[following]), float(levels[t]), draw(next(further))))
        yield here
        for following in lower:
            z = onward(here, before, following, lambda i=i: draw(i))
            before = None if jumps else here  # what was predicted before a jump says nothing of the course after it
