"""What the stages share."""

import importlib

import pytest

from sign_latent.errors import UserError
from sign_latent.runs import CHECKPOINT
from sign_latent.stage import parser_of, underscored
from sign_latent.training import TrainSettings
from stages.recipe import ROOT

STAGES = {
    "aligner": {},
    "autoencoder": {},
    "denoiser": {"autoencoder": "none"},
    "distillation": {"teacher": "none"},
    "evaluator": {},
    "recogniser": {},
    "regression": {"autoencoder": "none"},
    "stitching": {},
}


@pytest.mark.parametrize("stage", STAGES)
def test_an_earlier_run_is_refused_before_anything_is_read(stage, tmp_path):
    """The corpus is not even there."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / CHECKPOINT).touch()
    train = importlib.import_module(f"stages.{stage}").train
    with pytest.raises(UserError, match="training mine: .* holds an earlier run; add --train.resume true"):
        train("mine", str(tmp_path / "no-corpus"), train=TrainSettings(runs=str(tmp_path)), **STAGES[stage])


SCRIPTS = [path.stem for path in (ROOT / "stages").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("stage", sorted(SCRIPTS))
def test_every_option_says_what_it_means(stage):
    """Those of the settings' dataclasses too, which are documented where they stand."""
    module = importlib.import_module(f"stages.{stage}")
    parser = parser_of(getattr(module, {"generate": "Request", "recipe": "recipe"}.get(stage, "train")))
    silent = [action.option_strings[0] for action in parser._actions if not (action.help or "").strip()]
    assert len(parser._actions) > 5 and silent == [] and parser.format_help()
    told = [string for action in parser._actions for string in action.option_strings]
    assert "--train.steps" in told or "--train" not in told


def test_options_may_be_written_with_dashes_and_values_stay_as_they_are():
    assert underscored(["--init-from", "my-model", "--train.batch-size=-1", "--print_config", "-h", "--name=a-b"]) == [
        "--init_from", "my-model", "--train.batch_size=-1", "--print_config", "-h", "--name=a-b",
    ]  # fmt: skip
    parser = parser_of(importlib.import_module("stages.denoiser").train)
    needed = ["--name=new", "--corpus=c", "--autoencoder=a"]
    found = parser.parse_args(underscored([*needed, "--init-from", "old", "--back-translation.clips=0"]))
    assert found.init_from == "old" and found.back_translation.clips == 0
