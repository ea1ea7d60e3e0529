"""The audit by hand: a denoiser whose errors with matched, shuffled and empty text are known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from eval.figures import card_findings
from sign_latent.denoiser.loss import LatentBatch
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.generation.audit import STEPS, audit_warnings, text_audit
from sign_latent.generation.gaps import by_step, touching_zero
from sign_latent.registry import Card
from sign_latent.stage import tell_warnings
from sign_latent.text.encoder import TextFeatures


class Half(torch.nn.Module):
    """Says that the clean latent is half the sentence vector; below a step nearly the truth, whatever the text."""

    def __init__(self, clean, deaf_below=0):
        super().__init__()
        self.settings = SimpleNamespace(diffusion=DiffusionSettings(prediction="x0", steps=100))
        self.clean, self.deaf_below = clean, deaf_below

    def read(self, text):
        return text.sentence

    def forward(self, z, t, frames, context):
        said = 0.5 * context[:, None, None].expand_as(z)
        return torch.where((t < self.deaf_below)[:, None, None, None], 0.9 * self.clean, said)


@pytest.fixture
def batch():
    sentence = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    clean = sentence[:, None, None].expand(3, 4, 1, 2).clone()
    frames = torch.arange(4)[None] < torch.tensor([[4], [2], [3]])
    text = TextFeatures(sentence, torch.zeros(3, 1, 2), torch.ones(3, 1, dtype=torch.bool))
    return LatentBatch(clean, torch.zeros_like(clean), frames, text)


def test_errors_and_gaps_by_step_by_hand(batch):
    found = text_audit(Half(batch.mean), [batch], ["a", "b", "c"])
    matched = [1 / 8, 4 / 8, 18 / 8]
    shuffled = [(1 + 1) / 2, (1.5**2 + 0.5**2) / 2, (2.5**2 + 3**2) / 2]
    empty = [1 / 2, 4 / 2, 18 / 2]
    for name, errors in (("matched", matched), ("shuffled", shuffled), ("empty", empty)):
        assert found[f"error_{name}"] == pytest.approx([np.mean(errors)] * len(STEPS), abs=1e-5)
        low, high = found[f"error_{name}_intervals"][0]
        assert min(errors) <= low <= np.mean(errors) <= high <= max(errors) + 1e-6
    gap = (np.mean(shuffled) - np.mean(matched)) / np.mean(matched)
    assert found["gap_shuffled_by_step"] == pytest.approx([gap] * len(STEPS), rel=1e-4)
    assert found["gap_shuffled"] == pytest.approx(gap, rel=1e-4) and audit_warnings(found) == []


def test_steps_at_which_the_text_says_nothing_are_named(batch):
    found = text_audit(Half(batch.mean, deaf_below=40), [batch], ["a", "b", "c"])
    assert found["gap_shuffled_by_step"][:2] == [0.0, 0.0] and found["gap_shuffled_by_step"][2] > 0
    (warning,) = audit_warnings(found)
    assert warning.endswith("noise steps: 0.1, 0.3")


def test_a_denoiser_that_hears_nothing_is_warned_of_and_the_warning_is_seen(batch, capsys):
    found = text_audit(Half(batch.mean, deaf_below=100), [batch], ["a", "b", "c"])
    warnings = audit_warnings(found)
    assert "touches zero" in warnings[0] and "no text" in warnings[1] and len(warnings) == 3
    card = Card(name="deaf", model="x", settings={}, warnings=warnings)
    tell_warnings(card)
    assert capsys.readouterr().err.splitlines() == [f"warning: deaf: {warning}" for warning in warnings]
    assert [finding.reason for finding in card_findings(card)] == warnings and card_findings(None) == []


def test_a_gap_is_relative_to_the_errors_of_its_own_step():
    errors = {"matched": np.array([[1.0, 1.0], [10.0, 10.0]]), "shuffled": np.array([[2.0, 2.0], [20.0, 20.0]])}
    found = by_step(errors | {"empty": errors["matched"]}, 0)
    assert found["gap_shuffled_by_step"] == [1.0, 1.0] and found["gap_empty_by_step_intervals"] == [[0.0, 0.0]] * 2
    assert touching_zero([0.1, 0.9], [[-0.1, 0.2], [0.01, 0.3]]) == [0.1]


def test_clips_of_one_source_are_drawn_together(batch):
    """Five copies of each clip say no more than the clips: intervals stay as wide where sources are known."""
    texts, twice = ["a", "b", "c"], [batch] * 5
    few, known, unknown = (
        text_audit(Half(batch.mean), batches, texts * len(batches), 0, clusters)
        for batches, clusters in (([batch], np.arange(3)), (twice, np.tile(np.arange(3), 5)), (twice, None))
    )
    width = [high - low for low, high in (a["error_matched_intervals"][2] for a in (few, known, unknown))]
    assert width[1] == pytest.approx(width[0], rel=0.01) and width[2] < 0.7 * width[0]
    gaps = [a["gap_shuffled_interval"] for a in (few, known)]
    assert gaps[1] == pytest.approx(gaps[0], rel=0.3)
