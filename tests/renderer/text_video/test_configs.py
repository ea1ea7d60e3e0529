"""Shipped sizes: the paper's counts, and what two cores can train."""

import pytest
import torch
from jsonargparse import auto_parser

from sign_latent.diffusion.samplers import sample
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.unet import TextVideo
from stages import text_video as stage
from stages.recipe import ROOT, read_recipe

CLIP = {"text_width": 512, "sentence_width": 512, "word_pieces": 49408}
"""The text half of CLIP ViT-B/32."""


def chosen(name, *extra):
    parser = auto_parser(stage.train, as_positional=False)
    config = ROOT / "configs" / "text_video" / f"{name}.yaml"
    return parser.instantiate(parser.parse_args(["--config", str(config), "--name", "x", "--corpus", "x", *extra]))


def built(name, sizes, *extra):
    settings = chosen(name, *extra).model
    for key, value in sizes.items():
        setattr(settings, key, value)
    with torch.device("meta"):
        return TextVideo(settings)


def count(module):
    return sum(p.numel() for p in module.parameters()) / 1e6


@pytest.mark.parametrize(
    "switch, millions",
    [
        ((), 528.6),
        (("--model.transformer", "false"), 435.5),
        (("--model.factorised", "false"), 481.1),
        (("--model.text", "own"), 572.8),
    ],
    ids=["whole", "no DiT", "full 3D attention", "own text encoder"],
)
def test_the_papers_trainable_parameters(switch, millions):
    """Its table 4, trainable; an own text encoder is 44.2 M of them."""
    model = built("paper", CLIP, *switch)
    assert count(model) == pytest.approx(millions, rel=0.01)
    if "own" in switch:
        assert count(model.reader) == pytest.approx(44.2, rel=0.01)


def test_the_papers_training_and_sampling():
    found = chosen("paper")
    assert (found.train.learning_rate, found.train.weight_decay, found.train.clip) == (5e-5, 1e-2, 0.5)
    assert (found.train.ema, found.train.batch_size, found.train.precision) == (0.9999, 16, "bf16-mixed")
    diffusion = found.model.diffusion
    assert (diffusion.prediction, diffusion.schedule, diffusion.steps) == ("epsilon", "cosine", 1000)
    assert (diffusion.sampler, diffusion.sampling_steps, diffusion.guidance) == ("ddim", 50, 5.0)
    assert (found.model.size, found.model.groups, found.model.blocks, found.model.frames) == (64, 32, 2, 32)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "configs" / "text_video").iterdir()))
def test_sampling_begins_where_the_training_ends(name):
    """At the last step; so little of a video is left there that noise alone is what the training saw."""
    diffusion = chosen(name).model.diffusion
    levels, asked = diffusion.levels(), []
    sample(lambda z, t: asked.append(int(t[0])) or z, torch.randn(1, 2), levels, diffusion.prediction, 3)
    assert asked[0] == diffusion.steps - 1 and levels[-1].sqrt() < 1e-4


def test_small_has_at_most_five_million_parameters():
    small = built("small", {"text_width": 768, "sentence_width": 384})
    assert count(small) == pytest.approx(3.06, rel=0.01)
    assert (small.settings.size, small.settings.frames) == (64, 16)


@pytest.mark.parametrize("text", ["frozen", "own", "none", "random", "last_two"])
def test_every_conditioning_is_a_switch(text):
    assert chosen("tiny", "--model.text", text).model.text == text


def test_settings_within_settings_are_what_the_model_takes():
    found = chosen("tiny", "--model.diffusion.sampler", "heun").model
    assert type(found) is TextVideoSettings and found.diffusion.sampler == "heun"
    assert type(found.diffusion) is type(TextVideoSettings().diffusion)


def test_every_ablation_of_the_paper_is_small_with_one_switch():
    found = {}
    for one in read_recipe("configs/recipes/text2sign/ablations.yaml"):
        given = [f"--{key}={value}" for key, value in one["arguments"].items()]
        model = chosen("small", *given).model
        found[one["name"]] = (model.transformer, model.factorised, model.text)
    whole = (True, True, "frozen")
    switched = [(False, True, "frozen"), (True, False, "frozen")]
    switched += [(True, True, text) for text in ("own", "none", "random", "last_two")]
    assert list(found.values()) == [whole, *switched]
