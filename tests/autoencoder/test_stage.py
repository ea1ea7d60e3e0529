"""The stage: latents whose training leaves more behind than weights, and trainings that begin with a published one."""

from dataclasses import replace

import pytest
import torch

from sign_latent import registry
from sign_latent.autoencoder.layout import layout_of
from sign_latent.autoencoder.skeletal_vae import SkeletalVAESettings
from sign_latent.autoencoder.tokens import code_usage
from sign_latent.autoencoder.vq import PoseVQSettings
from sign_latent.cache import clip_features
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.training import TrainSettings
from stages.autoencoder import AutoencoderSettings, train, whole_split


@pytest.mark.parametrize("half", [False, True])
def test_what_the_card_says_of_codes_holds_for_the_weights_that_were_published(
    half, few_clips, sign_latent_home, tmp_path
):
    how = TrainSettings(steps=6, warmup=1, batch_size=4, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))
    sizes = PoseVQSettings(width=8, joint_width=4, bits=5)
    card = train("vq", str(few_clips), AutoencoderSettings("pose_vq", pose_vq=sizes), how, half=half)
    model = registry.load("vq").model
    features, _ = clip_features(Corpus.open(few_clips).split("train", dominant=True), layout_of("smplx"))
    batches = list(whole_split(features))
    assert card.audit["codes_used"] > 0.1
    used = code_usage(model, batches)
    assert used["codes_used"] == card.audit["codes_used"]
    assert used["code_perplexity"] == pytest.approx(card.audit["code_perplexity"])
    with torch.no_grad():
        z = torch.cat([model.posterior(x, mask)[0][model.latent_frames(mask)] for x, mask in batches])
    alive = ~model.latent_dead
    torch.testing.assert_close(z.mean(0)[alive], torch.zeros(int(alive.sum())), atol=1e-4, rtol=0)
    torch.testing.assert_close(z.var(0, unbiased=False)[alive], torch.ones(int(alive.sum())), atol=1e-3, rtol=0)


SIZES = {"width": 8, "joint_width": 4, "latent_width": 4}


def vae(**more):
    return AutoencoderSettings("skeletal_vae", SkeletalVAESettings(**{**SIZES, **more}))


@pytest.fixture(scope="module")
def beginning(few_clips, tmp_path_factory):
    """Trains ``train(name, corpus, settings)`` on a shelf on which `first` and `faceless` lie, and the corpora: one of
    fewer clips, one without faces, one on another skeleton."""
    room, corpus = tmp_path_factory.mktemp("beginning"), Corpus.open(few_clips)
    clips = [clip for split in corpus.splits for clip in corpus.split(split)]
    face = list(corpus.skeleton.parts["face"])

    def faceless(pose):
        confidence = pose.confidence.copy()
        confidence[:, face] = 0
        return replace(pose, confidence=confidence)

    corpora = {"few": str(few_clips)}
    made = {"fewer": clips[:8], "faceless": [replace(clip, pose=faceless(clip.pose)) for clip in clips]}
    made["upper79"] = [replace(clip, pose=convert(clip.pose, "upper79")) for clip in clips]
    for name, some in made.items():
        write_corpus(room / name, some, some[0].pose.skeleton, 25.0, {"licence": "CC0-1.0"})
        corpora[name] = str(room / name)

    def run(name, corpus, settings=None, **more):
        how = {"steps": 3, "warmup": 1, "batch_size": 4, "logger": "none", "accelerator": "cpu"}
        how |= {"learning_rate": more.pop("learning_rate", 1e-3), "runs": str(room / "runs")}
        return train(name, corpora[corpus], settings or vae(), TrainSettings(**how), **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        run("first", "few")
        run("faceless", "faceless")
        yield run


def test_a_training_begins_with_the_weights_and_statistics_of_a_published_autoencoder(beginning):
    """One that learns nothing ends as it began, on other clips too, but for the whitening of its own latents."""
    first, tuned = registry.find("first")[1], beginning("still", "fewer", init_from="first", learning_rate=0.0)
    assert tuned.parents == {"initial": first.reference} and first.parents == {}
    before, after = (registry.load(name).model.state_dict() for name in ("first", "still"))
    kept = [name for name in before if not name.startswith("latent_")]
    assert "feature_mean" in kept and all(torch.equal(before[name], after[name]) for name in kept)
    assert not torch.equal(before["latent_mean"], after["latent_mean"])
    learnt = beginning("learnt", "fewer", init_from="first")
    assert learnt.weights_sha256 != tuned.weights_sha256


def test_a_corpus_may_hide_what_the_published_autoencoder_saw(beginning):
    assert beginning("hidden", "faceless", init_from="first", learning_rate=0.0).latent.unseen


@pytest.mark.parametrize(
    ("corpus", "settings", "begun", "named"),
    [
        ("few", vae(width=12), "first", "init_from first: has width 8, where 12 is asked for"),
        ("few", vae(stride=8), "first", "init_from first: has stride 4, where 8 is asked for"),
        ("upper79", vae(), "first", "init_from first: has skeleton smplx, where upper79 is asked for"),
        ("few", vae(), "faceless", "init_from faceless: its training showed no .* points.*, this corpus does"),
        ("few", AutoencoderSettings("pose_vq"), "first", "first: its model is skeletal_vae, where pose_vq is needed"),
        ("few", vae(), "nobody", "artefact nobody: not found"),
    ],
)
def test_what_a_training_cannot_begin_with_is_one_line(beginning, corpus, settings, begun, named):
    with pytest.raises(UserError, match=named) as error:
        beginning("refused", corpus, settings, init_from=begun)
    assert "\n" not in str(error.value)
    assert "refused" not in {card.name for card in registry.list_artefacts()}


def test_losses_may_be_weighed_otherwise_than_in_the_beginning(beginning):
    assert beginning("weighed", "few", vae(kl=0.1), init_from="first").settings["kl"] == 0.1
