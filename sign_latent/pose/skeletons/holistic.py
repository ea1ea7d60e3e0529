"""MediaPipe holistic: body 33, face mesh 468 or 478 (with irises), hands 2 × 21, and in two layouts the body in metres.

Mesh points that have a canonical name carry it; the others are called by their number. "Left" is the signer's left.
"""

from sign_latent.pose.skeletons.parts import SIDES, chain, hand21, hand21_tree, hand_limbs, upper_slots

_HEAD = ["nose"]
_HEAD += [f"pose_{side}_eye{place}" for side in SIDES for place in ("_inner", "", "_outer")]
_HEAD += ["left_ear", "right_ear", "pose_mouth_left", "pose_mouth_right"]
_HEAD = [{"pose_left_eye": "left_eye", "pose_right_eye": "right_eye"}.get(name, name) for name in _HEAD]
_LIMB_JOINTS = ("shoulder", "elbow", "wrist", "pose_pinky", "pose_index", "pose_thumb", "hip", "knee", "ankle", "heel")
_BODY = _HEAD + [f"{side}_{joint}" for joint in (*_LIMB_JOINTS, "foot") for side in SIDES]
_ABOVE = {"shoulder": "", "elbow": "shoulder", "wrist": "elbow", "pose_pinky": "wrist", "pose_index": "wrist"}
_ABOVE |= {"pose_thumb": "wrist", "hip": "shoulder", "knee": "hip", "ankle": "knee", "heel": "ankle", "foot": "ankle"}
_STILL = ("hip", "knee", "ankle", "heel", "foot")

# Mesh number -> canonical name, for the signer's left half and the middle.
_LEFT_MESH = {336: "left_brow1", 296: "left_brow2", 334: "left_brow3", 293: "left_brow4", 300: "left_brow5"}
_LEFT_MESH |= {263: "left_eye_outer", 362: "left_eye_inner", 386: "left_eye_upper", 473: "left_eye_iris"}
_LEFT_MESH |= {291: "mouth_left", 269: "lip_upper_left", 405: "lip_lower_left"}
_LEFT_MESH |= {0: "lip_upper", 17: "lip_lower", 13: "lip_upper_inner", 14: "lip_lower_inner", 152: "chin"}

# Points of the mesh on the mid-line. All others below 248 lie on the signer's right; from 248 on follow their mirror
# images in the same order (checked against the symmetry of measured faces).
_MIDDLE = [0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 94, 151, 152, 164, 168, 175, 195, 197]
_MIDDLE += [199, 200]
_RIGHT = [i for i in range(248) if i not in _MIDDLE]
MESH_MIRROR = {i: i for i in _MIDDLE} | dict(zip(_RIGHT, range(248, 468), strict=True))
MESH_MIRROR |= {468: 473, 469: 476, 470: 475, 471: 474, 472: 477}
MESH_MIRROR |= {b: a for a, b in MESH_MIRROR.items()}

# Contours of the left half and the middle, as drawn.
_OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152]
_LINES = [_OVAL, [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466, 263]]
_LINES += [[276, 283, 282, 295, 285], [300, 293, 334, 296, 336]]
_LINES += [[0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17], [13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14]]
_IRIS = [474, 475, 476, 477, 474]


def mesh_names(count: int) -> list[str]:
    """Names of the first 468 or 478 mesh points: canonical where there is one, else mesh<number>."""
    names = dict(_LEFT_MESH)
    swap = {"left": "right"}
    for number, name in _LEFT_MESH.items():
        names[MESH_MIRROR[number]] = "_".join(swap.get(word, word) for word in name.split("_"))
    names |= {number: name for number, name in _LEFT_MESH.items()}
    return [names.get(number, f"mesh{number}") for number in range(count)]


def _mesh_limbs(count: int) -> list[tuple[str, str]]:
    names, lines = mesh_names(count), [*_LINES, _IRIS] if count > 468 else _LINES
    both = lines + [[MESH_MIRROR[number] for number in line] for line in lines]
    return [limb for line in both for limb in chain(*(names[number] for number in line))]


def _body_tree() -> dict[str, str]:
    tree = {point: "nose" if point != "nose" else "" for point in _HEAD}
    for point in _BODY[len(_HEAD) :]:
        side, joint = point.split("_", 1)
        tree[point] = f"{side}_{_ABOVE[joint]}" if _ABOVE[joint] else "nose"
    return tree


def _definition(name: str, mesh: int, world: bool) -> dict:
    face, hands = mesh_names(mesh), {side: hand21(side) for side in SIDES}
    tree = _body_tree() | dict.fromkeys(face, "nose") | hand21_tree("left") | hand21_tree("right")
    copies = [f"world_{point}" for point in _BODY] if world else []
    # A second body in metres would count every joint twice: it is read and kept, but neither encoded nor scored.
    tree |= {f"world_{point}": f"world_{above}" if above else "nose" for point, above in _body_tree().items() if world}
    limbs = _mesh_limbs(mesh) + [("left_shoulder", "right_shoulder"), ("left_ear", "nose"), ("nose", "right_ear")]
    for side in SIDES:
        limbs += chain(f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", f"{side}_hand_root")
        limbs += hand_limbs(side, f"{side}_hand_root")
    trunk = {"root": ["left_shoulder", "right_shoulder"], "head": _HEAD, "face": face}
    knuckles = {side: [f"{side}_pose_{finger}" for finger in ("pinky", "index", "thumb")] for side in SIDES}
    return {
        "name": name,
        "tree": tree,
        "limbs": limbs,
        "parts": {"body": _BODY + copies, "left_hand": hands["left"], "right_hand": hands["right"], "face": face},
        "still": [point for point in _BODY if point.endswith(_STILL)] + copies,
        "slots": upper_slots(trunk, {side: hands[side] + knuckles[side] for side in SIDES}),
        "mirror": {face[a]: face[b] for a, b in MESH_MIRROR.items() if a < mesh},
    }


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`, one for each layout in use."""
    return [
        _definition("holistic543", 468, world=False),
        _definition("holistic576", 468, world=True),
        _definition("holistic586", 478, world=True),
    ]
