"""How the bodies of clips lie in space against those of references: axes, and which side is called left.

A body is the median posture of a clip, seen from between its shoulders in its own shoulder widths, so that place and
size do not matter. Two bodies of one convention are nearly the same up to what is signed; those of another one are
the same after an orthogonal map: an exchange or reversal of axes, or a turn (orthogonal Procrustes, Schönemann 1966).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

import numpy as np

from sign_latent.errors import UserError
from sign_latent.pose.normalise import body_frame, normalise
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton

PART_WEIGHTS = {"body": 1.0, "face": 0.5, "left_hand": 0.25, "right_hand": 0.25}
"""Hands move most with what is signed, so they say least of the body as a whole."""
ONE_ATTITUDE = 0.9
"""Frobenius distance of two orthogonal maps below which they are taken for one: a turn of 37 degrees."""
TURNED = 25.0
"""Degrees from which a body counts as turned."""
CLEARER = 0.7
"""A map is believed where it leaves at most this share of the root mean square distance."""
SURE = 0.9
"""Share of references that must lie alike in depth before the depth of anything is held against them."""
UNLIKE = 0.6
"""Shoulder widths, root mean square, from which a median posture is unlike the references'."""


@dataclass
class Body:
    """Points [K, C] in shoulder widths from between the shoulders, which are seen [K], and the clip's own frame."""

    points: np.ndarray
    seen: np.ndarray
    width: float
    origin: np.ndarray


@dataclass
class Attitude:
    """Some clips whose axes are made = true @ `axes`, after left and right names were exchanged if `swapped`."""

    clips: list[int]
    axes: np.ndarray
    """Signed permutation [C, C]."""
    swapped: bool
    degrees: float
    """Turn that remains beside it."""
    apart: float
    """Root mean square distance that remains after it, in shoulder widths."""

    @property
    def usual(self) -> bool:
        """Whether nothing is exchanged, reversed or turned."""
        return not self.swapped and self.degrees <= TURNED and np.array_equal(self.axes, np.eye(len(self.axes)))

    @property
    def other_hand(self) -> bool:
        """Whether the clips are a mirror image with its names exchanged: sound, but signed with the other hand."""
        mirror = np.diag([-1.0] + [1.0] * (len(self.axes) - 1))
        return self.swapped and self.degrees <= TURNED and np.array_equal(self.axes, mirror)


def body_of(pose: Pose) -> Body | None:
    """The median posture; None where the shoulders are never seen together or coincide."""
    try:
        origin, width = body_frame(pose.points, pose.confidence, pose.skeleton)
    except UserError:
        return None
    seen = pose.confidence > 0
    hidden = np.broadcast_to(~seen[..., None], pose.points.shape)
    middle = np.ma.median(np.ma.array(pose.points.astype(float), mask=hidden), axis=0).filled(0.0)
    return Body((middle - origin) / width, seen.any(0), width, origin)


def in_plane(body: Body | None) -> Body | None:
    """The body as seen from the front: without its depth."""
    return None if body is None else replace(body, points=body.points[:, :2])


def depth_is_sure(bodies: Sequence[Body | None], skeleton: Skeleton) -> bool:
    """Whether nearly all bodies lie alike in depth; what is guessed from pictures often does not."""
    known = [body for body in bodies if body is not None]
    if not known or known[0].points.shape[1] < 3:
        return False
    points, seen = body_mean(known)
    groups = attitudes(known, [replace(known[0], points=points, seen=seen)] * len(known), skeleton)
    return sum(len(group.clips) for group in groups if group.usual or group.other_hand) >= SURE * len(known)


def point_weights(skeleton: Skeleton) -> np.ndarray:
    """Weight of each point [K]: a part's weight is shared by its points; still ones have none."""
    weights = np.zeros(len(skeleton.points))
    for part, points in skeleton.parts.items():
        moving = [i for i in points if i in skeleton.signing]
        weights[moving] = PART_WEIGHTS[part] / max(1, len(moving))
    return weights


def best_map(made: np.ndarray, real: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The orthogonal map R [C, C] for which real @ R is nearest to made [K, C]; a turn where depth cannot tell."""
    u, size, vt = np.linalg.svd((real * weights[:, None]).T @ made)
    if size[-1] < 0.01 * size[0] and np.linalg.det(u @ vt) < 0:
        u[:, -1] *= -1
    return u @ vt


def nearest_axes(turn: np.ndarray) -> np.ndarray:
    """The signed permutation nearest to an orthogonal map."""
    count = len(turn)
    choices = (
        np.eye(count)[list(order)] * np.array(signs)
        for order in permutations(range(count))
        for signs in product((1.0, -1.0), repeat=count)
    )
    return max(choices, key=lambda axes: float((axes * turn).sum()))


def degrees_between(a: np.ndarray, b: np.ndarray) -> float:
    """Angle of the turn from one orthogonal map to another of the same handedness; 180 where that differs."""
    if np.linalg.det(a @ b.T) < 0:
        return 180.0
    trace = float((a * b).sum())
    cosine = trace / 2 if len(a) == 2 else (trace - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def attitudes(made: Sequence[Body | None], real: Sequence[Body | None], skeleton: Skeleton) -> list[Attitude]:
    """Clips grouped by how their bodies lie against the references'; clips without a body are in no group."""
    known = [i for i, pair in enumerate(zip(made, real, strict=True)) if None not in pair]
    weights = point_weights(skeleton)
    groups: list[tuple[np.ndarray, list[int]]] = []
    for i in known:
        turn = best_map(made[i].points, real[i].points, weights * made[i].seen * real[i].seen)
        near = (members for first, members in groups if np.linalg.norm(first - turn) < ONE_ATTITUDE)
        members = next(near, None)
        if members is None:
            groups.append((turn, [i]))
        else:
            members.append(i)
    return [_explained(members, made, real, skeleton) for _, members in groups]


def body_mean(bodies: Sequence[Body]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the seen points [K, C], and which are seen in any [K]."""
    seen = np.stack([body.seen for body in bodies])[..., None]
    points = np.stack([body.points for body in bodies])
    return (points * seen).sum(0) / np.maximum(seen.sum(0), 1), seen.any(0)[:, 0]


def _explained(members: list[int], made, real, skeleton: Skeleton) -> Attitude:
    """The simplest account of how a group lies: as usual unless another one is clearly nearer."""
    (here, seen), (there, known) = (body_mean([side[i] for i in members]) for side in (made, real))
    mirror, same = list(skeleton.mirror), np.eye(here.shape[1])
    weights = point_weights(skeleton) * known
    plain = _distance(here, there, weights * seen)
    accounts = [(plain, 0, Attitude(members, same, False, 0.0, plain))]
    for swapped in (False, True):
        points, shown = (here[mirror], weights * seen[mirror]) if swapped else (here, weights * seen)
        turn = best_map(points, there, shown)
        axes = nearest_axes(turn)
        degrees = degrees_between(turn, axes)
        left = _distance(points, there @ (turn if degrees > TURNED else axes), shown)
        changes = swapped + len(same) - int(np.trace(axes == same)) + (degrees > TURNED)
        accounts.append((left, changes, Attitude(members, axes, swapped, degrees, left)))
    least = min(left for left, _, _ in accounts)
    if least > CLEARER * plain:
        return accounts[0][2]
    # Signing that is alike on both sides fits two accounts equally well: then the one with fewer changes.
    return min((a for a in accounts if a[0] <= 1.1 * least + 1e-6), key=lambda a: (a[1], a[0]))[2]


def _distance(made: np.ndarray, real: np.ndarray, weights: np.ndarray) -> float:
    """Weighted root mean square distance of points [K, C]."""
    return float(np.sqrt(weights @ ((made - real) ** 2).sum(-1) / max(float(weights.sum()), 1e-12)))


def righted(pose: Pose, attitude: Attitude) -> Pose:
    """The pose in the references' axes and names, in body coordinates by its own shoulders."""
    axes = np.eye(pose.points.shape[-1], dtype=np.float32)
    axes[: len(attitude.axes), : len(attitude.axes)] = attitude.axes  # of the plane, where depth was not judged
    points, confidence = pose.points @ axes.T, pose.confidence
    if attitude.swapped:
        mirror = list(pose.skeleton.mirror)
        points, confidence = points[:, mirror], confidence[:, mirror]
    points = normalise(points, confidence, pose.skeleton)
    return replace(pose, points=points, confidence=confidence, rotations=None, expression=None)


def described(attitude: Attitude) -> str:
    """What is wrong with the axes of some clips, in words."""
    axes, names = attitude.axes, "xyz"
    if attitude.degrees > TURNED:
        return f"the body is turned by about {attitude.degrees:.0f} degrees"
    reversed_ = [names[i] for i in range(len(axes)) if axes[i, i] < 0]
    side = "left and right names are exchanged" if attitude.swapped else ""
    if np.trace(np.abs(axes)) < len(axes):
        found = [("-" if row[at] < 0 else "") + names[at] for row in axes for at in [int(np.abs(row).argmax())]]
        turned = f"axes are exchanged: ({', '.join(names[: len(axes)])}) lie along ({', '.join(found)})"
    else:
        turned = " and ".join(_REVERSED[name] for name in reversed_)
    return "; ".join(part for part in (turned, side) if part)


_REVERSED = {
    "x": "x runs to the signer's right (the picture is mirrored)",
    "y": "y runs down (the head is below the shoulders)",
    "z": "z runs backward (hands and face are behind the body)",
}
