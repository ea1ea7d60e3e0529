"""From tracks to a body: joint rotations by inverse kinematics, points by forward kinematics."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from data_prep.invented.arms import ArmBones, solve_arm
from data_prep.invented.signers import Signer
from data_prep.invented.tracks import MIRROR, Controls
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.skeleton import get_skeleton

SPINE2, NECK, HEAD, JAW = 6, 12, 15, 22
LEFT = {"shoulder": 16, "elbow": 18, "wrist": 20, "hand": 25, "knuckle": 28}
RIGHT = {"shoulder": 17, "elbow": 19, "wrist": 21, "hand": 40, "knuckle": 43}
PALM_SHARE = 1.0  # the hand's centre lies at the knuckle of the middle finger
JAW_OPENING = np.radians(7)
FINGER_MIRROR = np.array([1.0, -1.0, -1.0])
ELBOW_POLE = np.array([-0.55, -1.0, -0.25])  # of a right arm: out, down, a little back
WRIST_COMFORT = 1.0  # how much the elbow gives way to spare the wrist
ELBOW_BOX = np.array([(-1.2, -0.6, -0.1), (0.1, 0.1, 0.3)])  # and how far, for a right arm: not in, up or back
ELBOW_CALM = 2.0  # frames; elbows are slower than hands
LOWEST = -1.30


@dataclass(frozen=True)
class Body:
    """A signer's rest pose and what follows from it."""

    rest: np.ndarray
    anchors: dict[str, np.ndarray]

    def arm(self, side: dict[str, int]) -> ArmBones:
        shoulder, elbow, wrist = (self.rest[side[name]] for name in ("shoulder", "elbow", "wrist"))
        return ArmBones(elbow - shoulder, wrist - elbow, 1.0 if side is RIGHT else -1.0)


def make_body(signer: Signer | None) -> Body:
    """The body of a signer; None is the canonical one."""
    from sign_latent.pose.kinematics import rest_points

    rest = np.asarray(rest_points(), dtype=np.float64) if signer is None else signer.rest()
    names = get_skeleton("smplx").points
    middle = lambda word: np.mean([rest[i] for i, n in enumerate(names) if i >= 55 and word in n], axis=0)  # noqa: E731
    offset = np.zeros(3) if signer is None else signer.place_offset
    anchors = {
        "brows": middle("brow"),
        "eyes": middle("iris"),
        "mouth": np.mean([rest[i] for i, n in enumerate(names) if i >= 55 and ("lip" in n)], axis=0),
        "shoulders": np.zeros(3),
        "shoulder_same": rest[RIGHT["shoulder"]],
        "shoulder_other": rest[LEFT["shoulder"]],
    }
    return Body(rest, {name: place + offset for name, place in anchors.items()})


def rotations(controls: Controls, body: Body, elbow: float = 0.0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Axis-angles [T, 55, 3] of a right-handed signer, and forearm twists {"right", "left"} [T] in radians."""
    frames = len(controls)
    out = np.zeros((frames, 55, 3))
    out[:, SPINE2] = controls.trunk
    head = Rotation.from_euler("yxz", controls.head[:, [1, 0, 2]])
    out[:, NECK] = out[:, HEAD] = Rotation.from_rotvec(head.as_rotvec() / 2).as_rotvec()
    out[:, JAW, 0] = JAW_OPENING * np.clip(controls.expression[:, 3], 0, None)
    chest = Rotation.from_rotvec(controls.trunk).as_matrix()
    twists = {}
    for number, (name, side) in enumerate((("right", RIGHT), ("left", LEFT))):
        place, hand, fingers = controls.place[:, number], controls.hand[:, number], controls.fingers[:, number]
        pole = ELBOW_POLE + np.array([-elbow, 0, 0])
        if name == "left":
            place, fingers, pole = place * MIRROR, fingers * FINGER_MIRROR, pole * MIRROR
            hand = MIRROR[:, None] * hand * MIRROR
        hand = Rotation.from_matrix(hand).as_matrix()
        bones = body.arm(side)
        palm = (body.rest[side["knuckle"]] - body.rest[side["wrist"]]) * PALM_SHARE
        wrist = np.maximum(place - hand @ palm, [-np.inf, LOWEST, -np.inf])
        shoulder = body.rest[SPINE2] + chest @ (body.rest[side["shoulder"]] - body.rest[SPINE2])
        straight = wrist - hand @ bones.fore - shoulder  # where the elbow would spare the wrist any bend
        sense = MIRROR if name == "left" else 1.0
        straight = np.clip(straight * sense, *ELBOW_BOX) * sense
        pole = gaussian_filter1d(pole + WRIST_COMFORT * straight, ELBOW_CALM, axis=0, mode="nearest")
        *local, twists[name] = solve_arm(bones, shoulder, chest, wrist, hand, pole)
        for joint, matrix in zip(("shoulder", "elbow", "wrist"), local, strict=True):
            out[:, side[joint]] = Rotation.from_matrix(matrix).as_rotvec()
        out[:, side["hand"] : side["hand"] + 15] = fingers
    return out, twists


def points(turns: np.ndarray, expression: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Points [T, 94, 3] in body coordinates (unit and origin from the median frame) of rotations on a rest pose."""
    with torch.inference_mode():
        matrices = axis_angle_to_matrix(torch.from_numpy(np.ascontiguousarray(turns, dtype=np.float32)))
        moved = forward_kinematics(
            matrices,
            torch.from_numpy(np.ascontiguousarray(expression, dtype=np.float32)),
            torch.from_numpy(np.ascontiguousarray(rest, dtype=np.float32)),
        ).numpy()
    return moved


def to_body_coordinates(moved: np.ndarray) -> np.ndarray:
    """Origin between the shoulders and shoulder width 1, both of the median frame."""
    left, right = moved[:, LEFT["shoulder"]], moved[:, RIGHT["shoulder"]]
    origin = np.median((left + right) / 2, axis=0)
    width = np.median(np.linalg.norm(left - right, axis=-1))
    return ((moved - origin) / width).astype(np.float32)
