"""The stage publishes a student that generates like any other generator, in few steps."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from sign_latent import registry
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.denoiser.distillation import DistillationSettings
from sign_latent.denoiser.unet import UNetSettings
from sign_latent.errors import UserError
from sign_latent.generation.api import load
from sign_latent.training import TrainSettings
from stages import denoiser, distillation

HOW = DistillationSettings(steps=2, teacher_steps=4, trajectories=16)


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    runs = str(tmp_path_factory.mktemp("runs"))
    return TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=runs)


@pytest.fixture(scope="module", autouse=True)
def shelf(few_clips, train, tmp_path_factory):
    """An autoencoder, a denoiser of its latents, and the denoiser's student."""
    room = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        torch.manual_seed(0)
        vae = SkeletalVAE(SkeletalVAESettings(width=16, joint_width=8, latent_width=4))
        card = registry.Card(name="vae", model="skeletal_vae", settings=asdict(vae.settings), spec=asdict(vae.spec))
        registry.publish(card, vae, {})
        sizes = UNetSettings(width=16, heads=2, text_layers=1, longest=20)
        chosen = denoiser.DenoiserSettings("unet_denoiser", unet_denoiser=sizes)
        text = denoiser.TextSettings(minimum=1)
        denoiser.train("slow", str(few_clips), "vae", denoiser=chosen, text=text, train=train)
        distillation.train("fast", str(few_clips), "slow", HOW, train, half=True)
        yield


def test_the_card_says_what_it_was_distilled_from_and_how_it_samples():
    fast, slow = (registry.find(name)[1] for name in ("fast", "slow"))
    assert fast.parents == slow.parents | {"teacher": slow.reference}
    kept = ("model", "text_encoder", "vocabulary", "languages", "corpus_hash", "data_licence")
    assert all(getattr(fast, name) == getattr(slow, name) for name in kept)
    own = fast.settings["diffusion"]
    assert (own["sampling_steps"], own["guidance"], own["drop_text"]) == (2, 1.0, 0.0)
    assert fast.audit["clips"] > 0 and fast.audit["steps"] == pytest.approx([0.999, 0.499])
    assert fast.created >= slow.created and registry.verify() == []


def test_it_generates_as_any_other_and_as_long_as_its_teacher():
    fast, slow = load("fast"), load("slow")
    calls = []
    hook = fast.denoiser.register_forward_hook(lambda model, given, made: calls.append(len(given[0])))
    texts = ["rain", "no rain"]
    made, taught = fast.generate(texts), slow.generate(texts, steps=2)
    hook.remove()
    assert calls == [2, 2] and [len(p.validate()) for p in made] == [len(p) for p in taught]
    with pytest.raises(UserError, match="never saw an empty text"):
        fast.generate(texts, guidance=3.0)


def test_a_student_goes_no_way_that_it_was_not_shown(few_clips, train):
    fast, slow = load("fast"), load("slow")
    for how, words in (({"steps": 50}, "50 steps of ddim"), ({"sampler": "heun"}, "2 steps of heun")):
        with pytest.raises(UserError, match=f"{words}: fast is a student that was taught 2 of ddim; .*slow@"):
            fast.generate("rain", **how)
        assert len(slow.generate("rain", frames=8, **how)) == 8
    assert np.array_equal(*(fast.generate("rain", sampler=name).points for name in ("euler", "ddim")))
    with pytest.raises(UserError, match="4 steps of dpm_solver: fast is a student"):
        distillation.train("fastest", str(few_clips), "fast", HOW, train)


def test_a_student_has_students(few_clips, train):
    how = DistillationSettings(steps=1, teacher_steps=2, sampler="ddim", trajectories=8)
    card = distillation.train("faster", str(few_clips), "fast", how, train)
    assert card.parents["teacher"] == registry.find("fast")[1].reference
    assert card.settings["diffusion"]["sampling_steps"] == 1


def test_ways_are_gone_once(few_clips, train, monkeypatch):
    calls = []
    monkeypatch.setattr(distillation, "walked", lambda *given: calls.append(1))
    source, corpus = registry.load("slow"), distillation.Corpus.open(few_clips)
    parent = registry.load("vae")
    clips = corpus.split("train", dominant=True)
    data = distillation.read_data(parent, clips, "train", distillation.reading_of(source))
    places, texts = distillation.trajectories(source, data, HOW, 0)
    assert not calls and len(places) == len(texts) == 16 and places[0].shape[1:] == (3, 7, 4)
    first, second = (distillation.of_step(places, texts, data, train, 1) for _ in range(2))
    assert torch.equal(first.places, second.places) and torch.equal(first.text.tokens, second.text.tokens)
    np.testing.assert_array_equal(first.frames.sum(1), [len(p[:, 0].nonzero()[:, 0].unique()) for p in first.places])


def test_another_corpus_or_model_is_refused_before_training(few_clips, train):
    found = registry.load("slow")
    registry.publish(replace(found.card, name="elsewhere", corpus_hash="another"), found.model, {})
    for teacher, words in (("vae", "its model is skeletal_vae"), ("elsewhere", "elsewhere was trained on another")):
        with pytest.raises(UserError, match=words):
            distillation.train("wrong", str(few_clips), teacher, HOW, train)
