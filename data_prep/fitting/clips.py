"""From the clips of a corpus to clips of skeleton `smplx`, with the error of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from data_prep.fitting.body import POINTS, Body
from data_prep.fitting.fit import Fitted, fit
from data_prep.fitting.targets import HAND_POINTS, Seen, seen
from sign_latent.corpus.clip import Clip
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.kinematics import forward_kinematics, matrix_to_axis_angle, rest_from_smplx_model, rest_points
from sign_latent.pose.skeletons.parts import FACE

_SKELETON = get_skeleton("smplx")
_FRAMES = 2000
"""Frames fitted at once, padding included: bounds the memory, of which a frame takes about 0.2 MB."""

_HANDS = {f"{side}_hand": points for side, points in HAND_POINTS.items()}
_APART = {*HAND_POINTS["left"], *HAND_POINTS["right"], *FACE}
PARTS = {"body": [name for name in POINTS if name not in _APART], **_HANDS, "face": list(FACE)}
"""Part -> the points whose error is told together; wrists count for the body."""
_TRUNK = ["pelvis", "spine1", "spine2", "spine3", "neck", "left_collar", "right_collar"]
_LEGS = [name for i, name in enumerate(_SKELETON.points) if i in _SKELETON.still and "eye" not in name]

Errors = dict[str, float]
"""Part -> median distance of the fitted points from those seen, in shoulder widths; parts never seen are left out."""


@dataclass(frozen=True)
class Options:
    """How a corpus is fitted."""

    plane: bool = False
    """Leave the depth out where the source has one."""
    bones: str = "canonical"
    """`canonical`: the points written are those of the canonical signer with the fitted rotations, as everywhere else
    where rotations are known. `signer`: they keep the proportions, and so the places, of the signer."""
    smplx_model: Path | None = None
    """A licensed SMPL-X model file (npz) whose bones take the place of ours."""


def fit_clips(clips: list[Clip], options: Options) -> list[tuple[Clip, Errors]]:
    """The same clips, in the same order, on skeleton `smplx`. UserError if the model is none."""
    rest = rest_from_smplx_model(options.smplx_model) if options.smplx_model else rest_points()
    with torch.inference_mode():
        body, found = Body(rest), {}
        for batch in _batches(clips):
            shown = [seen(clips[i].pose, options.plane) for i in batch]
            fitted = fit(body, shown, clips[batch[0]].pose.fps)
            for i, one, result in zip(batch, shown, fitted, strict=True):
                pose = _pose(clips[i].pose, one, result, rest, options.bones)
                found[i] = replace(clips[i], pose=pose), errors(one, result.points.numpy())
    return [found[i] for i in range(len(clips))]


def errors(shown: Seen, points: np.ndarray) -> Errors:
    """How far points [T, P, 3] lie from those seen: in space where depth was looked at, else in the picture."""
    apart = np.sqrt((np.square(points - shown.points) * (shown.weight > 0)).sum(-1))  # [T, P]
    found = {}
    for part, names in PARTS.items():
        chosen = [POINTS.index(name) for name in names]
        values = apart[:, chosen][shown.weight[:, chosen, 0] > 0]
        if values.size:
            found[part] = float(np.median(values))
    return found


def _batches(clips: list[Clip]) -> Iterator[list[int]]:
    """Indices of clips of like length, so many that their padded frames are few enough."""
    order = sorted(range(len(clips)), key=lambda i: len(clips[i].pose))
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * len(clips[i].pose) > _FRAMES:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _pose(source: Pose, shown: Seen, fitted: Fitted, rest: torch.Tensor, bones: str) -> Pose:
    rotations = matrix_to_axis_angle(fitted.rotations)
    points = fitted.points[:, : len(_SKELETON.points)]
    if bones == "canonical":
        points = forward_kinematics(fitted.rotations, rest=rest)
    confidence = carried(shown.confidence, source.skeleton.name == "smplx")
    points = np.where(confidence[..., None] > 0, points.numpy(), 0).astype(np.float32)
    expression = np.zeros((len(points), _SKELETON.expression), np.float32)
    about = source.provenance
    return Pose(points, confidence, source.fps, _SKELETON, rotations.numpy(), expression, provenance=about)


def carried(confidence: np.ndarray, same: bool) -> np.ndarray:
    """[T, P] of the source -> [T, 94]. What was not seen stays unseen; what no detector shows follows from what is.

    Trunk and collars are as sure as the shoulders, head and jaw as the surest point of the head. Legs are never known,
    nor are the points of the face: its expression is not fitted. A corpus of the `same` skeleton keeps what it has.
    """
    own = confidence[:, : len(_SKELETON.points)].copy()
    if same:
        return own
    place = POINTS.index
    own[:, list(map(place, _TRUNK))] = confidence[:, [_SKELETON.left_shoulder, _SKELETON.right_shoulder]].min(1)[
        :, None
    ]
    of_head = [place(name) for name in ("head", "nose", "left_ear", "right_ear", "left_eye", "right_eye")]
    own[:, list(map(place, ("head", "jaw", "left_eye", "right_eye")))] = confidence[:, of_head].max(1)[:, None]
    own[:, list(map(place, _LEGS))] = 0
    own[:, list(_SKELETON.parts["face"])] = 0
    return own


def summary(found: Iterable[Errors]) -> dict[str, dict[str, float]]:
    """Part -> median and 95th percentile over clips of the clips' medians."""
    rows = list(found)
    out = {}
    for part in PARTS:
        values = [row[part] for row in rows if part in row]
        if values:
            out[part] = {
                "median": round(float(np.median(values)), 4),
                "p95": round(float(np.percentile(values, 95)), 4),
            }
    return out
