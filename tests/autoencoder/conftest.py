"""Smooth random motion, and every autoencoder of poses at a size for tests."""

import numpy as np
import pytest
import torch

from sign_latent.autoencoder.contract import feature_statistics
from sign_latent.autoencoder.layout import pack
from sign_latent.models import model_class
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETAL, FLAT = {"width": 16, "joint_width": 8}, {"width": 24}
APART = SKELETAL | {"apart": True}
KINDS = {
    "skeletal_vae": ("skeletal_vae", SKELETAL),
    "plain_vae": ("plain_vae", FLAT),
    "sign_vae": ("sign_vae", FLAT),
    "pose_fsq": ("pose_fsq", SKELETAL),
    "part_fsq": ("pose_fsq", APART),
    "pose_vq": ("pose_vq", SKELETAL | {"bits": 4}),
    "residual_vq": ("pose_vq", SKELETAL | {"bits": 4, "residual": True, "tokens_per_slot": 3}),
    "part_vq": ("pose_vq", APART | {"bits": 4, "shared": False}),
}
DISCRETE = [kind for kind in KINDS if "vae" not in kind]


def pytest_generate_tests(metafunc):
    """``kind`` runs over every autoencoder, ``discrete`` over those with tokens."""
    for name, values in (("kind", KINDS), ("discrete", DISCRETE)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values))


def _moving_pose(frames, seed=0, skeleton="smplx"):
    chance = np.random.default_rng(seed)
    skeleton = get_skeleton(skeleton)
    time = np.arange(frames)[:, None, None] / 40
    points = len(skeleton.points)

    def waves(count, size):
        phase, rate = chance.uniform(0, 6, (1, count, size)), chance.uniform(1, 4, (1, count, size))
        return (0.3 * np.sin(phase + 6 * rate * time)).astype(np.float32)

    confidence = np.ones((frames, points), np.float32)
    if not skeleton.rotated:
        return Pose(waves(points, skeleton.dimensions), confidence, 25.0, skeleton)
    rotations, expression = waves(len(skeleton.rotated), 3), waves(skeleton.expression, 1)[..., 0]
    place = {p: i for i, p in enumerate(skeleton.rotated)}
    rotations[:, [place[p] for p in skeleton.still if p in place]] = 0
    fk = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(rotations)), torch.from_numpy(expression))
    return Pose(fk.numpy(), confidence, 25.0, skeleton, rotations, expression)


@pytest.fixture(scope="session")
def moving_pose():
    """``moving_pose(frames, seed, skeleton)``: smooth random motion."""
    return _moving_pose


@pytest.fixture(scope="session")
def build():
    """``build(kind, skeleton, **settings)``: that autoencoder with random weights, statistics and books fitted."""

    def built(kind, skeleton="smplx", **extra):
        torch.manual_seed(0)
        key, sizes = KINDS[kind]
        cls = model_class(key)
        if "apart" in sizes:
            extra = {"slots": sum(bool(points) for points in get_skeleton(skeleton).parts.values())} | extra
        model = cls(cls.Settings(skeleton=skeleton, **sizes | extra))
        clips = [pack(model.layout, _moving_pose(40, s, skeleton)) for s in range(4)]
        model.set_feature_statistics(*feature_statistics(clips, model.present))
        features, mask = model.pack([_moving_pose(40, s, skeleton) for s in range(4)])
        if model.codes:
            model.train().loss(features, torch.ones(features.shape[:3]), mask)  # books begin with what they see first
            model.eval().settle(lambda: [(features, mask)])
        return model.eval()

    return built
