"""Hands of the drawn signer: a filled palm, lighter on its inside, and five fingers, each segment at its own depth."""

import numpy as np

from sign_latent.pose.skeletons.parts import FINGERS, finger
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look
from sign_latent.renderer.shapes import Polygon, Unit, blend, capsule

EDGE = 0.011
# Half the thickness at knuckle, joints and tip, for a hand whose palm is as long as at rest.
RADII = {
    "thumb": (0.031, 0.029, 0.026, 0.021),
    "index": (0.027, 0.025, 0.023, 0.019),
    "middle": (0.027, 0.025, 0.023, 0.019),
    "ring": (0.026, 0.024, 0.022, 0.018),
    "pinky": (0.023, 0.021, 0.019, 0.016),
}
_PALM_LENGTH = 0.26  # hand root to the knuckle of the middle finger at rest
_INSIDE_SIGN = {"left": -1.0, "right": 1.0}


def hand(marks: Landmarks, side: str, look: Look) -> list[Unit]:
    """Palm and finger segments of one hand."""
    names = {name: finger(side, name) for name in FINGERS}
    if not marks.known(*(point for points in names.values() for point in points)):
        return []
    root = marks.at(f"{side}_hand_root")
    seen = marks.visible(f"{side}_hand_root")
    size = hand_size(marks, side)
    units = [_palm(marks, side, root, seen, size, look)]
    for number, name in enumerate(FINGERS):
        units += _finger(marks, names[name], root, np.array(RADII[name]) * size, look.finger(number), look)
    return units


def inside(marks: Landmarks, side: str) -> np.ndarray:
    """[T] from -1 (the back of the hand faces the viewer) to 1 (the palm does)."""
    root = marks.at(f"{side}_hand_root")
    a, b = (marks.at(f"{side}_{name}1")[:, :2] - root[:, :2] for name in ("index", "pinky"))
    area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    whole = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.clip(_INSIDE_SIGN[side] * 3 * area / np.maximum(whole, 1e-6), -1, 1)


def palm_depth(marks: Landmarks, side: str) -> np.ndarray:
    """[T] depth of the middle of the palm."""
    names = (f"{side}_hand_root", *(f"{side}_{name}1" for name in FINGERS[1:]))
    return marks.many(names)[..., 2].mean(axis=1)


def hand_size(marks: Landmarks, side: str) -> float:
    """How large the hand is against the canonical signer's, so that fingers of small hands stay apart."""
    marks = marks.gauge or marks
    visible = marks.visible(f"{side}_hand_root", f"{side}_middle1")
    if not visible.any():
        return 1.0
    length = np.linalg.norm(marks.at(f"{side}_middle1") - marks.at(f"{side}_hand_root"), axis=-1)[visible]
    return float(np.clip(np.percentile(length, 90 if marks.flat else 50) / _PALM_LENGTH, 0.6, 1.6))


def _palm(marks: Landmarks, side: str, root: np.ndarray, seen: np.ndarray, size: float, look: Look) -> Unit:
    """Metacarpals wide enough to close; seen from the edge they keep the thickness of a hand."""
    facing = inside(marks, side)
    colour = blend(look.shade, look.skin, (facing + 1) / 2)
    knuckles = [(f"{side}_{name}1", marks.at(f"{side}_{name}1")) for name in FINGERS]
    edges, fills = [], []
    for name, place in knuckles:
        wrist, thick = root + (place - root) * 0.12, np.array([0.055, 0.036]) * size
        visible = seen & marks.visible(name)
        edges.append(Polygon(capsule(wrist, place, *(thick + EDGE)), visible, look.edge))
        fills.append(Polygon(capsule(wrist, place, *thick), visible, colour))
    return Unit(palm_depth(marks, side), edges + fills)


def _finger(marks: Landmarks, names: list[str], root, radii: np.ndarray, colour, look: Look) -> list[Unit]:
    """Three segments. An outline between two of them is drawn only where the finger bends or points at the viewer."""
    places = [marks.at(name) for name in names]
    chain = [root, *places]
    bends = [*(_bend(*chain[i : i + 3]) for i in range(3)), np.ones(len(root))]
    units = []
    for i in range(3):
        a, b, visible = places[i], places[i + 1], marks.visible(*names[i : i + 2])
        short = 1 - np.clip(np.linalg.norm((b - a)[:, :2], axis=-1) / (2 * radii[i]), 0, 1)
        wide = radii[i : i + 2] + EDGE
        bulges = [np.maximum(bends[i + j], short) for j in (0, 1)]
        depth = (a[:, 2] + b[:, 2]) / 2
        near = np.clip((depth - root[:, 2]) / 0.25, -1, 1)
        tone = np.where(
            (near < 0)[:, None], blend(colour, look.edge, -0.3 * near), blend(colour, look.eye, 0.15 * near)
        )
        polygons = [
            Polygon(capsule(a, b, *wide, *bulges), visible, look.edge),
            Polygon(capsule(a, b, *radii[i : i + 2]), visible, tone),
        ]
        units.append(Unit(depth, polygons))
    return units


def _bend(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """[T] 0 for a joint bent by less than about 20 degrees to 1 for one bent by more than 60."""
    first, second = b - a, c - b
    product = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    cosine = (first * second).sum(-1) / np.maximum(product, 1e-6)
    return np.clip((0.94 - cosine) / 0.44, 0, 1)
