"""What can be measured on one clip alone: how far and fast it moves, part by part, how smoothly, which hand leads.

Traits are compared between systems and real clips (`eval.reality`), never with fixed numbers.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import uniform_filter1d

from eval.pose_scores import held, scored_points
from sign_latent.pose.pose import Pose

HANDS = ("left_hand", "right_hand")
SMOOTHED_SECONDS = 0.2
"""Moving average under which signing stays and noise of single frames goes."""
QUIET = 0.1
"""Share of the moments that count as the quietest: what shakes even then is not signing."""


def smoothed(points: np.ndarray, fps: float) -> np.ndarray:
    """Points [T, K, C] under a moving average of 0.2 s (an odd number of frames)."""
    width = 2 * round(SMOOTHED_SECONDS * fps / 2) + 1 if fps > 0 else 1
    return uniform_filter1d(points, min(width, max(1, len(points))), axis=0, mode="nearest")


def spread(points: np.ndarray) -> float:
    """Root mean square distance of points [T, K, C] from their own mean place; nan without points."""
    return float(np.sqrt(points.var(0).sum(-1).mean())) if points.size else float("nan")


def shape_change(points: np.ndarray) -> float:
    """Standard deviation over time of the distances between points [T, K, C] (root mean square over pairs).

    Moving and turning a part as a whole changes nothing, so it is 0 for a frozen hand on a moving arm.
    """
    first, second = np.triu_indices(points.shape[1], 1)
    if len(points) == 0 or len(first) == 0:
        return float("nan")
    apart = np.linalg.norm(points[:, first] - points[:, second], axis=-1)
    return float(np.sqrt(apart.var(0).mean()))


def roughness(points: np.ndarray, seen: np.ndarray) -> float:
    """How much points [T, K, C] shake from frame to frame in the quietest tenth of the moments.

    The fourth difference, divided by √70, has the size of white noise of that standard deviation and hardly sees
    smooth motion; its low quantile over moments and points does not see jumps, such as cuts between signs. Only
    stretches of five seen frames [T, K] count; nan where there is none.
    """
    if len(points) < 5:
        return float("nan")
    whole = np.min([seen[i : len(seen) - 4 + i] for i in range(5)], axis=0) > 0
    size = np.linalg.norm(np.diff(points, 4, axis=0), axis=-1) / np.sqrt(70)
    return float(np.quantile(size[whole], QUIET)) if whole.any() else float("nan")


def turning(points: np.ndarray) -> float:
    """Cosine of the angle between one step and the next, the median over the longer half of the steps.

    Near 1 for motion, which goes on where it goes; below 0 for frames in random order, which turn back.
    """
    steps = np.diff(points, axis=0)
    length = np.linalg.norm(steps, axis=-1)
    if len(length) < 2:
        return float("nan")
    shorter = np.minimum(length[1:], length[:-1])
    counted = (shorter >= np.median(shorter)) & (shorter > 0)
    cosine = (steps[1:] * steps[:-1]).sum(-1) / np.maximum(length[1:] * length[:-1], 1e-12)
    return float(np.median(cosine[counted])) if counted.any() else float("nan")


def togetherness(points: np.ndarray, seen: np.ndarray) -> float:
    """Share of the sudden motion of points [T, K, C] that they make all together, as one body: 1 to 1/K.

    Sudden motion is the fourth difference, as in `roughness`. Frames out of order throw a hand about as a whole; noise
    moves each point by itself, and K independent points have 1/K in common. nan without five frames seen [T, K].
    """
    if len(points) < 5 or points.shape[1] < 2:
        return float("nan")
    whole = (np.min([seen[i : len(seen) - 4 + i] for i in range(5)], axis=0) > 0).all(1)
    sudden = np.diff(points, 4, axis=0)[whole]
    total = (sudden**2).sum(-1).mean() if len(sudden) else 0.0
    return float((sudden.mean(1) ** 2).sum(-1).mean() / total) if total > 0 else float("nan")


def limb_change(points: np.ndarray, limbs: Sequence[tuple[int, int]]) -> float:
    """Standard deviation ÷ mean of the length of a limb over time, the median over limbs; nan without limbs."""
    if not limbs:
        return float("nan")
    first, second = np.transpose(limbs)
    length = np.linalg.norm(points[:, first] - points[:, second], axis=-1)
    return float(np.median(length.std(0) / np.maximum(length.mean(0), 1e-9)))


def pace(points: np.ndarray) -> float:
    """Step length a frame, mean over points and median over frames, so that a few jumps do not count."""
    if points.shape[1] == 0 or len(points) < 2:
        return float("nan")
    return float(np.median(np.linalg.norm(np.diff(points, axis=0), axis=-1).mean(1)))


def path(points: np.ndarray) -> float:
    """Mean length of the ways of points [T, K, C]; nan without points."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=-1).sum(0).mean()) if points.size else float("nan")


def traits(pose: Pose) -> dict[str, float]:
    """All traits of a clip; nan where it lacks the points or frames for one.

    `seconds`; `speed` of the hands (shoulder widths a second); `turning`; `together`; `limbs`; `dominance` (logarithm
    of the right hand's way ÷ the left's); `roughness` (shoulder widths a frame) of the roughest part; and by part
    `spread/…` and `shape/…` (shoulder widths, under a moving average) and `seen/…` (share of points and frames with
    confidence).
    """
    rows = scored_points(pose.skeleton)
    filled, ever = held(pose.points.astype(float), pose.confidence)
    calm = smoothed(filled, pose.fps)
    kept = {part: [i for i in points if ever[i]] for part, points in rows.items()}
    hands = [i for part in HANDS for i in kept.get(part, [])]
    ways = {part: path(calm[:, kept.get(part, [])]) for part in HANDS}
    found = {"seconds": len(pose) / pose.fps, "speed": pace(calm[:, hands]) * pose.fps}
    found["turning"] = turning(filled[:, hands])
    whole = [togetherness(pose.points[:, r].astype(float), pose.confidence[:, r]) for r in map(rows.get, HANDS) if r]
    found["together"] = float(np.max(known)) if (known := [w for w in whole if np.isfinite(w)]) else np.nan
    found["limbs"] = limb_change(filled, [limb for limb in pose.skeleton.limbs if ever[list(limb)].all()])
    found["dominance"] = float(np.log(ways["right_hand"] / ways["left_hand"])) if min(ways.values()) > 0 else np.nan
    shaking = [roughness(pose.points[:, points].astype(float), pose.confidence[:, points]) for points in rows.values()]
    found["roughness"] = float(np.max(known)) if (known := [s for s in shaking if np.isfinite(s)]) else np.nan
    for part, points in kept.items():
        found[f"spread/{part}"] = spread(calm[:, points])
        found[f"shape/{part}"] = shape_change(calm[:, points])
        found[f"seen/{part}"] = float((pose.confidence[:, rows[part]] > 0).mean())
    return found


def trait_table(poses: Sequence[Pose]) -> dict[str, np.ndarray]:
    """Traits of clips, each an array [n]."""
    found = [traits(pose) for pose in poses]
    return {name: np.array([row[name] for row in found]) for name in (found[0] if found else {})}
