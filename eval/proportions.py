"""Whether bodies have the proportions of the references': stretched axes, missing depth, points in another order.

Told from whole sets of clips in their own shoulder widths: what one signer or one posture differs by averages out,
what a convention differs by does not. Measured on three corpora against other clips of theirs, an honest set's axes
are within a tenth of the references' and no twentieth of its limbs is half as long again; images with one axis in
units of their width and the other of their height are off by 16/9.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from eval.axes import Body, attitudes, body_mean, body_of, depth_is_sure, in_plane, point_weights
from eval.faults import fault
from eval.schema import Fault
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton

STRETCHED = 1.3
"""Factor from which an axis of the plane is stretched against the other."""
DEEPER = 2.0
"""Factor from which depth is; what is guessed from pictures has less certain depth."""
FLAT = 0.1
"""Share of the references' depth below which there is none."""
LONGER = 1.5
"""Factor by which limbs grow when points are in another order; blur only shortens them."""
MANY = 0.2
"""Share of the limbs of a part that are longer by that factor where its points are in another order."""
FEWEST, SAMPLE = 2, 100
"""Clips from which proportions are judged, and about how many of a large set are looked at."""
_ARMS = ("elbow", "wrist", "_index", "_thumb", "_pinky")


def resting_points(skeleton: Skeleton) -> np.ndarray:
    """Which points [K] are of the trunk or face; where arms and hands are says nothing of proportions."""
    moving = {*skeleton.parts["left_hand"], *skeleton.parts["right_hand"]}
    return np.array([i not in moving and not name.endswith(_ARMS) for i, name in enumerate(skeleton.points)])


def axis_scales(made: Sequence[Body | None], real: Sequence[Body | None], skeleton: Skeleton) -> np.ndarray:
    """How long the trunk and face of the mean body are along each axis [C], references' = 1; nan where they are flat.

    Least squares through the point between the shoulders.
    """
    sides = [[body for body in side if body is not None] for side in (made, real)]
    (here, seen), (there, known) = map(body_mean, sides)
    weights = point_weights(skeleton) * seen * known * resting_points(skeleton)
    across, along = weights @ (here * there), weights @ there**2
    return np.where(along > 1e-3 * weights.sum(), across / np.maximum(along, 1e-12), np.nan)


def stretch_of(scales: np.ndarray) -> tuple[str, str]:
    """Name of the fault of an axis and what is wrong with it; both empty where nothing is."""
    if len(scales) == 3 and scales[2] < FLAT:
        return "depth", "all points lie in one plane, the references' do not: is this a skeleton without depth?"
    for axis, scale, bound in zip("yz", scales[1:], (STRETCHED, DEEPER), strict=False):
        if np.isfinite(scale) and not 1 / bound < scale < bound:
            return "proportions", f"{axis} is {scale:.2f} times as long against the shoulders as the references'"
    return "", ""


def limb_lengths(pose: Pose) -> np.ndarray:
    """Median length [L] of each limb and, last, of each wrist from the middle of its hand; nan where it is not seen."""
    limbs = np.array(pose.skeleton.limbs)
    points, seen = pose.points.astype(float), pose.confidence > 0
    ends = [(points[:, limbs[:, side]], seen[:, limbs[:, side]]) for side in (0, 1)]
    lengths, shown = np.linalg.norm(ends[0][0] - ends[1][0], axis=-1), ends[0][1] & ends[1][1]
    for hand, wrist in _hands(pose.skeleton):
        whole = seen[:, hand].all(1) & seen[:, wrist]
        away = np.linalg.norm(points[:, hand].mean(1) - points[:, wrist], axis=-1)
        lengths, shown = np.column_stack([lengths, away]), np.column_stack([shown, whole])
    return np.ma.median(np.ma.array(lengths, mask=~shown), axis=0).filled(np.nan)


def _hands(skeleton: Skeleton) -> list[tuple[list[int], int]]:
    """Points and wrist of each hand that has both."""
    place = {name: i for i, name in enumerate(skeleton.points)}
    sides = [(list(skeleton.parts[f"{side}_hand"]), place.get(f"{side}_wrist")) for side in ("left", "right")]
    return [(hand, wrist) for hand, wrist in sides if hand and wrist is not None]


def disorder_of(made: Sequence[Pose], real: Sequence[Pose]) -> str:
    """What the lengths of limbs say against the order of points; empty if nothing. Poses are in shoulder widths."""
    skeleton = real[0].skeleton
    hands = {i for hand, _ in _hands(skeleton) for i in hand}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # limbs that no clip shows
        here, there = (np.nanmedian([limb_lengths(pose) for pose in side], axis=0) for side in (made, real))
    ratio = here / np.where(there > 0, there, np.nan)
    grown, known, limbs = ratio > LONGER, np.isfinite(ratio), np.array(skeleton.limbs)
    of_hand = np.array([bool({a, b} & hands) for a, b in limbs.tolist()])
    if grown[len(limbs) :].any():
        return "the hands lie far from their wrists: are they in coordinates of their own?"
    for part, chosen in (("hands", of_hand), ("body and face", ~of_hand)):
        of_part = np.flatnonzero(chosen & known[: len(limbs)])
        share = grown[of_part].mean() if len(of_part) else 0.0
        if share >= MANY:
            return f"{share:.0%} of the limbs of {part} are too long: are the points in the skeleton's order?"
    return ""


def in_proportion(
    poses: list, references: Sequence[Pose], names: Sequence[str], mend: bool
) -> tuple[list, list[Fault]]:
    """The poses as they are, and what is wrong with the proportions of those whose axes are right.

    Nothing of it can be mended; an unlikely order of points is noted only, as a poor system may have such hands.
    """
    skeleton = references[0].skeleton
    here = [i for i, pose in enumerate(poses) if pose is not None and pose.skeleton == skeleton]
    some = here[:: max(1, len(here) // SAMPLE)]
    made, real = ([body_of(side[i]) for i in some] for side in (poses, references))
    leaning = skeleton.dimensions == 3 and not depth_is_sure(real, skeleton)  # then heights are foreshortened
    if leaning:
        made, real = ([in_plane(body) for body in side] for side in (made, real))
    upright = [group for group in attitudes(made, real, skeleton) if group.usual or group.other_hand]
    sound = sorted(i for group in upright for i in group.clips)
    if len(sound) < FEWEST:
        return poses, []
    scales = axis_scales([made[i] for i in sound], [real[i] for i in sound], skeleton)
    found = [("doubted", *stretch_of(scales[: 1 if leaning else None]))]
    if not found[0][1]:
        sides = (
            [in_widths(side[some[i]], body[i]) for i in sound] for side, body in ((poses, made), (references, real))
        )
        found.append(("noted", "points", disorder_of(*sides)))
    return poses, [fault(name, action, [names[some[i]] for i in sound], said) for action, name, said in found if said]


def in_widths(pose: Pose, body: Body) -> Pose:
    """The pose in its own shoulder widths."""
    return replace(pose, points=pose.points / np.float32(body.width))
