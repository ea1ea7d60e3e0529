"""MediaPipe's body and hands in 258 numbers a frame: pose 33 × (x, y, z, visibility), left and right hand 21 × 3.

Either npz files with `frames` [ΣT, 258], `lengths` and `labels` a clip, or a folder of npy [T, 258] with texts in
`index.csv`, described in `folder`; 0 = missing, places are fractions of the image. The skeleton is `holistic543`, whose
face stays missing. Rate and shape of the images are stated nowhere: 25 frames a second and as wide as high, unless said
otherwise. Repetitions of a label lie back to back, so of each such run the first three fifths are train, then a fifth
each dev and test: neighbours are nearly the same recording. Clips labelled `-` are blanks and are dropped.
"""

import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.places import mediapipe_pose, numbers
from data_prep.formats.source import Options, Record, Source
from sign_latent.arrays import ArrayFile, read_array
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton

SKELETON = get_skeleton("holistic543")
WIDTH = 258
_BODY, _HANDS = 33, 501
"""Points of the body, and where the hands begin: the face lies between."""
_BLANK = "-"
_SPLITS = ("train", "train", "train", "dev", "test")


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `holistic543`. UserError if there is none, or a file is laid out otherwise."""
    fps, aspect = options.source_fps or 25.0, options.aspect or 1.0
    files = [path] if path.is_file() else sorted(path.glob("*.npz"))
    if not files:
        read = partial(_read, fps=fps, aspect=aspect)
        return open_folder(path, options, Kind("MediaPipe of {}", "see the source", ".npy", read, SKELETON.name, fps))
    known = {file: _known(file) for file in files}
    info = {"title": f"MediaPipe of {path.name}", "licence": "see the source", "split": "blocks of each run of a label"}
    root = path.parent if path.is_file() else path
    source = Source(root, SKELETON.name, fps, sum(len(labels) for _, labels in known.values()), info)
    source.records = (record for file in files for record in _records(file, *known[file], options, fps, aspect))
    return source


def pose_of(rows: np.ndarray, what: str, fps: float, aspect: float) -> Pose:
    """[T, 258] -> a clip. UserError for another shape."""
    rows = numbers(rows, what, None, WIDTH)
    body = rows[:, : 4 * _BODY].reshape(-1, _BODY, 4)
    landmarks = np.zeros((len(rows), len(SKELETON.points), 3))
    landmarks[:, :_BODY], landmarks[:, _HANDS:] = body[..., :3], rows[:, 4 * _BODY :].reshape(-1, 42, 3)
    confidence = (landmarks != 0).any(-1).astype(np.float32)
    confidence[:, :_BODY] *= body[..., 3]
    return mediapipe_pose(landmarks, confidence, fps, aspect)


def block_splits(labels: list[str]) -> list[str]:
    """The split of each clip: runs of one label are cut into blocks in their order."""
    runs = [len(list(run)) for _, run in itertools.groupby(labels)]
    return [_SPLITS[len(_SPLITS) * i // length] for length in runs for i in range(length)]


def _read(path: Path, fps: float, aspect: float) -> Pose:
    return pose_of(read_array(path), str(path), fps, aspect)


def _known(path: Path) -> tuple[np.ndarray, list[str]]:
    """Lengths and labels of the clips. UserError where they do not fit the frames."""
    with ArrayFile(path) as file:
        lengths, labels = file.read("lengths"), file.read("labels")
        whole = lengths.dtype.kind in "iu" and labels.dtype.kind == "U" and lengths.shape == labels.shape
        whole = whole and lengths.ndim == 1 and (lengths >= 0).all()
        if not whole or file.shape("frames") != (int(lengths.sum()), WIDTH):
            raise UserError(f"{path}: frames, lengths and labels do not fit each other; is the file whole?")
        return lengths, labels.tolist()


def _records(
    path: Path, lengths: np.ndarray, labels: list[str], options: Options, fps: float, aspect: float
) -> Iterator[Record]:
    splits = block_splits(labels)
    with ArrayFile(path) as file:
        for i, rows in enumerate(file.rows("frames", lengths)):
            name = f"{path.stem}/{i}"
            yield name, partial(_clip, name, rows, labels[i], splits[i], options, fps, aspect)


def _clip(name: str, rows: np.ndarray, label: str, split: str, options: Options, fps: float, aspect: float) -> Clip:
    if label.strip() in ("", _BLANK):
        raise UserError(f"labelled {label!r}: a blank, in which nothing is signed")
    return Clip(
        id=name,
        text=label,
        spoken_language=options.spoken_language,
        signed_language=options.signed_language,
        signer="",
        source=name,
        split=split,
        pose=pose_of(rows, name, fps, aspect),
        gloss=label.replace(" ", "-"),
    )
