"""Files of poses: `.npz` (lossless, ours), `.pose` (the ecosystem's), `.skels` (PHOENIX14T, many clips a file)."""

from collections.abc import Callable
from pathlib import Path

from sign_latent.errors import UserError
from sign_latent.pose.formats import npz, pose_file
from sign_latent.pose.pose import Pose
from sign_latent.pose.signs import within

_READERS: dict[str, Callable[[Path], Pose]] = {".npz": npz.read, ".pose": pose_file.read}
_WRITERS: dict[str, Callable[[Pose, Path, str], None]] = {".npz": npz.write, ".pose": pose_file.write}


def load(path: Path) -> Pose:
    """The pose in the file. UserError if it is missing, of another kind, damaged or holds no whole pose."""
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise UserError(f"{path}: not a pose file; known endings are {', '.join(_READERS)}")
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a file")
    if not path.is_file():
        raise UserError(f"{path}: no such file; check the path")
    return reader(path)


def save(pose: Pose, path: Path, provenance: str = "") -> None:
    """Write the pose, whole or not at all. UserError for an unknown ending or a pose that is not whole."""
    writer = _WRITERS.get(path.suffix)
    if writer is None:
        raise UserError(f"{path}: unknown ending; a pose is written as {' or '.join(_WRITERS)}")
    writer(pose.validate().with_signs(within(pose.signs, len(pose))), path, provenance)
