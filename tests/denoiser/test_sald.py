"""Laws of Sign-SALD's denoiser."""

import pytest
import torch

from sign_latent.denoiser.loss import LatentBatch, denoising_loss, drop_texts
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.denoiser.text import LengthHead
from sign_latent.text.encoder import TextFeatures

SMALL = {"width": 16, "heads": 2, "layers": 3, "latent_width": 4, "text_width": 6, "sentence_width": 5, "longest": 20}
ABLATIONS = [
    {},
    {"sentence_film": True},
    {"temporal_attention": False},
    {"skeletal_attention": False},
    {"cross_attention": False},
]


def texts(batch, tokens=5, valid=None):
    mask = torch.arange(tokens) < torch.tensor(valid or [tokens] * batch)[:, None]
    return TextFeatures(torch.randn(batch, 5), torch.randn(batch, tokens, 6) * mask[..., None], mask)


def denoiser(**extra):
    torch.manual_seed(0)
    model = SaldDenoiser(SaldSettings(**SMALL, **extra))
    for parameter in model.parameters():  # what starts at zero hides what depends on what
        torch.nn.init.normal_(parameter, std=0.3) if parameter.abs().sum() == 0 else None
    return model.eval()


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_padding_of_frames_and_text_never_changes_valid_frames(ablation):
    model = denoiser(**ablation)
    z, text, t = torch.randn(1, 6, 7, 4), texts(1), torch.tensor([300])
    with torch.no_grad():
        alone = model(z, t, torch.ones(1, 6, dtype=torch.bool), model.read(text))
        wide = torch.cat([z, torch.randn(1, 3, 7, 4)], 1)
        frames = torch.arange(9)[None] < 6
        junk = torch.cat([text.tokens, torch.randn(1, 4, 6)], 1)
        padded = TextFeatures(text.sentence, junk, torch.arange(9)[None] < 5)
        together = model(wide, t, frames, model.read(padded))
    torch.testing.assert_close(together[:, :6], alone, atol=1e-5, rtol=1e-4)
    assert (together[:, 6:] == 0).all()


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_every_form_reads_the_text(ablation):
    model = denoiser(**ablation)
    if ablation.get("temporal_attention") is False:
        assert model.layers[0].kinds == ["skeletal", "cross", "feed"]
    z, t, frames = torch.randn(1, 6, 7, 4), torch.tensor([300]), torch.ones(1, 6, dtype=torch.bool)
    with torch.no_grad():
        a, b = (model(z, t, frames, model.read(texts(1))) for _ in range(2))
    assert not torch.allclose(a, b)


def test_ablated_attention_reaches_nothing_else():
    """Without temporal attention a frame sees itself only; without skeletal attention a slot sees itself only."""
    frames = torch.ones(1, 6, dtype=torch.bool)
    for ablation, axis in (({"temporal_attention": False}, 1), ({"skeletal_attention": False}, 2)):
        model = denoiser(**ablation)
        z = torch.randn(1, 6, 7, 4, requires_grad=True)
        out = model(z, torch.tensor([5]), frames, model.read(texts(1)))
        out.select(axis, 2).sum().backward()
        others = z.grad.abs().sum(tuple(d for d in range(4) if d != axis))
        assert others[2] > 0 and (others[torch.arange(len(others)) != 2] == 0).all()


def test_the_empty_text_is_one_condition_whatever_it_held():
    model = denoiser()
    with torch.no_grad():
        a, b = (model.read(texts(2).emptied()) for _ in range(2))
    assert torch.equal(a.tokens[:, 0], b.tokens[:, 0]) and a.mask.sum() == 2


def test_film_starts_as_the_identity():
    model = SaldDenoiser(SaldSettings(**SMALL))
    h, time = torch.randn(1, 3, 7, 16), torch.randn(1, 16)
    assert torch.equal(model.layers[0].films["feed"](h, time), h)


def test_long_skips_join_mirrored_layers():
    assert len(SaldDenoiser(SaldSettings(**{**SMALL, "layers": 5})).skips) == 2


def test_dropped_texts_are_the_share_asked_for():
    text, kept = drop_texts(texts(2000), 0.25)
    assert 0.7 < kept.float().mean() < 0.8
    assert not text.mask[~kept].any() and (text.sentence[~kept] == 0).all() and text.mask[kept].all()


def test_length_head_learns_and_inverts_its_distribution():
    torch.manual_seed(0)
    head = LengthHead(8, 20)
    tokens, mask = torch.randn(16, 3, 8), torch.ones(16, 3, dtype=torch.bool)
    lengths = torch.arange(16) + 2
    optimiser = torch.optim.Adam(head.parameters(), 1e-2)
    for _ in range(300):
        loss = head.loss(head(tokens, mask), lengths)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    logits = head(tokens, mask)
    assert (LengthHead.choose(logits) - lengths).abs().max() <= 1
    assert (
        LengthHead.choose(logits, torch.full((16,), 0.999)) > LengthHead.choose(logits, torch.full((16,), 0.001))
    ).all()


def test_the_loss_does_not_see_padding():
    model = denoiser()
    frames = torch.arange(6)[None] < torch.tensor([[6], [3]])
    mean, std = torch.randn(2, 6, 7, 4), torch.rand(2, 6, 7, 4)
    text = texts(2)
    losses = []
    for junk in (0.0, 100.0):
        torch.manual_seed(1)
        filled = torch.where(frames[:, :, None, None], mean, torch.full_like(mean, junk))
        losses.append(denoising_loss(model, LatentBatch(filled, std, frames, text))["denoising"])
    torch.testing.assert_close(*losses)
