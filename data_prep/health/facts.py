"""What is measured on every clip: one row of the ledger."""

import hashlib
from dataclasses import dataclass

import numpy as np

from eval.traits import roughness
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.stream import Place
from sign_latent.pose.pose import Pose
from sign_latent.pose.provenance import models_of
from sign_latent.text.vocabulary import normalise_text

REACH = 3.0
"""Shoulder widths from between the shoulders, to the side, up or down: further than an outstretched arm goes."""


@dataclass(frozen=True)
class Facts:
    """Shares are of the clip's frames, from 0 to 1; None where the skeleton lacks the part or the text is empty."""

    id: str
    shard: str
    row_group: int
    row: int
    split: str
    signer: str
    source: str
    spoken: str
    signed: str
    handedness: str
    text_key: str | None
    """Same for texts that differ in case and spacing only."""
    motion_key: str
    """Of points and confidence, number for number."""
    frames: int
    seconds: float
    words: int
    pace: float | None
    """Logarithm of seconds a letter."""
    no_body: float | None
    no_left_hand: float | None
    no_right_hand: float | None
    no_face: float | None
    no_hands: float | None
    """Neither hand is seen."""
    jitter: float | None
    """Shoulder widths by which arms and hands shake in the quietest tenth of the moments (`eval.traits.roughness`)."""
    frozen: float
    """Frames in which nothing that is seen differs from the frame before."""
    beyond: float
    """Share of seen points that lie out of reach."""
    generated: bool
    """Says of itself that a model made it, or part of it."""
    late: int
    """Annotations that reach past the end, or were squeezed into the last frame."""


def facts_of(place: Place, clip: Clip) -> Facts:
    """Everything that a row of the ledger says."""
    pose, text = clip.pose, normalise_text(clip.text)
    letters = sum(character.isalnum() for character in text)
    seconds = len(pose) / pose.fps
    missing = {part: _unseen(pose, points) for part, points in pose.skeleton.parts.items()}
    hands = pose.skeleton.parts["left_hand"] + pose.skeleton.parts["right_hand"]
    return Facts(
        id=clip.id,
        shard=place.shard,
        row_group=place.group,
        row=place.row,
        split=clip.split,
        signer=clip.signer,
        source=clip.source,
        spoken=clip.spoken_language,
        signed=clip.signed_language,
        handedness=clip.handedness,
        text_key=_key(text.encode()) if text else None,
        motion_key=_key(np.ascontiguousarray(pose.points), np.ascontiguousarray(pose.confidence)),
        frames=len(pose),
        seconds=seconds,
        words=sum(any(c.isalnum() for c in word) for word in text.split()),
        pace=float(np.log(seconds / letters)) if letters else None,
        no_body=missing["body"],
        no_left_hand=missing["left_hand"],
        no_right_hand=missing["right_hand"],
        no_face=missing["face"],
        no_hands=_unseen(pose, hands),
        jitter=jitter(pose),
        frozen=frozen(pose),
        beyond=beyond(pose),
        generated=bool(models_of(pose.provenance)),
        late=late(clip),
    )


def jitter(pose: Pose) -> float | None:
    """Shaking of the arms and hands as seen from the front; None where nothing is seen long enough."""
    skeleton = pose.skeleton
    arms = [
        i for i in skeleton.parts["body"] if skeleton.points[i].endswith(("elbow", "wrist")) and i not in skeleton.still
    ]
    moving = [*arms, *skeleton.parts["left_hand"], *skeleton.parts["right_hand"]]
    found = roughness(pose.points[:, moving, :2], pose.confidence[:, moving])
    return found if np.isfinite(found) else None


def frozen(pose: Pose) -> float:
    """Share of frames that repeat the one before, to the last digit."""
    if len(pose) < 2:
        return 0.0
    same = (pose.points[1:] == pose.points[:-1]).all((1, 2)) & (pose.confidence[1:] == pose.confidence[:-1]).all(1)
    return float((same & (pose.confidence[1:] > 0).any(1)).sum() / len(pose))


def beyond(pose: Pose) -> float:
    """Share of the seen points, legs apart, that are out of reach as seen from the front."""
    signing = list(pose.skeleton.signing)
    seen = pose.confidence[:, signing] > 0
    far = (np.abs(pose.points[:, signing, :2]) > REACH).any(-1) & seen
    return float(far.sum() / max(1, seen.sum()))


def late(clip: Clip) -> int:
    """Annotations whose times do not fit the clip."""
    frames = len(clip.pose)
    return sum(tier.end > frames or (tier.start >= frames - 1 and frames > 1) for tier in clip.tiers)


def _unseen(pose: Pose, points: tuple[int, ...]) -> float | None:
    return float(1 - (pose.confidence[:, list(points)] > 0).any(1).mean()) if points else None


def _key(*content: bytes | np.ndarray) -> str:
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    return digest.hexdigest()[:24]
