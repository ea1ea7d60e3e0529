"""Shipped settings of denoisers: their sizes, and ablations that change one thing."""

from dataclasses import asdict

import pytest
import torch
from jsonargparse import auto_parser

from sign_latent.diffusion.settings import DiffusionSettings
from stages import denoiser as stage
from stages.recipe import ROOT, read_recipe


def chosen(name, *extra):
    """Which model a configuration chooses, its settings, and how it is trained."""
    parser = auto_parser(stage.train, as_positional=False)
    config = ROOT / "configs" / "denoiser" / f"{name}.yaml"
    given = ["--config", str(config), "--name", "x", "--corpus", "x", "--autoencoder", "x", *extra]
    found = parser.instantiate(parser.parse_args(given))
    return found.denoiser.model, getattr(found.denoiser, found.denoiser.model), found


@pytest.mark.parametrize("model", stage.MODELS)
def test_settings_within_settings_are_what_the_models_take(model):
    """jsonargparse gives dicts where it cannot find a type that a module names and another inherits."""
    name, settings, _ = chosen("tiny", "--denoiser.model", model, f"--denoiser.{model}.diffusion.sampler", "heun")
    assert name == model and type(settings) is stage.MODELS[model].Settings
    assert type(settings.diffusion) is DiffusionSettings and settings.diffusion.sampler == "heun"


@pytest.mark.parametrize("name, count", [("unet", 7.65e6), ("unet_paper", 36.05e6)])
def test_the_unet_counts_ours_since_the_paper_gives_none(name, count):
    model, settings, _ = chosen(name)
    settings.latent_slots, settings.latent_width = 1, 20
    with torch.device("meta"):
        built = stage.MODELS[model](settings)
    assert sum(p.numel() for p in built.parameters()) == pytest.approx(count, rel=0.005)


@pytest.mark.parametrize("name", ["no_temporal", "no_skeletal", "no_cross"])
def test_an_ablation_is_small_with_one_switch_off_in_three_lines(name):
    (model, settings, found), (own, small, whole) = chosen(name), chosen("small")
    switch = f"{name.removeprefix('no_')}_attention"
    assert model == own and not getattr(settings, switch)
    assert asdict(settings) | {switch: True} == asdict(small)
    assert (found.train, found.text) == (whole.train, whole.text)
    assert len((ROOT / "configs" / "denoiser" / f"{name}.yaml").read_text().splitlines()) == 3


def test_chains_of_ablations_hold_every_one_of_the_papers():
    stages = read_recipe("configs/recipes/sign_sald/ablations.yaml")
    configs = [stage["config"].split("/")[-1].removesuffix(".yaml") for stage in stages]
    assert {"small", "plain", "five_slots", "nine_slots", "no_temporal", "no_skeletal", "no_cross"} == set(configs)
    led = [s for s in read_recipe("configs/recipes/text2signdiff/ablations.yaml") if s["stage"] == "denoiser"]
    assert [(s.get("arguments", {}).get("semantic.discount"), "aligner" in s["parents"]) for s in led] == [
        (None, True),
        ("clean", True),
        ("none", True),
        (None, True),
        (None, False),
    ]
    arguments = [stage["arguments"] for stage in read_recipe("configs/recipes/signvip/ablations.yaml")]
    assert {a.get("translator.token_translator.replaced") for a in arguments} == {None, 0.0, 0.2, 1.0}
    assert {a.get("autoencoder.model") for a in arguments} == {None, "pose_fsq", "pose_vq"}
