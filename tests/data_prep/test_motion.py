"""Laws of the motion: whole, within a body's means, faithful to its rotations, mirrored for left-handed signers."""

import itertools

import numpy as np
import pytest
import torch

from data_prep.invented.body import to_body_coordinates
from data_prep.invented.clips import make_clip, person
from data_prep.invented.lexicon import LETTERS
from data_prep.invented.signers import LEFT_HANDED
from data_prep.invented.splits import plan
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics

LANGUAGE, SEED = "qaa", 0


@pytest.fixture(scope="module")
def tasks() -> list:
    return plan(60, SEED)


@pytest.fixture(scope="module")
def clips(tasks) -> list:
    return [make_clip(task, LANGUAGE, SEED) for task in tasks[:48]]


def right_handed(clip):
    return clip.mirrored() if clip.handedness == "left" else clip


def turn_between_frames(clip) -> np.ndarray:
    """Geodesic angle [T - 1, 55] from frame to frame."""
    matrices = axis_angle_to_matrix(torch.from_numpy(np.array(clip.pose.rotations, dtype=np.float64)))
    trace = (matrices[1:].transpose(-1, -2) @ matrices[:-1]).diagonal(dim1=-1, dim2=-2).sum(-1)
    return torch.arccos(((trace - 1) / 2).clamp(-1, 1)).numpy()


def test_clips_are_valid_and_no_longer_than_160_frames(clips):
    for clip in clips:
        clip.pose.validate()
        assert len(clip.pose) <= 160
    assert 70 <= np.median([len(clip.pose) for clip in clips if clip.split == "train"]) <= 95


def test_a_clip_is_a_pure_function_of_its_task(tasks, clips):
    again = make_clip(tasks[5], LANGUAGE, SEED)
    np.testing.assert_array_equal(again.pose.points, clips[5].pose.points)
    np.testing.assert_array_equal(again.pose.rotations, clips[5].pose.rotations)
    assert again.tiers == clips[5].tiers


def test_points_are_those_of_the_rotations_on_the_signer_s_own_bones(clips):
    for clip in map(right_handed, clips[:12]):
        rest = person(clip.signer, SEED)[1].rest
        matrices = axis_angle_to_matrix(torch.tensor(clip.pose.rotations))
        points = forward_kinematics(matrices, torch.tensor(clip.pose.expression), torch.tensor(rest).float())
        np.testing.assert_allclose(to_body_coordinates(points.numpy()), clip.pose.points, atol=1e-5)


def test_left_handed_signers_are_marked_and_move_the_left_hand_more(clips):
    assert {clip.signer for clip in clips if clip.handedness == "left"} <= set(LEFT_HANDED)
    travel = {"left": np.zeros(2), "right": np.zeros(2)}
    for clip in clips:
        wrists = clip.pose.points[:, [20, 21]]
        travel[clip.handedness] += np.linalg.norm(np.diff(wrists, axis=0), axis=-1).sum(0)
    assert travel["left"][0] > travel["left"][1]
    assert travel["right"][1] > travel["right"][0]


def test_wrists_move_no_faster_than_a_hand_can(clips):
    for clip in clips:
        speed = np.linalg.norm(np.diff(clip.pose.points[:, [20, 21]], axis=0), axis=-1)
        assert speed.max() < 0.85  # shoulder widths a frame: under 8 m/s


def test_joint_rotations_never_leap(clips):
    for clip in clips:
        leap = turn_between_frames(clip).max(0)
        assert leap[16:18].max() < 1.5  # shoulders
        assert leap[18:22].max() < 2.2  # elbows and wrists share the forearm's twist
        assert leap[25:].max() < 0.8  # fingers


def test_elbows_bend_the_right_way_and_never_lock(clips):
    for clip in map(right_handed, clips):
        points = clip.pose.points
        upper, fore = points[:, 19] - points[:, 17], points[:, 21] - points[:, 19]
        cosine = (upper * fore).sum(-1) / np.linalg.norm(upper, axis=-1) / np.linalg.norm(fore, axis=-1)
        assert (cosine < np.cos(np.radians(15))).all()
        # In the frame of the upper arm a right elbow flexes about +y.
        elbow = np.asarray(clip.pose.rotations[:, 19], dtype=np.float64)
        turned = axis_angle_to_matrix(torch.from_numpy(elbow)).numpy() @ [-1.0, 0.0, 0.0]
        assert (turned[:, 2] > -0.1).all()


def test_every_clip_begins_and_ends_at_rest(clips):
    for clip in map(right_handed, clips):
        for frame in (0, -1):
            assert (clip.pose.points[frame, [20, 21], 1] < -0.6).all()


def test_tiers_time_every_gloss_in_order(clips):
    for clip in clips:
        timed = [tier for tier in clip.tiers if tier.channel == "gloss"]
        assert [tier.value for tier in timed] == clip.gloss.split()
        assert all(a.end <= b.start for a, b in itertools.pairwise(timed))
        starts = [tier.start for tier in timed]
        for first, second, letter in zip(timed, timed[1:], starts[1:], strict=False):
            if first.value in LETTERS and second.value in LETTERS:
                assert 6 <= letter - first.start <= 10  # two latent frames of stride four
        channels = {tier.channel for tier in clip.tiers}
        assert {"handshape_dominant", "location_dominant", "orientation_dominant", "movement", "hands"} <= channels


def test_non_manuals_are_seen_where_the_tiers_say(clips):
    for clip in clips:
        brows = clip.pose.expression[:, :2]
        for tier in (tier for tier in clip.tiers if tier.channel == "brows"):
            column = ("raise", "furrow").index(tier.value)
            assert brows[tier.start : tier.end, column].min() > 0.8
            assert abs(brows[tier.start : tier.end, 1 - column]).max() < 0.4
