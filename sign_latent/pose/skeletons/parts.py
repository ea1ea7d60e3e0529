"""Names shared by several skeletons: the 29 face points, fingers, and how they are joined by limbs.

Names are canonical: points of two skeletons correspond when they are called the same.
"""

FINGERS = ("thumb", "index", "middle", "ring", "pinky")

BROWS = tuple(f"{side}_brow{i}" for side in ("left", "right") for i in range(1, 6))  # 1 = inner end, 5 = outer end
EYES = tuple(f"{side}_eye_{place}" for side in ("left", "right") for place in ("outer", "inner", "upper", "iris"))
MOUTH_UPPER = ("mouth_left", "mouth_right", "lip_upper", "lip_upper_left", "lip_upper_right", "lip_upper_inner")
MOUTH_LOWER = ("lip_lower", "lip_lower_left", "lip_lower_right", "lip_lower_inner", "chin")
MOUTH = MOUTH_UPPER + MOUTH_LOWER
FACE = BROWS + EYES + MOUTH  # 10 + 8 + 11 = 29


def chain(*names: str) -> list[tuple[str, str]]:
    """Limbs from each name to the next."""
    return list(zip(names[:-1], names[1:], strict=True))


def face_limbs() -> list[tuple[str, str]]:
    """Brow lines, eye triangles, outer and inner lips; iris and chin are drawn as dots."""
    limbs = []
    for side in ("left", "right"):
        limbs += chain(*(f"{side}_brow{i}" for i in range(1, 6)))
        limbs += chain(*(f"{side}_eye_{place}" for place in ("outer", "upper", "inner", "outer")))
    outer = ("mouth_left", "lip_upper_left", "lip_upper", "lip_upper_right", "mouth_right")
    limbs += chain(*outer, "lip_lower_right", "lip_lower", "lip_lower_left", "mouth_left")
    limbs += chain("mouth_left", "lip_upper_inner", "mouth_right", "lip_lower_inner", "mouth_left")
    return limbs
