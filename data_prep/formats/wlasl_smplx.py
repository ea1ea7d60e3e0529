"""Isolated signs of WLASL as SMPL-X parameters, gathered in one npz in the manner of SignAvatars.

Arrays: `smplx` [ΣT, 182] = root 0:3, body 3:66, left hand 66:111, right hand 111:156, jaw 156:159, shape 159:169,
expression 169:179, translation 179:182; `left_valid`, `right_valid` [ΣT]; `lengths`, `ids`, `gloss`, `split`,
`signer` (−1 unknown) a clip; `fps`.

What becomes of them:
- The camera's y runs down, so the signer's root is a half turn about x; the mean root rotation of the clip is removed,
  which leaves the signer upright and facing +z. Translation and shape are left out: points come from forward
  kinematics with the canonical signer's bones.
- The hands are stored relative to SMPL-X's mean hand (the package's `flat_hand_mean=False`; seen from finger joints
  that would bend backwards otherwise). That mean belongs to the licensed model; unless its file is given
  (`smplx_model`) a relaxed hand of our own stands in, so absolute finger angles are estimates.
- Expression: SMPL-X's ten coefficients are of a learned basis and mean nothing in ours, so expression is zero and face
  points have confidence 0. The jaw keeps its rotation.
- A hand that the source calls invalid in a frame has confidence 0 there; legs, out of the picture in all clips, always.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import roma
import torch

from data_prep.formats.source import Options, Source
from sign_latent.arrays import read_arrays
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics, matrix_to_axis_angle

_PER_CLIP = ("lengths", "ids", "gloss", "split", "signer")
_SPLITS = {"train": "train", "val": "dev", "test": "test"}
_SKELETON = get_skeleton("smplx")

# A relaxed hand of our own, in degrees about x, y, z of the right hand: every finger bends at its three joints alike,
# the thumb lies beside the palm. SMPL-X's order: index, middle, little and ring finger, thumb.
_FINGER = ((0, 0, 20), (0, 0, 30), (0, 0, 15))
_RELAXED = (*4 * _FINGER, (10, -15, 5), (0, -10, 5), (0, -10, 5))


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `smplx`. UserError if the file is missing, damaged or laid out otherwise."""
    arrays = _arrays(path)
    hands = _mean_hands(options.smplx_model)
    source = Source(
        skeleton="smplx",
        fps=float(arrays["fps"]),
        count=len(arrays["lengths"]),
        clips=iter(()),
        info={
            "title": "WLASL signs as SMPL-X",
            "licence": "non-commercial research",
            "hands": "mean hand of the given model" if options.smplx_model else "relaxed hand of our own",
            "face": "unknown: the source's expression basis is not ours",
        },
    )
    source.clips = _clips(arrays, hands, source.drops)
    return source


def _clips(arrays: dict[str, np.ndarray], hands: np.ndarray, drops: list[dict[str, str]]) -> Iterator[Clip]:
    ends = np.cumsum(arrays["lengths"])
    for i, (start, end) in enumerate(zip(ends - arrays["lengths"], ends, strict=True)):
        name, split = str(arrays["ids"][i]), str(arrays["split"][i])
        parameters = arrays["smplx"][start:end]
        valid = np.stack([arrays["left_valid"][start:end], arrays["right_valid"][start:end]], axis=1)
        reason = _reason_to_drop(parameters, valid, split)
        if reason:
            drops.append({"id": name, "reason": reason})
            continue
        gloss, signer = str(arrays["gloss"][i]).lower(), int(arrays["signer"][i])
        yield Clip(
            id=name,
            text=gloss,
            spoken_language="en",
            signed_language="ase",
            signer="" if signer < 0 else str(signer),
            source=name,
            split=_SPLITS[split],
            pose=_pose(parameters, valid, hands, float(arrays["fps"])),
            gloss=gloss.replace(" ", "-"),
        )


def _reason_to_drop(parameters: np.ndarray, valid: np.ndarray, split: str) -> str:
    if len(parameters) == 0:
        return "no frames"
    if not np.isfinite(parameters).all():
        return "NaN or infinity"
    if not valid.any():
        return "no hand is ever seen"
    return "" if split in _SPLITS else f"unknown split {split!r}"


def _pose(parameters: np.ndarray, valid: np.ndarray, hands: np.ndarray, fps: float) -> Pose:
    """One clip from parameters [T, 182], validity of the hands [T, 2] and mean hands [30, 3]."""
    rotations = _canonical(_rotations(parameters, hands))
    points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(rotations))).numpy()
    confidence = np.ones(points.shape[:2], np.float32)
    for side, seen in zip(("left_hand", "right_hand"), valid.T, strict=True):
        confidence[:, _SKELETON.parts[side]] = seen[:, None]
    legs = [i for i in _SKELETON.still if "eye" not in _SKELETON.points[i]]
    confidence[:, [*legs, *_SKELETON.parts["face"]]] = 0
    points[confidence == 0] = 0
    expression = np.zeros((len(points), _SKELETON.expression), np.float32)
    return Pose(points, confidence, fps, _SKELETON, rotations, expression)


def _rotations(parameters: np.ndarray, hands: np.ndarray) -> np.ndarray:
    """[T, 182] -> axis-angle [T, 55, 3] in SMPL-X's order of joints; legs and eyes at rest."""
    frames = len(parameters)
    rotations = np.zeros((frames, 55, 3), np.float32)
    rotations[:, :22] = parameters[:, :66].reshape(frames, 22, 3)
    rotations[:, 22] = parameters[:, 156:159]
    rotations[:, 25:] = parameters[:, 66:156].reshape(frames, 30, 3) + hands
    rotations[:, list(_SKELETON.still)] = 0
    return rotations


def _canonical(rotations: np.ndarray) -> np.ndarray:
    """The same with the clip's mean root rotation taken away, angles in [0, pi]."""
    matrices = axis_angle_to_matrix(torch.from_numpy(rotations))
    mean = roma.special_procrustes(matrices[:, 0].mean(0))  # chordal mean
    matrices[:, 0] = mean.mT @ matrices[:, 0]
    return matrix_to_axis_angle(matrices).numpy()


def _mean_hands(model: Path | None) -> np.ndarray:
    """[30, 3] radians, left then right."""
    if model is None:
        right = np.deg2rad(np.array(_RELAXED, dtype=np.float32))
        return np.concatenate([right * np.float32([1, -1, -1]), right])
    fields = read_arrays(model, ("hands_meanl", "hands_meanr"))
    if any(field.size != 45 for field in fields.values()):
        raise UserError(f"{model}: hands_meanl and hands_meanr should have 45 numbers each; give a SMPL-X model npz")
    return np.concatenate([np.float32(field).reshape(15, 3) for field in fields.values()])


def _arrays(path: Path) -> dict[str, np.ndarray]:
    arrays = read_arrays(path, ("smplx", "left_valid", "right_valid", "fps", *_PER_CLIP))
    clips, frames = len(arrays["lengths"]), int(arrays["lengths"].sum())
    shapes = dict.fromkeys(_PER_CLIP, (clips,)) | dict.fromkeys(("left_valid", "right_valid"), (frames,))
    for name, shape in (shapes | {"smplx": (frames, 182), "fps": ()}).items():
        if arrays[name].shape != shape:
            raise UserError(f"{path}: array {name} has shape {arrays[name].shape}, not {shape}; is the file whole?")
    return arrays
