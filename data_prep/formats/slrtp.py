"""The SLRTP 2025 challenge: `{train,dev,test}.pt`, dicts of name → {text, gloss, poses_3d [N, 178, 3], speaker, …}.

The points are those of skeleton `slrtp178`. The axes are stated nowhere; they are turned so that the face is over the
shoulders and the left shoulder to the left. 25 frames a second. Poses stay in the file until it is their turn.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from data_prep.formats.pickles import array_of, load
from data_prep.formats.places import numbers, turned_pose
from data_prep.formats.skels import forecast
from data_prep.formats.source import Options, Record, Source
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import get_skeleton

FPS = 25.0
SKELETON = get_skeleton("slrtp178")
_SPLITS = ("train", "dev", "test")


def open_source(path: Path, options: Options) -> Source:
    """Clips of a file or of the files in a folder, German and DGS unless said otherwise. UserError if there is none."""
    files = [path] if path.is_file() else [file for split in _SPLITS for file in sorted(path.glob(f"{split}.pt"))]
    if not files:
        raise UserError(f"{path}: holds no train.pt, dev.pt or test.pt; give the file itself")
    parts = {file: _entries(file) for file in files}
    info = {"title": "SLRTP 2025 (PHOENIX14T)", "licence": "see the source (non-commercial)"}
    root = path.parent if path.is_file() else path
    source = Source(root, SKELETON.name, options.source_fps or FPS, sum(map(len, parts.values())), info)
    source.records = _records(parts, options, source.fps)
    return source


def _entries(file: Path) -> dict[str, dict]:
    entries = load(file)
    if not isinstance(entries, dict) or not all(isinstance(name, str) for name in entries):
        raise UserError(f"{file}: not a dict of clips by name; is it of this format?")
    return entries


def _records(parts: dict[Path, dict[str, dict]], options: Options, fps: float) -> Iterator[Record]:
    for file, entries in parts.items():
        split = file.stem if file.stem in _SPLITS else "train"
        for name, entry in entries.items():
            yield name, partial(_clip, name, entry, split, options, fps)


def _clip(name: str, entry: dict, split: str, options: Options, fps: float) -> Clip:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or "poses_3d" not in entry:
        raise UserError("has no text or no poses_3d")
    places = numbers(array_of(entry["poses_3d"], "poses_3d"), "poses_3d", None, len(SKELETON.points), 3)
    known = entry | {"signer": entry.get("speaker", "")}
    return forecast(name, split, turned_pose(places, SKELETON, fps, "face"), options, known)
