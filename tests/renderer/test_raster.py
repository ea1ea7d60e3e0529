"""Solids hide each other by depth and are lit by where they face."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.renderer.look import Window
from sign_latent.renderer.raster import FAR, Canvas, Capsule, Ellipsoid, to_pixels

RED, BLUE = (200, 0, 0), (0, 0, 200)
SIZE = 32


def capsule(a, b, radii=(4.0, 4.0), colour=RED, seen=True) -> Capsule:
    ends = (np.array([end], dtype=np.float32) for end in (a, b))
    return Capsule(*ends, radii, np.array([seen]), colour)


def ball(centre, radius: float, colour=BLUE) -> Ellipsoid:
    axes = radius * np.eye(3, dtype=np.float32)[None]
    return Ellipsoid(np.array([centre], dtype=np.float32), axes, np.array([True]), colour)


def painted(*solids) -> Canvas:
    canvas = Canvas(1, SIZE, (255, 255, 255))
    for solid in solids:
        canvas.add(solid)
    return canvas


@pytest.mark.parametrize("reverse", [False, True])
def test_a_nearer_capsule_hides_a_farther_one_in_whatever_order_they_come(reverse):
    near, far = capsule((4, 16, 9), (28, 16, 9)), capsule((16, 4, 0), (16, 28, 0), colour=BLUE)
    picture = painted(*((far, near) if reverse else (near, far))).pictures(1)[0]
    assert picture[16, 16, 0] > 100 and picture[16, 16, 2] == 0
    assert picture[6, 16, 2] > 100 and picture[6, 16, 0] == 0


def test_capsules_that_pass_through_each_other_part_where_their_surfaces_cross():
    falling, rising = capsule((4, 16, 20), (28, 16, -20)), capsule((4, 16, -20), (28, 16, 20), colour=BLUE)
    picture = painted(falling, rising).pictures(1)[0]
    assert (picture[16, 6:15, 0] > 80).all() and (picture[16, 17:26, 2] > 80).all()


def test_a_capsule_is_the_hull_of_its_spheres():
    """Its depth above every pixel is the greatest of those of 4,001 spheres along its line."""
    solid = capsule((8, 10, -3), (22, 19, 6), radii=(5.0, 5.0))
    share = np.linspace(0, 1, 4001)[:, None]
    middle = solid.a + share * (solid.b - solid.a)
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    rest = 25.0 - (x[..., None] - middle[:, 0]) ** 2 - (y[..., None] - middle[:, 1]) ** 2
    expected = np.where(rest > 0, middle[:, 2] + np.sqrt(np.maximum(rest, 0)), FAR).max(axis=-1)
    depth = painted(solid).depth[0]
    inside = expected > FAR
    assert (inside == (depth > FAR)).mean() > 0.995
    np.testing.assert_allclose(depth[inside & (depth > FAR)], expected[inside & (depth > FAR)], atol=0.01)


def test_a_ball_is_the_same_as_a_capsule_without_length_and_as_an_ellipsoid():
    centre = (15.0, 17.0, 2.0)
    depths = [painted(solid).depth[0] for solid in (ball(centre, 6.0), capsule(centre, centre, (6.0, 6.0)))]
    np.testing.assert_allclose(*depths, atol=1e-3)


def test_a_tapered_capsule_is_as_wide_as_its_ends():
    seen = painted(capsule((6, 16, 0), (26, 16, 0), radii=(5.0, 2.0))).depth[0] > FAR
    assert seen[:, 6].sum() == pytest.approx(10, abs=1) and seen[:, 25].sum() == pytest.approx(4, abs=1)


def test_what_faces_the_light_is_brighter_and_rims_are_darker():
    picture = painted(ball((16, 16, 0), 12.0)).pictures(1)[0, :, :, 2].astype(int)
    assert picture[10, 16] > picture[22, 16] > picture[27, 16]
    assert picture[16, 16] > picture[16, 27] and picture[16, 5] == picture[16, 26]


def test_unseen_solids_and_those_outside_the_picture_leave_no_trace():
    hidden = replace(capsule((4, 16, 9), (28, 16, 9)), visible=np.array([False]))
    outside = capsule((-40, 16, 9), (-20, 16, 9))
    assert (painted(hidden, outside).pictures(1) == 255).all()


def test_a_solid_that_reaches_beyond_the_edge_is_cut_there():
    depth = painted(capsule((-10, 16, 0), (8, 16, 0))).depth[0] > FAR
    assert depth[16, :11].all() and not depth[:, 13:].any()


def test_the_picture_is_the_mean_of_finer_pixels():
    canvas = painted(ball((16, 16, 0), 9.0))
    fine = canvas.colour[0].reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    assert np.abs(canvas.pictures(2)[0] - fine).max() <= 0.51


def test_body_coordinates_fall_where_the_window_says():
    window = Window(0.1, -0.2, 0.5)
    places = to_pixels(np.array([[0.1, -0.2, 1.0], [0.6, 0.3, 0.0]]), window, 64)
    np.testing.assert_allclose(places, [[32, 32, 64], [64, 0, 0]], atol=1e-4)
