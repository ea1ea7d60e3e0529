"""German Sign Language sentences as a folder of `index.tsv` and `motion/{id}.npz`, and of ELAN files where there are.

`index.tsv` is tab-separated: `id`, `doc` (the recorded session), `signer` (a letter within the session), `start_ms`,
`german`, `english`, `gloss`, `gloss_timed` (JSON: [[start ms, end ms, gloss], …] in the session's time); `split` may
follow. Each npz holds `fps` and `keypoints` [T, 134] = OpenPose BODY_25 × 2, left hand 21 × 2, right hand 21 × 2.
`<doc>.eaf` beside the index adds the tiers of `elan`: the signs of either hand, and the mouth.

What becomes of them:
- Coordinates are in [0, 1] of an image of 16:9, so x is multiplied by 16/9; y runs down in images and up in ours.
- (0, 0) means missing. So does a coordinate of exactly 1: the extractor cuts at the border of the image what lies
  outside of it (legs, now and then finger tips).
- The text is German, or English where `--spoken-language en` says so.
- Without a `split` column clips are spread by a hash of their id: three fifths train, a fifth dev, a fifth test.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from data_prep.formats.elan import Span, clip_tiers, read_tiers, span_tier
from data_prep.formats.places import image_pose, numbers
from data_prep.formats.source import Options, Record, Source
from data_prep.formats.tables import read_table
from sign_latent.arrays import read_arrays
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton

FPS = 50.0
ASPECT = 16 / 9
"""Width ÷ height of the images."""
_TEXTS = {"de": "german", "en": "english"}
_COLUMNS = ("id", "doc", "signer", "start_ms", "german", "english", "gloss", "gloss_timed")
_SKELETON = get_skeleton("openpose67")
_SPLITS = ("train", "train", "train", "dev", "test")

Session = Callable[[str], dict[str, list[Span]]]
"""Tiers of the recorded session of that name."""


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `openpose67` with a `gloss` tier. A clip that cannot be read is dropped with its reason.

    UserError if the index is missing or lacks a column, or the text is wanted in a language that it has not.
    """
    rows, language = read_table(path / "index.tsv", _COLUMNS, "\t"), options.spoken_language or "de"
    if language not in _TEXTS:
        raise UserError(f"{path}: has texts in {' and '.join(_TEXTS)}, not in {language!r}; name one of them")
    info = {"title": "German Sign Language sentences", "licence": "research only", "split": "given, or by hash of id"}
    source = Source(path, _SKELETON.name, FPS, len(rows), info)
    source.records = _records(source, rows, language, options.signed_language or "gsg")
    return source


def _records(source: Source, rows: list[dict[str, str]], spoken: str, signed: str) -> Iterator[Record]:
    session = lru_cache(maxsize=2)(partial(_session, source))
    for row in rows:
        yield row["id"], partial(_clip, source.root / "motion", row, session, spoken, signed)


def _session(source: Source, doc: str) -> dict[str, list[Span]]:
    """The tiers of a recorded session; none, with a note, where its file is damaged."""
    path = source.root / f"{doc}.eaf"
    try:
        return read_tiers(path) if _is_name(doc) and path.is_file() else {}
    except UserError as error:
        source.note(doc, str(error).replace(f"{source.root}/", ""))
        return {}


def _clip(motion: Path, row: dict[str, str], session: Session, spoken: str, signed: str) -> Clip:
    text = row[_TEXTS[spoken]].strip()
    if not text:
        raise UserError(f"no {_TEXTS[spoken]} text")
    pose = _pose(motion, row["id"])
    glosses, start = _glosses(row, pose)
    return Clip(
        id=row["id"],
        text=text,
        spoken_language=spoken,
        signed_language=signed,
        signer=f"{row['doc']}/{row['signer']}",
        source=row["doc"],
        split=row.get("split") or split_of(row["id"]),
        pose=pose,
        gloss=" ".join(tier.value for tier in glosses),
        tiers=glosses + clip_tiers(session(row["doc"]), row["signer"], start, pose.fps, len(pose)),
    )


def split_of(name: str) -> str:
    """Train, dev or test by a hash of the id: the same on every machine, whatever else the folder holds."""
    return _SPLITS[int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % len(_SPLITS)]


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"\w[\w.-]*", name))


def _pose(motion: Path, name: str) -> Pose:
    """UserError for a name that is no plain file name, or arrays of another layout."""
    if not _is_name(name):
        raise UserError(f"id {name!r} is not the name of a file")
    arrays = read_arrays(motion / f"{name}.npz", ("keypoints", "fps"))
    keypoints, fps = numbers(arrays["keypoints"], "keypoints", None, 134), arrays["fps"]
    if fps.size != 1 or fps.dtype.kind not in "fiu":
        raise UserError(f"fps of shape {fps.shape}, not one rate")
    if not np.isfinite(keypoints).all():
        raise UserError("keypoints that are not finite numbers")
    places = keypoints.reshape(-1, 67, 2)
    confidence = (places > 0).any(-1) & (places < 1).all(-1)
    return image_pose(places, confidence, _SKELETON, float(fps.reshape(())), ASPECT)


def _glosses(row: dict[str, str], pose: Pose) -> tuple[list[Tier], float]:
    """Glosses with their frames, and where the clip starts in the session, in milliseconds."""
    try:
        start, timed = float(row["start_ms"]), json.loads(row["gloss_timed"])
        spans = [(float(a), float(b), "-".join(str(gloss).split())) for a, b, gloss in timed]
        tiers = [span_tier("gloss", *span, start, pose.fps, len(pose)) for span in spans]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise UserError("gloss_timed is not a list of [start ms, end ms, gloss], or start_ms no number") from None
    return tiers, start
