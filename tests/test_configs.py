"""Every shipped configuration is what its stage takes, and the paper's sizes are the paper's."""

import importlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from stages.recipe import ROOT, read_recipe

CONFIGS = sorted(p for p in (ROOT / "configs").rglob("*.yaml") if p.parent.parent.name != "recipes")
RECIPES = sorted((ROOT / "configs" / "recipes").rglob("*.yaml"))


def parsed(path: Path, extra=()):
    from jsonargparse import auto_parser

    train = importlib.import_module(f"stages.{path.parent.name}").train
    parser = auto_parser(train, as_positional=False)
    options = parser._option_string_actions
    required = [a for a in ("name", "corpus", "autoencoder", "teacher", "renderer") if f"--{a}" in options]
    given = [f"--{a}=x" for a in required if not any(option.startswith(f"--{a}.") for option in options)]
    return parser, parser.instantiate(parser.parse_args(["--config", str(path), *given, *extra]))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_configuration_is_accepted_by_its_stage(path):
    _, found = parsed(path)
    flat = yaml.safe_load(path.read_text())
    assert found.train.steps == flat["train"]["steps"]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_misspelt_key_is_refused(path, tmp_path, capsys):
    wrong = tmp_path / path.parent.name / "wrong.yaml"
    wrong.parent.mkdir()
    wrong.write_text(path.read_text().replace("steps:", "stepz:", 1))
    with pytest.raises(SystemExit):
        parsed(wrong)
    assert "stepz" in capsys.readouterr().err


def test_settings_within_settings_of_autoencoders_are_what_their_models_take():
    """jsonargparse gives dicts where it cannot find a type that a module names and another inherits."""
    from sign_latent.autoencoder.reconstruction import ReconstructionWeights
    from stages.autoencoder import MODELS

    for model, cls in MODELS.items():
        extra = ["--autoencoder.model", model, f"--autoencoder.{model}.loss.velocity", "0.75"]
        _, found = parsed(ROOT / "configs" / "autoencoder" / "tiny.yaml", extra)
        settings = getattr(found.autoencoder, model)
        assert type(settings) is cls.Settings and type(settings.loss) is ReconstructionWeights
        assert settings.loss.velocity == 0.75


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_recipes_name_stages_configs_and_earlier_parents(path):
    seen = set()
    for stage in read_recipe(path):
        assert (ROOT / "stages" / f"{stage['stage']}.py").is_file() and (ROOT / stage["config"]).is_file()
        assert set(stage.get("parents", {}).values()) <= seen
        seen.add(stage["name"])


GIVEN = {
    "aligner": {"text_width": 768, "sentence_width": 384, "slots": 7, "latent_width": 16},
    "recogniser": {"glosses": ["RAIN", "SNOW"]},
    "video_classifier": {"glosses": ["RAIN", "SNOW"]},
    "back_translator": {"words": ["rain"], "glosses": ["RAIN"]},
    "ctc_translator": {"words": ["rain"], "glosses": ["RAIN"]},
}
"""Model -> sizes that its stage asks of the corpus and of what it is trained on, where the defaults are of no size."""
ONE = {
    "aligner": ("aligner", "aligner"),
    "recogniser": ("model", "recogniser"),
    "regression": ("regression", "progressive_transformer"),
    "renderer": ("renderer", "sign_video"),
    "text_video": ("model", "text_video"),
}
"""Stage of one model -> the argument that has its settings, and the model."""
NONE = ("distillation", "stitching")
"""Stages whose model is a copy of the teacher's, or a dictionary of clips."""


@pytest.mark.parametrize(
    "path", [p for p in CONFIGS if p.parent.name not in NONE], ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_every_configuration_gives_a_model(path):
    """Whose sizes go together: on the meta device, which holds no numbers."""
    from sign_latent.models import model_class

    _, found = parsed(path)
    if path.parent.name in ONE:
        argument, kind = ONE[path.parent.name]
        settings = getattr(found, argument)
    else:
        (choice,) = (value for value in vars(found).values() if hasattr(value, "model"))
        kind, settings = choice.model, getattr(choice, choice.model)
    with torch.device("meta"):
        model = model_class(kind)(replace(settings, **GIVEN.get(kind, {})))
    assert sum(p.numel() for p in model.parameters()) > 0


def autoencoder(name: str, **more):
    """The model of a configuration on the meta device, and its number of parameters."""
    from stages.autoencoder import MODELS

    _, found = parsed(ROOT / "configs" / "autoencoder" / f"{name}.yaml")
    settings = getattr(found.autoencoder, found.autoencoder.model)
    with torch.device("meta"):
        model = MODELS[found.autoencoder.model](replace(settings, **more))
    return model, sum(p.numel() for p in model.parameters())


def test_the_paper_sized_vae_counts_as_in_the_paper():
    assert autoencoder("paper")[1] == pytest.approx(2.81e6, rel=0.05)


def test_sign_vae_has_twenty_numbers_a_latent_frame_of_79_points():
    """The paper gives no count: ours is 4.87 M, and 1.88 M at the small size."""
    for name, count in (("sign_vae_paper", 4.87e6), ("sign_vae", 1.88e6)):
        model, found = autoencoder(name, skeleton="upper79")
        assert model.latent_mean.shape == (1, 20) and model.layout.nodes == 79
        assert found == pytest.approx(count, rel=0.005)


def test_the_ablation_without_skeleton_has_as_many_parameters_and_latent_values():
    (small, parameters), (plain, plain_parameters) = autoencoder("small"), autoencoder("plain")
    assert plain_parameters == pytest.approx(parameters, rel=0.01)
    assert plain.latent_mean.numel() == small.latent_mean.numel()
    assert plain.settings.stride == small.settings.stride
    configs = [yaml.safe_load((ROOT / f"configs/autoencoder/{n}.yaml").read_text()) for n in ("small", "plain")]
    own = [config["train"].pop("learning_rate") for config in configs]  # each has the better one
    assert configs[0]["train"] == configs[1]["train"] and own[0] != own[1]


def test_discrete_ablations_have_as_many_tokens():
    fsq, vq, residual, parts = (autoencoder(name)[0] for name in ("fsq", "vq", "residual_vq", "parts"))
    assert fsq.places == vq.places == residual.places == 14 and parts.places == 16
    assert (fsq.codes, vq.codes) == (625, 1024)


def translator(name: str, places: int, codes: int, **sizes):
    """The model of a configuration over so many tokens on the meta device, and its number of parameters."""
    from stages.translator import MODELS

    _, found = parsed(ROOT / "configs" / "translator" / f"{name}.yaml")
    settings = getattr(found.translator, found.translator.model)
    with torch.device("meta"):
        model = MODELS[found.translator.model](replace(settings, places=places, codes=codes, **sizes))
    return model, sum(p.numel() for p in model.parameters())


def test_the_paper_sized_translator_counts_as_in_the_paper():
    """Its 71.05 M at 12 tokens a frame of 625 codes, reading the 512 numbers of a sentence of multilingual CLIP."""
    model, count = translator("paper", 12, 625, sentence_width=512)
    assert count == pytest.approx(71.05e6, rel=0.05) and model.settings.longest == 400


def test_the_whole_of_signvip_counts_as_in_the_paper():
    """Its 2,777.92 M, of which it does not say what is counted: all three models and the text tower of multilingual
    CLIP come to that. Where pictures have 512 x 512 pixels a frame has 64 tokens, a head each.
    """
    from transformers import DistilBertConfig, DistilBertModel

    from sign_latent.renderer.sign_video.model import SignVideo
    from stages.condition_autoencoder import MODELS

    renderer = parsed(ROOT / "configs" / "renderer" / "paper.yaml")[1].renderer
    quantiser = parsed(ROOT / "configs" / "condition_autoencoder" / "paper.yaml")[1].autoencoder.condition_fsq
    quantiser = replace(quantiser, size=list(renderer.places), channels=renderer.encoder_widths[-1])
    with torch.device("meta"):
        parts = {"renderer": SignVideo(renderer), "quantiser": MODELS["condition_fsq"](quantiser)}
        tower = DistilBertModel(DistilBertConfig(vocab_size=119_547)), torch.nn.Linear(768, 512, bias=False)
        parts["text"] = torch.nn.ModuleList(tower)
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
    counts["translator"] = translator("paper", 12, 625, sentence_width=512)[1]
    assert {name: round(count / 1e6) for name, count in counts.items()} == {
        "renderer": 2491,
        "quantiser": 84,
        "text": 135,
        "translator": 71,
    }
    assert sum(counts.values()) == pytest.approx(2777.92e6, rel=0.002)
    assert round(translator("paper", 64, 625, sentence_width=512)[1] / 1e6) == 265


def test_small_translators_are_sized_for_two_cores():
    """Over the flat latent of the tutorial: 12.7 M to write frame after frame, 12.9 M to fill in all at once."""
    for name, count in (("small", 12.7e6), ("masked", 12.9e6)):
        assert translator(name, 16, 625)[1] == pytest.approx(count, rel=0.01)
