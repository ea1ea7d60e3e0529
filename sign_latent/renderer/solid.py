"""The signer as shaded solids: limbs, fingers and features as capsules, trunk and head of ellipsoids."""

import itertools
from collections.abc import Iterator

import numpy as np

from sign_latent.pose.pose import Pose
from sign_latent.pose.skeletons.parts import FINGERS, SIDES, finger
from sign_latent.renderer.body import NAPE, downwards
from sign_latent.renderer.hand import RADII, hand_size
from sign_latent.renderer.head import HeadFrame, head_frame
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look, Window
from sign_latent.renderer.raster import Canvas, Capsule, Ellipsoid, Solid
from sign_latent.renderer.solid_head import head

_FINE = 2
_PIXELS = 1 << 21  # of all frames that are painted at once
# How far parts are pushed away from the viewer, in shoulder widths: measured depth is rough, and hands that touch the
# face or the chest are what has to be seen. Flat data have no depth at all, so there the order is all that counts.
_BACK = {"head": 0.25, "neck": 0.45, "torso": 0.62, "forearm": 0.0, "upper_arm": 0.0, "hair": 0.75}
_BACK_FLAT = {"head": 0.65, "neck": 0.9, "torso": 1.2, "forearm": 0.2, "upper_arm": 0.35, "hair": 1.6}


def paint(pose: Pose, size: int, look: Look, window: Window, gauge: Pose | None) -> Iterator[np.ndarray]:
    """The body of solids at twice the size, reduced; pictures [size, size, 3] uint8."""
    solids = solids_of(Landmarks.of(pose, gauge), look)
    fine = size * _FINE
    chunk = int(np.clip(_PIXELS // fine**2, 1, 64))
    for start in range(0, len(pose), chunk):
        frames = slice(start, min(start + chunk, len(pose)))
        canvas = Canvas(frames.stop - start, fine, look.background)
        for solid in solids:
            canvas.add(solid.placed(frames, window, fine))
        yield from canvas.pictures(_FINE)


def solids_of(marks: Landmarks, look: Look) -> list[Solid]:
    """The signer over the whole clip, in body coordinates."""
    frame, back = head_frame(marks), _BACK_FLAT if marks.flat else _BACK
    solids = _trunk(marks, frame, look, back) + _arms(marks, look, back)
    solids += head(marks, frame, look, back["head"], back["hair"])
    for side in SIDES:
        solids += hand_solids(marks, side, look)
    return solids


def _behind(places: np.ndarray, distance: float) -> np.ndarray:
    return places - np.array([0.0, 0.0, distance], dtype=np.float32)


def _trunk(marks: Landmarks, frame: HeadFrame, look: Look, back: dict[str, float]) -> list[Solid]:
    left, right = marks.at("left_shoulder"), marks.at("right_shoulder")
    middle, across = (left + right) / 2, left - right
    visible = marks.visible("left_shoulder", "right_shoulder")
    down = downwards(marks, middle, across)
    depth = np.zeros_like(down)
    depth[:, 2] = 0.22
    torso = _behind(middle, back["torso"])
    belly = np.stack([across * 0.52, down * 1.5, depth], axis=-1)
    solids: list[Solid] = [Ellipsoid(torso + down * 1.32, belly, visible, look.clothing)]
    for side in (across, -across):
        strokes = (side * 0.08 - down * 0.15, side * 0.42, side * 0.30 + down * 0.16, side * 0.32 + down * 2.8)
        for (a, b), radii in zip(itertools.pairwise(strokes), ((0.10, 0.145), (0.145, 0.2), (0.2, 0.2)), strict=True):
            solids.append(Capsule(_behind(torso + a, 0.03), _behind(torso + b, 0.03), radii, visible, look.clothing))
    neck = _behind(middle - down * 0.12, back["neck"]), _behind(frame.place(NAPE)[:, 0], back["neck"])
    return [*solids, Capsule(*neck, (0.155, 0.145), visible & frame.visible, look.skin)]


def _arms(marks: Landmarks, look: Look, back: dict[str, float]) -> list[Solid]:
    solids: list[Solid] = []
    for side in SIDES:
        shoulder, elbow, wrist = (f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist"))
        for a, b, radii, part in (
            (shoulder, elbow, (0.135, 0.105), "upper_arm"),
            (elbow, wrist, (0.105, 0.066), "forearm"),
        ):
            ends = (_behind(marks.at(end), back[part]) for end in (a, b))
            solids.append(Capsule(*ends, radii, marks.visible(a, b), look.sleeve))
    return solids


def hand_solids(marks: Landmarks, side: str, look: Look) -> list[Solid]:
    """A palm and three segments a finger."""
    names = {name: finger(side, name) for name in FINGERS}
    if not marks.known(*(point for points in names.values() for point in points)):
        return []
    size = hand_size(marks, side)
    solids = _palm(marks, side, size, look)
    for number, (name, points) in enumerate(names.items()):
        places, radii = [marks.at(point) for point in points], [radius * size for radius in RADII[name]]
        for i in range(3):
            visible = marks.visible(*points[i : i + 2])
            solids.append(Capsule(places[i], places[i + 1], tuple(radii[i : i + 2]), visible, look.finger(number)))
    return solids


def _palm(marks: Landmarks, side: str, size: float, look: Look) -> list[Solid]:
    """Metacarpals, and what fills the gaps between those of the four fingers."""
    root, seen = marks.at(f"{side}_hand_root"), marks.visible(f"{side}_hand_root")
    knuckles = [(marks.at(f"{side}_{name}1"), seen & marks.visible(f"{side}_{name}1")) for name in FINGERS]
    between = [((a + b) / 2, one & two) for (a, one), (b, two) in itertools.pairwise(knuckles[1:])]
    radii = (0.055 * size, 0.040 * size)
    return [
        Capsule(root + (place - root) * 0.12, root + (place - root) * reach, radii, visible, look.skin)
        for some, reach in ((knuckles, 1.0), (between, 0.92))
        for place, visible in some
    ]
