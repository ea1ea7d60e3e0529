"""Each baseline is made by one command, published, loaded by name, and signs as our generators do."""

import itertools
from dataclasses import asdict

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.baselines.glosses import GlossTranslatorSettings
from sign_latent.baselines.joining import jump
from sign_latent.baselines.progressive import ProgressiveSettings
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.generation.api import load
from sign_latent.generation.paragraph import checked_sentences
from sign_latent.training import TrainSettings
from stages import regression, retrieval, stitching
from stages.denoiser import TextSettings

TEXTS = ["rain tomorrow", "no rain", "rain", "no rain tomorrow"]


@pytest.fixture
def how(tmp_path) -> TrainSettings:
    runs = str(tmp_path / "runs")
    return TrainSettings(steps=3, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=runs)


@pytest.fixture
def regressed(timed_clips, how):
    vae = SkeletalVAE(SkeletalVAESettings(width=16, joint_width=8, latent_width=4))
    card = registry.Card(name="vae", model="skeletal_vae", settings=asdict(vae.settings), spec=asdict(vae.spec))
    registry.publish(card, vae, {})
    sizes = ProgressiveSettings(width=16, layers=1, heads=2, longest=20)
    return regression.train(
        "system", str(timed_clips), "vae", regression=sizes, text=TextSettings(minimum=1), train=how
    )


@pytest.fixture
def stitched(timed_clips, how):
    sizes = GlossTranslatorSettings(width=16, layers=1, heads=2, inner=16)
    return stitching.train("system", str(timed_clips), translator=sizes, train=how, examples=3)


@pytest.fixture
def retrieved(timed_clips):
    return retrieval.train("system", str(timed_clips))


@pytest.fixture(params=["regressed", "stitched", "retrieved"])
def card(request):
    return request.getfixturevalue(request.param)


def test_a_baseline_signs_as_ours_do(card, timed_clips):
    system = load("system")
    assert system.card.hash == card.hash and card.corpus_hash == Corpus.open(timed_clips).hash
    poses = system.generate(TEXTS, seed=3)
    assert len(poses) == len(TEXTS) and all(pose.validate().fps == 25.0 for pose in poses)
    again = system.generate(TEXTS, seed=3)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(poses, again, strict=True))
    single = system.generate(TEXTS, seed=3, batch_size=1)
    assert all(np.abs(a.points - b.points).max() < 1e-3 for a, b in zip(poses, single, strict=True))
    assert [len(pose) for pose in system.generate(TEXTS, frames=[1, 7, 30, 18])] == [1, 7, 30, 18]
    fast = system.generate(["rain"], frames=40, speed=2.0)[0]
    assert len(fast) == pytest.approx(20, abs=1) and fast.fps == 25.0
    for wrong, words in (
        (dict(texts=[" "]), "empty"),
        (dict(texts=["rain"], frames=0), "frames 0"),
        (dict(texts=["rain"], speed=99.0), "speed 99"),
        (dict(texts=["rain"], steps=4), "has no use for it"),
        (dict(texts=["rain"], guidance=2.0), "has no use for it"),
        (dict(texts=["rain"], sampler="ddim"), "leave --sampler out"),
        (dict(texts=["rain"], guidance_interval=(0.0, 0.5)), "leave --guidance-interval out"),
        (dict(texts=["rain"], signed_language="ase"), "knows qaa"),
    ):
        with pytest.raises(UserError, match=words):
            system.generate(**wrong)


def test_the_regression_stands_on_its_autoencoder(regressed):
    assert regressed.parents == {"autoencoder": registry.find("vae")[1].reference}
    assert regressed.audit["clips"] == 4 and len(regressed.audit["gap_shuffled_interval"]) == 2
    with pytest.raises(UserError, match="was trained on autoencoder vae@"):
        load("system", autoencoder="sald-vae")


def test_the_stitcher_joins_examples_of_the_glosses(stitched, timed_clips):
    clips = Corpus.open(timed_clips).split("train", dominant=True)
    system, fastest = load("system"), max(jump(clip.pose) for clip in clips)
    assert stitched.audit["glosses_in_dictionary"] == 100 and not stitched.warnings
    for seed, text in enumerate(["NO RAIN TOMORROW", "TOMORROW TOMORROW NO", "RAIN"]):
        pose = system.generate([text], seed=seed)[0]
        assert jump(pose) <= fastest * (1 + 1e-2)
        assert pose.rotations is not None and len(pose) > 2 + len(text.split())
    assert any(len(system.generate(["RAIN NO"], seed=s)[0]) != len(pose) for s in range(3))


def test_the_stitcher_tells_where_its_signs_are(stitched):
    system = load("system")
    pose = system.generate(["NO RAIN TOMORROW"], seed=1)[0]
    assert [gloss for gloss, _, _ in pose.signs] == ["NO", "RAIN", "TOMORROW"]
    for gloss, start, end in pose.signs:
        shown = [system.model.pieces[i] for i in system.model.dictionary.examples(system.model._sign(gloss))]
        assert any(np.array_equal(pose.rotations[start:end], piece.rotations) for piece in shown)
    text = "NO RAIN. RAIN NO TOMORROW. RAIN"
    whole = system.generate_long(text, seed=1, speed=1.5)
    lines = system.lines(checked_sentences(text, "en"))
    assert [gloss for gloss, _, _ in whole.signs] == list(itertools.chain(*lines)) and len(lines) == 3
    assert all(start >= end for (_, _, end), (_, start, _) in itertools.pairwise(whole.signs))


def test_a_text_without_glosses_is_signed_nevertheless(stitched):
    system = load("system")
    assert all(len(line) >= 1 for line in system.lines(["?!", "rain", "qqq"]))
    assert len(system.generate(["a ?!"])[0]) > 2


def test_examples_that_carry_what_belongs_to_the_sentence_come_last(timed_clips):
    """Every second clip of the corpus has raised brows all along it."""
    timing = stitching.read_timing(Corpus.open(timed_clips).split("train"))
    for found in timing.found.values():
        free = sum(o.crossing == 0 for o in found)
        assert 0 < free < len(found)
        assert all(o.crossing == 0 for o in stitching.best(found, free))


def test_examples_are_of_as_many_signers_as_can_be():
    found = [stitching.Occurrence(i, "ab"[i >= 6], 0, 9, 0) for i in range(8)]
    assert [o.signer for o in stitching.best(found, 4)] == ["a", "b", "a", "b"]


def test_retrieval_is_the_control_of_that_name(retrieved, timed_clips):
    from eval.controls import Context, nearest_text

    corpus = Corpus.open(timed_clips)
    clips = list(corpus.split("dev"))
    control = nearest_text(Context(clips, corpus.split("train", dominant=True)))
    made = load("system").generate([clip.text for clip in clips])
    assert all(np.array_equal(a.points, b.points) for a, b in zip(made, control, strict=True))
    assert all(pose.signs for pose in made)


def test_retrieval_refuses_another_corpus_and_finds_a_moved_one(
    retrieved, timed_clips, few_clips, monkeypatch, tmp_path
):
    monkeypatch.setenv("SIGN_LATENT_CORPUS", str(few_clips))
    with pytest.raises(UserError, match="was built from corpus"):
        load("system")
    monkeypatch.setenv("SIGN_LATENT_CORPUS", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="set SIGN_LATENT_CORPUS"):
        load("system")
    moved = tmp_path / "moved"
    moved.symlink_to(timed_clips)
    monkeypatch.setenv("SIGN_LATENT_CORPUS", str(moved))
    assert len(load("system").generate(["rain"])) == 1


def test_a_corpus_without_glosses_cannot_be_stitched(tmp_path, few_clips, how):
    from dataclasses import replace

    from sign_latent.corpus.write import write_corpus

    corpus = Corpus.open(few_clips)
    plain = (replace(clip, gloss="") for clip in corpus.split("train"))
    write_corpus(tmp_path / "plain", plain, corpus.skeleton, corpus.fps, {})
    with pytest.raises(UserError, match="no timed glosses"):
        stitching.train("system", str(tmp_path / "plain"), train=how)
    assert registry.list_artefacts() and all(card.name != "system" for card in registry.list_artefacts())
