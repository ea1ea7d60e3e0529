"""Laws of every denoiser and of the loss it is trained with."""

import pytest
import torch

from sign_latent.denoiser.loss import LatentBatch, denoising_loss, drop_texts
from sign_latent.denoiser.text import LengthHead
from sign_latent.text.encoder import TextFeatures

FORMS = [
    ("sald", {"layers": 3}),
    ("sald", {"sentence_film": True}),
    ("sald", {"temporal_attention": False}),
    ("sald", {"skeletal_attention": False}),
    ("sald", {"cross_attention": False}),
    ("unet", {}),
    ("unet", {"multiples": [1, 2], "blocks": 2}),
    ("unet", {"multiples": [1, 1, 1, 2], "sentence_film": True}),
    ("unet", {"multiples": [1]}),
]
forms = pytest.mark.parametrize("name, settings", FORMS)


@forms
@pytest.mark.parametrize("length", [1, 6, 7])
def test_padding_of_frames_and_text_never_changes_valid_frames(denoiser, texts, name, settings, length):
    """Of any length, whether the halvings of a U-Net divide it or not."""
    model = denoiser(name, **settings)
    z, text, t = torch.randn(1, length, 7, 4), texts(1), torch.tensor([300])
    with torch.no_grad():
        alone = model(z, t, torch.ones(1, length, dtype=torch.bool), model.read(text))
        wide = torch.cat([z, torch.randn(1, 5, 7, 4)], 1)
        frames = torch.arange(length + 5)[None] < length
        junk = torch.cat([text.tokens, torch.randn(1, 4, 6)], 1)
        padded = TextFeatures(text.sentence, junk, torch.arange(9)[None] < 5)
        together = model(wide, t, frames, model.read(padded))
    assert alone.shape == z.shape
    torch.testing.assert_close(together[:, :length], alone, atol=1e-5, rtol=1e-4)
    assert (together[:, length:] == 0).all()


@forms
def test_every_form_reads_the_text_the_step_and_every_frame(denoiser, texts, name, settings):
    model = denoiser(name, **settings)
    z, frames = torch.randn(1, 6, 7, 4, requires_grad=True), torch.ones(1, 6, dtype=torch.bool)
    a, b = texts(1), texts(1)
    made = [model(z, torch.tensor([t]), frames, model.read(x)) for t, x in ((300, a), (300, b), (20, a))]
    assert not torch.allclose(made[0], made[1]) and not torch.allclose(made[0], made[2])
    made[0][:, 0].sum().backward()
    reached = z.grad.abs().sum((0, 2, 3)) > 0
    assert reached.all() or (not settings.get("temporal_attention", True) and reached[0])


@forms
def test_a_denoiser_starts_by_predicting_nothing(name, settings, denoiser, texts):
    model = type(denoiser(name, **settings))(denoiser(name, **settings).settings)
    z, frames = torch.randn(2, 5, 7, 4), torch.ones(2, 5, dtype=torch.bool)
    assert (model(z, torch.tensor([3, 900]), frames, model.read(texts(2))) == 0).all()


@pytest.mark.parametrize("name", ["sald", "unet"])
def test_any_latent_is_taken(denoiser, texts, name):
    for slots, width in ((1, 20), (9, 3)):
        model = denoiser(name, latent_slots=slots, latent_width=width)
        z, frames = torch.randn(2, 5, slots, width), torch.ones(2, 5, dtype=torch.bool)
        assert model(z, torch.tensor([3, 900]), frames, model.read(texts(2))).shape == z.shape


@pytest.mark.parametrize("name", ["sald", "unet"])
def test_keys_and_values_of_the_text_are_computed_once(denoiser, texts, name):
    """Reading gives those of every layer that attends to the text; no later call touches the maps they come from."""
    model = denoiser(name)
    context = model.read(texts(1))
    attending = [module for module in model.modules() if "cross" in getattr(module, "kinds", ())]
    assert set(context.keys_values) == set(attending) and attending
    for layer in attending:
        layer.parts["cross"].key_value.register_forward_hook(lambda *_: pytest.fail("read again"))
    z, frames = torch.randn(1, 5, 7, 4), torch.ones(1, 5, dtype=torch.bool)
    assert model(z, torch.tensor([3]), frames, context).abs().sum() > 0


@pytest.mark.parametrize("name", ["sald", "unet"])
def test_the_empty_text_is_one_condition_whatever_it_held(denoiser, texts, name):
    model = denoiser(name)
    with torch.no_grad():
        a, b = (model.read(texts(2).emptied()) for _ in range(2))
    assert torch.equal(a.tokens[:, 0], b.tokens[:, 0]) and a.mask.sum() == 2


def test_dropped_texts_are_the_share_asked_for(texts):
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


@pytest.mark.parametrize("name", ["sald", "unet"])
def test_the_loss_does_not_see_padding(denoiser, texts, name):
    model = denoiser(name)
    frames = torch.arange(6)[None] < torch.tensor([[6], [3]])
    mean, std = torch.randn(2, 6, 7, 4), torch.rand(2, 6, 7, 4)
    text = texts(2)
    losses = []
    for junk in (0.0, 100.0):
        torch.manual_seed(1)
        filled = torch.where(frames[:, :, None, None], mean, torch.full_like(mean, junk))
        losses.append(denoising_loss(model, LatentBatch(filled, std, frames, text))["denoising"])
    torch.testing.assert_close(*losses)
