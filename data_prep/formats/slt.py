"""Sign Language Transformers: a gzipped pickle a split, a list of {name, signer, gloss, text, sign [T, F]}.

What F numbers are, nobody says; these layouts are known: 150 or 151 (`.skels`, without or with a counter), 534 (the
178 points of SLRTP × 3). Features of images (1024 and the like) are no poses and are refused. 25 frames a second,
German and DGS unless said otherwise. A pickle is read whole: memory holds one file at a time, unpacked.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.pickles import array_of, load
from data_prep.formats.places import numbers, turned_pose
from data_prep.formats.skels import forecast
from data_prep.formats.source import Options, Record, Source
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.formats.skels import FPS, pose_of_frames

_SPLITS = ("train", "dev", "test")
_SLRTP = get_skeleton("slrtp178")


def _slrtp(frames: np.ndarray, name: str) -> Pose:
    return turned_pose(frames.reshape(len(frames), -1, 3), _SLRTP, FPS, "face")


_LAYOUTS: dict[int, tuple[str, Callable[[np.ndarray, str], Pose]]] = {
    150: ("phoenix50", pose_of_frames),
    151: ("phoenix50", lambda frames, name: pose_of_frames(frames[:, :-1], name)),
    534: (_SLRTP.name, _slrtp),
}


def open_source(path: Path, options: Options) -> Source:
    """Clips of a file or of all in a folder, whose names tell the split. UserError for none, or for another F."""
    files = [path] if path.is_file() else sorted(file for file in path.iterdir() if file.is_file())
    if not files:
        raise UserError(f"{path}: holds no files; give the pickle itself")
    width = _width(files[0])
    info = {"title": f"sign poses of {path.name}", "licence": "see the source"}
    root = path.parent if path.is_file() else path
    source = Source(root, _LAYOUTS[width][0], FPS, 0, info)
    source.records = _records(source, files, width, options)
    return source


def _width(file: Path) -> int:
    """F of the first clip. UserError where it is none of ours."""
    sign = next((entry["sign"] for entry in _entries(file) if isinstance(entry, dict) and "sign" in entry), None)
    frames = array_of(sign, f"{file}: sign")
    width = frames.shape[-1] if frames.ndim == 2 else 0
    if width not in _LAYOUTS:
        known = ", ".join(map(str, _LAYOUTS))
        raise UserError(f"{file}: sign has {width} numbers a frame, which are no poses known here ({known})")
    return width


def _entries(file: Path) -> list:
    entries = load(file)
    if not isinstance(entries, list):
        raise UserError(f"{file}: not a list of clips; is it of this format?")
    return entries


def _records(source: Source, files: list[Path], width: int, options: Options) -> Iterator[Record]:
    for file in files:
        try:
            entries = _entries(file)
        except UserError as error:
            source.drop(file.name, str(error))
            continue
        split = next((split for split in _SPLITS if split in re.split(r"\W+|_", file.name)), "train")
        for i, entry in enumerate(entries):
            known = entry if isinstance(entry, dict) else {}
            name = str(known.get("name") or f"{file.name} {i + 1}")
            yield name, partial(_clip, name, known, width, split, options)


def _clip(name: str, entry: dict, width: int, split: str, options: Options) -> Clip:
    if not {"text", "sign"} <= set(entry) or not isinstance(entry["text"], str):
        raise UserError("has no text or no sign")
    frames = numbers(array_of(entry["sign"], "sign"), "sign", None, width)
    return forecast(name, split, _LAYOUTS[width][1](frames, name), options, entry)
