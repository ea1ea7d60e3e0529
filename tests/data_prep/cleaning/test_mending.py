"""Laws of swap repair and of outliers."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.cleaning.outliers import remove_outliers
from data_prep.cleaning.swaps import pairs, repair_swaps
from sign_latent.errors import UserError


def swapped(pose, frames, which):
    left, right = pairs(pose.skeleton)[which]
    points, confidence = pose.points.copy(), pose.confidence.copy()
    here, there = np.ix_(frames, left + right), np.ix_(frames, right + left)
    points[here], confidence[here] = points[there], confidence[there]
    return replace(pose, points=points, confidence=confidence)


@pytest.mark.parametrize("skeleton", ["upper79", "phoenix50", "openpose67", "holistic543"])
@pytest.mark.parametrize("frames", [range(20, 31), range(0, 5), range(50, 60), [7, 8, 30, 31, 32, 45]])
def test_repair_undoes_a_swap_of_hands_or_arms_or_both(swinging, clip_of, record, skeleton, frames):
    truth = swinging(skeleton)
    for which in (["hands"], ["arms"], ["arms", "hands"]):
        pose = truth
        for one in which:
            pose = swapped(pose, list(frames), one)
        (made,) = repair_swaps(clip_of(pose), record)
        assert np.array_equal(made.pose.points, truth.points) and (made.pose.confidence == 1).all()
    assert record.counts == {"clips": 3, "frames of a side pair": 4 * len(frames)}


def test_a_clip_in_order_is_left_alone_even_where_hands_cross(swinging, clip_of, record):
    pose = swinging()
    for side, sign in (("left", 1), ("right", -1)):
        hand = [*pose.skeleton.parts[f"{side}_hand"], pose.skeleton.points.index(f"{side}_wrist")]
        pose.points[:, hand, 0] = sign * np.linspace(0.8, -0.8, 60)[:, None]
    clip = clip_of(pose)
    assert repair_swaps(clip, record) == [clip] and not record.counts


def test_one_side_that_jumps_to_the_other_is_no_swap(swinging, clip_of, record):
    pose = swinging()
    left, right = pairs(pose.skeleton)["hands"]
    for frame in range(20, 40):
        pose.points[frame, left] = pose.points[frame, right]
    clip = clip_of(pose)
    assert repair_swaps(clip, record) == [clip]


def test_without_wrists_hands_are_followed_over_time(swinging, clip_of, record):
    truth = swinging()
    truth.confidence[:, [truth.skeleton.points.index(f"{side}_wrist") for side in ("left", "right")]] = 0
    (made,) = repair_swaps(clip_of(swapped(truth, list(range(20, 31)), "hands")), record)
    assert np.array_equal(made.pose.points, truth.points)


def test_a_body_model_is_refused(swinging, clip_of, record):
    with pytest.raises(UserError, match="c: has rotations.*--swaps"):
        repair_swaps(clip_of(swinging("smplx")), record)


def test_a_planted_spike_is_removed_and_nothing_else(swinging, clip_of, record):
    pose = swinging()
    spikes = [(12, 3), (30, 20), (31, 20), (57, 70)]
    for frame, point in spikes:
        pose.points[frame, point, 1] += 1.5
    (made,) = remove_outliers(clip_of(pose), record)
    assert sorted(zip(*map(list, np.nonzero(made.pose.confidence == 0)), strict=True)) == spikes
    assert (made.pose.points[made.pose.confidence == 0] == 0).all()
    seen = made.pose.confidence > 0
    assert np.array_equal(made.pose.points[seen], pose.points[seen])
    assert record.counts == {"clips": 1, "points removed": 4}


def test_fast_steady_motion_has_no_outliers(swinging, clip_of, record):
    pose = swinging()
    pose.points += (np.arange(60, dtype=np.float32) * 0.5)[:, None, None]
    clip = clip_of(pose)
    assert remove_outliers(clip, record) == [clip]
