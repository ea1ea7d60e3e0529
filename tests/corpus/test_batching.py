"""Laws of batching: a pure function of seed and step, every clip once an epoch, little padding."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sign_latent.corpus.batching import batch_indices, pad, steps_per_epoch

LENGTHS = np.random.default_rng(0).integers(20, 160, 5000)


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 5), st.integers(0, 3))
def test_every_clip_comes_once_an_epoch(clips, batch_size, seed, epoch):
    lengths = np.arange(clips) % 17
    steps = steps_per_epoch(clips, batch_size)
    batches = [batch_indices(lengths, batch_size, seed, epoch * steps + i) for i in range(steps)]
    assert sorted(np.concatenate(batches)) == list(range(clips))
    assert sum(len(batch) < batch_size for batch in batches) <= 1


def test_a_step_depends_on_nothing_but_its_arguments():
    alone = batch_indices(LENGTHS, 64, 3, 100)
    for step in (5, 100, 99, 100):
        again = batch_indices(LENGTHS, 64, 3, step)
    assert np.array_equal(alone, again)


def test_seeds_and_epochs_have_other_orders():
    steps = steps_per_epoch(len(LENGTHS), 64)
    first = batch_indices(LENGTHS, 64, 0, 0)
    for other in (batch_indices(LENGTHS, 64, 1, 0), batch_indices(LENGTHS, 64, 0, steps)):
        assert set(first) != set(other)


def test_bucketing_saves_most_of_the_padding():
    steps = steps_per_epoch(len(LENGTHS), 64)
    batches = [LENGTHS[batch_indices(LENGTHS, 64, 0, i)] for i in range(steps)]
    padded = sum(len(batch) * batch.max() for batch in batches)
    assert LENGTHS.sum() / padded > 0.95
    assert np.std([batch.mean() for batch in batches[:20]]) > 10  # and the lengths come in no order


@pytest.mark.parametrize("arguments", [(np.zeros(0), 4, 0, 0), (LENGTHS, 0, 0, 0), (LENGTHS, 4, 0, -1)])
def test_what_is_no_batch_is_refused(arguments):
    with pytest.raises(ValueError, match="no batch"):
        batch_indices(*arguments)


def test_padding_is_zero_and_masked():
    arrays = [np.full((length, 2, 3), length, np.float32) for length in (2, 4, 1)]
    padded, mask = pad(arrays)
    assert padded.shape == (3, 4, 2, 3) and padded.dtype == torch.float32
    assert mask.tolist() == [[True, True, False, False], [True] * 4, [True, False, False, False]]
    for row, valid, array in zip(padded, mask, arrays, strict=True):
        assert torch.equal(row[valid], torch.from_numpy(array)) and (row[~valid] == 0).all()
