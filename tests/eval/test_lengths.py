"""Length calibration on cases computed by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.bootstrap import Sample
from eval.lengths import calibration, correlation, weighted_median
from eval.rows import SYSTEM


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=12))
def test_a_weighted_median_is_the_median_of_repetitions(pairs):
    values, weights = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    repeated = np.repeat(values, weights.astype(int))
    found = weighted_median(values)(weights)
    assert np.isnan(found) if not len(repeated) else found == pytest.approx(np.median(repeated))


def test_a_weighted_correlation_is_that_of_repetitions():
    chance = np.random.default_rng(0)
    a, b = chance.normal(size=(2, 20))
    weights = chance.integers(0, 3, 20)
    again = np.corrcoef(np.repeat(a, weights), np.repeat(b, weights))[0, 1]
    assert correlation(a, b)(weights) == pytest.approx(again)
    assert np.isnan(correlation(a, np.ones(20))(weights))


def test_calibration_by_hand(clips, move, texts):
    real = [move(text, 10 * i) for i, text in enumerate(texts, 1)]  # 0.4, 0.8, … 4.8 s
    made = [move(text, 20 * i) for i, text in enumerate(texts, 1)]
    made[11] = None
    quantiles = {"0.5": np.full(12, 1.3), "0.9": np.full(12, 99.0)}  # three recordings, of 0.4 to 1.2 s, are within
    found = calibration({SYSTEM: [made]}, SYSTEM, real, quantiles, Sample.of(clips, 100))
    assert found.ratio.value == pytest.approx(2)
    assert found.correlation.value == pytest.approx(1)
    assert found.error.value == pytest.approx(np.mean(0.4 * np.arange(1, 12)))
    assert found.coverage["0.5"].value == pytest.approx(0.25) and found.coverage["0.9"].value == 1
    assert len(found.seconds) == 11 and found.seconds[0] == pytest.approx([0.4, 0.8])


@pytest.mark.parametrize("place", ["cpu", "meta"])
def test_quantiles_of_a_generator_are_those_of_its_length_head(place, other_device):
    """Wherever that lies."""
    import torch

    from eval.lengths import LEVELS, predicted_quantiles
    from sign_latent.denoiser.text import LengthHead
    from sign_latent.text.encoder import TextFeatures

    class Head(LengthHead):
        def forward(self, tokens, mask):
            return tokens.new_zeros(len(tokens), 1) * self.layers[-1].bias  # every length from 1 to 100 alike

    denoiser = SimpleNamespace(
        length=Head(4, 100).to(place),
        read=lambda text: SimpleNamespace(tokens=text.tokens, mask=text.mask),
        settings=SimpleNamespace(marks=()),
    )
    features = TextFeatures(torch.zeros(3, 2), torch.zeros(3, 5, 4), torch.ones(3, 5).bool())
    generator = SimpleNamespace(
        denoiser=denoiser,
        autoencoder=SimpleNamespace(spec=SimpleNamespace(stride=4), settings=SimpleNamespace(fps=25.0)),
        encoder=SimpleNamespace(encode=lambda texts, languages: features),
        vocabulary=SimpleNamespace(separate=lambda text: text),
    )
    found = predicted_quantiles(generator, ["a", "b", "c"])
    assert set(found) == {f"{level:g}" for level in LEVELS}
    assert found["0.9"] == pytest.approx(90 * 4 / 25, abs=4 / 25 + 1e-6)
    assert predicted_quantiles(SimpleNamespace(), ["a"]) == {}
