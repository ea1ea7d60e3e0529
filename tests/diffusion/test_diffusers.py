"""Schedules and samplers agree with those of diffusers."""

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    FlowMatchHeunDiscreteScheduler,
)

from sign_latent.diffusion.predictions import add_noise
from sign_latent.diffusion.samplers import sample
from sign_latent.diffusion.schedules import signal_levels

NAMES = {
    "linear": ("linear", 1e-4, 0.02),
    "scaled_linear": ("scaled_linear", 0.00085, 0.012),
    "cosine": ("squaredcos_cap_v2", 1e-4, 0.02),
}
PREDICTIONS = {"epsilon": "epsilon", "x0": "sample", "v": "v_prediction"}


def theirs(cls, schedule, **more):
    name, start, end = NAMES[schedule]
    common = {"num_train_timesteps": 1000, "beta_schedule": name, "beta_start": start, "beta_end": end}
    return cls(**common, **more)


def network(z, t):
    """Any smooth function of z and t serves."""
    return torch.tanh(1.3 * z + t[:, None] / 500 - 1) * 0.8


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("schedule", NAMES)
def test_schedules(schedule, terminal):
    found = theirs(DDIMScheduler, schedule, rescale_betas_zero_snr=terminal).alphas_cumprod
    ours = signal_levels(schedule, 1000, terminal)
    np.testing.assert_allclose(ours.numpy(), found.double().numpy(), atol=2e-6)


def run_theirs(scheduler, noise, steps, prediction_of, **more):
    scheduler.set_timesteps(steps)
    z = noise
    for t in scheduler.timesteps:
        output = prediction_of(z, t.expand(len(z)))
        z = scheduler.step(output, t, z, **more).prev_sample
    return z


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("schedule", NAMES)
@pytest.mark.parametrize(
    "sampler, cls, more",
    [
        ("ddim", DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": True}),
        ("dpm_solver", DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    ],
)
def test_deterministic_samplers(schedule, prediction, sampler, cls, more):
    noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    how = {"timestep_spacing": "trailing", "prediction_type": PREDICTIONS[prediction], **more}
    expected = run_theirs(theirs(cls, schedule, **how), noise, 20, network)
    found = sample(network, noise, signal_levels(schedule, 1000), prediction, 20, sampler)
    torch.testing.assert_close(found, expected, atol=2e-3 * expected.abs().max().item(), rtol=1e-3)


def test_ancestral_sampling(monkeypatch):
    """With noise that is always 0.5, so that both draw the same."""
    noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    half = torch.full_like(noise, 0.5)
    monkeypatch.setattr("diffusers.schedulers.scheduling_ddpm.randn_tensor", lambda *_, **__: half)
    how = {"timestep_spacing": "trailing", "prediction_type": "v_prediction", "clip_sample": False}
    expected = run_theirs(theirs(DDPMScheduler, "linear", variance_type="fixed_small", **how), noise, 20, network)
    found = sample(network, noise, signal_levels("linear", 1000), "v", 20, "ddpm", fresh=lambda _: half)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "sampler, cls", [("euler", FlowMatchEulerDiscreteScheduler), ("heun", FlowMatchHeunDiscreteScheduler)]
)
def test_flow_matching(sampler, cls):
    """Theirs walk the line itself, ours the line at unit variance: the network sees the same z."""
    steps, scheduler = 20, cls(num_train_timesteps=1000)
    s = torch.linspace(1, 0, steps + 1)[:-1]
    scheduler.set_timesteps(steps)
    repeated = torch.cat([s[:1], s[1:].repeat_interleave(2)]) if sampler == "heun" else s
    scheduler.sigmas, scheduler.timesteps = torch.cat([repeated, torch.zeros(1)]), repeated * 1000
    z = noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))

    def velocity(z, s):
        return network(z / ((1 - s) ** 2 + s**2) ** 0.5, (s * 1000 - 1).round().expand(len(z)))

    for i, t in enumerate(scheduler.timesteps):
        z = scheduler.step(velocity(z, repeated[i]), t, z).prev_sample
    found = sample(network, noise, signal_levels("flow", 1000), "flow", steps, sampler)
    torch.testing.assert_close(found, z, atol=1e-4, rtol=1e-4)


def test_noise_is_added_as_theirs():
    scheduler = theirs(DDPMScheduler, "cosine")
    clean, noise, t = torch.randn(4, 3), torch.randn(4, 3), torch.tensor([0, 10, 500, 998])
    level = signal_levels("cosine", 1000)[t].float()[:, None]
    torch.testing.assert_close(add_noise(clean, noise, level), scheduler.add_noise(clean, noise, t), atol=1e-4, rtol=0)
