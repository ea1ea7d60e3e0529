"""Laws of generation, on a small untrained chain: they hold for any weights."""

import warnings

import numpy as np
import pytest
import torch

from sign_latent.diffusion.samplers import SAMPLERS
from sign_latent.errors import UserError
from sign_latent.generation.audit import audit_warnings

TEXTS = ["rain", "tomorrow it will rain in the north", "anna is here", "what do you eat ?"]


def test_same_seed_and_batch_same_bits(generator):
    first, second = (generator.generate(TEXTS, seed=3) for _ in range(2))
    assert all(np.array_equal(a.points, b.points) for a, b in zip(first, second, strict=True))
    other = generator.generate(TEXTS, seed=4)
    assert not np.allclose(first[0].points, other[0].points[: len(first[0])], atol=1e-3)


def test_one_text_gives_the_one_pose_of_a_list_of_one(generator):
    one, (other,) = generator.generate("rain is here", seed=4), generator.generate(["rain is here"], seed=4)
    assert np.array_equal(one.points, other.points)
    with pytest.raises(UserError, match="text is empty"):
        generator.generate("")


def test_batch_of_one_and_of_many_agree(generator):
    together = generator.generate(TEXTS, frames=[20, 33, 41, 12], seed=3)
    alone = generator.generate(TEXTS, frames=[20, 33, 41, 12], seed=3, batch_size=1)
    for a, b in zip(together, alone, strict=True):
        assert np.abs(a.points - b.points).max() < 1e-3


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_clip_is_its_seeds_and_places_whatever_the_sampler_and_the_batch(generator, sampler):
    """Noise that is added on the way is drawn for each clip too."""
    how = {"frames": [20, 33, 41, 12], "seed": 3, "sampler": sampler, "steps": 4}
    first, second, alone = (generator.generate(TEXTS, batch_size=size, **how) for size in (32, 32, 1))
    for a, b, c in zip(first, second, alone, strict=True):
        assert np.array_equal(a.points, b.points) and np.abs(a.points - c.points).max() < 1e-3


def test_length_is_what_was_asked_for_and_speed_divides_it(generator):
    assert [len(p) for p in generator.generate(TEXTS, frames=[1, 7, 100, 33])] == [1, 7, 100, 33]
    fast = generator.generate(["rain"], frames=100, speed=2.0)[0]
    assert len(fast) == pytest.approx(50, abs=1) and fast.fps == 25.0


def test_drawn_lengths_are_those_of_the_distribution_and_the_seed(generator):
    texts = ["rain"] * 200
    drawn = [generator._lengths(generator.encoder.encode(texts), seed) for seed in (0, 0, 1)]
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])
    context = generator.denoiser.read(generator.encoder.encode(texts[:1]))
    share = generator.denoiser.length(context.tokens, context.mask).softmax(-1)[0].detach().numpy()
    frames = generator.autoencoder.spec.stride * (1 + np.arange(len(share)))
    expected, spread = share @ frames, np.sqrt(share @ frames**2 - (share @ frames) ** 2)
    assert abs(drawn[0].mean() - expected) < 4 * spread / np.sqrt(len(texts))
    assert drawn[0].std() == pytest.approx(spread, rel=0.2)


def test_poses_are_whole(generator):
    for pose in generator.generate(TEXTS):
        pose.validate()
        assert len(pose) % generator.autoencoder.spec.stride == 0


def test_guidance_of_one_needs_no_second_half_and_agrees_with_it(generator):
    """At weight 1 the guided prediction is the conditional one, so leaving out the other half changes nothing."""
    one = generator.generate(["rain"], frames=20, guidance=1.0)[0]
    nearly = generator.generate(["rain"], frames=20, guidance=1.0 + 1e-6)[0]
    assert np.abs(one.points - nearly.points).max() < 1e-3


def test_guidance_acts_within_its_interval_of_the_noise_only(generator, monkeypatch):
    def points(guidance, *interval):
        return generator.generate(["rain"], frames=20, guidance=guidance, guidance_interval=interval or None)[0].points

    none, low, high, whole = points(1.0), points(3.0, 0.0, 0.5), points(3.0, 0.5, 1.0), points(3.0)
    assert np.array_equal(points(3.0, 0.0, 0.0), none) and np.array_equal(points(3.0, 0.0, 1.0), whole)
    for some in (low, high):
        assert np.abs(some - none).max() > 1e-3 and np.abs(some - whole).max() > 1e-3
    monkeypatch.setattr(generator.denoiser.settings.diffusion, "guided", 0.5)
    assert np.array_equal(points(3.0), low)


def test_rescaled_guidance_lies_elsewhere_and_that_of_nothing_does_not(generator):
    def points(**how):
        return generator.generate(["rain"], frames=20, **how)[0].points

    assert np.array_equal(points(guidance=3.0, guidance_rescale=0.0), points(guidance=3.0))
    assert np.abs(points(guidance=3.0, guidance_rescale=0.7) - points(guidance=3.0)).max() > 1e-3


def test_both_halves_of_guidance_are_one_call_and_the_text_is_read_once_a_sample(generator, monkeypatch):
    calls, reads, read = [], [], generator.denoiser.read
    monkeypatch.setattr(generator.denoiser, "read", lambda text: reads.append(1) or read(text))
    hook = generator.denoiser.register_forward_hook(lambda model, given, made: calls.append(len(given[0])))
    generator.generate(["rain", "anna is here"], frames=20, steps=5, guidance=3.0)
    hook.remove()
    assert calls == [4] * 5 and len(reads) == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"texts": [" "]}, "empty"),
        ({"texts": ["a" * 1001]}, "1001 characters"),
        ({"texts": ["rain"], "signed_language": "ase"}, "knows qaa"),
        ({"texts": ["rain"], "signed_language": "GSL"}, "German is gsg"),
        ({"texts": []}, "there is no text"),
        ({"texts": ["rain"], "frames": 0}, "frames 0"),
        ({"texts": ["rain"], "frames": float("nan")}, "frames nan: .* whole numbers"),
        ({"texts": ["rain"], "frames": 10.7}, "frames 10.7: .* whole numbers"),
        ({"texts": ["rain", "rain", "rain"], "frames": [10, 20]}, "2 lengths of 3 texts"),
        ({"texts": ["rain", "rain"], "signed_language": ["qaa"]}, "signed language: 1 tags of 2 texts"),
        ({"texts": ["rain"], "batch_size": 0}, "batch size 0"),
        ({"texts": ["rain"], "speed": 0.0}, "speed 0"),
        ({"texts": ["rain"], "steps": 5000}, "5000 sampling steps"),
        ({"texts": ["rain"], "sampler": "dpm"}, "known: ddim"),
        ({"texts": ["rain"], "guidance_rescale": 1.5}, "share from 0 to 1"),
        ({"texts": ["rain"], "guidance_interval": (0.8, 0.2)}, "two rising shares"),
        ({"texts": ["rain"], "guidance": 1.0, "guidance_rescale": 0.5}, "at a guidance of 1 there is none to change"),
        ({"texts": ["rain"], "guidance": 1.0, "guidance_interval": (0.0, 0.5)}, "there is none to change"),
        ({"texts": ["rain"], "frames": 20, "vary_length": True}, "vary-length: .* leave out either"),
    ],
)
def test_bad_requests_are_named(generator, call, words):
    with pytest.raises(UserError, match=words):
        generator.generate(**call)


def test_a_request_in_another_script_is_signed_with_a_warning(generator, monkeypatch):
    monkeypatch.setattr(generator.card, "vocabulary", list(generator.vocabulary.words))
    for sign in (generator.generate, generator.generate_long):
        with pytest.warns(UserWarning, match="script of д ж;"):
            sign("rain дж", frames=8, steps=1)


def test_pictures_and_strange_punctuation_are_left_out_with_a_warning(generator, monkeypatch):
    monkeypatch.setattr(generator.card, "vocabulary", list(generator.vocabulary.words))
    plain = generator.generate("rain is here", seed=2)
    for sign in (generator.generate, generator.generate_long):
        with pytest.warns(UserWarning, match="model toy: leaves out characters that it has no use for: 😀 ☂ %") as said:
            odd = sign("rain 😀 is ☂️ here %", seed=2)
        assert len(said) == 1 and np.allclose(odd.points, plain.points, atol=1e-5)


def told(sign, *asked, **how):
    """What signing warns of."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sign(*asked, **how)
    return [str(one.message) for one in said]


@pytest.mark.parametrize("temperature", [1.0, 1e-3])
def test_only_lengths_that_the_model_would_never_expect_are_warned_of(generator, monkeypatch, temperature):
    """Of a sure head too, which expects one length, those a quarter off are not."""
    monkeypatch.setattr(generator.denoiser.length, "temperature", temperature)
    fewest, usual, most = generator.spans(["rain"], {"languages": [("en", "qaa")]})[0].tolist()
    text = generator.encoder.encode(["rain"])
    with torch.no_grad():
        context = generator.denoiser.read(text)
        share = generator.denoiser.length(context.tokens, context.mask).softmax(-1)[0]
    stride = generator.autoencoder.spec.stride
    assert share[(fewest - 1) // stride : most // stride].sum() >= 0.99
    assert fewest <= usual / 1.2 and usual * 1.2 <= most
    for sign in (generator.generate, generator.generate_long):
        for frames in (fewest, usual, most):
            assert told(sign, "rain", frames=frames, steps=1) == []
        for frames in {max(1, fewest - 1), most + 1, 1000} - {fewest}:
            (said,) = told(sign, "rain", frames=frames, steps=1)
            assert said.startswith(
                f"model toy: expects {fewest} to {most} frames of this text; it hardly learnt to sign it in {frames};"
            )
    (said,) = told(generator.generate, ["rain", "rain"], frames=[usual, 1000], steps=1)
    assert "frames of text 2; it hardly learnt to sign it in 1000;" in said and said.endswith(" (1 of 2 texts)")


def test_audit_warns_where_the_interval_touches_zero():
    assert audit_warnings({"gap_shuffled_interval": [-0.01, 0.2]})
    assert not audit_warnings({"gap_shuffled_interval": [0.01, 0.2]})
