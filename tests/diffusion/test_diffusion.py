"""Schedules and predictions against closed forms."""

import itertools

import pytest
import torch

from sign_latent.diffusion.predictions import (
    PREDICTIONS,
    add_noise,
    check_prediction,
    to_clean,
    to_noise,
    training_target,
)
from sign_latent.diffusion.samplers import sample
from sign_latent.diffusion.schedules import SCHEDULES, signal_levels, trailing_steps
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("terminal", [False, True])
def test_signal_levels_fall_from_one_to_noise(schedule, terminal):
    levels = signal_levels(schedule, 1000, terminal)
    assert (levels[1:] < levels[:-1]).all()
    assert levels[0] > 0.99
    assert levels[-1] == 0 if terminal or schedule == "flow" else 0 < levels[-1] < 0.01


def test_flow_is_the_straight_line_at_unit_variance():
    level = signal_levels("flow", 10)[3]
    s, clean, noise = 0.4, torch.tensor(1.5, dtype=torch.float64), torch.tensor(-0.3, dtype=torch.float64)
    line = (1 - s) * clean + s * noise
    torch.testing.assert_close(add_noise(clean, noise, level) * ((1 - s) ** 2 + s**2) ** 0.5, line)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_shift_multiplies_the_ratio_of_noise_to_signal(schedule):
    plain, moved = (signal_levels(schedule, 50, shift=shift) for shift in (1.0, 3.0))
    ratio = [((1 - level) / level.clamp(min=1e-300)).sqrt() for level in (plain, moved)]
    seen = plain > 0
    torch.testing.assert_close(ratio[1][seen], 3 * ratio[0][seen])
    assert torch.equal(moved == 0, plain == 0)
    assert torch.equal(signal_levels(schedule, 50, shift=1.0), signal_levels(schedule, 50))


@pytest.mark.parametrize("shift", [0.0, -1.0, float("nan"), 1000.0])
def test_a_shift_that_leaves_all_or_nothing_is_refused(shift):
    with pytest.raises(UserError, match="shift"):
        signal_levels("cosine", 10, shift=shift)


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


def test_unknown_names_are_refused():
    with pytest.raises(UserError, match="cosine"):
        signal_levels("cosin", 10)
    with pytest.raises(UserError, match="epsilon"):
        training_target("noise", *torch.zeros(2, 1), torch.tensor(0.5))
    with pytest.raises(UserError, match="1 to 10"):
        trailing_steps(10, 11)
    with pytest.raises(UserError, match="dpm_solver"):
        sample(lambda z, t: z, torch.zeros(1, 1), signal_levels("cosine", 10), "v", 5, "dpm")


@pytest.mark.parametrize(
    "wrong",
    [{"sampler": "dpm"}, {"schedule": "cosin"}, {"prediction": "noise"}, {"prediction": "epsilon", "terminal": True}],
)
def test_settings_that_cannot_be_sampled_are_refused_before_a_training(wrong):
    DiffusionSettings().check()
    with pytest.raises(UserError):
        DiffusionSettings(**wrong).check()


@pytest.mark.parametrize("schedule, terminal", [("cosine", True), ("flow", False)])
def test_epsilon_is_refused_where_the_schedule_ends_in_noise(schedule, terminal):
    levels = signal_levels(schedule, 10, terminal)
    check_prediction("v", levels)
    with pytest.raises(UserError, match="predict v"):
        check_prediction("epsilon", levels)
