"""Names shared by several skeletons: the 29 face points, fingers, and how they are joined by limbs.

Names are canonical: points of two skeletons correspond when they are called the same.
"""

import itertools

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
SIDES = ("left", "right")

BROWS = tuple(f"{side}_brow{i}" for side in SIDES for i in range(1, 6))  # 1 = inner end, 5 = outer end
EYES = tuple(f"{side}_eye_{place}" for side in SIDES for place in ("outer", "inner", "upper", "iris"))
MOUTH_UPPER = ("mouth_left", "mouth_right", "lip_upper", "lip_upper_left", "lip_upper_right", "lip_upper_inner")
MOUTH_LOWER = ("lip_lower", "lip_lower_left", "lip_lower_right", "lip_lower_inner", "chin")
MOUTH = MOUTH_UPPER + MOUTH_LOWER
FACE = BROWS + EYES + MOUTH  # 10 + 8 + 11 = 29


def chain(*names: str) -> list[tuple[str, str]]:
    """Limbs from each name to the next."""
    return list(itertools.pairwise(names))


def finger(side: str, name: str) -> list[str]:
    """The four points of a finger from the palm outwards."""
    return [f"{side}_{name}1", f"{side}_{name}2", f"{side}_{name}3", f"{side}_{name}_tip"]


def hand21(side: str) -> list[str]:
    """The hand of OpenPose, MediaPipe and PHOENIX: root, then thumb to little finger from the palm outwards."""
    return [f"{side}_hand_root"] + [point for name in FINGERS for point in finger(side, name)]


def hand21_tree(side: str) -> dict[str, str]:
    """Point -> parent of `hand21`; the root hangs on the wrist."""
    root = f"{side}_hand_root"
    return {root: f"{side}_wrist"} | {b: a for name in FINGERS for a, b in chain(root, *finger(side, name))}


def hand_limbs(side: str, root: str) -> list[tuple[str, str]]:
    """Five fingers drawn from the hand's root."""
    return [limb for name in FINGERS for limb in chain(root, *finger(side, name))]


def face_limbs() -> list[tuple[str, str]]:
    """Brow lines, eye triangles, outer and inner lips; iris and chin are drawn as dots."""
    limbs = []
    for side in SIDES:
        limbs += chain(*(f"{side}_brow{i}" for i in range(1, 6)))
        limbs += chain(*(f"{side}_eye_{place}" for place in ("outer", "upper", "inner", "outer")))
    outer = ("mouth_left", "lip_upper_left", "lip_upper", "lip_upper_right", "mouth_right")
    limbs += chain(*outer, "lip_lower_right", "lip_lower", "lip_lower_left", "mouth_left")
    limbs += chain("mouth_left", "lip_upper_inner", "mouth_right", "lip_lower_inner", "mouth_left")
    return limbs


def upper_slots(trunk: dict[str, list[str]], hands: dict[str, list[str]]) -> dict[int, list[tuple[str, list[str]]]]:
    """Poolings to 5, 7 and 9 slots for skeletons of an upper body.

    `trunk` holds three groups of points, the first of which (the root) is the pair of shoulders where there is no
    pelvis; a joint may then belong to the root and to an arm.
    """
    arms = {side: [f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"] for side in SIDES}
    whole = [(f"{side}_arm", arms[side]) for side in SIDES]
    split = [(f"{side}_shoulder", arms[side][:1]) for side in SIDES]
    split += [(f"{side}_forearm", arms[side][1:]) for side in SIDES]
    tail = [(f"{side}_hand", hands[side]) for side in SIDES]
    torso = list(dict.fromkeys(point for group in trunk.values() for point in group))
    return {
        5: [("torso", torso), *whole, *tail],
        7: [*trunk.items(), *whole, *tail],
        9: [*trunk.items(), *split, *tail],
    }
