"""The protocol for isolated signs, with a recogniser that reads without fault."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from eval.recognition import REAL, SHUFFLED, SYSTEM, assess, doubts, hidden_alike, lines_of, parse, ranks, recognisers
from eval.sections import Net
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.recogniser import Settings
from sign_latent.registry import Card
from sign_latent.training import TrainSettings
from stages.recogniser import train


class Reader:
    """Scores the gloss whose number `move` hides in the pose."""

    def __init__(self, glosses):
        self.settings = SimpleNamespace(fps=25.0, glosses=glosses)

    def labels(self, glosses):
        return torch.tensor([self.settings.glosses.index(gloss) for gloss in glosses])

    def __call__(self, points, mask, confidence=None):
        return 20 * torch.eye(len(self.settings.glosses))[points[:, 0, 0, 0].round().long()]


@pytest.fixture
def real(clips, texts):
    """Two clips a gloss."""
    twice = [SimpleNamespace(gloss=clip.text, text=clip.text, pose=clip.pose) for clip in clips for _ in range(2)]
    return twice


def assessed(poses, real, texts, move):
    held_out = [SimpleNamespace(gloss=texts[0], pose=move(texts[0], noise=0.02))]
    return assess([Reader(texts)], {REAL: [clip.pose for clip in real], SYSTEM: poses}, real, held_out, draws=100)


def test_ranks_count_ties_and_failures_against():
    scores = np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [np.nan] * 3])
    assert ranks(scores, np.array([0, 1, 2])).tolist() == [2, 1, 3]


def test_an_honest_system_is_recognised_and_its_shuffled_texts_are_not(real, texts, move):
    poses = [move(clip.text, noise=0.05 * (1 + i % 2)) for i, clip in enumerate(real)]
    report = assessed(poses, real, texts, move)
    assert report["rows"][SYSTEM]["top1"]["value"] == 100
    assert report["rows"][SHUFFLED]["top1"]["value"] == 0
    assert report["answers"]["recognised at least as often as real training clips"]["holds"]
    assert report["answers"]["not copied"]["holds"]
    assert report["chance"] == pytest.approx(100 / len(texts))


def test_a_copy_of_the_training_clips_is_named(real, texts, move):
    report = assessed([clip.pose for clip in real], real, texts, move)
    assert not report["answers"]["not copied"]["holds"]
    assert report["nearest_cm"]["system"][1] == 0


def test_one_clip_a_gloss_lacks_variety(real, texts, move):
    varied = [
        SimpleNamespace(**{**vars(clip), "pose": move(clip.text, noise=0.05 * (i % 2))}) for i, clip in enumerate(real)
    ]
    report = assessed([move(clip.text, noise=0.03) for clip in real], varied, texts, move)
    assert not report["answers"]["as varied"]["holds"]
    assert any("NO" in line for line in lines_of(report))


def test_failures_are_never_right(real, texts, move):
    poses = [None if i % 4 == 0 else clip.pose for i, clip in enumerate(real)]
    row = assessed(poses, real, texts, move)["rows"][SYSTEM]
    assert row["failures"] == len(real) / 4
    assert row["top1"]["value"] == row["top5"]["value"] == pytest.approx(75)


def test_what_the_recordings_hide_is_no_variety(real, texts, move):
    """A hand that waves about unseen in the recordings counts for nothing in the system's diversity either."""
    hand = list(real[0].pose.skeleton.parts["left_hand"])
    wild = [move(clip.text, noise=0.05 * (1 + i % 2)) for i, clip in enumerate(real)]
    calm = assessed(wild, real, texts, move)["rows"][SYSTEM]["diversity_cm"]
    for i, pose in enumerate(wild):
        pose.points[:, hand] += 5 * (i % 2)
    assert assessed(wild, real, texts, move)["rows"][SYSTEM]["diversity_cm"] > 2 * calm
    for clip in real:
        clip.pose.confidence[:, hand] = 0
    assert assessed(wild, real, texts, move)["rows"][SYSTEM]["diversity_cm"] == pytest.approx(calm, rel=0.5)


def test_a_clip_hides_what_the_recording_hides_at_that_time(real, texts, move):
    recording, made = real[0].pose, move(texts[0])
    half = len(recording) // 2
    recording.confidence[half:, 3] = 0
    shown = hidden_alike(made, recording)
    assert not shown.confidence[len(made) // 2 + 2 :, 3].any()
    assert np.array_equal(shown.confidence[: len(made) // 2 - 2], made.confidence[: len(made) // 2 - 2])
    assert hidden_alike(None, recording) is None


@pytest.fixture
def trained(few_clips, sign_latent_home, tmp_path):
    """A function (name, split, what it begins with, corpus) -> a published recogniser."""
    how = {"steps": 1, "batch_size": 4, "logger": "none", "accelerator": "cpu", "runs": str(tmp_path / "runs")}

    def make(name, split, init_from=None, corpus=few_clips):
        sizes = Settings(width=16, layers=1, heads=2, inner=16)
        card = train(name, str(corpus), split, sizes, train=TrainSettings(**how), init_from=init_from)
        return Net(card.reference, None, card)

    return make


GENERATOR = Card(name="toy", model="sald_denoiser", settings={}, corpus_hash="x")


def test_a_recogniser_that_knows_the_judged_clips_is_refused_and_so_is_what_began_with_it(few_clips, trained):
    known = Corpus.open(few_clips).hash
    own, apart, heir = trained("own", "train"), trained("apart", "dev"), trained("heir", "dev", "own")
    assert doubts(apart, known, "train", GENERATOR) == doubts(own, known, "dev", GENERATOR) == []
    with pytest.raises(UserError, match=r"judge own@.* was trained on the clips it judges \(split train\)"):
        doubts(own, known, "train", GENERATOR)
    with pytest.raises(UserError, match="recogniser heir@.* began with own@.* leave --recogniser out"):
        doubts(heir, known, "train", GENERATOR)
    (said,) = doubts(apart, "another", "train", GENERATOR)
    assert "trained on another corpus" in said
    with pytest.raises(UserError, match="recogniser apart@.*toy@.* was trained on it"):
        doubts(apart, known, "train", replace(GENERATOR, parents={"guide": apart.name}))


def test_no_recogniser_is_trained_on_the_split_that_is_judged(few_clips):
    options = parse(["--generator", "toy", "--corpus", str(few_clips), "--out", "x", "--judge-split", "train"])
    with pytest.raises(UserError, match="judge-split train: is the split that is judged"):
        recognisers(options, Corpus.open(few_clips), GENERATOR)


def test_no_recogniser_is_trained_on_clips_that_a_model_made(few_clips, trained, tmp_path):
    corpus = Corpus.open(few_clips)
    clips = [clip for split in corpus.splits for clip in corpus.split(split)]
    clips[-1].pose.provenance = '{"generated_by": "toy@1"}'
    write_corpus(tmp_path / "corpus", clips, corpus.skeleton, corpus.fps, {})
    with pytest.raises(UserError, match="some training clips were made by toy@1"):
        trained("fooled", clips[-1].split, corpus=tmp_path / "corpus")


def test_doubts_are_told(real, texts, move):
    report = assessed([clip.pose for clip in real], real, texts, move) | {"doubts": ["who knows"]}
    assert lines_of(report)[-1] == "warning: who knows"
