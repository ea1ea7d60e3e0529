"""Laws of sampling with entries given: they are met to the bit, the others are drawn given them."""

import pytest
import torch

from sign_latent.diffusion.known import Known, noised_again
from sign_latent.diffusion.predictions import PREDICTIONS, to_noise, training_target
from sign_latent.diffusion.samplers import SAMPLERS, sample, sample_path
from sign_latent.diffusion.schedules import signal_levels

LEVELS = signal_levels("cosine", 1000)
CORRELATION = 0.8


def pair(prediction):
    """The best denoiser of two numbers of unit variance with a correlation, [B, 2]."""
    spread = torch.tensor([[1.0, CORRELATION], [CORRELATION, 1.0]], dtype=torch.float64)

    def predict(z, t):
        a = LEVELS[int(t[0])]
        clean = z @ torch.linalg.solve(a * spread + (1 - a) * torch.eye(2), a.sqrt() * spread)
        return training_target(prediction, clean, to_noise(clean, z, a), a)

    return predict


@pytest.fixture
def start():
    return torch.randn(2000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_given_entries_are_in_every_clean_latent_and_pull_the_others(start, sampler, prediction):
    """Replacing alone draws too widely (Lugmayr et al. 2022, section 4), but with the right mean's sign."""
    torch.manual_seed(0)
    values = torch.full_like(start, 1.5)
    known = Known(values, torch.tensor([True, False]))
    visited = sample_path(pair(prediction), start, LEVELS, prediction, 20, sampler, known=known)
    path = [place.clean for place in visited]
    assert all(torch.equal(clean[:, 0], values[:, 0]) for clean in path)
    free = sample(pair(prediction), start, LEVELS, prediction, 20, sampler)[:, 1]
    assert path[-1][:, 1].mean() > free.mean() + 0.2


def test_nothing_given_is_sampling_as_ever(start):
    known = Known(start, torch.tensor(False), jumps=0)
    once, again = (sample(pair("v"), start, LEVELS, "v", 10, known=some) for some in (None, known))
    assert torch.equal(once, again)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_jumps_bring_the_others_to_the_conditional_distribution(start, sampler):
    """Of the second number given the first: mean 0.8 × 1.5 and variance 1 − 0.64."""

    def drawn(jumps):
        torch.manual_seed(1)
        known = Known(torch.full_like(start, 1.5), torch.tensor([True, False]), jumps)
        return sample(pair("v"), start, LEVELS, "v", 40, sampler, known=known)[:, 1]

    plain, harmonised = drawn(0), drawn(8)
    wanted = CORRELATION * 1.5
    assert abs(harmonised.mean() - wanted) < abs(plain.mean() - wanted) / 2 and abs(harmonised.mean() - wanted) < 0.15
    assert harmonised.std().item() == pytest.approx((1 - CORRELATION**2) ** 0.5, rel=0.12)


def test_noised_again_has_the_marginal_of_the_noisier_level(start):
    level, noisier = 0.7, 0.2
    z = level**0.5 * 2.0 + (1 - level) ** 0.5 * start[:, 0]
    back = noised_again(z, level, noisier, start[:, 1])
    assert back.mean().item() == pytest.approx(noisier**0.5 * 2.0, abs=0.05)
    assert back.std().item() == pytest.approx((1 - noisier) ** 0.5, rel=0.03)
