"""What is Sign-SALD's own."""

import pytest
import torch

from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings


def test_ablated_attention_reaches_nothing_else(denoiser, texts):
    """Without temporal attention a frame sees itself only; without skeletal attention a slot sees itself only."""
    frames = torch.ones(1, 6, dtype=torch.bool)
    for ablation, axis in (({"temporal_attention": False}, 1), ({"skeletal_attention": False}, 2)):
        model = denoiser(**ablation)
        z = torch.randn(1, 6, 7, 4, requires_grad=True)
        out = model(z, torch.tensor([5]), frames, model.read(texts(1)))
        out.select(axis, 2).sum().backward()
        others = z.grad.abs().sum(tuple(d for d in range(4) if d != axis))
        assert others[2] > 0 and (others[torch.arange(len(others)) != 2] == 0).all()


@pytest.mark.parametrize(
    "off, left",
    [
        ("temporal_attention", ["skeletal", "cross", "feed"]),
        ("skeletal_attention", ["temporal", "cross", "feed"]),
        ("cross_attention", ["temporal", "skeletal", "feed"]),
    ],
)
def test_an_ablation_takes_one_module_out_of_every_layer(denoiser, off, left):
    assert all(layer.kinds == left for layer in denoiser(**{off: False}).layers)
    assert denoiser().layers[0].kinds == ["temporal", "skeletal", "cross", "feed"]


def test_without_cross_attention_the_sentence_alone_is_read_as_one_more_frame(denoiser, texts):
    model, text = denoiser(cross_attention=False), texts(1)
    z, t, frames = torch.randn(1, 6, 7, 4), torch.tensor([300]), torch.ones(1, 6, dtype=torch.bool)
    with torch.no_grad():
        context = model.read(text)
        assert context.tokens.shape[1] == 1 and not context.keys_values
        other = model.read(type(text)(text.sentence, torch.randn_like(text.tokens), text.mask))
        assert torch.equal(model(z, t, frames, context), model(z, t, frames, other))


def test_film_starts_as_the_identity():
    model = SaldDenoiser(SaldSettings(width=16, heads=2))
    h, change, time = torch.randn(1, 3, 7, 16), torch.randn(1, 3, 7, 16), torch.randn(1, 16)
    assert torch.equal(model.layers[0].films["feed"](h, change, time), h + change)


def test_long_skips_join_mirrored_layers(denoiser):
    assert len(denoiser(layers=5).skips) == 2
