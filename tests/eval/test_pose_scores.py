"""All pose scores of clips and systems: what is in the table, what failures cost, that it is always the same."""

import numpy as np
import pytest
import torch

from eval.pose_scores import UNITS, clip_scores, compare, in_millimetres, per_clip, summary, table
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("smplx")
DISTANCES = ("mpjpe", "pa_mpjpe", "dtw-")


def pose(points, confidence=None, fps=25.0) -> Pose:
    points = np.asarray(points, dtype=np.float32)
    confidence = np.ones(points.shape[:2], np.float32) if confidence is None else confidence
    return Pose(points, confidence, fps, SKELETON)


def wandering(frames=20, seed=0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(size=(frames, 94, 3)) * 0.05, 0)


def test_identical_motion_scores_zero_and_one():
    scores = compare(pose(wandering()), pose(wandering()))
    assert all(abs(value) < 1e-6 for name, value in scores.items() if name.startswith(DISTANCES))
    assert all(value == pytest.approx(1) for name, value in scores.items() if "ratio" in name or "coverage" in name)
    assert scores["missing"] == 0


def test_every_score_has_a_unit_and_a_value_for_hands_and_face():
    scores = compare(pose(wandering()), pose(wandering(seed=1)))
    assert {name.partition("/")[0] for name in scores} == set(UNITS)
    for name in set(UNITS) - {"missing", "duration_ratio"}:
        assert np.isfinite([scores[f"{name}/hands"], scores[f"{name}/face"], scores[f"{name}/all"]]).all()


def test_parts_are_scored_on_their_own():
    moved = wandering()
    moved[:, SKELETON.parts["left_hand"]] += [0.3, 0.0, 0.4]
    scores = compare(pose(moved), pose(wandering()))
    assert scores["mpjpe/left_hand"] == pytest.approx(0.5, abs=1e-6)
    assert scores["mpjpe/hands"] == pytest.approx(0.25, abs=1e-6)
    assert scores["mpjpe/right_hand"] == pytest.approx(0, abs=1e-6)
    assert scores["pa_mpjpe/left_hand"] == pytest.approx(0, abs=1e-5)
    assert scores["dtw-recommended/left_hand"] == pytest.approx(0.5, abs=1e-5)


def test_legs_are_not_scored():
    moved = wandering()
    moved[:, list(SKELETON.still)] += 5
    assert compare(pose(moved), pose(wandering()))["mpjpe/all"] == pytest.approx(0, abs=1e-6)


def test_hidden_points_are_neither_scored_nor_held_against_a_clip():
    made, confidence = wandering(), np.ones((20, 94), np.float32)
    made[5, 60], confidence[5, 60] = 40.0, 0
    scores = compare(pose(made, confidence), pose(wandering()))
    assert scores["mpjpe/all"] == pytest.approx(0, abs=1e-6)
    assert scores["coverage/all"] == pytest.approx(1 - 1 / (20 * (94 - len(SKELETON.still))))


def test_millimetres_are_of_an_adult():
    scores = {"mpjpe/all": 0.5, "dtw-soke/face": 2.0, "motion_ratio": 1.0}
    assert in_millimetres(scores) == {"mpjpe/all": 180.0, "dtw-soke/face": 720.0}


def test_a_failure_is_counted_and_costs_in_every_number():
    truth = (pose(wandering()), pose(wandering()))
    scores = table([(None, pose(wandering())), truth])
    alone = compare(None, pose(wandering()))
    assert scores["missing"] == 1
    for name, value in scores.items():
        if name.startswith(DISTANCES):
            assert value == pytest.approx(alone[name] / 2, abs=1e-6) and value > 0
        elif name != "missing":
            assert value == pytest.approx(0.5)


def test_giving_nothing_is_worse_than_standing_still():
    real = [pose(wandering(seed=i) + 1) for i in range(3)]
    mean = np.mean([clip.points.mean(0) for clip in real], 0)
    still = table([(pose(np.repeat(mean[None], 20, 0)), clip) for clip in real])
    nothing = table([(None, clip) for clip in real])
    for name in still:
        if name.startswith(("mpjpe", "dtw-")) and not name.startswith("dtw-soke"):
            assert nothing[name] > still[name]


def test_distances_are_means_over_clips_and_weights_are_repetition():
    pairs = [(pose(wandering(seed=i)), pose(wandering(25, seed=i + 9))) for i in range(2)]
    rows = per_clip(pairs)
    both = [compare(*pair) for pair in pairs]
    assert summary(rows)["dtw-pt/all"] == pytest.approx((both[0]["dtw-pt/all"] + both[1]["dtw-pt/all"]) / 2)
    assert summary(rows, np.array([2, 1])) == pytest.approx(summary([rows[0], rows[0], rows[1]]))


def test_a_part_that_a_recording_lacks_says_nothing_of_it():
    blind = pose(wandering())
    blind.confidence[:, SKELETON.parts["face"]] = 0
    scores = table([(pose(wandering()), blind), (pose(wandering() + 1), pose(wandering()))])
    assert scores["mpjpe/face"] == pytest.approx(np.sqrt(3), rel=1e-5)


def test_another_skeleton_is_refused():
    other = get_skeleton("upper79")
    made = Pose(np.zeros((4, 79, 3), np.float32), np.ones((4, 79), np.float32), 25.0, other)
    with pytest.raises(UserError, match="upper79"):
        table([(made, pose(wandering()))])


def test_threads_change_no_bit():
    pair, threads = (pose(wandering()), pose(wandering(31, seed=1))), torch.get_num_threads()
    found = []
    for count in (1, 2):
        torch.set_num_threads(count)
        found.append(clip_scores(*pair))
    torch.set_num_threads(threads)
    assert found[0] == found[1]


@pytest.mark.slow
def test_processes_change_no_bit():
    pairs = [(pose(wandering(15 + i, i)) if i % 3 else None, pose(wandering(20, seed=i + 9))) for i in range(9)]
    assert per_clip(pairs, 1) == per_clip(pairs, 2) == per_clip(pairs, 3)
