"""Filling never touches what is seen, says what it filled, and fills what can be known."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_prep.cleaning.gaps import fill_gaps
from data_prep.cleaning.record import Record


def lose(pose, frames, points):
    pose.points[frames, points], pose.confidence[frames, points] = 0, 0
    return pose


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 999), share=st.floats(0.05, 0.6), skeleton=st.sampled_from(["upper79", "smplx"]))
def test_what_is_seen_is_never_touched_and_confidence_tells_it_from_what_was_filled(
    swinging, clip_of, seed, share, skeleton
):
    pose = swinging(skeleton, frames=30)
    lost = np.random.default_rng(seed).random(pose.confidence.shape) < share
    pose.points[lost], pose.confidence[lost] = 0, 0
    before = pose.points.copy(), pose.confidence.copy()
    turns = None if pose.rotations is None else pose.rotations.copy()
    (made,) = fill_gaps(clip_of(pose), Record(), 0.2, 0.5)
    assert np.array_equal(made.pose.points[~lost], before[0][~lost])
    assert np.array_equal(made.pose.confidence[~lost], before[1][~lost])
    assert set(np.unique(made.pose.confidence[lost])) <= {0.0, 0.5}
    assert (made.pose.points[made.pose.confidence == 0] == 0).all()
    assert np.array_equal(pose.points, before[0]), "the clip given is not changed"
    if turns is not None:
        kept = ~lost[:, list(pose.skeleton.rotated)]
        assert np.array_equal(made.pose.rotations[kept], turns[kept])


def test_short_gaps_are_filled_near_the_truth_and_long_ones_and_ends_are_left(swinging, clip_of, record):
    truth = swinging()
    hand = list(truth.skeleton.parts["left_hand"])
    pose = lose(lose(lose(swinging(), slice(10, 14), hand), slice(20, 40), hand), slice(55, 60), hand)
    (made,) = fill_gaps(clip_of(pose), record, 0.2, 0.5)
    assert np.abs(made.pose.points[10:14, hand] - truth.points[10:14, hand]).max() < 0.02
    assert (made.pose.confidence[20:40, hand] == 0).all() and (made.pose.confidence[55:, hand] == 0).all()
    assert [(t.channel, t.value, t.start, t.end) for t in made.tiers] == [("filled_hand_left", "21 points", 10, 14)]
    assert record.counts == {"clips": 1, "points filled": 4 * 21, "point gaps filled": 21, "point gaps left": 42}
    assert made.mirrored().tiers[0].channel == "filled_hand_right"


def test_a_lost_hand_goes_along_with_its_wrist(swinging, clip_of, record):
    """Where the wrist goes in a curve, a straight line between the ends would leave the hand behind."""
    pose = swinging()
    at = pose.skeleton.points.index
    hand, time = list(pose.skeleton.parts["left_hand"]), np.arange(60) / 25
    curve = np.stack([np.sin(6 * time), np.cos(6 * time), 0 * time], -1).astype(np.float32)
    pose.points[:, at("left_wrist")] = curve
    pose.points[:, hand] = curve[:, None] + np.float32([0.1, 0.2, 0.0])
    truth = pose.points.copy()
    (made,) = fill_gaps(clip_of(lose(pose, slice(20, 25), hand)), record, 0.2, 0.5)
    assert np.abs(made.pose.points - truth).max() < 1e-5


def test_rotations_of_lost_joints_are_turned_between_their_neighbours(swinging, clip_of, record):
    pose = swinging("smplx")
    joint = pose.skeleton.points.index("left_elbow")
    row = pose.skeleton.rotated.index(joint)
    pose.rotations[:, row] = np.linspace(0, 1, 60)[:, None] * np.float32([1, 0, 0])
    truth = pose.rotations.copy()
    pose = lose(pose, slice(10, 13), joint)
    pose.rotations[10:13, row] = 9
    (made,) = fill_gaps(clip_of(pose), record, 0.2, 0.5)
    assert made.pose.rotations[10:13, row] == pytest.approx(truth[10:13, row], abs=1e-5)


def test_a_whole_clip_stays_the_same_object(clip_of, record):
    clip = clip_of()
    assert fill_gaps(clip, record) == [clip] and not record.counts
