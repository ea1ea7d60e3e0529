"""Pictures of another aspect in their square: cut out of it, filled up to it, and where they lie."""

import numpy as np
import pytest

from sign_latent.renderer.aspect import bounds, corner, filled, middle


@pytest.mark.parametrize("size", [(40, 28), (28, 40), (41, 28), (27, 40), (32, 32)])
def test_the_middle_of_what_was_filled_is_what_it_was(size):
    pictures = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    squares = filled(pictures)
    assert squares.shape == (2, max(size), max(size), 3)
    np.testing.assert_array_equal(middle(squares, size), pictures)
    np.testing.assert_array_equal(filled(pictures[0]), squares[0])


def test_edges_are_repeated():
    tall = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3)
    np.testing.assert_array_equal(filled(tall)[:, [0, 3]], tall[:, [0, 1]])


def test_where_pictures_lie_in_their_square():
    assert corner((100, 80)) == (0, 10) and corner((60, 100)) == (20, 0) and corner(64) == (0, 0)
    np.testing.assert_allclose(bounds((100, 80)), [(0.1, 0), (0.9, 1)])
    np.testing.assert_allclose(bounds(64), [(0, 0), (1, 1)])
