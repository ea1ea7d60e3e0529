"""What is scored beside what: failures, withheld points, other frame rates, missing frames."""

import numpy as np
import pytest

from eval.beside import beside, cleaned, coverage, failed, held, only, scored_groups, stretched
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("smplx")


def pose(frames=20, seed=0, skeleton=SKELETON, fps=25.0) -> Pose:
    count = len(skeleton.points)
    points = np.cumsum(np.random.default_rng(seed).normal(size=(frames, count, skeleton.dimensions)) * 0.05, 0)
    return Pose(points.astype(np.float32), np.ones((frames, count), np.float32), fps, skeleton)


def broken(**changes) -> Pose:
    made = pose()
    for name, value in changes.items():
        getattr(made, name)[:] = value
    return made


def test_groups_are_unions_of_parts_without_still_points():
    groups = scored_groups(SKELETON)
    assert set(groups["hands"]) == {*groups["left_hand"], *groups["right_hand"]}
    assert set(groups["all"]) == {*groups["hands"], *groups["face"], *groups["body"]}
    assert not set(groups["all"]) & set(SKELETON.still)


def test_nothing_an_empty_clip_an_invisible_one_and_nan_are_failures():
    empty = Pose(pose().points[:0], pose().confidence[:0], 25.0, SKELETON)
    assert all(map(failed, (None, empty, broken(confidence=0), broken(points=np.nan))))
    assert not failed(pose())
    hidden = pose()
    hidden.points[3], hidden.confidence[3] = np.nan, 0
    assert not failed(hidden)


def test_a_failure_lies_at_the_origin():
    made, real = beside(None, pose())
    assert len(made) == 1 and (made.points == 0).all() and (made.confidence == 1).all()
    assert (real.points == pose().points).all()


def test_a_point_that_is_never_shown_lies_at_the_origin_and_one_shown_at_times_is_missing_then():
    made = pose()
    made.confidence[:, 30] = 0
    made.confidence[4, 31] = 0
    scored = beside(made, pose())[0]
    assert (scored.points[:, 30] == 0).all() and (scored.confidence[:, 30] == 1).all()
    assert scored.confidence[4, 31] == 0 and (scored.points[5, 31] == made.points[5, 31]).all()


def test_a_point_missing_in_both_clips_stays_missing():
    made, real = pose(), pose()
    made.confidence[:, 30] = real.confidence[:, 30] = 0
    assert (beside(made, real)[0].confidence[:, 30] == 0).all()


def test_what_is_hidden_is_never_read():
    made = pose()
    made.points[7, 12], made.confidence[7, 12] = np.inf, 0
    assert np.isfinite(cleaned(made).points).all()


def test_a_part_alone_keeps_what_it_hangs_on():
    hands = only(pose(), "hands")
    shown = {SKELETON.points[i] for i in np.flatnonzero(hands.confidence.any(0))}
    assert shown == {SKELETON.points[i] for i in scored_groups(SKELETON)["hands"]} | {"left_wrist", "right_wrist"}
    assert "left_wrist" in SKELETON.points and (hands.points[hands.confidence == 0] == 0).all()
    with pytest.raises(UserError, match="'tail'.*hands"):
        only(pose(), "tail")


def test_another_frame_rate_is_resampled_and_another_skeleton_refused():
    made, _ = beside(pose(40, fps=50.0), pose(20))
    assert len(made) == 20 and made.fps == 25.0
    with pytest.raises(UserError, match="upper79.*smplx"):
        beside(pose(skeleton=get_skeleton("upper79")), pose())


def test_a_recording_without_frames_is_refused():
    empty = Pose(pose().points[:0], pose().confidence[:0], 25.0, SKELETON)
    with pytest.raises(UserError, match="no frames"):
        beside(pose(), empty)


def test_coverage_counts_what_the_recording_shows():
    made, real = pose(), pose()
    real.confidence[:10, 60] = 0
    made.confidence[:15, 60] = 0
    assert coverage(made, real, [60]) == pytest.approx(0.5)
    assert coverage(pose(), real, [60, 61]) == 1
    assert coverage(None, real, [60]) == 0
    real.confidence[:, 60] = 0
    assert np.isnan(coverage(made, real, [60]))


def test_missing_points_are_held_from_the_nearest_frame_before():
    points = np.arange(4.0).reshape(4, 1, 1) * np.ones((4, 2, 3))
    confidence = np.array([[0, 0], [1, 0], [0, 0], [1, 0]])
    filled, ever = held(points, confidence)
    assert filled[:, 0, 0].tolist() == [1, 1, 1, 3]
    assert ever.tolist() == [True, False]


def test_stretching_keeps_ends_and_lines():
    line = np.arange(5.0)[:, None]
    assert stretched(line, 9)[:, 0].tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert stretched(line, 1)[:, 0].tolist() == [0]
