"""German Sign Language sentences as a folder of `index.tsv` and `motion/{id}.npz`.

`index.tsv` is tab-separated: `id`, `doc` (the recorded session), `signer` (a letter within the session), `start_ms`,
`german`, `english`, `gloss`, `gloss_timed` (JSON: [[start ms, end ms, gloss], …] in the session's time); `split` may
follow. Each npz holds `fps` and `keypoints` [T, 134] = OpenPose BODY_25 × 2, left hand 21 × 2, right hand 21 × 2.

What becomes of them:
- Coordinates are in [0, 1] of an image of 16:9, so x is multiplied by 16/9; y runs down in images and up in ours.
- (0, 0) means missing. So does a coordinate of exactly 1: the extractor cuts at the border of the image what lies
  outside of it (legs, now and then finger tips).
- The text is German, or English where `--spoken-language en` says so.
- Without a `split` column clips are spread by a hash of their id: three fifths train, a fifth dev, a fifth test.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data_prep.formats.source import Options, Source
from sign_latent.arrays import read_arrays
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.normalise import normalise

FPS = 50.0
ASPECT = 16 / 9
"""Width ÷ height of the images."""
_TEXTS = {"de": "german", "en": "english"}
_COLUMNS = ("id", "doc", "signer", "start_ms", "german", "english", "gloss", "gloss_timed")
_SKELETON = get_skeleton("openpose67")
_SPLITS = ("train", "train", "train", "dev", "test")


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `openpose67` with a `gloss` tier. A clip that cannot be read is dropped with its reason.

    UserError if the index is missing or lacks a column, or the text is wanted in a language that it has not.
    """
    rows, language = _index(path / "index.tsv"), options.spoken_language or "de"
    if language not in _TEXTS:
        raise UserError(f"{path}: has texts in {' and '.join(_TEXTS)}, not in {language!r}; name one of them")
    info = {"title": "German Sign Language sentences", "licence": "research only", "split": "given, or by hash of id"}
    source = Source(skeleton=_SKELETON.name, fps=FPS, count=len(rows), clips=iter(()), info=info)
    source.clips = _clips(path / "motion", rows, language, options.signed_language or "gsg", source.drops)
    return source


def _clips(
    motion: Path, rows: list[dict[str, str]], spoken: str, signed: str, drops: list[dict[str, str]]
) -> Iterator[Clip]:
    for row in rows:
        name = row["id"] or ""
        try:
            text = (row[_TEXTS[spoken]] or "").strip()
            if not text:
                raise UserError(f"no {_TEXTS[spoken]} text")
            pose = _pose(motion, name)
            tiers = _tiers(row, pose)
        except UserError as error:
            drops.append({"id": name, "reason": str(error)})
            continue
        yield Clip(
            id=name,
            text=text,
            spoken_language=spoken,
            signed_language=signed,
            signer=f"{row['doc']}/{row['signer']}",
            source=row["doc"],
            split=row.get("split") or split_of(name),
            pose=pose,
            gloss=" ".join(tier.value for tier in tiers),
            tiers=tiers,
        )


def split_of(name: str) -> str:
    """Train, dev or test by a hash of the id: the same on every machine, whatever else the folder holds."""
    return _SPLITS[int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % len(_SPLITS)]


def _pose(motion: Path, name: str) -> Pose:
    """UserError for a name that is no plain file name, or arrays of another layout."""
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise UserError(f"id {name!r} is not the name of a file")
    arrays = read_arrays(motion / f"{name}.npz", ("keypoints", "fps"))
    keypoints, fps = arrays["keypoints"], arrays["fps"]
    if keypoints.ndim != 2 or keypoints.shape[1] != 134 or len(keypoints) == 0 or fps.size != 1:
        raise UserError(f"keypoints of shape {keypoints.shape} and fps of shape {fps.shape}, not [T, 134] and one rate")
    if keypoints.dtype.kind != "f" or not np.isfinite(keypoints).all():
        raise UserError("keypoints that are not finite numbers")
    places = np.float64(keypoints).reshape(len(keypoints), 67, 2)
    confidence = ((places > 0).any(-1) & (places < 1).all(-1)).astype(np.float32)
    points = normalise(places * [ASPECT, -1], confidence, _SKELETON)
    return Pose(points, confidence, float(fps.reshape(())), _SKELETON)


def _tiers(row: dict[str, str], pose: Pose) -> list[Tier]:
    """Glosses with their frames, at least one frame each, cut where they reach beyond the clip."""
    try:
        first, timed = float(row["start_ms"]), json.loads(row["gloss_timed"])
        spans = [
            ((float(a) - first) * pose.fps / 1000, (float(b) - first) * pose.fps / 1000, str(g)) for a, b, g in timed
        ]
    except (ValueError, TypeError):
        raise UserError("gloss_timed is not a list of [start ms, end ms, gloss], or start_ms no number") from None
    tiers = []
    for start, end, gloss in spans:
        begin = min(max(0, round(start)), len(pose) - 1)
        tiers.append(Tier("gloss", "-".join(gloss.split()), begin, min(max(round(end), begin + 1), len(pose))))
    return tiers


def _index(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the folder that holds it and motion/") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as tab-separated text ({error})") from None
    lacking = [name for name in _COLUMNS if not rows or rows[0].get(name) is None]
    if lacking:
        raise UserError(f"{path}: has no column {', '.join(lacking)}; is it of this format?")
    return rows
