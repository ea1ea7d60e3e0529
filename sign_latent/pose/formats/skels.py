"""`.skels`: one clip a line, as Progressive Transformers wrote PHOENIX14T.

A frame is 151 floats: 50 joints × 3, divided by 3, and a counter from 0 to 1. In the file x runs to the image's
right (the signer's left), y down, z towards the viewer, and the neck is the origin; 25 frames a second.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError
from sign_latent.files import file_aside
from sign_latent.pose.normalise import body_frame, in_frame
from sign_latent.pose.placement import measured
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

FPS = 25.0
_JOINTS = 50
_FRAME = 3 * _JOINTS + 1
_SCALE = np.array([3.0, -3.0, 3.0])  # file -> shoulder widths, y up


def read_skels(path: str | Path) -> list[Pose]:
    """All clips of a file in body coordinates. UserError names file and line of the first bad one."""
    lines = read_lines(path)
    return [parse_clip(line, f"{path} line {number}") for number, line in enumerate(lines, 1)]


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file. UserError if it is missing or not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as text ({error}); give one in UTF-8") from None


def parse_clip(line: str, where: str) -> Pose:
    """One line -> a pose of skeleton `phoenix50`; frames that are all zero have confidence 0. `where` begins errors."""
    try:
        values = np.array(line.split(), dtype=np.float64)
    except ValueError:
        raise UserError(f"{where}: holds something that is not a number") from None
    if len(values) == 0 or len(values) % _FRAME:
        raise UserError(f"{where}: {len(values)} numbers, not a multiple of {_FRAME} (50 joints × 3 and a counter)")
    return pose_of_frames(values.reshape(-1, _FRAME)[:, :-1], where)


def pose_of_frames(frames: np.ndarray, where: str) -> Pose:
    """[T, 150] as in the file, without counters -> a pose, as `parse_clip` does."""
    if not np.isfinite(frames).all():
        raise UserError(f"{where}: holds NaN or infinity; clean it first")
    joints = np.float64(frames).reshape(-1, _JOINTS, 3)
    seen = np.abs(joints).max((1, 2)) > 0  # [T]
    confidence = np.repeat(seen[:, None], _JOINTS, axis=1).astype(np.float32)
    skeleton = get_skeleton("phoenix50")
    try:
        frame = body_frame(joints * _SCALE, confidence, skeleton)
        points = in_frame(joints * _SCALE, confidence, frame)
        return Pose(points, confidence, FPS, skeleton, placement=measured("skels", frame)).validate()
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def write_skels(path: str | Path, poses: Iterable[Pose]) -> None:
    """Write clips of skeleton `phoenix50` at 25 frames a second, five decimals as in the original, one at a time.

    The neck is the origin; clips that were read from such a file get the place and size back that they had there.

    UserError for another skeleton or rate: convert and resample first.
    """
    with file_aside(path) as aside, aside.open("w", encoding="utf-8") as file:
        file.writelines(_line(pose.validate()) + "\n" for pose in poses)


def _line(pose: Pose) -> str:
    if pose.skeleton.name != "phoenix50" or pose.fps != FPS:
        raise UserError(
            f".skels holds phoenix50 at {FPS} fps, not {pose.skeleton.name} at {pose.fps}; convert it first"
        )
    neck, there = pose.skeleton.points.index("neck"), pose.placement
    kept = there is not None and there.layout == "skels"
    places = there.undo(pose.points) if kept else pose.points - pose.points[:, neck : neck + 1]
    joints = np.where(pose.confidence[..., None] > 0, places, 0) / _SCALE
    counter = np.arange(len(pose)) / len(pose)
    frames = np.concatenate([joints.reshape(len(pose), -1), counter[:, None]], axis=1)
    return " ".join(f"{value:.5f}" for value in frames.ravel())
