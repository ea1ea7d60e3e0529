"""Google's isolated sign recognition corpus: a Parquet file a clip in the long format, and `train.csv`.

Columns of a file: `frame`, `type` (face, left_hand, pose, right_hand), `landmark_index`, `x`, `y`, `z` (NaN: missing);
of the table: `path`, `participant_id`, `sequence_id`, `sign`. American Sign Language. The skeleton is `holistic543`,
which has all of it. Without the table, or with an `index.csv`, it is a folder as `folder` describes. The rate and shape
of the images are stated nowhere: 30 frames a second and as wide as high, unless said otherwise.
"""

from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, Row, open_folder
from data_prep.formats.places import mediapipe_pose
from data_prep.formats.source import Options, Source
from sign_latent.arrays import check_unpacked, refusing_damage
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton

SKELETON = get_skeleton("holistic543")
_COLUMNS = ["frame", "type", "landmark_index", "x", "y", "z"]
_STARTS = {"pose": 0, "face": 33, "left_hand": 501, "right_hand": 522}
_COUNTS = {"pose": 33, "face": 468, "left_hand": 21, "right_hand": 21}
_LONGEST = 20_000
"""Frames of a clip: ten minutes."""


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `holistic543`. UserError if there is none, or the table lacks a column."""
    fps = options.source_fps or 30.0
    read = partial(_read, fps=fps, aspect=options.aspect or 1.0)
    kind = Kind("isolated signs of {}", "see the source", ".parquet", read, SKELETON.name, fps)
    if (path / "train.csv").is_file():
        kind = Kind(
            "Google Isolated Sign Language Recognition",
            "see the source",
            ".parquet",
            read,
            SKELETON.name,
            fps,
            index="train.csv",
            adapt=_adapt,
        )
    return open_folder(path, options, kind)


def _adapt(row: Row) -> Row:
    sign = row.get("sign", "")
    return {
        "path": row["path"],
        "id": row.get("sequence_id", ""),
        "text": sign,
        "gloss": sign,
        "signer": row.get("participant_id", ""),
        "spoken_language": "en",
        "signed_language": "ase",
    }


def _read(path: Path, fps: float, aspect: float) -> Pose:
    frame, kind, index, places = _columns(path)
    first, last = int(frame.min()), int(frame.max())
    if last - first >= _LONGEST:
        raise UserError(f"{path}: frames {first} to {last}, more than any clip has")
    landmarks = np.full((last - first + 1, len(SKELETON.points), 3), np.nan)
    for name, start in _STARTS.items():
        rows = kind == name
        if ((index[rows] < 0) | (index[rows] >= _COUNTS[name])).any():
            raise UserError(f"{path}: has landmarks of {name} beyond the {_COUNTS[name]} there are")
        landmarks[frame[rows] - first, start + index[rows]] = places[rows]
    confidence = np.isfinite(landmarks).all(-1)
    return mediapipe_pose(landmarks, confidence, fps, aspect)


def _columns(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """frame [N], type [N], landmark_index [N], x y z [N, 3]"""
    import pyarrow.parquet as parquet

    with refusing_damage(path, "a Parquet"), parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        check_unpacked(sum(group.total_byte_size for group in groups), path.stat().st_size)
        if not 0 < file.metadata.num_rows <= _LONGEST * len(SKELETON.points):
            raise ValueError(f"{file.metadata.num_rows} rows")
        table = file.read(columns=_COLUMNS, use_threads=False)
        frame, index = (np.asarray(table[name], dtype=np.int64) for name in ("frame", "landmark_index"))
        places = np.stack([np.asarray(table[name], dtype=np.float64) for name in "xyz"], axis=1)
        return frame, np.asarray(table["type"]).astype(str), index, places
