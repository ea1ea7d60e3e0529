"""Laws of generation by tokens, on small untrained chains: they hold for any weights."""

import warnings

import numpy as np
import pytest
import torch

from eval.lengths import predicted_quantiles
from sign_latent.errors import UserError

TEXTS = ["rain", "tomorrow it will rain in the north", "anna is here", "what do you eat ?"]
DRAWN = {"temperature": 1.0, "top_p": 0.9}

pytestmark = pytest.mark.filterwarnings("ignore:model toy.*have no end")


@pytest.mark.parametrize("how", [{}, DRAWN, {"guidance": 2.0}])
def test_same_seed_and_batch_same_bits_and_batch_of_one_agrees(translation, how):
    first, second = (translation.generate(TEXTS, seed=3, **how) for _ in range(2))
    assert all(np.array_equal(a.points, b.points) for a, b in zip(first, second, strict=True))
    alone = translation.generate(TEXTS, seed=3, batch_size=1, **how)
    assert all(np.abs(a.points - b.points).max() < 1e-3 for a, b in zip(first, alone, strict=True))


def test_another_seed_draws_other_signing_and_greedy_choice_draws_nothing(translation):
    def points(seed, **how):
        return translation.generate(["rain"], frames=30, seed=seed, **how)[0].points

    assert np.array_equal(points(0), points(1))
    assert not np.allclose(points(0, **DRAWN), points(1, **DRAWN), atol=1e-3)


def test_length_is_what_was_asked_for_and_speed_divides_it(translation):
    assert [len(p) for p in translation.generate(TEXTS, frames=[1, 7, 60, 33])] == [1, 7, 60, 33]
    fast = translation.generate(["rain"], frames=100, speed=2.0)[0]
    assert len(fast) == pytest.approx(50, abs=1) and fast.fps == 25.0
    for pose in translation.generate(TEXTS):
        assert len(pose.validate()) % translation.autoencoder.spec.stride == 0


def test_lengths_beyond_the_longest_are_warned_of_with_and_without_a_length_head(translation):
    for sign in (translation.generate, translation.generate_long):
        with pytest.warns(UserWarning, match="model toy: expects .* to 48 frames of this text; .* to sign it in 100;"):
            assert len(sign("rain", frames=100)) == 100


def test_drawn_lengths_vary_and_are_the_seeds(translation):
    if translation.card.model == "token_translator":
        torch.nn.init.constant_(translation.translator.end.bias, -1.5)
    lengths = [[len(p) for p in translation.generate(["rain"] * 8, seed=s, vary_length=True)] for s in (0, 0, 1)]
    assert lengths[0] == lengths[1] != lengths[2] and len(set(lengths[0])) > 2
    assert len({len(p) for p in translation.generate(["rain"] * 2)}) == 1


def test_a_clip_without_an_end_is_kept_and_reported(translation):
    """A masked translator knows its lengths beforehand, so that none of its clips lacks an end."""
    if translation.card.model == "token_translator":
        torch.nn.init.constant_(translation.translator.end.bias, -20.0)
        longest = 12 * translation.autoencoder.spec.stride
        with pytest.warns(UserWarning, match="toy: 4 of 4 clips have no end within 12 latent frames"):
            assert [len(p) for p in translation.generate(TEXTS)] == [longest] * 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        translation.generate(TEXTS, frames=40 if translation.card.model == "token_translator" else None)


def test_only_a_length_head_has_quantiles_to_report(translation):
    found = predicted_quantiles(translation, TEXTS)
    if translation.card.model == "token_translator":
        assert found == {}
    else:
        assert (found["0.1"] < found["0.9"]).all() and set(map(len, found.values())) == {4}


def test_half_precision_writes_nearly_the_same_scores(translation, monkeypatch):
    from sign_latent.generation.translation import halved

    text = translation.encoder.encode(TEXTS[1:2])
    ids = torch.randint(0, translation.autoencoder.codes, (1, 5, translation.autoencoder.places))
    frames = torch.ones(1, 5, dtype=torch.bool)
    whole = translation.translator.nll(ids, frames, text)
    with torch.autocast("cpu", torch.bfloat16):
        half = halved(translation.translator).nll(ids, frames, text)
    assert half.dtype == torch.float32 and abs(whole - half) < 0.02 * whole
    monkeypatch.setattr(translation.translator.settings.decoding, "precision", "bf16")
    assert len(translation.generate(["rain"], frames=20)[0].validate()) == 20


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"texts": [" "]}, "empty"),
        ({"texts": ["rain"], "signed_language": "ase"}, "knows qaa"),
        ({"texts": ["rain"], "frames": 0}, "frames 0"),
        ({"texts": ["rain"], "speed": 0.0}, "speed 0"),
        ({"texts": ["rain"], "temperature": -1.0}, "temperature -1"),
        ({"texts": ["rain"], "top_p": 0.5}, "top-p 0.5: .* give a temperature above 0"),
        ({"texts": ["rain"], "guidance": float("nan")}, "guidance nan"),
    ],
)
def test_bad_requests_are_named(translation, call, words):
    with pytest.raises(UserError, match=words):
        translation.generate(**call)


def test_settings_of_another_kind_of_generator_are_refused(translation, generator):
    unused = {"token_translator": {"steps": 4}, "masked_translator": {"beam": 4}}[translation.card.model]
    with pytest.raises(UserError, match=f"{next(iter(unused))} 4: model toy has no use for it"):
        translation.generate(["rain"], **unused)
    assert translation.chosen({"temperature": 1.0}) == {"temperature": 1.0}
    with pytest.raises(UserError, match="temperature 1.0: model toy has no use for it; leave --temperature out"):
        generator.generate(["rain"], temperature=1.0)
