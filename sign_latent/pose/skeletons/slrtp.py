"""The 178 points of the SLRTP 2025 challenge: arms and hips, right and left hand, 128 points of MediaPipe's face mesh.

Which points of the mesh the 128 are is published, and which are joined, but not their order. So they are called by
their number, the first is the root and stands for the head, and in a mirror each stays the point that it is: with this
skeleton mirror bodies and hands, not faces.
"""

from sign_latent.pose.skeletons.parts import SIDES, chain, hand21, hand21_tree, hand_limbs, upper_slots

# The published lines of the face, all closed; by their number of points its outline, brows and lips.
_OUTLINE = [76, 77, 46, 47, 100, 101, 119, 64, 65, 66, 121, 83, 38, 39, 43, 44, 17, 18]
_OUTLINE += [82, 67, 68, 127, 95, 84, 85, 87, 25, 26, 89, 48, 49, 86, 59, 60, 104, 124]
_BROWS = [[97, 27, 28, 102, 103, 72, 71, 94, 93, 111], [20, 19, 96, 7, 6, 108, 61, 62, 105, 126]]
_LIPS = [[32, 31, 75, 74, 56, 55, 114, 123, 91, 92, 78, 79, 118, 63, 29, 30, 37, 36, 113, 112]]
_LIPS += [[45, 80, 5, 4, 34, 1, 0, 12, 11, 117, 116, 122, 125, 90, 8, 9, 73, 115, 41, 42]]
_FACE = [f"face{number}" for number in range(128)]
_ROOT = _FACE[0]


def _tree() -> dict[str, str]:
    tree = {}
    for side in ("right", "left"):
        tree |= {f"{side}_shoulder": _ROOT, f"{side}_elbow": f"{side}_shoulder", f"{side}_wrist": f"{side}_elbow"}
    tree |= {f"{side}_hip": f"{side}_shoulder" for side in ("right", "left")}
    tree |= hand21_tree("right") | hand21_tree("left")
    return tree | {point: _ROOT if point != _ROOT else "" for point in _FACE}


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`."""
    tree, hands = _tree(), {side: hand21(side) for side in SIDES}
    limbs = [("left_shoulder", "right_shoulder")]
    for line in (_OUTLINE, *_BROWS, *_LIPS):
        limbs += chain(*(_FACE[number] for number in [*line, line[0]]))
    for side in SIDES:
        limbs += chain(f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", f"{side}_hand_root")
        limbs += hand_limbs(side, f"{side}_hand_root")
    body = [*list(tree)[:8], _ROOT]  # the one point that stands for the head, from which the face is measured
    outline = [_FACE[number] for number in _OUTLINE]
    trunk = {"root": ["left_shoulder", "right_shoulder"], "head": outline}
    trunk |= {"face": [point for point in _FACE if point not in outline]}
    return [
        {
            "name": "slrtp178",
            "tree": tree,
            "limbs": limbs,
            "parts": {"body": body, "left_hand": hands["left"], "right_hand": hands["right"], "face": _FACE[1:]},
            "still": [f"{side}_hip" for side in SIDES],
            "slots": upper_slots(trunk, hands),
        }
    ]
