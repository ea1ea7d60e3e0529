"""Laws of sentences in windows that overlap in latent space, on a small untrained chain: they hold for any weights."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sign_latent.errors import UserError
from sign_latent.generation.overlap import following, overlapping, windowed
from sign_latent.generation.paragraph import checked_sentences
from sign_latent.pose.streams import concatenated

TEXT = "tomorrow it will rain in the north. Anna is here! what do you do? It will rain here."
SENTENCES = checked_sentences(TEXT)


@pytest.fixture
def windows(generator, monkeypatch):
    """The windows that are sampled, as they come."""
    found = []
    window = type(generator)._window

    def noted(self, *given):
        found.append(window(self, *given))
        return found[-1]

    monkeypatch.setattr(type(generator), "_window", noted)
    return found


@pytest.mark.parametrize("overlap", [1, 3])
def test_windows_agree_to_the_bit_where_they_overlap_and_are_decoded_as_one_latent(generator, windows, overlap):
    whole = generator.generate_long(TEXT, seed=2, overlap=overlap)
    assert len(windows) == len(SENTENCES)
    for before, after in pairwise(windows):
        assert torch.equal(before[-overlap:], after[:overlap]) and len(after) > overlap
    z = torch.cat([windows[0], *(window[overlap:] for window in windows[1:])])
    (alone,) = generator.autoencoder.poses(z[None], [len(z) * generator.autoencoder.spec.stride])
    np.testing.assert_allclose(whole.points, alone.points, atol=1e-4)


def test_what_follows_is_made_to_suit_what_is_shared(generator, windows):
    generator.generate_long(TEXT, seed=2, overlap=2)
    shared = list(windows)
    windows.clear()
    generator.generate_long(TEXT, seed=2)
    assert torch.equal(shared[0], windows[0])
    own = [a[2:] - b[2:] for a, b in zip(shared[1:], windows[1:], strict=True)]
    assert all(float(apart.abs().max()) > 1e-3 for apart in own)


@pytest.mark.parametrize("how", [{}, {"frames": 150}, {"frames": 150, "speed": 1.7}])
def test_chunks_are_the_whole_to_the_bit_and_a_given_length_is_met(generator, how):
    whole = generator.generate_long(TEXT, seed=2, overlap=2, **how)
    chunks = list(generator.stream(TEXT, chunk_frames=7, seed=2, overlap=2, **how))
    assert {len(chunk) for chunk in chunks[:-1]} == {7}
    assert np.array_equal(concatenated(chunks).points, whole.points)
    if "frames" in how:
        assert len(whole.validate()) == round(150 / how.get("speed", 1))


def test_one_sentence_has_nothing_to_overlap_with(generator):
    alone, shared = (generator.generate_long("anna is here", seed=5, overlap=k) for k in (0, 2))
    assert np.array_equal(alone.points, shared.points)


def test_the_first_chunk_comes_before_the_second_window_is_sampled(generator, windows):
    chunks = generator.stream(TEXT, chunk_frames=4, overlap=1, frames=400)
    assert not windows
    next(chunks)
    assert len(windows) == 1
    list(chunks)
    assert len(windows) == 4


@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=6),
    st.sampled_from([1, 2, 4]),
    st.integers(1, 30),
)
def test_what_windows_make_together_is_known_before_they_are_sampled(lengths, stride, overlap):
    counts, frames = windowed(lengths, stride, overlap)
    parts = list(overlapping(lambda i, before: _window(counts[i], before), len(lengths), overlap))
    assert sum(map(len, parts)) * stride == frames
    assert all(len(part) > 0 for part in parts)
    assert all(count * stride >= length for count, length in zip(counts, lengths, strict=True))


def _window(count, before):
    """A window that begins as it is told to."""
    z = torch.rand(count, 2, 3)
    return z if before is None else following(before, int(count)).imposed(z[None])[0]


def test_parts_of_windows_fit_each_other():
    made = []
    parts = list(overlapping(lambda i, before: made.append(_window(6, before)) or made[-1], 3, 2))
    assert [len(part) for part in parts] == [6, 4, 4]
    assert torch.equal(torch.cat(parts)[4:10], made[1]) and torch.equal(torch.cat(parts)[8:], made[2])


@pytest.mark.parametrize("overlap", [-1, 1, 8])
def test_what_cannot_overlap_is_refused_before_anything_is_made(generator, translation, overlap):
    with pytest.raises(UserError, match="makes no windows.*name a denoiser"):
        translation.stream(TEXT, overlap=overlap)
    if overlap < 0:
        with pytest.raises(UserError, match="overlap -1: give 0 or more latent frames"):
            generator.stream(TEXT, overlap=overlap)
