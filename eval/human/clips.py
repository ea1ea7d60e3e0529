"""The clips of several systems, made to be drawn alike: one skeleton, one frame rate, one person to every picture."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.human.design import FROZEN, REVERSED, Showing
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

ENDINGS = (".npz", ".pose")


def read_texts(path: Path) -> dict[str, str]:
    """Name of the clip -> text: a `.csv` with headings id and text; else a sentence a line, named 00000, 00001, …, as
    `stages/generate.py` names what it makes of such a file. UserError for anything else."""
    if path.suffix != ".csv":
        from stages.generate import read_texts as read_lines

        names, sentences, _ = read_lines(None, "", str(path))
        return dict(zip(names, sentences, strict=True))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"texts {path}: cannot be read as csv ({error}); give headings id,text") from None
    texts = {row.get("id") or "": (row.get("text") or "").strip() for row in rows}
    if not texts or "" in texts or "" in texts.values() or len(texts) < len(rows):
        raise UserError(f"texts {path}: give headings id,text and on every line another id and a text")
    return texts


def find_clips(systems: dict[str, Path], ids: Iterable[str]) -> dict[tuple[str, str], Path]:
    """(system, id) -> its file. UserError names a system that lacks one: no failure is left out of a comparison."""
    ids, found = list(ids), {}
    for system, folder in systems.items():
        for name in ids:
            files = [path for path in (folder / f"{name}{ending}" for ending in ENDINGS) if path.is_file()]
            if files:
                found[system, name] = files[0]
        missing = [name for name in ids if (system, name) not in found]
        if missing:
            raise UserError(
                f"system {system}: {len(missing)} of {len(ids)} clips are not in {folder}, the first "
                f"{missing[0]}.pose (or .npz); add them, or take them out of the texts for all systems"
            )
    return found


@dataclass(frozen=True)
class Drawing:
    """What all clips of a pack share. `shown` [K]: points that every skeleton among the systems' can give."""

    skeleton: str
    fps: float
    shown: np.ndarray

    def prepared(self, pose: Pose, change: str = "") -> Pose:
        """The pose on the common skeleton at the common rate, with `change` done to it."""
        pose = convert(pose, self.skeleton)
        plain = replace(pose, confidence=pose.confidence * self.shown, rotations=None, expression=None)
        return CHANGES[change](plain.resampled(self.fps))


def common_drawing(skeletons: Iterable[str], fps: float) -> Drawing:
    """On the skeleton that knows least (flat before deep, few points before many), to which the others convert."""
    kinds = [get_skeleton(name) for name in sorted(set(skeletons))]
    target = min(kinds, key=lambda kind: (kind.dimensions, len(kind.points)))
    shown = np.ones(len(target.points), np.float32)
    for kind in kinds:
        shape = (1, len(kind.points), kind.dimensions)
        whole = Pose(np.zeros(shape, np.float32), np.ones(shape[:2], np.float32), fps, kind)
        shown *= convert(whole, target.name).confidence[0] > 0
    return Drawing(target.name, fps, shown)


def load_poses(files: dict[tuple[str, str], Path]) -> dict[tuple[str, str], Pose]:
    """All of them. UserError names a file that is damaged, empty or not whole."""
    poses = {}
    for name, path in files.items():
        try:
            poses[name] = Pose.load(path).validate()
        except UserError as error:
            raise UserError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from None
    return poses


def shown_pose(showing: Showing, poses: dict[tuple[str, str], Pose], drawing: Drawing) -> Pose:
    """What is drawn for a showing."""
    return drawing.prepared(poses[showing.system, showing.item], showing.change)


def _frozen(pose: Pose) -> Pose:
    """The frame in the middle, for as long as the clip lasts."""
    still = np.full(len(pose), len(pose) // 2)
    return replace(pose, points=pose.points[still], confidence=pose.confidence[still])


def _reversed(pose: Pose) -> Pose:
    return replace(pose, points=pose.points[::-1].copy(), confidence=pose.confidence[::-1].copy())


CHANGES = {"": lambda pose: pose, FROZEN: _frozen, REVERSED: _reversed}
