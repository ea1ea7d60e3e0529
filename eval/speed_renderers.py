"""How fast poses become pictures: entries of the table of `eval.speed`, each `FRAMES` frames of a signer that moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from eval.cost import Cost
from sign_latent.pose.pose import Pose

if TYPE_CHECKING:
    from eval.speed import Bench

FRAMES = 100


def moving_signer(frames: int = FRAMES) -> Pose:
    """Arms and hands that move in waves, made by forward kinematics: nothing has to be loaded for it."""
    import torch

    from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
    from sign_latent.pose.skeleton import get_skeleton

    skeleton = get_skeleton("smplx")
    chance, time = np.random.default_rng(0), np.linspace(0, 4 * np.pi, frames)[:, None, None]
    rotations = 0.03 * np.sin(time + chance.uniform(0, 2 * np.pi, (1, len(skeleton.rotated), 3)))
    rotations[:, skeleton.points.index("left_shoulder") :] *= 8  # arms and hands move more than trunk and head
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for joint, turn in (("shoulder", (0.0, 0.0, -1.2)), ("elbow", (0.0, -0.35, 2.4)), ("wrist", (-1.6, 0.0, 0.0))):
            rotations[:, skeleton.points.index(f"{side}_{joint}")] += np.array(turn) * (1.0, sign, sign)
    points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(rotations.astype(np.float32)))).numpy()
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton, rotations.astype(np.float32))


def rendering(size: int, body: str) -> Callable[[Bench], Cost]:
    """`FRAMES` pictures of `size` pixels of that body."""

    def measured(bench: Bench) -> Cost:
        from sign_latent.renderer.draw import draw_pose

        pose = moving_signer()
        return bench.cost(lambda: sum(1 for _ in draw_pose(pose, size, body=body)))

    return measured


RENDERERS = {"draw_512": rendering(512, "drawn"), "draw_256": rendering(256, "drawn")}
RENDERERS |= {"capsules_96": rendering(96, "capsules"), "capsules_256": rendering(256, "capsules")}
