"""The mathematics of diffusion against closed forms."""

import itertools

import pytest
import torch

from sign_latent.diffusion.guidance import guided
from sign_latent.diffusion.predictions import PREDICTIONS, add_noise, to_clean, to_noise, training_target
from sign_latent.diffusion.samplers import ddim, seeded_noise
from sign_latent.diffusion.schedules import SCHEDULES, signal_levels, trailing_steps
from sign_latent.errors import UserError


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("terminal", [False, True])
def test_signal_levels_fall_from_one_to_noise(schedule, terminal):
    levels = signal_levels(schedule, 1000, terminal)
    assert (levels[1:] < levels[:-1]).all()
    assert levels[0] > 0.99
    assert levels[-1] == 0 if terminal else 0 < levels[-1] < 0.01


def test_linear_schedule_is_the_product_of_its_betas():
    assert signal_levels("linear", 1000)[1] == pytest.approx((1 - 1e-4) * (1 - (1e-4 + 0.0199 / 999)), rel=1e-12)


@pytest.mark.parametrize("count", [1, 3, 8, 50, 1000])
def test_sampling_starts_at_the_terminal_noise_level(count):
    steps = trailing_steps(1000, count)
    assert steps[0] == 999 and len(steps) == count
    assert all(a > b for a, b in itertools.pairwise(steps)) and steps[-1] >= 0


@pytest.mark.parametrize("kind", PREDICTIONS)
def test_each_prediction_gives_back_clean_and_noise(kind):
    clean, noise = torch.randn(2, 5, 4, dtype=torch.float64)
    level = torch.tensor([[0.9], [0.5], [0.1], [0.02], [0.999]], dtype=torch.float64)
    noisy = add_noise(clean, noise, level)
    found = to_clean(kind, training_target(kind, clean, noise, level), noisy, level)
    torch.testing.assert_close(found, clean)
    torch.testing.assert_close(to_noise(found, noisy, level), noise)


MEAN, SPREAD = 0.7, 0.4


def gaussian_denoiser(kind, levels):
    """The optimal denoiser of data N(MEAN, SPREAD²)."""

    def denoise(z, t):
        a = levels[t][:, None]
        gain = SPREAD**2 * a.sqrt() / (a * SPREAD**2 + 1 - a)
        clean = MEAN + gain * (z - a.sqrt() * MEAN)
        return training_target(kind, clean, to_noise(clean, z, a), a)

    return denoise


@pytest.mark.parametrize("kind", PREDICTIONS)
@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_ddim_is_exact_on_a_gaussian(kind, schedule):
    """The probability-flow map of a Gaussian is affine; many DDIM steps approach it for every prediction."""
    levels = signal_levels(schedule, 1000)
    noise = torch.randn(4096, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    sample = ddim(gaussian_denoiser(kind, levels), noise, levels, kind, 500)
    last, first = levels[-1], levels[0]
    # transported from the first to the last level, then denoised once
    z = (
        first.sqrt() * MEAN
        + (noise - last.sqrt() * MEAN) * ((first * SPREAD**2 + 1 - first) / (last * SPREAD**2 + 1 - last)).sqrt()
    )
    exact = MEAN + SPREAD**2 * first.sqrt() / (first * SPREAD**2 + 1 - first) * (z - first.sqrt() * MEAN)
    assert (sample - exact).abs().max() < 0.02
    assert sample.mean().item() == pytest.approx(MEAN, abs=0.02)
    assert sample.std().item() == pytest.approx(SPREAD, abs=0.02)


def test_predictions_agree_step_by_step():
    levels = signal_levels("cosine", 100)
    noise = torch.randn(16, 1, dtype=torch.float64)
    samples = [ddim(gaussian_denoiser(kind, levels), noise, levels, kind, 10) for kind in PREDICTIONS]
    torch.testing.assert_close(samples[0], samples[1], atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(samples[1], samples[2], atol=1e-6, rtol=1e-6)


def test_clamped_clean_gives_noise_that_agrees_with_it():
    levels = signal_levels("cosine", 100)
    sample = ddim(lambda z, t: torch.full_like(z, 50.0), torch.randn(4, 1), levels, "x0", 5, clamp=3.0)
    assert (sample == 3.0).all()


def test_noise_of_a_sample_does_not_depend_on_its_batch():
    alone = seeded_noise([(5, 2)], [7])[0]
    together = seeded_noise([(9, 2), (5, 2)], [3, 7])[1]
    assert torch.equal(alone, together)


def test_guidance_of_one_is_the_conditional():
    c, u = torch.randn(2, 3)
    assert torch.allclose(guided(c, u, 1.0), c) and torch.allclose(guided(c, u, 0.0), u)
    assert torch.allclose(guided(c, u, 3.0), u + 3 * (c - u))


def test_unknown_names_are_refused():
    with pytest.raises(UserError, match="cosine"):
        signal_levels("cosin", 10)
    with pytest.raises(UserError, match="epsilon"):
        training_target("noise", *torch.zeros(2, 1), torch.tensor(0.5))
    with pytest.raises(UserError, match="1 to 10"):
        trailing_steps(10, 11)
