"""Poses that the tests of this room share."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics

MakePose = Callable[..., Pose]


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Random rotations are the same at every run."""
    torch.manual_seed(0)


@pytest.fixture
def moving_signer() -> MakePose:
    """A function (frames, seed) -> a smooth SMPL-X clip with rotations, expression and points."""

    def make(frames: int = 20, seed: int = 0) -> Pose:
        random = np.random.default_rng(seed)
        ends = random.normal(0, 0.3, (2, 55, 3))
        share = np.linspace(0, 1, frames)[:, None, None]
        rotations = np.float32(ends[0] * (1 - share) + ends[1] * share)
        expression = np.float32(random.normal(0, 0.5, (frames, 10)))
        matrices = axis_angle_to_matrix(torch.from_numpy(rotations))
        points = forward_kinematics(matrices, torch.from_numpy(expression)).numpy()
        confidence = np.ones(points.shape[:2], np.float32)
        return Pose(points, confidence, 25.0, get_skeleton("smplx"), rotations, expression)

    return make


@pytest.fixture
def random_pose() -> MakePose:
    """A function (skeleton name, frames, seed) -> points around a body whose shoulders keep their place."""

    def make(name: str, frames: int = 6, seed: int = 0) -> Pose:
        skeleton, random = get_skeleton(name), np.random.default_rng(seed)
        points = np.float32(random.normal(0, 0.6, (frames, len(skeleton.points), skeleton.dimensions)))
        points[:, skeleton.left_shoulder] = np.float32([0.5, 0, 0][: skeleton.dimensions])
        points[:, skeleton.right_shoulder] = -points[:, skeleton.left_shoulder]
        confidence = np.float32(random.uniform(0.1, 1, points.shape[:2]))
        return Pose(points, confidence, 25.0, skeleton)

    return make
