"""`.npz`: every feature set of a pose and its signs, lossless, with a line of provenance. No pickle."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError, brief
from sign_latent.files import file_aside
from sign_latent.pose.pose import Pose
from sign_latent.pose.signs import read_signs, to_text
from sign_latent.pose.skeleton import get_skeleton

_OPTIONAL = ("rotations", "expression")


def write(pose: Pose, path: Path, provenance: str = "") -> None:
    """Arrays `points`, `confidence`, `fps`, `skeleton` (name), `provenance`, and where known `rotations`,
    `expression`, `signs` (a line of JSON). The same pose gives the same bytes."""
    arrays = {name: getattr(pose, name) for name in _OPTIONAL if getattr(pose, name) is not None}
    names = {"skeleton": pose.skeleton.name, "provenance": provenance}
    if pose.signs:
        names["signs"] = to_text(pose.signs)
    arrays |= {name: np.array(value) for name, value in names.items()}
    with file_aside(path) as aside, aside.open("wb") as file:
        np.savez_compressed(
            file, points=pose.points, confidence=pose.confidence, fps=np.float64(pose.fps), **arrays, allow_pickle=False
        )


def read(path: Path) -> Pose:
    """UserError if the file is damaged or not a pose of ours."""
    fields = read_arrays(path)
    try:
        optional = {name: np.float32(fields[name]) if name in fields else None for name in _OPTIONAL}
        points, confidence = np.float32(fields["points"]), np.float32(fields["confidence"])
        fps, name = float(fields["fps"]), str(fields["skeleton"])
        signs, about = json.loads(str(fields["signs"])) if "signs" in fields else [], _provenance(fields)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not a pose file of ours ({brief(error)}); write one with Pose.save") from None
    try:
        pose = Pose(points, confidence, fps, get_skeleton(name), **optional, provenance=about).validate()
        return pose.with_signs(read_signs(signs, len(pose)))
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _provenance(fields: Mapping[str, np.ndarray]) -> str:
    """The line that was written with the pose; "" where there is none, or something else in its place."""
    found = fields.get("provenance", np.array(""))
    return str(found) if found.dtype.kind == "U" and found.shape == () else ""
