"""Guidance by hand."""

import pytest
import torch

from sign_latent.diffusion.guidance import guided, rescaled, within


def test_guidance_of_one_is_the_conditional():
    c, u = torch.randn(2, 3)
    assert torch.allclose(guided(c, u, 1.0), c) and torch.allclose(guided(c, u, 0.0), u)
    assert torch.allclose(guided(c, u, 3.0), u + 3 * (c - u))


def test_rescaling_by_hand():
    """Deviations 1 and 3 over the valid frames: a share of one brings 3 back to 1, a half to (3 + 1) / 2."""
    conditional = torch.tensor([1.0, -1.0, 50.0]).reshape(1, 3, 1, 1)
    strong = torch.tensor([4.0, -2.0, -70.0]).reshape(1, 3, 1, 1)
    frames = torch.tensor([[True, True, False]])
    assert rescaled(strong, conditional, frames, 1.0)[0, :2].flatten().tolist() == pytest.approx([4 / 3, -2 / 3])
    assert rescaled(strong, conditional, frames, 0.5)[0, :2].flatten().tolist() == pytest.approx([8 / 3, -4 / 3])
    assert torch.equal(rescaled(strong, conditional, frames, 0.0), strong)


def test_rescaled_predictions_have_the_deviation_of_the_conditional_ones_sample_by_sample():
    conditional, strong = torch.randn(3, 5, 2, 4), 3 * torch.randn(3, 5, 2, 4)
    found = rescaled(strong, conditional, torch.ones(3, 5, dtype=torch.bool), 1.0)
    torch.testing.assert_close(found.flatten(1).std(1), conditional.flatten(1).std(1))


def test_the_interval_in_shares_of_the_steps():
    inside = [t for t in range(10) if within(t, 10, (0.2, 0.5))]
    assert inside == [2, 3, 4]
    assert all(within(t, 10, (0.0, 1.0)) for t in range(10)) and not any(within(t, 10, (0.0, 0.0)) for t in range(10))
