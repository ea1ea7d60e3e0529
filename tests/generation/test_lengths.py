"""Laws of calibration: by hand, and on lengths drawn from known distributions."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sign_latent.denoiser.text import LengthHead
from sign_latent.generation.lengths import (
    calibrate,
    constant_shares,
    crps,
    fitted_temperature,
    length_audit,
    transforms,
    within,
)


@pytest.fixture(scope="module")
def drawn():
    """Logits [1500, 40] of distributions of another width each, and a length drawn from every one."""
    chance = np.random.default_rng(0)
    centre, width = chance.uniform(8, 30, (1500, 1)), chance.uniform(1.5, 3, (1500, 1))
    logits = torch.from_numpy(-0.5 * ((np.arange(1, 41) - centre) / width) ** 2)
    return logits, 1 + torch.multinomial(logits.softmax(-1), 1, generator=torch.Generator().manual_seed(0))[
        :, 0
    ].numpy()


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_lengths_were_sharpened_or_blurred_by(drawn, factor):
    logits, lengths = drawn
    assert fitted_temperature(logits * factor, torch.from_numpy(lengths)) == pytest.approx(factor, rel=0.1)


def test_intervals_of_the_right_distribution_cover_as_they_say_and_its_transform_is_flat(drawn):
    logits, lengths = drawn
    audit = length_audit(2.5 * logits, lengths, lengths, 0.16, np.arange(1500))
    assert audit["temperature"] == pytest.approx(2.5, rel=0.1)
    for level in (0.5, 0.8, 0.95):
        low, high = audit[f"coverage_{level:g}_interval"]
        assert low - 0.01 <= level <= high + 0.01 and high - low < 0.06
    assert sum(audit["pit"]) == pytest.approx(1) and max(audit["pit"]) < 0.13 and min(audit["pit"]) > 0.07
    assert audit["nll"] < audit["nll_constant"] and audit["crps_gain_interval"][0] > 0.5


def test_a_head_that_knows_nothing_gains_nothing_over_a_constant(drawn):
    _, lengths = drawn
    logits = torch.from_numpy(np.log(constant_shares(lengths, 40))).expand(len(lengths), -1)
    audit = length_audit(logits, lengths, lengths, 1.0, np.arange(len(lengths)))
    assert audit["crps_gain"] == pytest.approx(0, abs=1e-3) and audit["nll"] == pytest.approx(
        audit["nll_constant"], 1e-3
    )


def test_figures_of_a_clip_hang_on_no_temperature_that_was_fitted_to_it(drawn):
    """Clips of one half that are all wrong make the other half's intervals wide, not their own."""
    logits, lengths = (part[:60] for part in drawn)
    spoiled = lengths.copy()
    spoiled[::2] = 1 + (spoiled[::2] + 17) % 40
    own, other = (
        length_audit(logits, spoiled, lengths, 1.0, clusters) for clusters in (np.arange(60) // 2, np.arange(60))
    )
    assert other["nll"] > own["nll"] + 1


def test_transform_and_score_by_hand():
    shares, lengths = np.array([[0.25, 0.5, 0.25]] * 2), np.array([2, 3])
    low, high = transforms(shares, lengths)
    assert low.tolist() == [0.25, 0.75] and high.tolist() == [0.75, 1.0]
    assert within(low, high, 0.25, 0.75).tolist() == [1.0, 0.0] and within(low, high, 0.5, 1.0).tolist() == [0.5, 1.0]
    assert crps(shares, lengths).tolist() == [0.25**2 + 0.25**2, 0.25**2 + 0.75**2]
    assert constant_shares(np.array([1, 1, 3]), 3).tolist() == pytest.approx([2.5 / 4.5, 0.5 / 4.5, 1.5 / 4.5])


def test_too_few_clips_fit_nothing_and_lengths_beyond_the_longest_are_counted(drawn):
    logits, lengths = (part[:8] for part in drawn)
    long = lengths.copy()
    long[0] = 90
    audit = length_audit(3 * logits, long, lengths, 1.0, np.arange(8))
    assert audit["temperature"] == 1.0 and audit["beyond_longest"] == 1


def test_a_calibrated_model_keeps_its_temperature_and_its_head_reads_by_it():
    torch.manual_seed(0)
    head = LengthHead(4, 12)
    read = SimpleNamespace(tokens=torch.randn(64, 3, 4), mask=torch.ones(64, 3, dtype=torch.bool))
    model = SimpleNamespace(length=head, settings=SimpleNamespace(length_temperature=1.0), read=lambda text: read)
    raw = head(read.tokens, read.mask).detach()
    lengths = np.random.default_rng(0).integers(1, 13, 64)
    audit = calibrate(model, [None], lengths, lengths, 1.0, np.arange(64), 0)
    assert model.settings.length_temperature == audit["temperature"] != 1.0
    torch.testing.assert_close(head(read.tokens, read.mask), raw / audit["temperature"])
    again = calibrate(model, [None], lengths, lengths, 1.0, np.arange(64), 0)
    assert again == audit
