"""Statistics of latents and of codes, by hand."""

from math import log

import numpy as np
import pytest
import torch

from eval.latent_statistics import Tally, chunks, perplexity, tally, token_bits, tokens_of
from eval.reconstruction import Encoded


def filled(model, mean, std, lengths):
    found = Tally(model)
    found.add(Encoded(list(range(len(lengths))), torch.tensor(mean), torch.tensor(std), lengths))
    return found


@pytest.fixture
def narrow(autoencoders):
    """A latent of one slot with two channels, the second dead."""
    model = autoencoders("copy")
    for name in ("latent_mean", "latent_std", "latent_dead"):
        setattr(model, name, getattr(model, name)[:, :2])
    model.latent_dead = torch.tensor([[False, True]])
    return model


def test_mean_variance_and_kl_by_hand(narrow):
    # The second clip is one frame long; what stands behind it is padding.
    mean = [[[[1.0, 0.0]], [[3.0, 0.0]]], [[[-1.0, 0.0]], [[99.0, 99.0]]]]
    std = [[[[0.5, 1.0]], [[0.5, 1.0]]], [[[1.0, 1.0]], [[9.0, 9.0]]]]
    found = filled(narrow, mean, std, [2, 1]).latents(["all"])
    assert (found.clips, found.frames) == (2, 3)
    assert found.mean == pytest.approx(1)
    assert found.variance == pytest.approx((1 + 9 + 1) / 3 - 1 + (0.25 + 0.25 + 1) / 3)
    assert found.largest_mean == pytest.approx(1) and found.variances == pytest.approx([found.variance] * 2)
    assert found.dead == {"all": 1}
    nats = [0.5 * (m * m + s * s - 1) - log(s) for m, s in ((1, 0.5), (3, 0.5), (-1, 1))]
    assert found.kl_bits == pytest.approx(sum(nats) / 3 / log(2))


def test_a_deterministic_encoder_has_no_kl(narrow):
    found = filled(narrow, [[[[1.0, 0.0]], [[3.0, 0.0]]]], [[[[0.0, 0.0]], [[0.0, 0.0]]]], [2])
    assert found.deterministic and found.latents(["all"]).kl_bits is None


def test_a_channel_is_dead_by_its_variance_before_whitening(narrow):
    narrow.latent_std = torch.tensor([[0.05, 1.0]])
    still = filled(narrow, [[[[1.0, 0.0]], [[-1.0, 0.0]]]], [[[[1.0, 1.0]], [[1.0, 1.0]]]], [2])
    assert still.latents(["all"]).dead == {"all": 2}  # 0.05² < 0.01, though the whitened variance is 1


def test_a_latent_without_living_channels_has_no_statistics(narrow):
    narrow.latent_dead = torch.tensor([[True, True]])
    found = filled(narrow, [[[[0.0, 0.0]], [[0.0, 0.0]]]], [[[[0.0, 0.0]], [[0.0, 0.0]]]], [2]).latents(["all"])
    assert np.isnan([found.mean, found.variance, found.largest_mean, *found.variances]).all()


def test_perplexity_by_hand():
    assert perplexity(np.array([5, 5, 0, 5, 5])) == pytest.approx(4)
    assert perplexity(np.array([1, 1, 2, 0])) == pytest.approx(2**1.5)
    assert perplexity(np.array([7, 0])) == pytest.approx(1)


def test_entropy_coded_bits_by_hand():
    # (3 + 1) / 5 and (0 + 1) / 5 of the training tokens.
    assert token_bits(np.array([[3, 0]]), np.array([[1, 1]])) == pytest.approx((np.log2(5 / 4) + np.log2(5)) / 2)
    one = token_bits(np.array([[3, 1]]), np.array([[2, 2]]))
    assert token_bits(np.array([[3, 1]] * 2), np.array([[2, 2]] * 2)) == pytest.approx(2 * one)


def test_codes_are_counted_at_each_place_and_together(autoencoders):
    model = autoencoders("coded")
    z = torch.zeros(1, 4, 1, 237)
    z[0, :, 0, 0] = torch.tensor([0.0, 1.0, 0.0, 1.0])
    z[0, :, 0, 1] = torch.tensor([3.0, 3.0, 3.0, 9.0])
    train = Tally(model)
    train.add(Encoded([0], z, torch.zeros_like(z), [4]))
    assert train.counts.tolist() == [[2, 2, 0, 0], [0, 0, 0, 4]]
    found = tokens_of(train, train)
    assert found.usage == [0.5, 0.25] and found.perplexity == pytest.approx([2, 1])
    assert found.usage_together == 0.75
    assert found.perplexity_together == pytest.approx(2**1.5)  # a quarter, a quarter and a half
    assert tokens_of(Tally(autoencoders("copy")), train) is None


def test_a_whole_split_is_counted_whatever_the_chunks(autoencoders, clip_of):
    clips, model = [clip_of(i, 5 + i) for i in range(5)], autoencoders("coded", stride=1)
    whole, parts = tally(model, clips, "all"), tally(model, clips, "parts", chunk=2)
    assert whole.frames == parts.frames == sum(len(clip.pose) for clip in clips)
    assert np.array_equal(whole.counts, parts.counts) and whole.counts.sum() == 2 * whole.frames
    torch.testing.assert_close(whole.total, parts.total)
    assert [len(some) for some in chunks(clips, 2)] == [2, 2, 1]
