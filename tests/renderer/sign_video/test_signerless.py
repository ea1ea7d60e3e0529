"""Pictures without a signer keep the size and the colours of those they are made of, and nothing of what these show."""

import numpy as np
import pytest

from sign_latent.renderer.sign_video.signerless import KINDS, pieces, signerless


def picture(height=30, width=46):
    rows, columns = np.indices((height, width))
    return np.stack([5 * rows, 4 * columns, rows + columns], -1).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_another_picture_of_that_size_in_those_colours(kind):
    given = picture()
    made = [kind(given, np.random.default_rng(seed)) for seed in range(8)]
    low, high = given.reshape(-1, 3).min(0), given.reshape(-1, 3).max(0)
    for one in made:
        assert one.shape == given.shape and one.dtype == np.uint8 and not np.array_equal(one, given)
        assert (one >= low).all() and (one <= high).all() and one.std() > 0
    assert len({one.tobytes() for one in made}) == 8
    assert np.array_equal(given, picture())


def test_pieces_lose_no_pixel():
    given = picture()
    for seed in range(8):
        mixed = pieces(given, np.random.default_rng(seed))
        assert sorted(map(tuple, mixed.reshape(-1, 3))) == sorted(map(tuple, given.reshape(-1, 3)))


def test_there_are_as_many_of_each_kind_and_they_hang_on_the_seed_alone():
    pictures = np.stack([picture(), picture()[::-1]])
    one, again, other = (signerless(pictures, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(one) == len(KINDS) * 2 and np.array_equal(one, again) and not np.array_equal(one, other)
