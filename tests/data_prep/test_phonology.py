"""Laws of the phonology: enough values in every channel, all of them visible and within a body's reach."""

import numpy as np
import pytest

from data_prep.invented.body import JAW_OPENING, make_body, points
from data_prep.invented.handshapes import HANDSHAPES, handshape_table
from data_prep.invented.phonology import (
    EXPRESSION,
    LOCATIONS,
    MOVEMENTS,
    NON_MANUALS,
    ORIENTATIONS,
    movement_distance,
    orientation_matrix,
    stroke,
)


def test_there_are_as_many_values_as_promised():
    assert len(HANDSHAPES) >= 20
    assert len(LOCATIONS) >= 12
    assert len(ORIENTATIONS) >= 6
    assert len(MOVEMENTS) >= 12
    assert set(NON_MANUALS) == {"brows", "mouth", "gaze", "head"}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_an_orientation_is_a_rotation_that_points_fingers_and_palm(name):
    fingers, palm = ORIENTATIONS[name]
    turn = orientation_matrix(fingers, palm)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    np.testing.assert_allclose(turn @ [-1, 0, 0], fingers, atol=1e-12)  # a resting right hand points to -x
    np.testing.assert_allclose(turn @ [0, -1, 0], palm, atol=1e-12)


def test_any_two_movements_differ_visibly():
    distances = [movement_distance(a, b) for a in MOVEMENTS for b in MOVEMENTS if a < b]
    assert min(distances) > 0.5


@pytest.mark.parametrize("name", sorted(set(MOVEMENTS) - {"hold", "wiggle", "twist", "nod", "open", "close"}))
def test_paths_span_a_visible_part_of_the_shoulder_width(name):
    assert np.ptp(stroke(name, 12).shift, axis=0).max() > 0.2


def test_finger_joints_stay_within_a_hand_s_range():
    angles = np.degrees(np.linalg.norm(np.stack(list(handshape_table().values())), axis=-1))
    assert np.isfinite(angles).all()
    assert angles[:, :12].max() < 115  # fingers
    assert angles[:, 12:].max() < 95  # thumb


def test_straight_fingers_are_longer_than_closed_ones():
    def reach(name: str) -> np.ndarray:
        turns = np.zeros((1, 55, 3))
        turns[0, 40:55] = handshape_table()[name]
        body = points(turns, np.zeros((1, 10)), make_body(None).rest)[0]
        return np.linalg.norm(body[61:65] - body[21], axis=-1)

    assert (reach("flat") > reach("fist") + 0.2).all()


@pytest.mark.parametrize("channel, value", [(c, v) for c, values in EXPRESSION.items() for v in values])
def test_face_values_move_points_visibly(channel, value):
    expression = np.zeros((1, 10))
    for coefficient, amount in EXPRESSION[channel][value]:
        expression[0, coefficient] = amount
    turns = np.zeros((1, 55, 3))
    turns[0, 22, 0] = JAW_OPENING * max(expression[0, 3], 0)
    rest = make_body(None).rest
    moved = np.linalg.norm(points(turns, expression, rest)[0] - rest, axis=-1)
    assert moved[65:].max() > (0.025 if channel == "gaze" else 0.035)  # of the shoulder width
