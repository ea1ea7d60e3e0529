"""What the stages share."""

import importlib

import pytest

from sign_latent.errors import UserError
from sign_latent.runs import CHECKPOINT
from sign_latent.training import TrainSettings

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
