"""Pose scores against cases computed by hand."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from eval.pose_scores import compare, held, mpjpe, pa_mpjpe, recommended_dtw, speed, stretched, table
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("smplx")


def pose(points, confidence=None, fps=25.0) -> Pose:
    points = np.asarray(points, dtype=np.float32)
    confidence = np.ones(points.shape[:2], np.float32) if confidence is None else confidence
    return Pose(points, confidence, fps, SKELETON)


def wandering(frames=20, seed=0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(size=(frames, 94, 3)) * 0.05, 0)


def test_identical_motion_scores_zero_and_one():
    scores = compare(pose(wandering()), pose(wandering()))
    assert all(abs(v) < 1e-6 for k, v in scores.items() if "/" in k)
    assert scores["motion_ratio"] == scores["duration_ratio"] == pytest.approx(1)


def test_mpjpe_is_the_mean_length_of_the_error():
    moved = wandering()
    moved[:, SKELETON.parts["left_hand"]] += [0.3, 0.0, 0.4]
    scores = compare(pose(moved), pose(wandering()))
    assert scores["mpjpe/left_hand"] == pytest.approx(0.5, abs=1e-6)
    assert scores["mpjpe/right_hand"] == pytest.approx(0, abs=1e-6)
    assert scores["pa_mpjpe/left_hand"] == pytest.approx(0, abs=1e-5)
    assert scores["dtw-recommended/left_hand"] == pytest.approx(0.5, abs=1e-5)


def test_procrustes_forgives_turn_size_and_place_but_not_a_mirror():
    real = np.random.default_rng(0).normal(size=(4, 6, 3))
    seen = np.ones((4, 6), bool)
    turn = Rotation.from_euler("xyz", [0.3, -1.0, 2.0]).as_matrix()
    assert pa_mpjpe(1.7 * real @ turn.T + 3.0, real, seen) == pytest.approx(0, abs=1e-9)
    assert pa_mpjpe(real * [-1, 1, 1], real, seen) > 0.1


def test_missing_points_are_not_scored():
    real, made = wandering(), wandering()
    made[5, 60] = 40.0
    confidence = np.ones((20, 94), np.float32)
    confidence[5, 60] = 0
    assert compare(pose(made, confidence), pose(real))["mpjpe/all"] == pytest.approx(0, abs=1e-6)
    assert compare(pose(made), pose(real, confidence))["pa_mpjpe/all"] == pytest.approx(0, abs=1e-5)
    assert np.isnan(mpjpe(made, real, np.zeros((20, 94), bool)))


def test_legs_are_not_scored():
    moved = wandering()
    moved[:, list(SKELETON.still)] += 5
    assert compare(pose(moved), pose(wandering()))["mpjpe/all"] == pytest.approx(0, abs=1e-6)


def test_dtw_by_hand():
    # One point on a line: 0 1 3 against 0 2 3. The best path matches in step and pays |1 - 2| over 3 steps.
    def line(values):
        points = np.zeros((len(values), 94, 3))
        points[:, 20, 0] = values
        return pose(points)

    assert recommended_dtw(line([0, 1, 3]), line([0, 2, 3]), [20]) == pytest.approx(1 / 3)
    # 0 0 4 against 0 4 4 costs nothing over 4 steps; a distance of 1 at the end is shared by 3 steps.
    assert recommended_dtw(line([0, 0, 4]), line([0, 4, 4]), [20]) == pytest.approx(0)
    assert recommended_dtw(line([0, 0, 5]), line([0, 4]), [20]) == pytest.approx(1 / 3)
    # Two points, one of them off by 2: root mean square over points.
    assert recommended_dtw(line([2, 2]), line([0, 0]), [20, 21]) == pytest.approx(np.sqrt(2))


def test_dtw_is_exact():
    a, b = wandering(9, 1)[:, :2], wandering(7, 2)[:, :2]
    cost = np.sqrt(((a[:, None] - b[None]) ** 2).sum((-1, -2)) / 2)
    best = np.full((10, 8), np.inf)
    best[0, 0] = 0
    steps = np.zeros((10, 8), int)
    for i in range(1, 10):
        for j in range(1, 8):
            before = min([(i - 1, j - 1), (i - 1, j), (i, j - 1)], key=lambda at: best[at])
            best[i, j], steps[i, j] = best[before] + cost[i - 1, j - 1], steps[before] + 1
    full_a, full_b = wandering(9, 1), wandering(7, 2)
    assert recommended_dtw(pose(full_a), pose(full_b), [0, 1]) == pytest.approx(best[-1, -1] / steps[-1, -1], rel=1e-5)


def test_missing_points_are_held_from_the_nearest_frame_before():
    points = np.arange(4.0).reshape(4, 1, 1) * np.ones((4, 2, 3))
    confidence = np.array([[0, 0], [1, 0], [0, 0], [1, 0]])
    filled, ever = held(points, confidence)
    assert filled[:, 0, 0].tolist() == [1, 1, 1, 3]
    assert ever.tolist() == [True, False]


def test_half_speed_and_a_frozen_pose_show_in_the_ratios():
    real = pose(wandering(21))
    slow = pose(stretched(real.points, 41))
    scores = compare(slow, real)
    assert scores["duration_ratio"] == pytest.approx(41 / 21)
    assert scores["motion_ratio"] == pytest.approx(0.5, abs=0.05)
    assert compare(pose(np.repeat(real.points[:1], 21, 0)), real)["motion_ratio"] == 0


def test_speed_knows_the_frame_rate():
    points = np.zeros((3, 94, 3))
    points[:, 20, 0] = [0, 0.1, 0.2]
    assert speed(pose(points), [20]) == pytest.approx(2.5)
    assert speed(pose(points, fps=50.0), [20]) == pytest.approx(5.0)


def test_stretching_keeps_ends_and_lines():
    line = np.arange(5.0)[:, None]
    assert stretched(line, 9)[:, 0].tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert stretched(line, 1)[:, 0].tolist() == [0]


def test_a_failed_clip_is_counted():
    scores = table([(None, pose(wandering())), (pose(wandering()), pose(wandering()))])
    assert scores["missing"] == 1 and scores["mpjpe/all"] == pytest.approx(0, abs=1e-6)
