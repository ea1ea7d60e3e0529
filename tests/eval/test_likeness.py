"""Likeness ignores tempo where it should, and step where it should not."""

from dataclasses import replace

import numpy as np
import pytest

from eval.cheats import noisy, retimed, warped_unevenly
from eval.likeness import MOMENTS, Sketches, in_step, nearest, sketched_points, sketches, unwarped, warped


def test_a_sketch_holds_finger_tips_and_arms(signing):
    skeleton = signing(0).skeleton
    names = {skeleton.points[i] for i in sketched_points(skeleton)}
    assert {"left_elbow", "right_wrist", "left_index_tip", "right_pinky_tip"} <= names
    assert "head" not in names and len(names) == 14


def test_unwarped_distance_by_hand():
    points = np.zeros((2, MOMENTS, 2, 3), np.float32)
    points[1, :, 0] = [3, 0, 4]
    both = Sketches(points, np.ones((2, 2), bool))
    assert unwarped(both, both) == pytest.approx(np.array([[0, np.sqrt(12.5)], [np.sqrt(12.5), 0]]), abs=1e-5)
    one = Sketches(points, np.array([[True, False], [True, True]]))
    assert unwarped(one[[0]], one)[0, 1] == pytest.approx(5)
    assert warped(one[[0]], one[[1]])[0] == pytest.approx(5)
    nothing = Sketches(points, np.zeros((2, 2), bool))
    assert np.isnan(unwarped(nothing, both)).all() and np.isnan(warped(nothing, both)).all()


def test_uneven_tempo_costs_little_and_another_motion_much(signing):
    poses = [signing(i) for i in range(4)]
    plain, uneven = sketches(poses), sketches([warped_unevenly(pose, i) for i, pose in enumerate(poses)])
    own, other = warped(uneven, plain), warped(uneven, plain[[1, 2, 3, 0]])
    assert own.max() < 0.3 * other.min()
    assert (own < np.diagonal(unwarped(uneven, plain))).all()


def test_the_nearest_is_found_and_oneself_can_be_left_out(signing):
    many = sketches([signing(i) for i in range(20)])
    apart, which = nearest(many[3:6], many)
    assert which.tolist() == [3, 4, 5] and apart == pytest.approx(np.zeros(3), abs=1e-6)
    apart, which = nearest(many[3:6], many, own=[3, 4, 5])
    assert (which != np.array([3, 4, 5])).all() and apart.min() > 0.1


def test_what_was_made_from_a_recording_is_in_step_with_it(signing):
    real = signing(1, 80)
    assert in_step(real, real) == 1
    assert in_step(noisy(real, 0), real) == 1
    assert in_step(retimed(real, 160), real) > 0.95
    bigger = replace(real, points=1.1 * real.points + np.float32(0.2))
    assert in_step(bigger, real) == 1


def test_a_frame_late_is_out_of_step_and_so_is_another_motion(signing):
    real = signing(1, 80)
    late = replace(real, points=np.roll(real.points, 2, axis=0))
    assert in_step(late, real) < 0.1
    assert in_step(signing(2, 80), real) < 0.6
    assert np.isnan(in_step(real, signing(1, 8)))
