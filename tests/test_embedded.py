"""What ships in the package: whole, small, and proven to listen to the text."""

import os

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.errors import UserError

SENTENCES = [
    "tomorrow it will rain in the north .",
    "who feeds four horses every day ?",
    "my brother will not rest tomorrow .",
    "the student is very hungry every month .",
    "do they order warm fish ?",
    "our neighbour sold six tickets last week .",
    "the baker finds their good egg .",
    "you will love two cats next summer .",
]
GENERATOR, JUDGES = ("embedded-sald", "sald-vae"), ("judge-dev", "judge-report", "judge-ctc")


@pytest.fixture(autouse=True)
def empty_home(sign_latent_home):
    """Only the package's artefacts are on the shelf."""


def megabytes(names):
    return sum((registry.EMBEDDED / name / "model.safetensors").stat().st_size for name in names) / 1e6


def test_everything_embedded_verifies_and_is_small():
    assert registry.verify() == []
    assert {card.name for card in registry.list_artefacts()} == {*GENERATOR, *JUDGES}
    assert megabytes(GENERATOR) <= 10 and megabytes(JUDGES) <= 6


def test_the_embedded_generator_was_shown_to_use_the_text():
    card = registry.find("embedded-sald")[1]
    assert card.text_encoder["longest"] == {"text": 22}
    assert card.warnings == [] and card.audit["gap_shuffled_interval"][0] > 0
    assert card.audit["back_translation"]["gap_bleu4_shuffled_interval"][0] > 0
    assert card.languages == {"spoken": ["en"], "signed": ["qaa"], "pairs": [["en", "qaa"]]}


def test_predicted_lengths_cover_what_they_say():
    lengths = registry.find("embedded-sald")[1].audit["lengths"]
    for level in (0.5, 0.8, 0.95):
        low, high = lengths[f"coverage_{level}_interval"]
        assert low <= level <= high
    assert lengths["crps_gain_interval"][0] > 0


def test_generator_and_judges_come_from_one_corpus_and_judges_are_no_parents():
    cards = {name: registry.find(name)[1] for name in (*GENERATOR, *JUDGES)}
    assert len({card.corpus_hash for card in cards.values()}) == 1
    assert cards["embedded-sald"].parents == {"autoencoder": cards["sald-vae"].reference}
    assert len({(cards[name].model, cards[name].settings["shape"]) for name in JUDGES}) == len(JUDGES)
    assert len({cards[name].seed for name in JUDGES}) == len(JUDGES)


def test_judges_read_recordings_they_were_not_trained_on():
    assert all(registry.find(name)[1].audit["bleu4"] >= 70 for name in JUDGES)


def test_another_reader_recovers_more_words_from_matched_than_from_other_clips():
    """The judge reads generated clips; what it reads fits their own sentences and not each other's."""
    from sacrebleu.metrics import CHRF

    from sign_latent.evaluator.back_translation import read_poses
    from sign_latent.generation.api import load
    from sign_latent.text.vocabulary import normalise_text

    texts = [normalise_text(text) for text in SENTENCES]
    poses = load("embedded-sald").generate(texts, seed=0, steps=20)
    read = read_poses(registry.load("judge-report").model, poses, texts).texts
    turned = texts[1:] + texts[:1]
    matched, shuffled = (CHRF().corpus_score(read, [refs]).score for refs in (texts, turned))
    assert matched > 2 * shuffled


def test_a_text_is_signed_alike_alone_and_in_a_batch():
    from sign_latent.generation.api import load

    generator = load("embedded-sald", device="cpu")
    together, alone = (generator.generate(SENTENCES, seed=3, batch_size=size) for size in (8, 1))
    for pose, again in zip(together, alone, strict=True):
        assert len(again) == len(pose) and np.abs(again.points - pose.points).max() < 1e-3  # shoulder widths


def test_a_language_it_does_not_sign_is_refused():
    from sign_latent.generation.api import load

    with pytest.raises(UserError, match="knows qaa"):
        load("embedded-sald").generate(["rain"], signed_language="ase")


def test_a_foreign_home_does_not_hide_it(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "SIGN_LATENT_HOME", str(tmp_path / "nowhere"))
    assert registry.find("embedded-sald")[0].parent == registry.EMBEDDED
