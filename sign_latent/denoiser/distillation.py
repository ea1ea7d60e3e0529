"""Distilling a denoiser: a student leaps in one step where its teacher takes several, guidance included.

The teacher samples from noise as it is used, guided and in many steps. From each place on its way at which the student
will stand, the student learns the clean latent that leads one step of DDIM to the teacher's place at the student's next
step (progressive distillation, Salimans & Ho 2022, with guidance as in Meng et al. 2023; here several steps are leapt
at once, and the places are the sampler's own instead of noised clips, so that none is one at which the student will
never stand).
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import frame_mask
from sign_latent.denoiser.loss import masked_square
from sign_latent.diffusion.leaps import leap_target
from sign_latent.diffusion.predictions import to_noise, training_target
from sign_latent.diffusion.samplers import seeded_noise
from sign_latent.diffusion.schedules import trailing_steps
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.generation.sampling import Sampling, predictor
from sign_latent.text.encoder import TextFeatures


@dataclass
class DistillationSettings:
    """What the teacher shows, and in how many steps the student follows."""

    steps: int = 4
    """Sampling steps of the student."""
    teacher_steps: int = 16
    """Steps in which the teacher goes the same way, a multiple of the student's."""
    sampler: str = "dpm_solver"
    """How the teacher goes: dpm_solver needs fewer steps than ddim for the same way, and heun asks twice a step."""
    guidance: float | None = None
    """Guidance that is built in; the teacher's own unless given."""
    precision: str = "bf16"
    """Precision in which it goes."""
    trajectories: int = 8000
    """Ways that the teacher goes, with texts and lengths of training clips in turn."""

    def check(self) -> None:
        """UserError where the student would not stand where the teacher does."""
        if self.steps < 1 or self.teacher_steps % self.steps:
            raise UserError(
                f"distillation: {self.teacher_steps} steps of the teacher are no multiple of the student's "
                f"{self.steps}; give one"
            )


@dataclass
class Leaps:
    """The places of a teacher [B, N', S + 1, J', D] at a student's S steps and at the end, valid frames and texts."""

    places: torch.Tensor
    frames: torch.Tensor
    text: TextFeatures


def student_of(teacher: Any, steps: int) -> Any:
    """A copy of a denoiser that samples in so many steps without guidance.

    What reads the text and predicts lengths stays as it is; and no empty text is read any more.
    """
    student = deepcopy(teacher)
    plain = {"sampler": "ddim", "sampling_steps": steps, "guidance": 1.0, "rescale": 0.0, "drop_text": 0.0}
    student.settings.diffusion = replace(teacher.settings.diffusion, **plain, guided=1.0, guided_from=0.0)
    for part in (student.reader, student.length):
        part.requires_grad_(False)
    return student


def teachers_way(teacher: Any, how: DistillationSettings) -> Sampling:
    """How the teacher samples what it shows."""
    return Sampling.of(
        teacher.settings.diffusion, how.sampler, how.teacher_steps, how.guidance, precision=how.precision
    )


@torch.inference_mode()
def walked(
    teacher: Any, text: TextFeatures, counts: np.ndarray, seeds: list[int], how: DistillationSettings
) -> list[np.ndarray]:
    """The places [N', S + 1, J', D] that a teacher passes for each text and length [B] in latent frames."""
    s, frames = teacher.settings, frame_mask(torch.from_numpy(counts))
    noise = seeded_noise([(int(n), s.latent_slots, s.latent_width) for n in counts], seeds)
    noise = torch.nn.utils.rnn.pad_sequence(noise, batch_first=True)
    predict = predictor(teacher, text, frames, how.precision)
    path = list(teachers_way(teacher, how).path(predict, noise, frames, s.diffusion))
    kept = [place.z for place in path[:: how.teacher_steps // how.steps]] + [path[-1].clean]
    places = torch.stack(kept, 2).numpy()
    return [row[:n] for row, n in zip(places, counts, strict=True)]


def stops(settings: DiffusionSettings) -> tuple[torch.Tensor, torch.Tensor]:
    """Steps t [S] at which a student stands, and the levels ᾱ [S + 1] there and at the end."""
    t = torch.tensor(trailing_steps(settings.steps, settings.sampling_steps))
    levels = settings.levels()[t]
    return t, torch.cat([levels, torch.ones(1, dtype=levels.dtype)])


def distillation_loss(model: Any, batch: Leaps) -> dict[str, torch.Tensor]:
    """Square error of what the student predicts at one of its steps a sample; each step is met equally often."""
    settings: DiffusionSettings = model.settings.diffusion
    t, levels = (each.to(batch.places.device) for each in stops(settings))
    rows = torch.arange(len(batch.places), device=t.device)
    stop = torch.randperm(len(rows), device=t.device) % len(t)
    z, reached = batch.places[rows, :, stop], batch.places[rows, :, stop + 1]
    here, there = (levels[stop + i, None, None, None] for i in (0, 1))
    clean = leap_target(z.double(), reached.double(), here, there)
    target = training_target(settings.prediction, clean, to_noise(clean, z, here), here).float()
    error = masked_square(model(z, t[stop], batch.frames, model.read(batch.text)), target, batch.frames)
    return {"loss": error.mean(), **{f"step_{i}": error[stop == i].mean() for i in range(len(t))}}
