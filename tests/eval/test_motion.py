"""Ratios of motion, duration, speed and jerk: by hand, and what they tell apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.beside import stretched
from eval.bootstrap import ratio_of
from eval.motion import ratios, totals
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("upper79")
GROUPS = {"left_hand": list(SKELETON.parts["left_hand"]), "all": list(range(79))}
NAMES = ("motion_ratio", "velocity_ratio", "jerk_ratio", "duration_ratio")


def pose(points, fps=25.0) -> Pose:
    return Pose(np.asarray(points, np.float32), np.ones(np.shape(points)[:2], np.float32), fps, SKELETON)


def smooth(frames=40, seed=0) -> np.ndarray:
    chance, time = np.random.default_rng(seed), np.linspace(0, 6, frames)[:, None, None]
    return np.sin(time + chance.uniform(0, 6, (1, 79, 3)))


def ratio(made, real) -> dict[str, float]:
    return together([totals(made, GROUPS)], [totals(real, GROUPS)])


def together(made, real, weights=None) -> dict[str, float]:
    share = np.ones(len(real)) if weights is None else weights
    return {name: ratio_of(*sums)(share) for name, sums in ratios(made, real).items()}


def test_totals_by_hand():
    # One of 79 points moves along x: 0, 1, 3, 6, 10 (steps 1 2 3 4; third differences 0 0) at 10 frames a second.
    points = np.zeros((5, 79, 3))
    points[:, GROUPS["left_hand"][0], 0] = [0, 1, 3, 6, 10]
    found = totals(pose(points, fps=10.0), GROUPS)
    assert found["seconds"] == 0.5
    assert found["distance/all"] == pytest.approx(10 / 79) and found["distance/left_hand"] == pytest.approx(10 / 21)
    assert found["speed/all"] == pytest.approx(2.5 / 79 * 10)
    assert found["jerk/all"] == 0
    # 0, 0, 0, 1: the only third difference is 1, a thousandth of a second cubed at 10 frames a second.
    points = np.zeros((4, 79, 3))
    points[3, 5, 0] = 1
    assert totals(pose(points, fps=10.0), GROUPS)["jerk/all"] == pytest.approx(1000 / 79)


def test_the_truth_has_ratios_of_one():
    assert ratio(pose(smooth()), pose(smooth())) == {
        name: 1.0
        for kind in NAMES
        for name in ((kind,) if kind == "duration_ratio" else (kind, f"{kind}/all", f"{kind}/left_hand"))
    }


def test_a_static_pose_does_not_move():
    found = ratio(pose(np.repeat(smooth()[:1], 40, 0)), pose(smooth()))
    assert found["motion_ratio"] == found["velocity_ratio"] == found["jerk_ratio"] == 0
    assert found["duration_ratio"] == 1


def test_half_speed_goes_as_far_in_twice_the_time():
    found = ratio(pose(smooth(79)), pose(smooth(40)))
    assert found["duration_ratio"] == pytest.approx(79 / 40)
    assert found["motion_ratio"] == pytest.approx(1, abs=0.01)
    assert found["velocity_ratio"] == pytest.approx(0.5, abs=0.02)
    assert found["jerk_ratio"] == pytest.approx(1 / 8, abs=0.02)


def test_noise_shows_in_the_jerk_and_a_frozen_hand_in_its_own_ratio():
    noisy = smooth() + 0.02 * np.random.default_rng(1).normal(size=(40, 79, 3))
    assert ratio(pose(noisy), pose(smooth()))["jerk_ratio"] > 5
    frozen = smooth()
    frozen[:, GROUPS["left_hand"]] = frozen[:1, GROUPS["left_hand"]]
    found = ratio(pose(frozen), pose(smooth()))
    assert found["motion_ratio/left_hand"] == 0 and found["motion_ratio"] > 0.5


@settings(max_examples=10, deadline=None)
@given(st.floats(0.1, 10), st.integers(2, 5))
def test_size_scales_motion_and_the_frame_rate_only_time(size, times):
    found = ratio(pose(size * smooth()), pose(smooth()))
    assert [found[name] for name in NAMES] == pytest.approx([size, size, size, 1], rel=1e-4)
    found = ratio(pose(smooth(), fps=25.0 * times), pose(smooth()))
    assert [found[name] for name in NAMES] == pytest.approx([1, times, times**3, 1 / times])


def test_missing_frames_say_nothing_of_speed():
    part = pose(np.linspace(0, 1, 40)[:, None, None] * np.ones((40, 79, 3)))
    part.points[10:15], part.confidence[10:15] = 99, 0
    found = ratio(part, pose(np.linspace(0, 1, 40)[:, None, None] * np.ones((40, 79, 3))))
    assert found["velocity_ratio"] == pytest.approx(1, rel=1e-5) and found["motion_ratio"] == pytest.approx(1, rel=1e-5)


def test_failures_lower_every_ratio():
    real = totals(pose(smooth()), GROUPS)
    found = together([real, totals(None, GROUPS)], [real, real])
    assert [found[name] for name in NAMES] == [0.5] * 4


def test_a_recording_that_hardly_moves_does_not_decide():
    still, made = pose(smooth() * 1e-6), pose(smooth())
    rows = [totals(x, GROUPS) for x in (made, still, made)]
    assert together([rows[0], rows[2]], [rows[0], rows[1]])["motion_ratio"] == pytest.approx(2, rel=1e-4)
    assert np.isnan(ratio(made, pose(np.zeros((9, 79, 3))))["motion_ratio"])


def test_weights_count_clips_as_often_as_repetition_does():
    real, made = (
        [totals(pose(smooth(seed=i)), GROUPS) for i in (0, 1)],
        [totals(pose(smooth(60, i)), GROUPS) for i in (0, 1)],
    )
    again = together([made[0], made[0], made[1]], [real[0], real[0], real[1]])
    assert together(made, real, np.array([2, 1])) == pytest.approx(again)


def test_stretching_back_restores_the_duration():
    slow = pose(stretched(smooth(), 80))
    assert ratio(pose(stretched(slow.points, 40)), pose(smooth()))["duration_ratio"] == 1
