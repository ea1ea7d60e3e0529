"""Figures of rows: means, sums and differences by hand, and what counts as clearly better."""

from types import SimpleNamespace

import numpy as np
import pytest

from eval.bootstrap import Sample
from eval.schema import Estimate
from eval.video.scores import SCORES, better, difference, means, table


@pytest.fixture
def sample():
    return Sample.of([SimpleNamespace(source=f"s{i}", signer="a", id=str(i)) for i in range(30)], draws=200)


def test_numbers_are_averaged_and_pairs_summed():
    row = means(
        [{"ssim": 0.5, "accuracy": (100.0, 2.0)}, {"ssim": float("inf"), "accuracy": (0.0, 0.0)}, {"ssim": 0.7}]
    )
    once = np.ones(3)
    assert row["ssim"](once) == pytest.approx(0.6)  # what is not finite is left out
    assert row["accuracy"](once) == 50
    assert row["ssim"](np.array([3, 1, 1])) == pytest.approx((3 * 0.5 + 0.7) / 4)


def test_differences_are_paired(sample):
    """Clips differ widely, yet each is better by the same amount: the interval is that amount."""
    theirs = np.random.default_rng(0).normal(size=30)
    ours, control = (means([{"ssim": v} for v in values]) for values in (theirs + 0.1, theirs))
    found = difference([ours, ours], [control], sample)["ssim"]
    assert found.value == pytest.approx(0.1) and found.interval == pytest.approx([0.1, 0.1])
    wide = table([control], sample)["ssim"]
    assert wide.interval[1] - wide.interval[0] > 0.3
    assert difference([ours], [{}], sample) == {}


@pytest.mark.parametrize(
    "name, interval, wanted",
    [
        ("hand_ssim", [0.01, 0.2], True),
        ("hand_ssim", [-0.01, 0.2], False),
        ("points_hands", [-0.3, -0.1], True),
        ("points_hands", [0.1, 0.3], False),
        ("bleu4", [None, 3.0], None),
        ("bleu4", None, None),
    ],
)
def test_clearly_better(name, interval, wanted):
    assert better(name, Estimate(0.0, interval)) is wanted


def test_every_score_says_which_way_it_goes():
    assert {name for name, score in SCORES.items() if not score.more} == {
        "perceptual", "points_body", "points_hands", "points_dtw", "wer", "extracted", "extracted_hands", "seconds",
        "length",
    }  # fmt: skip
