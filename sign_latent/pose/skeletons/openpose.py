"""OpenPose in the image plane: BODY_25 and hands (67 points), and the same with its face of 70 (137 points)."""

from sign_latent.pose.skeletons.parts import SIDES, chain, hand21, hand21_tree, hand_limbs, upper_slots

_BODY = {
    "nose": "neck",
    "neck": "",
    "right_shoulder": "neck",
    "right_elbow": "right_shoulder",
    "right_wrist": "right_elbow",
    "left_shoulder": "neck",
    "left_elbow": "left_shoulder",
    "left_wrist": "left_elbow",
    "pelvis": "neck",
    "right_hip": "pelvis",
    "right_knee": "right_hip",
    "right_ankle": "right_knee",
    "left_hip": "pelvis",
    "left_knee": "left_hip",
    "left_ankle": "left_knee",
    "right_eye": "nose",
    "left_eye": "nose",
    "right_ear": "right_eye",
    "left_ear": "left_eye",
    "left_big_toe": "left_ankle",
    "left_small_toe": "left_ankle",
    "left_heel": "left_ankle",
    "right_big_toe": "right_ankle",
    "right_small_toe": "right_ankle",
    "right_heel": "right_ankle",
}
_STILL = ("pelvis", "hip", "knee", "ankle", "toe", "heel")
_HEAD = ["nose", "right_eye", "left_eye", "right_ear", "left_ear"]

# The 70 face points; names of this list that other skeletons share are canonical.
_JAW = [f"right_jaw{i}" for i in range(1, 9)] + ["chin"] + [f"left_jaw{i}" for i in range(8, 0, -1)]
_BROWS = [f"right_brow{i}" for i in range(5, 0, -1)] + [f"left_brow{i}" for i in range(1, 6)]
_NOSE = [f"nose_ridge{i}" for i in range(1, 5)]
_NOSE += ["right_nostril_outer", "right_nostril", "nose_base", "left_nostril", "left_nostril_outer"]
_LID = ("outer", "upper_outer", "upper_inner", "inner", "lower_inner", "lower_outer")
_RIGHT_EYE = [f"right_eye_{place}" for place in _LID]
_LEFT_EYE = [
    f"left_eye_{place}" for place in ("inner", "upper_inner", "upper_outer", "outer", "lower_outer", "lower_inner")
]
_LIPS = ["mouth_right", "lip_upper_right_outer", "lip_upper_right", "lip_upper", "lip_upper_left"]
_LIPS += ["lip_upper_left_outer", "mouth_left", "lip_lower_left_outer", "lip_lower_left", "lip_lower"]
_LIPS += ["lip_lower_right", "lip_lower_right_outer"]
_INNER = ["mouth_right_inner", "lip_upper_right_inner", "lip_upper_inner", "lip_upper_left_inner"]
_INNER += ["mouth_left_inner", "lip_lower_left_inner", "lip_lower_inner", "lip_lower_right_inner"]
FACE70 = [*_JAW, *_BROWS, *_NOSE, *_RIGHT_EYE, *_LEFT_EYE, *_LIPS, *_INNER, "right_eye_iris", "left_eye_iris"]


def _definition(name: str, face: list[str]) -> dict:
    tree = dict(_BODY) | dict.fromkeys(face, "nose") | hand21_tree("left") | hand21_tree("right")
    hands = {side: hand21(side) for side in SIDES}
    limbs = [(b, a) for a, b in _BODY.items() if b and not a.endswith(_STILL)]
    for side in SIDES:
        limbs += [(f"{side}_wrist", f"{side}_hand_root"), *hand_limbs(side, f"{side}_hand_root")]
    if face:
        lines = (_JAW, _BROWS[:5], _BROWS[5:], _NOSE[:4], _NOSE[4:], _RIGHT_EYE + _RIGHT_EYE[:1])
        lines += (_LEFT_EYE + _LEFT_EYE[:1], _LIPS + _LIPS[:1], _INNER + _INNER[:1])
        limbs += [limb for line in lines for limb in chain(*line)]
    trunk = {"root": ["left_shoulder", "right_shoulder"], "spine": ["neck"], "head": _HEAD + face}
    return {
        "name": name,
        "tree": tree,
        "limbs": limbs,
        "parts": {"body": list(_BODY), "left_hand": hands["left"], "right_hand": hands["right"], "face": face},
        "still": [point for point in _BODY if point.endswith(_STILL)],
        "slots": upper_slots(trunk, hands),
        "dimensions": 2,
    }


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`: the bodies without and with a face."""
    return [_definition("openpose67", []), _definition("openpose137", FACE70)]
