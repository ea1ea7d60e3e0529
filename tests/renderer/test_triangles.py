"""Triangles cover what they should and hide each other by depth."""

import numpy as np
import pytest

from sign_latent.renderer.triangles import rasterise, vertex_normals


def grid(hits, size: int, what) -> np.ndarray:
    picture = np.full(size * size, -1.0)
    picture[hits.pixels] = what
    return picture.reshape(size, size)


def test_a_triangle_covers_the_pixels_whose_middles_lie_inside():
    vertices = np.array([[2.0, 2.0, 0.0], [10.0, 2.0, 8.0], [2.0, 10.0, 0.0]])
    hits = rasterise(vertices, np.array([[0, 1, 2]]), 16)
    depth = grid(hits, 16, hits.depth)
    y, x = np.mgrid[:16, :16] + 0.5
    inside = (x >= 2) & (y >= 2) & (x + y <= 12)
    assert np.array_equal(depth >= 0, inside)
    np.testing.assert_allclose(depth[inside], (x - 2)[inside], atol=1e-6)
    np.testing.assert_allclose(hits.shares @ vertices[:, 2], hits.depth)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_nearer_of_two_is_seen(order):
    square = np.array([[0.0, 0, 0], [16, 0, 0], [0, 16, 0]])
    vertices = np.concatenate([square, square + (0, 0, 5)])
    faces = np.array([[0, 1, 2], [3, 4, 5]])[order]
    assert (faces[rasterise(vertices, faces, 16).faces, 0] == 3).all()


@pytest.mark.parametrize("parts", [1, 3, 40])
def test_a_square_of_triangles_of_any_size_has_neither_gaps_nor_bulges(parts):
    steps = np.linspace(3, 29, parts + 1)
    x, y = np.meshgrid(steps, steps)
    vertices = np.stack([x, y, 0.1 * x], axis=-1).reshape(-1, 3)
    here = (np.arange(parts)[:, None] * (parts + 1) + np.arange(parts)).ravel()
    below = here + parts + 1
    faces = np.concatenate([np.stack([here, here + 1, below], 1), np.stack([here + 1, below + 1, below], 1)])
    hits = rasterise(vertices, faces, 32)
    covered = grid(hits, 32, 1.0) > 0
    assert covered[3:29, 3:29].all() and covered.sum() == 26**2
    np.testing.assert_allclose(grid(hits, 32, hits.depth)[10, 3:29], 0.1 * (np.arange(3, 29) + 0.5), atol=1e-6)


def test_what_is_outside_or_seen_from_its_edge_covers_nothing():
    vertices = np.array([[-9.0, 1, 0], [-3, 1, 0], [-3, 9, 0], [4, 4, 0], [4, 8, 3], [4, 12, 0]])
    assert len(rasterise(vertices, np.array([[0, 1, 2], [3, 4, 5]]), 16).pixels) == 0


def test_a_triangle_that_reaches_beyond_the_picture_is_cut():
    vertices = np.array([[-100.0, -100, 0], [300, -100, 0], [-100, 300, 0]])
    assert len(rasterise(vertices, np.array([[0, 1, 2]]), 16).pixels) == 256


def test_normals_of_a_ball_point_outwards():
    corners = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    np.testing.assert_allclose(vertex_normals(corners, faces), corners, atol=1e-9)
