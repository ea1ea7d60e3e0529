"""The stage trains on the tokens of an autoencoder, audits and publishes; what it publishes signs by name."""

from dataclasses import asdict

import pytest
import torch

from sign_latent import registry
from sign_latent.cache import tokens
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.generation.api import load
from sign_latent.generation.back_translation import BackTranslationSettings
from sign_latent.models import model_class
from sign_latent.training import TrainSettings
from stages import translator as stage
from stages.denoiser import TextSettings

SIZES = {"width": 16, "layers": 1, "heads": 2, "code_width": 4, "place": "linear", "longest": 10}


@pytest.fixture
def publish(sign_latent_home):
    """Puts an untrained autoencoder on the shelf."""

    def autoencoder(name, model="pose_fsq"):
        torch.manual_seed(0)
        cls = model_class(model)
        made = cls(cls.Settings(width=16, joint_width=8)).eval()
        card = registry.Card(name=name, model=model, settings=asdict(made.settings), spec=asdict(made.spec))
        registry.publish(card, made, {})
        return made

    return autoencoder


@pytest.fixture
def train(few_clips, tmp_path, monkeypatch):
    """Runs the stage for three steps."""
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    how = TrainSettings(steps=3, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))

    def run(autoencoder, model="token_translator", name="system", length_weight=0.0, told=0.0, width=None, **more):
        paced = {"length_weight": length_weight, "told": told} if model == "token_translator" else {}
        sizes = SIZES if width is None else {**SIZES, "width": width}
        chosen = stage.Translator(model=model, **{model: model_class(model).Settings(**sizes, **paced)})
        unread = {"back_translation": BackTranslationSettings(clips=0)}
        return stage.train(name, str(few_clips), autoencoder, chosen, TextSettings(minimum=1), how, **unread | more)

    return run


@pytest.mark.filterwarnings("ignore:model system.*have no end")
@pytest.mark.parametrize("model", stage.MODELS)
def test_it_publishes_what_it_found_out_and_signs_by_name(publish, train, model):
    publish("fsq")
    card = train("fsq", model, back_translation=BackTranslationSettings(clips=4))
    audit = card.audit
    assert registry.verify() == [] and card.parents["autoencoder"] == registry.find("fsq")[1].reference
    for name in ("matched", "shuffled", "empty"):
        low, high = audit[f"nll_{name}_interval"]
        assert low <= audit[f"nll_{name}"] <= high
    assert audit["clips"] == 4 and 0 <= audit["ended"] <= 1 and len(audit["length_ratio_quantiles"]) == 3
    assert audit["back_translation"]["clips"] == 4
    touches = audit["gap_shuffled_interval"][0] <= 0
    assert touches == any("not shown to use the text" in warning for warning in card.warnings)
    pose = load("system", autoencoder="fsq").generate(["rain tomorrow"], frames=17)[0].validate()
    assert len(pose) == 17


def test_cached_tokens_are_those_of_the_clips(publish, few_clips, tmp_path, monkeypatch):
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    model, clips = publish("fsq"), Corpus.open(few_clips).split("train", dominant=True)
    first, again = (tokens(model, "fsq@x", clips, "train") for _ in range(2))
    assert (first.ids.values == again.ids.values).all()
    with torch.no_grad():
        own = model.tokens(model.encode([clips[2].pose])[0])[0].numpy()
    assert own.shape == first.ids[2].shape and (own == first.ids[2]).mean() > 0.98  # latents are kept in half precision


def test_a_length_head_is_calibrated_and_needs_a_length_that_is_told(publish, train):
    publish("fsq")
    how = {"length_weight": 0.1, "told": 0.3}
    audit = train("fsq", **how).audit["lengths"]
    assert audit["clips"] == 4 and audit["temperature"] == 1.0 and 0 <= audit["coverage_0.8"] <= 1
    with pytest.raises(UserError, match="length_weight"):
        train("fsq", name="untold", length_weight=0.1)


def test_what_has_no_tokens_is_refused_before_training(publish, train):
    publish("vae", model="skeletal_vae")
    with pytest.raises(UserError, match="autoencoder vae: has no tokens"):
        train("vae")


def test_a_training_can_begin_with_the_weights_of_another(publish, train):
    publish("fsq")
    first = train("fsq")
    tuned = train("fsq", name="tuned", init_from="system")
    assert tuned.parents["initial"] == first.reference and set(tuned.parents) == {"initial", "autoencoder"}
    with pytest.raises(UserError, match="init_from system: has width 16, where 24 is asked for"):
        train("fsq", name="wider", init_from="system", width=24)
    with pytest.raises(UserError, match="its model is token_translator"):
        train("fsq", "masked_translator", name="other", init_from="system")
