"""Matrices in eight bits: near the exact ones, in a copy, and never the small ones."""

import pytest
import torch
from torch import nn

from sign_latent.translator.eight_bit import RoundedApart, eight_bit
from sign_latent.translator.layers import LinearApart
from sign_latent.translator.settings import Decoding


def apart(a, b):
    """Root mean square difference relative to b."""
    return ((a - b).square().mean() / b.square().mean()).sqrt().item()


@pytest.mark.parametrize("read", [1, 5])
def test_maps_of_places_are_near_the_exact_ones_whether_places_read_the_same_or_not(read):
    torch.manual_seed(0)
    exact = LinearApart(5, 64, 32)
    nn.init.normal_(exact.bias)
    x = torch.randn(read, 3, 64)
    with torch.no_grad():
        made, wanted = RoundedApart(exact)(x), exact(x)
    assert made.shape == wanted.shape == (5, 3, 32)
    assert 0 < apart(made, wanted) < 0.02


@pytest.fixture(scope="module")
def model(small):
    return small("causal", width=128, codes=160, code_width=16, place="layer", longest=20)


@pytest.fixture(scope="module")
def text(texts):
    return texts([4, 2])


def test_the_larger_maps_of_a_copy_are_rounded_and_what_is_read_from_it_stays_near(model, text, tokens):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    copy = eight_bit(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert isinstance(copy.places.last, RoundedApart) and isinstance(copy.end, nn.Linear)
    assert torch.equal(copy.end.weight, model.end.weight)
    ids, _ = tokens([9, 9], codes=160)
    with torch.no_grad():
        scores = [m.places.logits(m(m.inputs(ids, m.read(text)), m.read(text))[0]) for m in (copy, model)]
    assert 0 < apart(*scores) < 0.1


def test_the_same_seeds_write_the_same_tokens(model, text):
    copy, how = eight_bit(model), Decoding(temperature=1.0)
    first, second = (copy.write(text, how, torch.tensor([7, 5]), seeds=[3, 4]) for _ in range(2))
    assert torch.equal(first.ids, second.ids) and first.ids.shape == (2, 7, 3)
