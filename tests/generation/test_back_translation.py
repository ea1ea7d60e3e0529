"""The audit by a judge: its figures by hand, whom it does not ask, and a generator of which all is known."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.back_translation import Reading
from sign_latent.evaluator.bleu import bleu_rows
from sign_latent.generation import back_translation as audit
from sign_latent.generation.audit import audit_warnings
from sign_latent.generation.back_translation import (
    BackTranslationSettings,
    back_translation_audit,
    bleu_facts,
    check_judge,
    with_audit,
)

CARD = registry.Card(name="reader", model="x", settings={}, languages={"spoken": ["en"], "signed": ["qaa"]})


@dataclass
class Recorded:
    """Signs a text by a recording of it, and what it reads as empty by the last one."""

    clips: object
    encoder: object
    card: registry.Card = field(default_factory=lambda: CARD)

    def generate(self, texts, frames=None, seed=0, **options):
        heard = self.encoder.encode(texts).mask.any(1).tolist()
        rows = [self.clips.texts.index(text) if h else -1 for text, h in zip(texts, heard, strict=True)]
        return [self.clips[row].pose for row in rows]


@pytest.fixture(scope="module")
def clips(few_clips):
    return Corpus.open(few_clips).split("train")


@pytest.fixture
def judge(monkeypatch):
    """Reads a recording as its text, by its length; other texts are less likely by two nats."""
    found = SimpleNamespace(card=replace(CARD), model=SimpleNamespace(settings=SimpleNamespace(skeleton="smplx")))
    monkeypatch.setattr(audit, "load_judge", lambda name: found)

    def attach(clips, deaf=False):
        texts = dict(zip(clips.lengths.tolist(), clips.texts, strict=True))

        def read(model, poses, references, note):
            own = ["rain" if deaf else texts[len(pose)] for pose in poses]
            nll = np.array([1.0 if deaf or a == b else 3.0 for a, b in zip(own, references, strict=True)])
            return Reading(own, nll)

        monkeypatch.setattr(audit, "read_poses", read)
        return found

    return attach


def test_figures_by_hand(judge, clips, generator):
    judge(clips)
    found = back_translation_audit(Recorded(clips, generator.encoder), "smplx", clips, BackTranslationSettings())
    assert found["clips"] == len(clips) == 12 and found["judge"].startswith("reader@")
    assert found["nll_matched"] == 1 and found["nll_shuffled"] == 3 and found["gap_nll_shuffled"] == 2
    empty = np.mean([1.0 if text == clips.texts[-1] else 3.0 for text in clips.texts])
    assert found["nll_empty"] == pytest.approx(empty) and found["gap_nll_empty"] == pytest.approx(empty - 1)
    for name in ("nll_empty", "gap_nll_empty", "gap_bleu4_shuffled"):
        low, high = found[f"{name}_interval"]
        assert low <= found[name] <= high


def test_gaps_in_bleu_and_their_intervals_by_hand():
    """Half of the texts are read whole and half not at all, whoever is asked; gaps hang on the same draws."""
    texts = [f"{word} b c d e" for word in "vwxyz"] * 8
    half = [text if i % 2 else "" for i, text in enumerate(texts)]
    rows = {"matched": bleu_rows(texts, texts), "shuffled": bleu_rows(half, texts), "empty": bleu_rows(texts, texts)}
    found = bleu_facts(rows, np.arange(40), 0)
    assert found["bleu4_matched"] == pytest.approx(100) and found["gap_bleu4_empty_interval"] == [0, 0]
    assert found["bleu4_shuffled"] == pytest.approx(100 * np.exp(1 - 2))
    low, high = found["gap_bleu4_shuffled_interval"]
    assert 30 < low < found["gap_bleu4_shuffled"] < high < 90


def test_clips_in_which_no_text_is_found_are_warned_of(judge, clips, generator):
    judge(clips, deaf=True)
    found = back_translation_audit(Recorded(clips, generator.encoder), "smplx", clips, BackTranslationSettings())
    warnings = audit_warnings({"gap_shuffled_interval": [1, 2], "back_translation": found})
    assert len(warnings) == 2 and all("likelihood" in w and w.startswith(found["judge"]) for w in warnings)
    assert audit_warnings({"gap_shuffled_interval": [1, 2], "back_translation": {"skipped": "no judge"}}) == []


def test_a_judge_that_does_not_fit_is_not_asked_and_that_is_said(judge, clips, generator):
    found = judge(clips)
    made = Recorded(clips, generator.encoder)
    assert (
        "reads skeleton smplx" in back_translation_audit(made, "upper79", clips, BackTranslationSettings())["skipped"]
    )
    found.card.languages = {"spoken": ["en"], "signed": ["qab"]}
    assert "reads qab" in back_translation_audit(made, "smplx", clips, BackTranslationSettings())["skipped"]
    assert back_translation_audit(made, "smplx", clips, BackTranslationSettings(clips=0)) == {}


@pytest.mark.parametrize("domain", ["pose", "condition"])
def test_the_card_holds_what_was_found_and_a_judge_is_asked_about_poses_alone(judge, clips, generator, domain, capsys):
    judge(clips, deaf=True)
    made = Recorded(clips, generator.encoder)
    made.autoencoder = SimpleNamespace(spec=SimpleNamespace(domain=domain, skeleton="smplx"))
    card = with_audit(made, {"gap_shuffled_interval": [-1, 2]}, clips, BackTranslationSettings())
    assert replace(card, audit=None, warnings=[]) == CARD and card.warnings == audit_warnings(card.audit)
    assert card.audit.pop("gap_shuffled_interval") == [-1, 2] and len(card.warnings) == (3 if domain == "pose" else 1)
    assert list(card.audit) == (["back_translation"] if domain == "pose" else [])
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert said == [f"warning: {card.name}: {warning}" for warning in card.warnings]


def test_clips_are_spread_and_those_that_cannot_be_signed_are_left_out():
    clips = SimpleNamespace(
        texts=["a", "...", "b", "x" * 2000, "c", "d"], languages=[("en", "qaa")] * 5 + [("en", "qab")]
    )
    both = replace(CARD, languages={"pairs": [["en", "qaa"], ["en", "qab"]]})
    for judge, own in ((CARD, both), (both, CARD)):
        assert audit.chosen_rows(judge, own, clips, clips.texts, 64) == [0, 2, 4]
    assert audit.chosen_rows(both, both, clips, clips.texts, 2) == [0, 5]


def test_a_misspelt_judge_is_refused_before_the_training_unless_none_is_wanted(sign_latent_home):
    with pytest.raises(UserError, match="artefact nobody: not found"):
        check_judge(BackTranslationSettings(judge="nobody"))
    with pytest.raises(UserError, match="its model is sald_denoiser"):
        check_judge(BackTranslationSettings(judge="embedded-sald"))
    check_judge(BackTranslationSettings(judge="nobody", clips=0))
