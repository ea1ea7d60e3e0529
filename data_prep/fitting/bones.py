"""How long the bones of the signer of a clip are, beside those of the canonical signer.

In space the bones are measured. In the picture they are seen foreshortened: the longest they are ever seen is the
least they can be, and bones that are never seen at length are as long as the others let expect. Left and right are
alike, and the bones of a group are longer or shorter by one factor.
"""

import itertools

import numpy as np

from data_prep.fitting.body import PARENTS, POINTS, Body
from data_prep.fitting.targets import HAND_POINTS, Seen
from sign_latent.pose.skeletons.parts import FINGERS, SIDES, finger

_PALM = [(f"{side}_wrist", f"{side}_{name}1") for side in SIDES for name in FINGERS[1:]]
_FINGERS = [pair for side in SIDES for name in FINGERS[1:] for pair in itertools.pairwise(finger(side, name))]
GROUPS: dict[str, list[tuple[str, str]]] = {
    "upper arm": [(f"{side}_shoulder", f"{side}_elbow") for side in SIDES],
    "forearm": [(f"{side}_elbow", f"{side}_wrist") for side in SIDES],
    "palm": _PALM,
    "fingers": _FINGERS,
    "head": [("left_eye", "right_eye"), ("left_eye_outer", "right_eye_outer"), ("left_ear", "right_ear")],
    "neck": [("neck", "head")],
}
"""The pairs of points by whose distance the bones of a group are measured."""
_TRUSTED = ("upper arm", "fingers", "head")  # are seen at length in most clips
_SURE, _FEWEST = 0.3, 5
_WHOLE, _EACH = (0.85, 1.3), (0.7, 1.5)  # how far signers differ from the canonical one, and one of their bones


def scales(seen: Seen, body: Body) -> np.ndarray:
    """[P] by what each point's distance from its parent is multiplied."""
    flat = not seen.weight[..., 2].any()
    rest = body.rest.numpy()
    ratios = {name: _ratio(seen, pairs, rest, flat) for name, pairs in GROUPS.items()}
    known = [ratios[name] for name in (_TRUSTED if flat else GROUPS) if ratios[name] is not None]
    whole = float(np.clip(np.median(known), *_WHOLE)) if known else 1.0
    found = {name: whole if ratio is None or (flat and ratio < whole) else ratio for name, ratio in ratios.items()}
    if ratios["neck"] is None:
        found["neck"] = _neck(seen, rest, float(np.clip(found["head"], *_EACH)), whole)
    return np.array([np.clip(found.get(_group(name), 1.0), *_EACH) for name in POINTS], np.float32)


def _neck(seen: Seen, rest: np.ndarray, head: float, whole: float) -> float:
    """Where neck and head have no points of their own: as long as puts the nose at the height where it mostly is."""
    nose, neck, middle = (POINTS.index(name) for name in ("nose", "neck", "head"))
    sure = seen.confidence[:, nose] > _SURE
    if sure.sum() < min(_FEWEST, len(sure)) or not sure.any():
        return whole
    above = float(np.median(seen.points[sure, nose, 1])) - head * (rest[nose, 1] - rest[middle, 1])
    return (above - rest[neck, 1]) / (rest[middle, 1] - rest[neck, 1])


def _group(name: str) -> str:
    """Of the bone that ends in a point."""
    ends = {"elbow": "upper arm", "wrist": "forearm", "head": "neck"}
    last = name.split("_")[-1]
    if last in ends:
        return ends[last]
    if any(name in points for points in HAND_POINTS.values()):
        return "palm" if name.endswith("1") else "fingers"
    above = PARENTS[POINTS.index(name)]
    return "head" if above >= 0 and POINTS[above] in ("head", "jaw") else ""


def _ratio(seen: Seen, pairs: list[tuple[str, str]], rest: np.ndarray, flat: bool) -> float | None:
    """Seen ÷ canonical length, the median of the pairs; None where too little is seen."""
    found = []
    for a, b in ((POINTS.index(a), POINTS.index(b)) for a, b in pairs):
        both = (seen.confidence[:, [a, b]] > _SURE).all(-1)
        if both.any() and both.sum() >= min(_FEWEST, len(both)):
            vector = seen.points[both, a] - seen.points[both, b]
            length = np.linalg.norm(vector[:, :2] if flat else vector, axis=-1)
            found.append(np.percentile(length, 95 if flat else 50) / np.linalg.norm(rest[a] - rest[b]))
    return float(np.median(found)) if found else None
