"""The stage trains a denoiser led by an aligner, and refuses an aligner of something else."""

import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from eval.sections import load_aligner, refuse_guide
from sign_latent import registry
from sign_latent.aligner.aligner import AlignerSettings
from sign_latent.aligner.vectors import loaded_aligner, text_vectors
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.denoiser.semantic import SemanticSettings
from sign_latent.denoiser.unet import UNetSettings
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.generation.api import load
from sign_latent.generation.back_translation import BackTranslationSettings
from sign_latent.training import TrainSettings
from stages import aligner as aligner_stage
from stages import denoiser as stage

SIZES = {"width": 16, "heads": 2, "text_layers": 1, "longest": 20}
UNREAD = BackTranslationSettings(clips=0)


@pytest.fixture(scope="module")
def how(tmp_path_factory):
    runs = str(tmp_path_factory.mktemp("runs"))
    return TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=runs)


@pytest.fixture(scope="module", autouse=True)
def shelf(few_clips, how, tmp_path_factory):
    """Two autoencoders of other weights, and an aligner of the first one's latents and one of points."""
    room = tmp_path_factory.mktemp("shelf")
    sizes = {"width": 16, "heads": 2, "inner": 16, "pose_layers": 1, "text_layers": 1, "space": 12}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        for seed, name in enumerate(("vae", "other-vae")):
            torch.manual_seed(seed)
            vae = SkeletalVAE(SkeletalVAESettings(width=16, joint_width=8, latent_width=4))
            card = registry.Card(name=name, model="skeletal_vae", settings=asdict(vae.settings), spec=asdict(vae.spec))
            registry.publish(card, vae, {})
        for name, reads, parent in (("lead", "latents", "vae"), ("points", "points", None)):
            chosen = AlignerSettings(reads=reads, **sizes)
            aligner_stage.train(name, str(few_clips), autoencoder=parent, aligner=chosen, train=how, minimum=1)
        yield


def train(name, clips, how, **more):
    settings = stage.DenoiserSettings("unet_denoiser", unet_denoiser=UNetSettings(**SIZES))
    given = {"autoencoder": "vae", "text": stage.TextSettings(minimum=1), "back_translation": UNREAD, **more}
    return stage.train(name, str(clips), denoiser=settings, train=how, **given)


def test_a_training_that_ended_is_published_as_it_is_sampled_anew_and_as_another_model_refused(few_clips, how):
    parts = {"width": 16, "heads": 2, "text_layers": 1, "longest": 20}

    def publish(**diffusion):
        chosen = UNetSettings(**parts, diffusion=DiffusionSettings(**diffusion))
        settings = stage.DenoiserSettings("unet_denoiser", unet_denoiser=chosen)
        given = {"autoencoder": "vae", "text": stage.TextSettings(minimum=1), "back_translation": UNREAD}
        stage.train("sampled", str(few_clips), denoiser=settings, train=replace(how, resume=True), **given)
        folder, card = registry.find("sampled")
        shutil.rmtree(folder)
        return card

    before, after = publish(), publish(sampler="dpm_solver", sampling_steps=4, guidance=3.0)
    assert (before.weights_sha256, after.settings["diffusion"]["sampling_steps"]) == (after.weights_sha256, 4)
    with pytest.raises(UserError, match="diffusion.shift = 1.0, where 3.0 is asked for"):
        publish(shift=3.0)


def test_a_led_unet_is_published_audited_and_signs(few_clips, how):
    guide = registry.find("lead")[1]
    card = train("led", few_clips, how, aligner="lead", back_translation=BackTranslationSettings(clips=4))
    parents = {"autoencoder": registry.find("vae")[1].reference, "aligner": guide.reference}
    assert (card.model, card.parents) == ("unet_denoiser", parents)
    assert card.audit["clips"] > 0 and len(card.audit["error_matched"]) == len(card.audit["steps"])
    read = card.audit["back_translation"]
    assert read["judge"] == registry.find("judge-dev")[1].reference and read["clips"] == 4
    low, high = read["gap_nll_shuffled_interval"]
    assert low <= read["gap_nll_shuffled"] <= high
    assert registry.load("lead").card == guide and registry.verify() == []
    assert len(load("led").generate(["rain"], frames=17, steps=2)[0].validate()) == 17


def test_supervision_changes_what_is_learnt_and_a_weight_of_nothing_does_not(few_clips):
    weights = {}
    for weight in (None, 0.0, 5.0):
        chosen = stage.DenoiserSettings("unet_denoiser", unet_denoiser=UNetSettings(**SIZES))
        parent, corpus = registry.load("vae"), stage.Corpus.open(few_clips)
        clips = corpus.split("train", dominant=True)
        reading = stage.Reading.of(clips, stage.TextSettings(minimum=1))
        data = stage.read_data(parent, clips, "train", reading)
        guide = None if weight is None else registry.load("lead")
        loss, data = stage.supervised(data, clips, guide, SemanticSettings(weight=weight or 0.0))
        torch.manual_seed(0)
        model, _ = stage.build(chosen, parent, reading)
        torch.nn.init.normal_(model.outward.weight, std=0.1)
        torch.manual_seed(1)
        loss(model, data.batch(np.arange(4)))["loss"].backward()
        weights[weight] = model.outward.weight.grad
    assert torch.equal(weights[None], weights[0.0]) and not torch.allclose(weights[None], weights[5.0])


def test_meanings_are_the_aligners_vectors_of_the_clips_texts(few_clips):
    parent, clips = registry.load("vae"), stage.Corpus.open(few_clips).split("train", dominant=True)
    data = stage.read_data(parent, clips, "train", stage.Reading.of(clips, stage.TextSettings(minimum=1)), 2)
    _, data = stage.supervised(data, clips, registry.load("lead"), SemanticSettings())
    rows = np.array([0, 5, len(clips) + 5])
    expected = text_vectors(loaded_aligner("lead"), [clips.texts[i] for i in (0, 5, 5)])
    np.testing.assert_allclose(data.batch(rows).meaning.numpy(), expected, atol=1e-6)


def test_as_conditioner_its_vector_is_the_sentence(few_clips, how):
    guide = registry.find("lead")[1]
    card = train("read", few_clips, how, aligner="lead", semantic=SemanticSettings(weight=0.0, condition=True))
    assert card.settings["sentence_width"] == 12 and card.text_encoder["aligner"] == guide.reference
    made = load("read")
    expected = text_vectors(loaded_aligner("lead"), ["no rain"])
    np.testing.assert_allclose(made.encoder.encode(["no rain"]).sentence.numpy(), expected, atol=1e-3)
    assert len(made.generate(["no rain"], frames=9, steps=2)[0]) == 9


def test_wrong_guides_are_refused_before_training(few_clips, how):
    for more, words in (
        ({"aligner": "lead", "autoencoder": "other-vae"}, "was trained on autoencoder vae@"),
        ({"aligner": "points"}, "reads poses, not latents"),
        ({"aligner": "vae"}, "its model is skeletal_vae"),
        ({"semantic": SemanticSettings(condition=True)}, "give --aligner NAME"),
    ):
        with pytest.raises(UserError, match=words):
            train("wrong", few_clips, how, **more)


def test_what_led_a_system_never_judges_it():
    """Under its own name or another."""
    judge = load_aligner("points")
    about = {"model": "x", "settings": {}}
    taught = registry.publish(registry.Card(name="taught", parents={"aligner": judge.name}, **about), {}, {})
    heir = registry.Card(name="heir", parents={"teacher": taught.reference}, **about)
    with pytest.raises(UserError, match="heir@.* was trained on it"):
        refuse_guide(judge, [heir])
    with pytest.raises(UserError, match="taught@.* was trained on it"):
        refuse_guide(judge, [taught])
    renamed = registry.publish(replace(judge.card, name="renamed"), judge.model, {}, half=True)
    assert renamed.reference != judge.name
    with pytest.raises(UserError, match="renamed@.* was trained on it"):
        refuse_guide(load_aligner("renamed"), [taught])
    refuse_guide(judge, [registry.Card(name="free", **about)])
