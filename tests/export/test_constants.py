"""Sampling by the numbers of a table is sampling."""

import pytest
import torch

from sign_latent.diffusion.samplers import sample
from sign_latent.diffusion.schedules import signal_levels
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.export.constants import steps_of
from sign_latent.generation.sampling import Sampling


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("prediction", ["x0", "v", "flow"])
@pytest.mark.parametrize("sampler", ["ddim", "ddpm", "dpm_solver", "euler"])
def test_the_table_samples_as_the_sampler_does(sampler, prediction, terminal):
    settings = DiffusionSettings(prediction=prediction, schedule="cosine", terminal=terminal, guidance=1.0)
    chance = torch.Generator().manual_seed(0)
    start, *fresh = (torch.randn(2, 5, generator=chance, dtype=torch.float64) for _ in range(8))

    def denoise(z, t):
        return torch.tanh(z * 2 - t[:, None] / 500)

    levels = signal_levels("cosine", settings.steps, terminal)
    wanted = sample(denoise, start, levels, prediction, 7, sampler, clamp=0.9, fresh=lambda i: fresh[i])
    z, before = start, torch.zeros_like(start)
    for number, step in enumerate(steps_of(Sampling.of(settings, sampler, 7), settings)):
        output = denoise(z, torch.full((2,), step["t"]))
        clean = (step["to_clean"][0] * z + step["to_clean"][1] * output).clamp(-0.9, 0.9)
        if "onward" in step:
            a, b, c, d = step["onward"]
            z, before = a * z + b * clean + c * before + d * fresh[number], clean
    assert torch.allclose(clean, wanted, atol=1e-9)
