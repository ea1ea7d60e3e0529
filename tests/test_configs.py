"""Every shipped configuration is what its stage takes, and the paper's sizes are the paper's."""

import importlib
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
    required = [a for a in ("name", "corpus", "autoencoder") if f"--{a}" in parser._option_string_actions]
    given = [f"--{a}=x" for a in required if f"--{a}.model" not in parser._option_string_actions]
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


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_recipes_name_stages_configs_and_earlier_parents(path):
    seen = set()
    for stage in read_recipe(path):
        assert (ROOT / "stages" / f"{stage['stage']}.py").is_file() and (ROOT / stage["config"]).is_file()
        assert set(stage.get("parents", {}).values()) <= seen
        seen.add(stage["name"])


def test_the_paper_sized_vae_counts_as_in_the_paper():
    from sign_latent.autoencoder.skeletal_vae import SkeletalVAE

    _, found = parsed(ROOT / "configs" / "autoencoder" / "paper.yaml")
    with torch.device("meta"):
        model = SkeletalVAE(found.autoencoder.skeletal_vae)
    count = sum(p.numel() for p in model.parameters())
    assert count == pytest.approx(2.81e6, rel=0.05)
