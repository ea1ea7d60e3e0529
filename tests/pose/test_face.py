"""The expression basis says what its names say, loudly enough to be seen."""

import numpy as np
import pytest

from sign_latent.pose.face import EXPRESSION_BASIS, EXPRESSIONS, FACE_REST, METRES_PER_UNIT
from sign_latent.pose.skeletons.parts import FACE


def move(expression: str, point: str) -> np.ndarray:
    """Metres by which a point moves at coefficient 1."""
    return EXPRESSION_BASIS[EXPRESSIONS.index(expression), FACE.index(point)] * METRES_PER_UNIT


def test_the_face_has_29_points_of_adult_size():
    assert FACE_REST.shape == (29, 3)
    height = FACE_REST[FACE.index("left_brow3"), 1] - FACE_REST[FACE.index("chin"), 1]
    width = FACE_REST[FACE.index("left_eye_outer"), 0] - FACE_REST[FACE.index("right_eye_outer"), 0]
    assert 0.11 < height < 0.16 and 0.08 < width < 0.11


def test_ten_movements_are_independent():
    singular = np.linalg.svd(EXPRESSION_BASIS.reshape(10, -1), compute_uv=False)
    assert singular[-1] > 0.1 * singular[0]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_movement_shows(expression):
    steps = np.linalg.norm(EXPRESSION_BASIS[EXPRESSIONS.index(expression)], axis=-1) * METRES_PER_UNIT
    assert 0.005 < steps.max() < 0.03


def test_brows_rise_and_furrow():
    assert move("brows_raise", "left_brow3")[1] > 0.01
    furrow = move("brows_furrow", "left_brow1")
    assert furrow[1] < -0.008 and furrow[0] < 0  # down and towards the middle


def test_the_mouth_opens_widens_and_rounds():
    assert move("mouth_open", "lip_lower")[1] < -0.02
    assert move("mouth_wide", "mouth_left")[0] > 0.01 > -0.01 > move("mouth_wide", "mouth_right")[0]
    assert move("mouth_round", "mouth_left")[0] < -0.01 and move("mouth_round", "lip_upper")[2] > 0.005
    assert move("corners_down", "mouth_right")[1] < -0.01


def test_both_eyes_look_the_same_way():
    for side in ("left", "right"):
        assert move("gaze_left", f"{side}_eye_iris")[0] > 0.008
        assert move("gaze_up", f"{side}_eye_iris")[1] > 0.005
        assert move("eyes_wide", f"{side}_eye_upper")[1] > 0.005


def test_all_but_the_gaze_are_symmetrical():
    mirror = [FACE.index(name.replace("left", "*").replace("right", "left").replace("*", "right")) for name in FACE]
    mirrored = EXPRESSION_BASIS[:, mirror] * [-1, 1, 1]
    sign = np.where(np.array(EXPRESSIONS) == "gaze_left", -1, 1)[:, None, None]
    assert np.allclose(mirrored * sign, EXPRESSION_BASIS)
