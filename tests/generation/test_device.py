"""Where a generator computes: on the device of its weights, with the numbers of the processor."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.baselines.progressive import ProgressiveSettings, ProgressiveTransformer
from sign_latent.cli import main
from sign_latent.denoiser.unet import UNetDenoiser, UNetSettings
from sign_latent.errors import UserError
from sign_latent.generation import api
from sign_latent.generation import generator as diffusion
from sign_latent.generation.api import load
from sign_latent.generation.editing import Edit
from sign_latent.generation.regression import Regression
from sign_latent.generation.rendering import signed_by
from sign_latent.generation.translation import LOWERED, ONLY

pytestmark = pytest.mark.filterwarnings("ignore:.*(expects|clips have no end)")

TEXTS = ["it will rain", "tomorrow it will rain in the north"]


@pytest.fixture
def unet(generator):
    """Text2SignDiff's denoiser in the same chain."""
    own = generator.denoiser.settings
    sizes = {name: getattr(own, name) for name in ("width", "heads", "longest", "latent_width", "text_width")}
    made = UNetDenoiser(UNetSettings(**sizes, multiples=[1, 2], diffusion=own.diffusion)).eval()
    torch.nn.init.normal_(made.outward.weight, std=0.3)
    return replace(generator, denoiser=made)


@pytest.fixture
def regression(generator):
    """Direct regression over the same latent."""
    own = generator.denoiser.settings
    sizes = {"width": 32, "heads": 2, "layers": 1, "longest": 12}
    sizes |= {name: getattr(own, name) for name in ("latent_slots", "latent_width", "text_width", "sentence_width")}
    card = replace(generator.card, model="progressive_transformer")
    model = ProgressiveTransformer(ProgressiveSettings(**sizes)).eval()
    return Regression(card, model, generator.autoencoder, generator.encoder, generator.vocabulary)


def there(one):
    """The same generator on the device that is pretended: its model and its autoencoder, not its text encoder."""
    names = ("denoiser", "translator", "model", "autoencoder")
    moved = {name: deepcopy(getattr(one, name)).to("meta") for name in names if hasattr(one, name)}
    return replace(one, **moved)


def same(one, work):
    """Whether what is done with a generator is the same there, to the last digits."""
    here, moved = work(one), work(there(one))
    for a, b in zip(here, moved, strict=True):
        assert type(b.points) is np.ndarray
        np.testing.assert_allclose(b.points, a.points, atol=1e-6)


def ways(one, **how):
    """A length that is drawn, or the model's own, then given ones, in batches and as streams."""
    drawn = {"vary_length": True} if "vary_length" in one.used and how.get("beam", 1) == 1 else {}
    made = one.generate(TEXTS[:1], seed=3, **drawn, **how) + one.generate(TEXTS, [13, 20], seed=3, **how)
    return made + [one.generate_long(TEXTS[0], seed=3, **how), one.generate_long(TEXTS[1], frames=20, seed=3, **how)]


@pytest.mark.parametrize(
    "how",
    [{"guidance_rescale": 0.5, "steps": 2}, {"guidance": 1.0, "sampler": "ddpm", "steps": 2}],
    ids=str,
)
def test_a_denoiser_computes_where_its_weights_lie(generator, other_device, how):
    same(generator, lambda one: ways(one, **how))


def test_so_does_a_u_net(unet, other_device):
    same(unet, lambda one: ways(one, steps=2))


def test_so_does_a_regression(regression, other_device):
    same(regression, ways)


def test_so_do_windows_that_overlap(generator, other_device):
    text, how = ". ".join(TEXTS), {"seed": 3, "overlap": 1, "steps": 2}
    same(generator, lambda one: [one.generate_long(text, **how), one.generate_long(text, frames=30, **how)])


@pytest.mark.parametrize("jumps", [0, 1])
def test_so_does_an_edit(generator, other_device, jumps):
    clip = generator.generate(TEXTS[0], frames=24)
    edits = [Edit(keep=[(0, 8)]), Edit(parts=["right_hand"], left_handed=True), Edit(frames=40)]
    clips, texts = [clip] * len(edits), [TEXTS[1]] * len(edits)
    same(generator, lambda one: one.edit_all(clips, texts, edits, seed=1, jumps=jumps, steps=2))


@pytest.mark.parametrize("how", [{}, {"guidance": 2.0}, {"temperature": 1.0, "top_p": 0.9}], ids=str)
def test_so_do_translators(translation, other_device, how):
    same(translation, lambda one: ways(one, **how))


def test_so_do_a_search_and_passes(translation, other_device):
    same(translation, lambda one: ways(one, **{ONLY[one.card.model]: 2}, guidance=1.5))


def test_half_precision_is_asked_of_that_device(generator, translation, other_device, monkeypatch):
    monkeypatch.setattr(diffusion, "halved", lambda model: model)
    monkeypatch.setitem(LOWERED, "bf16", lambda model: model)
    for one in (generator, translation):
        other_device.autocast.clear()
        moved = there(one)
        moved.generate(TEXTS[0], precision="bf16")
        list(moved.stream(TEXTS[0], precision="bf16"))
        assert set(other_device.autocast) == {"meta"}


def test_eight_bits_are_of_the_processor_alone(translation, other_device):
    with pytest.raises(UserError, match="precision int8: .*give device cpu"):
        there(translation).generate(TEXTS[0], precision="int8")
    assert translation.generate(TEXTS[0], precision="int8")


def test_what_is_loaded_lies_where_it_is_told(other_device, monkeypatch):
    wanted = load(device="cpu").generate("it will rain", steps=2)
    asked = []
    monkeypatch.setattr(api, "chosen_device", lambda told: asked.append(told) or torch.device("meta"))
    for how in ({}, {"device": "cuda:1"}):
        made = load(**how)
        assert {one.device.type for one in (*made.denoiser.parameters(), *made.autoencoder.buffers())} == {"meta"}
    assert asked == ["auto", "cuda:1"]
    np.testing.assert_allclose(made.generate("it will rain", steps=2).points, wanted.points, atol=1e-5)


@pytest.mark.parametrize(
    "command",
    [
        "generate rain -o {}/made.npz",
        "generate rain -o {}/made.npz --style {}/clip.npz --style-text rain",
        "edit {}/clip.npz rain -o {}/made.npz --keep 0:4",
        "studio --port 0",
    ],
)
def test_commands_refuse_a_device_that_is_not_here(command, generator, tmp_path, capsys):
    generator.generate("rain", frames=8, steps=1).save(tmp_path / "clip.npz")
    with pytest.raises(SystemExit) as stopped:
        main([*command.format(*[tmp_path] * command.count("{}")).split(), "--device", "cuda:99"])
    error = capsys.readouterr().err.splitlines()[-1]
    assert stopped.value.code == 2 and "device cuda:99: here PyTorch sees" in error
    assert [path.name for path in tmp_path.iterdir()] == ["clip.npz"]


def test_lengths_that_a_model_expects_are_told_from_there(generator, other_device):
    assert np.array_equal(*(one.spans(TEXTS, {"languages": [("en", "qaa")]}) for one in (generator, there(generator))))


def test_what_signs_for_a_renderer_is_told_as_well(generator, monkeypatch):
    told = []
    monkeypatch.setattr(api, "load", lambda *given: told.append(given) or generator)
    signed_by(generator.card, 25.0, device="cuda:1")
    assert told == [("embedded-sald", None, "cuda:1")]
