"""Intervals of means cover, share their draws, and draw whole clusters."""

import numpy as np
import pytest

from sign_latent.resampling import mean_interval, mean_intervals


def test_intervals_cover_the_mean_of_each_row():
    """Of 200 samples of mean zero about 95 % of the intervals hold zero, in either row."""
    chance = np.random.default_rng(0)
    held = [
        [low <= 0 <= high for low, high in mean_intervals(chance.normal(size=(2, 60)), s, draws=400)]
        for s in range(200)
    ]
    assert all(0.88 <= share <= 0.99 for share in np.mean(held, 0))


def test_rows_share_their_draws():
    values = np.random.default_rng(0).normal(size=30)
    first, second = mean_intervals(np.stack([values, 2 * values]), 0)
    assert second == pytest.approx([2 * x for x in first])


def test_copies_of_a_clip_change_nothing_where_it_is_known_that_they_are_copies():
    values = np.random.default_rng(0).normal(size=40)
    alone = mean_interval(values, 3)
    assert mean_interval(np.repeat(values, 4), 3, np.repeat(np.arange(40) + 7, 4)) == pytest.approx(alone)
    low, high = mean_interval(np.repeat(values, 4), 3)
    assert high - low < 0.6 * (alone[1] - alone[0])
