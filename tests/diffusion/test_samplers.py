"""Every sampler is exact to its order on a Gaussian whose score is known, for every prediction and schedule."""

import math

import pytest
import torch

from sign_latent.diffusion.predictions import PREDICTIONS
from sign_latent.diffusion.samplers import SAMPLERS, calls, sample, sample_path, seeded_noise
from sign_latent.diffusion.schedules import SCHEDULES, signal_levels

PATHS = [(name, terminal) for name in SCHEDULES for terminal in (False, True)]
ORDERS = {"ddim": 1, "euler": 1, "dpm_solver": 2, "heun": 2}


def ends_in_noise(schedule, terminal):
    return terminal or schedule == "flow"


CASES = [(p, *path) for p in PREDICTIONS for path in PATHS if not (p == "epsilon" and ends_in_noise(*path))]


@pytest.mark.parametrize("sampler", ORDERS)
@pytest.mark.parametrize("prediction, schedule, terminal", CASES)
def test_the_error_falls_with_the_steps_as_the_order_says(gaussian, noise, sampler, prediction, schedule, terminal):
    """Where a quarter of the steps is left: all end with one plain prediction, whose error has an order of its own."""
    data = gaussian(schedule, terminal, 9600)

    def error(steps):
        path = list(sample_path(data.denoise(prediction), noise[:64], data.levels, prediction, steps, sampler))
        return (path[3 * steps // 4].clean - data.exact(noise[:64], 2399)).abs().max().item()

    assert error(24) / error(48) == pytest.approx(2 ** ORDERS[sampler], rel=0.08)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("schedule, terminal", PATHS)
def test_many_steps_from_the_last_marginal_draw_from_the_data(gaussian, noise, sampler, schedule, terminal):
    data = gaussian(schedule, terminal)
    torch.manual_seed(1)
    steps = 1000 if sampler == "ddpm" else 250  # the posterior's variance is too small for long steps
    found = sample(data.denoise("v"), data.last(noise), data.levels, "v", steps, sampler)
    assert found.mean().item() == pytest.approx(data.mean, abs=0.02)
    assert found.std().item() == pytest.approx(data.spread, rel=0.05)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_predictions_agree_step_by_step(gaussian, noise, sampler):
    data, found = gaussian("cosine", False, 100), []
    for prediction in PREDICTIONS:
        torch.manual_seed(2)
        found.append(sample(data.denoise(prediction), noise[:16], data.levels, prediction, 10, sampler))
    for other in found[1:]:
        torch.testing.assert_close(found[0], other, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_zero_terminal_starts_from_pure_noise_at_the_last_step(gaussian, noise, schedule):
    """What the first call sees holds nothing of the data, so that its best answer is their mean."""
    data = gaussian(schedule, True)
    first = next(sample_path(data.denoise("v"), noise, data.levels, "v", 8)).clean
    assert data.visited[0] == 999 and data.levels[-1] == 0
    torch.testing.assert_close(first, torch.full_like(first, data.mean))


def test_few_second_order_steps_are_nearer_than_few_of_first_order(gaussian, noise):
    data = gaussian("cosine", False)
    exact = sample(data.denoise("v"), noise, data.levels, "v", 1000)
    gaps = {s: (sample(data.denoise("v"), noise, data.levels, "v", 10, s) - exact).abs().max() for s in ORDERS}
    assert gaps["dpm_solver"] < gaps["ddim"] / 2 and gaps["heun"] < gaps["ddim"] / 2


def test_heun_asks_twice_a_step_and_the_others_once(gaussian, noise):
    for sampler, asked in (("heun", 9), ("dpm_solver", 5), ("ddpm", 5)):
        data = gaussian("cosine", False)
        sample(data.denoise("v"), noise[:2], data.levels, "v", 5, sampler)
        assert len(data.visited) == asked == calls(sampler, 5)


def test_ancestral_noise_is_the_callers(gaussian, noise):
    data, steps = gaussian("cosine", False), []

    def fresh(step):
        steps.append(step)
        return torch.zeros_like(noise)

    found = [sample(data.denoise("v"), noise, data.levels, "v", 6, "ddpm", fresh=fresh) for _ in range(2)]
    assert torch.equal(*found) and steps == [0, 1, 2, 3, 4] * 2


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_clamped_clean_gives_noise_that_agrees_with_it(sampler):
    levels = signal_levels("cosine", 100)
    found = sample(lambda z, t: torch.full_like(z, 50.0), torch.randn(4, 1), levels, "x0", 5, sampler, clamp=3.0)
    assert (found == 3.0).all()


def test_single_precision_loses_little(gaussian, noise):
    data = gaussian("cosine", False)
    data.levels = data.levels.double()
    exact = sample(data.denoise("v"), noise, data.levels, "v", 50, "dpm_solver")
    single = sample(
        lambda z, t: data.denoise("v")(z.double(), t).float(), noise.float(), data.levels, "v", 50, "dpm_solver"
    )
    assert single.dtype == torch.float32 and (single - exact).abs().max() < 1e-4


def test_noise_of_a_sample_does_not_depend_on_its_batch():
    alone = seeded_noise([(5, 2)], [7])[0]
    together = seeded_noise([(9, 2), (5, 2)], [3, 7])[1]
    assert torch.equal(alone, together)


def test_the_posterior_of_one_ancestral_step_by_hand():
    """From ᾱ = 0.25 to 0.64 at z = 1, z_0 = 0.5: mean and deviation of Ho et al. 2020, eqs. 6 and 7."""
    levels = torch.tensor([0.64, 0.25], dtype=torch.float64)

    def stepped(drawn):
        seen, start = [], torch.ones(1, 1, dtype=torch.float64)
        denoise = lambda z, t: seen.append(z) or torch.full_like(z, 0.5)  # noqa: E731
        sample(denoise, start, levels, "x0", 2, "ddpm", fresh=lambda _: torch.full_like(start, drawn))
        return seen[1].item()

    alpha = 0.25 / 0.64
    mean = math.sqrt(0.64) * (1 - alpha) / 0.75 * 0.5 + math.sqrt(alpha) * 0.36 / 0.75
    assert stepped(0.0) == pytest.approx(mean)
    assert stepped(1.0) - stepped(0.0) == pytest.approx(math.sqrt(0.36 / 0.75 * (1 - alpha)))
