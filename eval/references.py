"""The recordings a system is compared with: splits of a corpus, or a folder of pose files with a table of texts."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from eval.axes import Body, attitudes, body_of, in_plane
from eval.faults import by_kind, sizes
from eval.inputs import read_folder, refusal
from eval.proportions import resting_points
from eval.schema import Fault
from eval.schema import References as About
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.files import file_hash
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.pose.rest import rest_metres
from sign_latent.pose.skeleton import Skeleton, get_skeleton
from sign_latent.text.vocabulary import normalise_text

NAMES, TEXTS = ("id", "name", "clip", "sentence_name"), ("text", "translation", "sentence")
"""Columns of a table of texts that are understood, in any case of letters."""
HANDS = ("right", "left", "")
TRAIN, DEV, MOST_HELD_OUT = "train", "dev", 500
"""Splits of a corpus: that of training, and that whose first clips show what real signing is like."""


@dataclass
class References:
    """Clips, what the report says of them, and the training split they come with (None for files)."""

    clips: list[Clip]
    about: About
    train: ClipSet | None = None
    held_out: list[Clip] = field(default_factory=list)
    """Real clips that are neither judged nor in training."""
    left: frozenset[str] = frozenset()
    """Ids of left-handed signers' clips, which are shown in the mirror."""

    @property
    def has_texts(self) -> bool:
        """Whether a judge can say anything."""
        return all(clip.text.strip() for clip in self.clips)


def of_corpus(path: str, splits: Sequence[str], most: int | None = None) -> References:
    """The first `most` clips of each split, left-handed ones in the mirror. UserError as `Corpus.open` and `split`."""
    corpus = Corpus.open(path)
    sets = [corpus.split(name, dominant=True) for name in splits]
    clips = [some[i] for some in sets for i in range(len(some))[:most]]
    train, held_out = (corpus.split(name, dominant=True) if name in corpus.splits else None for name in (TRAIN, DEV))
    judged = {clip.id for clip in clips}
    left = {name for some in sets for name, hand in zip(some.ids, some.handedness, strict=True) if hand == "left"}
    left &= judged
    about = About(
        hash=corpus.hash,
        splits=list(splits),
        fps=float(corpus.fps),
        skeleton=corpus.skeleton.name,
        clips=len(clips),
        clip_set=clip_set(clips),
        available=sum(len(some) for some in sets),
        dropped=dict(Counter(drop.get("reason", "unknown") for drop in corpus.drops)),
        texts_seen_in_training=None if train is None else seen_in_training([c.text for c in clips], train.texts),
        left_handed=len(left),
    )
    others = [] if held_out is None or DEV in splits else [held_out[i] for i in range(len(held_out))[:MOST_HELD_OUT]]
    return References(clips, about, train, others, frozenset(left))


def of_folder(folder: Path, table: Path | None, most: int | None = None) -> References:
    """Pose files and their texts. UserError where one cannot be read or they are not of one skeleton and rate."""
    found = read_folder(folder)
    bad = next((pose for pose in found.values() if isinstance(pose, str)), None)
    if bad is not None:
        raise UserError(f"references {bad}")
    rows = {} if table is None else read_table(table)
    names = sorted(found)
    unsaid = [name for name in names if table is not None and name not in rows]
    if unsaid:
        raise UserError(f"{table}: has no text for reference {unsaid[0]} ({len(unsaid)} lack one); add them")
    poses = [found[name] for name in names]
    for what, values in (("skeleton", [p.skeleton.name for p in poses]), ("frame rate", [p.fps for p in poses])):
        if len(set(values)) > 1:
            kinds = ", ".join(map(str, sorted(set(values))))
            raise UserError(f"references {folder}: differ in {what} ({kinds}); make them one")
    check_upright(poses, str(folder))
    seen = [_clip(name, pose, rows.get(name, {})) for name, pose in zip(names, poses, strict=True)][:most]
    left = frozenset(clip.id for clip in seen if clip.handedness == "left")
    clips = [clip.mirrored() if clip.id in left else clip for clip in seen]
    about = About(
        hash=files_hash(folder, names, None if table is None else table),
        splits=[],
        fps=float(poses[0].fps),
        skeleton=poses[0].skeleton.name,
        clips=len(clips),
        clip_set=clip_set(clips),
        available=len(names),
        dropped={},
        texts_seen_in_training=None,
        left_handed=len(left),
    )
    return References(clips, about, left=left)


def read_table(path: Path) -> dict[str, dict[str, str]]:
    """Name -> text and, where there are such columns, signer, source and handedness.

    UserError names what is missing, double or no hand.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            apart = "\t" if path.suffix == ".tsv" else max(",;|\t", key=header.count)
            rows = list(csv.DictReader(file, delimiter=apart))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as a table of texts ({type(error).__name__})") from None
    columns = {(name or "").strip().lower(): name for name in (rows[0] if rows else {})}
    name, text = (next((columns[c] for c in known if c in columns), None) for known in (NAMES, TEXTS))
    if name is None or text is None:
        raise UserError(
            f"{path}: needs a column {' or '.join(NAMES)} and a column {' or '.join(TEXTS)} in its first line"
        )
    others = {role: columns[role] for role in ("signer", "source", "handedness") if role in columns}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        key = Path((row[name] or "").strip()).name
        key = key.removesuffix(".pose").removesuffix(".npz")
        if key in found:
            raise UserError(f"{path}: names {key} twice; keep one text a clip")
        if not (row[text] or "").strip():
            raise UserError(f"{path}: has an empty text for {key}; give each clip a text")
        found[key] = {"text": row[text].strip(), **{role: (row[c] or "").strip() for role, c in others.items()}}
        if found[key].get("handedness", "") not in HANDS:
            raise UserError(f"{path}: handedness of {key} is {found[key]['handedness']}; give right, left or nothing")
    return found


def _clip(name: str, pose: Pose, row: dict[str, str]) -> Clip:
    about = {"text": "", "signer": "", "source": name, **row}
    return Clip(id=name, spoken_language="", signed_language="", split="", pose=pose, **about)


def clip_set(clips: Sequence[Clip]) -> str:
    """Digest of names and texts."""
    said = json.dumps([[clip.id, clip.text] for clip in clips], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def files_hash(folder: Path, names: Sequence[str], table: Path | None = None) -> str:
    """Digest of the pose files of those names, and of a table."""
    known = set(names)
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".pose", ".npz") and path.stem in known)
    said = [[path.name, file_hash(path)] for path in paths] + ([] if table is None else [file_hash(table)])
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def seen_in_training(texts: Sequence[str], trained: Sequence[str]) -> int:
    """How many texts occur word for word in training."""
    known = {normalise_text(text) for text in trained}
    return sum(normalise_text(text) in known for text in texts)


def check_upright(poses: Sequence[Pose], where: str) -> None:
    """UserError where the references themselves are not in body coordinates, by comparison with a body at rest.

    Only the plane is judged: depth that was guessed from pictures differs more between recordings than an axis does.
    """
    skeleton = poses[0].skeleton
    made, real = [body_of(pose) for pose in poses], [_at_rest(skeleton)] * len(poses)
    lying = attitudes([in_plane(body) for body in made], [in_plane(body) for body in real], skeleton)
    kinds = by_kind(lying, len(poses)) + sizes(made, real)
    # A posture that most references share is a convention too, and nothing else would catch it here.
    faults = [
        Fault(name, "refused", len(some), line)
        for name, action, some, line in kinds
        if action != "noted" or (name == "posture" and len(some) > 0.5 * len(poses))
    ]
    if faults:
        raise UserError(f"references {where}: {refusal(faults)}")


def _at_rest(skeleton: Skeleton) -> Body:
    """The trunk and face of the canonical signer on a skeleton; arms say nothing of the axes where they sign."""
    source = get_skeleton("smplx")
    points = rest_metres().astype(np.float32)
    pose = convert(Pose(points[None], np.ones((1, len(points)), np.float32), source.default_fps, source), skeleton.name)
    body = body_of(pose)
    return replace(body, seen=body.seen & resting_points(skeleton), width=1.0, origin=np.zeros_like(body.origin))
