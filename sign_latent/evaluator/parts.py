"""Which part of the body does a judge's reading come from? Clips with one part hidden.

A judge that never saw a clip without a part in its training may fail for that alone: `qualification` says so.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.evaluator.features import anchors
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import PARTS


def hidden(pose: Pose, part: str) -> Pose:
    """The clip with a part unseen: its points have confidence 0 and lie at the origin.

    Hands and face are measured from points of the body (wrists, head). Where the body is hidden these points stay,
    held still at their mean place, and carry hands and face with them, so that nothing of the arms' and the head's
    motion can be read, but all of the handshapes and the face. Rotations and expression are dropped, since they would
    tell what is hidden. UserError for an unknown part or one that the skeleton lacks.
    """
    skeleton = pose.skeleton
    if part not in PARTS:
        raise UserError(f"part {part!r}: unknown; hide one of {', '.join(PARTS)}")
    if not skeleton.parts[part]:
        raise UserError(f"part {part}: skeleton {skeleton.name} has no points of it; hide another")
    points, confidence = np.array(pose.points), np.array(pose.confidence)
    if part == "body":
        points, confidence = _held_still(points, confidence, np.array(anchors(skeleton)), skeleton.parts)
    else:
        confidence[:, list(skeleton.parts[part])] = 0
    points = np.where(confidence[..., None] > 0, points, 0).astype(np.float32)
    return replace(pose, points=points, confidence=confidence, rotations=None, expression=None)


def _held_still(points: np.ndarray, confidence: np.ndarray, anchor: np.ndarray, parts: dict) -> tuple:
    """Points [T, K, C] and confidence [T, K] without a body; anchor [K] is what a point is measured from, or -1."""
    others = {i for part, members in parts.items() if part != "body" for i in members}
    places = sorted(set(anchor.tolist()) - {-1})
    gone = [i for i in range(len(anchor)) if i not in others and i not in places]
    confidence[:, gone] = 0
    for place in places:
        carried = [place, *np.flatnonzero(anchor == place)]
        seen = confidence[:, place] > 0
        # where the place is unknown, what hangs on it would show the motion of the body
        confidence[np.ix_(~seen, carried)] = 0
        if seen.any():
            shift = points[seen, place].mean(0) - points[:, place]  # [T, C]
            points[:, carried] += shift[:, None]
    return points, confidence


def hidden_in_training(part: str, chances: dict[str, float]) -> bool:
    """Whether augmentation with these chances (`Augment`'s settings as a mapping) ever hid the part."""
    return chances.get("hidden_body" if part == "body" else "hidden", 0) > 0


def qualification(card: Card, parts: Sequence[str] = PARTS) -> str:
    """What must be said beside this judge's scores of clips without a part; empty where it saw such clips."""
    unseen = [part for part in parts if part not in (card.audit or {}).get("hidden_in_training", ())]
    if not unseen:
        return ""
    return (
        f"judge {card.reference} never saw a clip without {', '.join(unseen)} in its training: "
        "a fall of its score may come from that alone"
    )
