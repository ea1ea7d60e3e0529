"""Attention is its formula, however it is computed."""

import pytest
import torch

from sign_latent.layers import attention
from sign_latent.layers.attention import Attention, attend, needed_bias, padding_bias, plain_attention

PRECISION = {torch.float32: 1e-5, torch.bfloat16: 3e-2}


def by_hand(q, k, v, bias):
    """A query after the other, in double precision."""
    q, k, v = (x.double() for x in (q, k, v))
    rows = []
    for i in range(q.shape[-2]):
        scores = (q[..., i, :][..., None, :] * k).sum(-1) / q.shape[-1] ** 0.5 + bias[..., i, :]
        weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
        rows.append((weights[..., None] * v).sum(-2))
    return torch.stack(rows, -2)


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("short", [0, 10**6])
def test_every_way_is_the_formula(dtype, short, monkeypatch):
    monkeypatch.setattr(attention, "SHORT", short)
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 3, n, 8).to(dtype) for n in (5, 7, 7))
    bias = torch.randn(1, 3, 5, 7).expand(2, -1, -1, -1)
    wanted = by_hand(q, k, v, bias).float()
    with torch.inference_mode():
        for found in (attend(q, k, v, bias), plain_attention(q, k, v, bias)):
            assert found.dtype == dtype and (found.float() - wanted).abs().max() < PRECISION[dtype]


@pytest.fixture
def module():
    torch.manual_seed(0)
    return Attention(16, 2)


@pytest.mark.parametrize("half", [False, True])
def test_slots_as_further_heads_are_the_slots_one_by_one(module, half):
    torch.manual_seed(1)
    x, relative = torch.randn(3, 6, 4, 16), torch.randn(1, 2, 6, 6)
    bias = relative + padding_bias(torch.arange(6) < torch.tensor([[6], [4], [2]]))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        found = module.over_frames(x, bias.repeat(1, 4, 1, 1)).float()
        slots = torch.stack([module(x[:, :, slot], bias) for slot in range(4)], 2).float()
        frames = torch.stack([module(x[:, frame]) for frame in range(6)], 1).float()
        among_slots = module.over_slots(x).float()
    bound = 3e-2 if half else 1e-5
    assert (found - slots).abs().max() < bound and (among_slots - frames).abs().max() < bound


def test_gradients_are_those_of_the_slots_one_by_one(module):
    torch.manual_seed(1)
    x = torch.randn(2, 5, 3, 16, requires_grad=True)
    found = torch.autograd.grad(module.over_frames(x).square().sum(), x)[0]
    wanted = torch.autograd.grad(sum(module(x[:, :, s]).square().sum() for s in range(3)), x)[0]
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a_bias_that_hides_nothing_is_none_while_nothing_is_trained():
    whole, padded = torch.ones(2, 3, dtype=torch.bool), torch.tensor([[True, True], [True, False]])
    assert torch.equal(needed_bias(whole), padding_bias(whole))
    with torch.no_grad():
        assert needed_bias(whole) is None and torch.equal(needed_bias(padded), padding_bias(padded))
