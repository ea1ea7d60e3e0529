"""Isolated signs of WLASL as SMPL-X parameters, gathered in one npz in the manner of SignAvatars.

Arrays: `smplx` [ΣT, 182] as in `smplx`; `left_valid`, `right_valid` [ΣT]; `lengths`, `ids`, `gloss`, `split`,
`signer` (−1 unknown) a clip; `fps`. A hand that the source calls invalid in a frame has confidence 0 there.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.smplx import WIDTH, Parameters, described, mean_hands, pose_of
from data_prep.formats.source import Options, Record, Source
from sign_latent.arrays import ArrayFile
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError

_PER_CLIP = ("lengths", "ids", "gloss", "split", "signer")
_PER_FRAME = {"smplx": (WIDTH,), "left_valid": (), "right_valid": ()}
_SPLITS = {"train": "train", "val": "dev", "test": "test"}


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `smplx`. UserError if the file is missing, damaged or laid out otherwise."""
    with ArrayFile(path) as file:
        known = {name: file.read(name) for name in (*_PER_CLIP, "fps")}
        _check(file, known)
    info = {"title": "WLASL signs as SMPL-X", "licence": "non-commercial research"} | described(options.smplx_model)
    source = Source(path.parent, "smplx", float(known["fps"]), len(known["lengths"]), info)
    source.records = _records(path, known, mean_hands(options.smplx_model))
    return source


def _records(path: Path, known: dict[str, np.ndarray], hands: np.ndarray) -> Iterator[Record]:
    """Reads the frames of one clip at a time."""
    with ArrayFile(path) as file:
        parts = zip(*(file.rows(name, known["lengths"]) for name in _PER_FRAME), strict=True)
        for i, frames in enumerate(parts):
            yield (
                str(known["ids"][i]),
                partial(_clip, {name: known[name][i] for name in _PER_CLIP}, *frames, hands, float(known["fps"])),
            )


def _clip(
    known: dict[str, np.generic],
    parameters: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    hands: np.ndarray,
    fps: float,
) -> Clip:
    name, split, gloss, signer = (
        str(known["ids"]),
        str(known["split"]),
        str(known["gloss"]).lower(),
        int(known["signer"]),
    )
    if split not in _SPLITS:
        raise UserError(f"unknown split {split!r}")
    return Clip(
        id=name,
        text=gloss,
        spoken_language="en",
        signed_language="ase",
        signer="" if signer < 0 else str(signer),
        source=name,
        split=_SPLITS[split],
        pose=pose_of(Parameters.of_row(parameters), np.stack([left, right], axis=1), hands, fps),
        gloss=gloss.replace(" ", "-"),
    )


def _check(file: ArrayFile, known: dict[str, np.ndarray]) -> None:
    lengths = known["lengths"]
    if lengths.dtype.kind not in "iu" or lengths.ndim != 1 or (lengths < 0).any():
        raise UserError(f"{file.path}: lengths are not one whole number a clip; is the file whole?")
    shapes = dict.fromkeys(_PER_CLIP, (len(lengths),)) | {"fps": ()}
    shapes |= {name: (int(lengths.sum()), *rest) for name, rest in _PER_FRAME.items()}
    for name, shape in shapes.items():
        if file.shape(name) != shape:
            raise UserError(f"{file.path}: array {name} has shape {file.shape(name)}, not {shape}; is the file whole?")
    if known["fps"].dtype.kind not in "fiu" or known["signer"].dtype.kind not in "iu":
        raise UserError(f"{file.path}: fps or signer are no numbers; is the file whole?")
