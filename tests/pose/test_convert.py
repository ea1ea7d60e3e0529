"""Conversions carry points by name and invent nothing."""

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.convert import convert
from sign_latent.pose.skeleton import SKELETONS

SOLID = [name for name, skeleton in SKELETONS.items() if skeleton.dimensions == 3]


@pytest.mark.parametrize("source", SOLID)
@pytest.mark.parametrize("target", SKELETONS)
def test_same_names_keep_their_points(random_pose, source, target):
    pose = random_pose(source)
    other = convert(pose, target).validate()
    shared = [name for name in pose.skeleton.points if name in other.skeleton.points]
    assert {"left_shoulder", "right_wrist", "left_index1", "right_pinky_tip"} <= set(shared)
    here = [pose.skeleton.points.index(name) for name in shared]
    there = [other.skeleton.points.index(name) for name in shared]
    assert np.array_equal(other.points[:, there], pose.points[:, here, : other.points.shape[-1]])
    assert np.array_equal(other.confidence[:, there], pose.confidence[:, here])


def test_the_whole_face_travels_from_mediapipe(random_pose):
    other = convert(random_pose("holistic586"), "upper79")
    assert (other.confidence > 0).all()


def test_what_has_no_counterpart_is_missing(random_pose):
    other = convert(random_pose("holistic543"), "upper79")
    absent = {other.skeleton.points[i] for i in np.flatnonzero(other.confidence.max(0) == 0)}
    assert absent == {"left_eye_iris", "right_eye_iris"}  # 468 points have no irises


def test_all_twenty_nine_face_points_travel_from_smplx(moving_signer):
    other = convert(moving_signer(), "upper79")
    assert (other.confidence == 1).all() and other.rotations is None and other.expression is None


def test_stand_ins_are_means(random_pose):
    pose = random_pose("holistic543")
    neck = convert(pose, "upper79").points[:, get_skeleton("upper79").points.index("neck")]
    assert np.allclose(neck, pose.points[:, [11, 12]].mean(1))


def test_mirroring_and_converting_commute(random_pose):
    pose = random_pose("holistic586")
    first = convert(pose.mirrored(), "upper79").points
    assert np.allclose(first, convert(pose, "upper79").mirrored().points, atol=1e-6)


def test_depth_is_never_invented(random_pose):
    with pytest.raises(UserError, match="no depth"):
        convert(random_pose("openpose137"), "upper79")


def test_the_same_skeleton_keeps_everything(moving_signer):
    pose = moving_signer()
    assert convert(pose, "smplx") is pose
