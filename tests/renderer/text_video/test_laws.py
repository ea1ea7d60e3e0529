"""Laws of the 3D U-Net in all its forms."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from sign_latent.errors import UserError
from sign_latent.layers.attention import Attention
from sign_latent.renderer.text_video.transformer import VideoTransformer
from sign_latent.text.encoder import TextFeatures

FORMS = [
    {},
    {"patch": 2},
    {"transformer": False},
    {"factorised": False},
    {"depth": 2, "blocks": 2, "multiples": [1, 2, 2]},
    {"text": "own"},
    {"text": "random"},
    {"checkpointing": True},
]
forms = pytest.mark.parametrize("form", FORMS, ids=str)


@forms
def test_every_form_reads_the_text_the_step_and_every_pixel(form, network, texts):
    model = network(**form)
    z = torch.randn(1, 4, 64, 3, requires_grad=True)
    frames, a, b = torch.ones(1, 4, dtype=torch.bool), texts(1), texts(1, seed=1)
    made = [model(z, torch.tensor([t]), frames, model.read(x)) for t, x in ((300, a), (300, b), (20, a))]
    assert made[0].shape == z.shape
    assert not torch.allclose(made[0], made[1]) and not torch.allclose(made[0], made[2])
    made[0][:, 1, 20].sum().backward()
    assert (z.grad != 0).all()


@forms
def test_padding_of_a_text_changes_nothing(form, network, texts, predict):
    model, z, text = network(**form), torch.randn(1, 4, 64, 3), texts(1)
    junk = torch.cat([text.tokens, torch.randn(1, 3, 6)], 1)
    ids = torch.cat([text.ids, torch.ones(1, 3, dtype=torch.long)], 1)
    padded = TextFeatures(text.sentence, junk, torch.arange(8)[None] < 5, ids=ids)
    torch.testing.assert_close(predict(model, z, padded), predict(model, z, text), atol=1e-5, rtol=1e-4)


@forms
def test_a_batch_changes_no_video(form, network, texts, predict):
    model, z, text = network(**form), torch.randn(3, 4, 64, 3), texts(3)
    one = predict(model, z[1:2], text.rows(torch.tensor([1])))
    torch.testing.assert_close(predict(model, z, text)[1:2], one, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("form", FORMS[:4], ids=str)
def test_it_starts_by_predicting_nothing_and_with_transformers_that_pass_all_on(form, network, texts, predict):
    model = network(awake=False, **form)
    assert (predict(model, torch.randn(1, 4, 64, 3), texts(1)) == 0).all()
    context = model.read(texts(1))
    for block in (m for m in model.modules() if isinstance(m, VideoTransformer)):
        x = torch.randn(1, block.norm.normalized_shape[0], 4, 4, 4)
        assert torch.equal(block(x, torch.randn(1, 32), context), x)


def test_no_time_is_lost_on_the_way_down(network, texts, predict):
    """Down- and up-sampling are spatial only: one frame in, one frame out, and any number of frames fits."""
    model = network(multiples=[1, 2, 2])
    for frames in (1, 3, 8):
        assert predict(model, torch.randn(1, frames, 64, 3), texts(1)).shape == (1, frames, 64, 3)
    strides = {m.stride for m in model.modules() if isinstance(m, nn.Conv3d)}
    assert strides == {(1, 1, 1), (1, 2, 2)}


def test_without_transformers_there_is_no_attention_in_the_network(network):
    model = network(transformer=False)
    reading = set(model.reader.modules())
    mixing = [m for m in model.modules() if m not in reading and isinstance(m, Attention | VideoTransformer)]
    assert mixing == [] and not any(isinstance(m, nn.LayerNorm) for m in model.modules() if m not in reading)


@pytest.mark.parametrize("factorised", [True, False])
def test_transformers_know_places_and_moments(factorised, network, texts):
    """Videos whose frames, or the places of whose frames, are in another order are not the same thing rearranged."""
    model = network(factorised=factorised)
    block = next(m for m in model.modules() if isinstance(m, VideoTransformer))
    width = block.norm.normalized_shape[0]
    x, condition, context = torch.randn(1, width, 4, 4, 4), torch.randn(1, 32), model.read(texts(1))
    with torch.no_grad():
        made = block(x, condition, context)
        for axis in (2, 3, 4):
            assert not torch.allclose(block(x.flip(axis), condition, context), made.flip(axis), atol=1e-3)


def test_factorised_attention_is_within_frames_and_then_along_time(network, texts):
    """Without the temporal part a frame knows nothing of another; with it, at once of all."""
    model = network()
    block = next(m for m in model.modules() if isinstance(m, VideoTransformer))
    with torch.no_grad():
        context, condition = model.read(texts(1)), torch.randn(1, 32)
    width = block.norm.normalized_shape[0]
    for kinds, reached in ((("spatial", "text", "feed"), 1), (block.kinds, 4)):
        block.kinds = kinds
        x = torch.randn(1, width, 4, 4, 4, requires_grad=True)
        block(x, condition, context)[:, :, 2, 1, 1].sum().backward()
        assert (x.grad.abs().sum((0, 1, 3, 4)) > 0).sum() == reached


@pytest.mark.parametrize("text", ["frozen", "own"])
def test_the_empty_text_is_one_whatever_was_in_it(text, network, texts, predict):
    model, z = network(text=text), torch.randn(1, 4, 64, 3)
    made = [predict(model, z, texts(1, seed).emptied()) for seed in (0, 1)]
    assert torch.equal(*made) and not torch.allclose(made[0], predict(model, z, texts(1)))


def test_without_text_every_text_is_the_empty_one(network, texts, predict):
    model, z = network(text="none"), torch.randn(1, 4, 64, 3)
    assert torch.equal(predict(model, z, texts(1)), predict(model, z, texts(1).emptied()))


def test_the_pooled_text_is_not_its_first_token(network, texts):
    """A beginning-of-sentence token is the same in every text: what is pooled hangs on all words."""
    for kind in ("frozen", "own"):
        model, text = network(text=kind), texts(1)
        other = replace(text, tokens=text.tokens.clone(), ids=text.ids.clone(), sentence=text.sentence + 1)
        other.tokens[:, 1:] += 1
        other.ids[:, 1:] = (other.ids[:, 1:] + 1) % 9
        assert not torch.allclose(model.read(text).pooled, model.read(other).pooled)


@pytest.mark.parametrize(
    "wrong, named",
    [({"size": 9}, "size 9"), ({"groups": 3}, "groups 3"), ({"heads": 3}, "heads 3")],
)
def test_sizes_that_do_not_fit_are_refused(wrong, named, network):
    with pytest.raises(UserError, match=named):
        network(**wrong)
