"""The 55 joints of SMPL-X, ten finger tips and 29 points of the face.

Joint order and tree are those of the SMPL-X body model (Pavlakos et al., CVPR 2019); tips and face points are ours.
"""

from sign_latent.pose.skeletons.parts import FACE, FINGERS, MOUTH_LOWER, SIDES, chain, face_limbs, hand_limbs

_BODY = (
    ("pelvis", ""),
    ("left_hip", "pelvis"),
    ("right_hip", "pelvis"),
    ("spine1", "pelvis"),
    ("left_knee", "left_hip"),
    ("right_knee", "right_hip"),
    ("spine2", "spine1"),
    ("left_ankle", "left_knee"),
    ("right_ankle", "right_knee"),
    ("spine3", "spine2"),
    ("left_foot", "left_ankle"),
    ("right_foot", "right_ankle"),
    ("neck", "spine3"),
    ("left_collar", "spine3"),
    ("right_collar", "spine3"),
    ("head", "neck"),
    ("left_shoulder", "left_collar"),
    ("right_shoulder", "right_collar"),
    ("left_elbow", "left_shoulder"),
    ("right_elbow", "right_shoulder"),
    ("left_wrist", "left_elbow"),
    ("right_wrist", "right_elbow"),
    ("jaw", "head"),
    ("left_eye", "head"),
    ("right_eye", "head"),
)
# SMPL-X lists the fingers in this order, three joints each.
_HAND_ORDER = ("index", "middle", "pinky", "ring", "thumb")
_STILL = ("hip", "knee", "ankle", "foot", "eye")


def _tree() -> dict[str, str]:
    """Point -> parent ("" for the root), in storage order."""
    tree = dict(_BODY)
    for side in SIDES:
        for finger in _HAND_ORDER:
            tree |= {f"{side}_{finger}1": f"{side}_wrist"}
            tree |= {f"{side}_{finger}{i}": f"{side}_{finger}{i - 1}" for i in (2, 3)}
    tree |= {f"{side}_{finger}_tip": f"{side}_{finger}3" for side in SIDES for finger in FINGERS}
    tree |= {point: "jaw" if point in MOUTH_LOWER else "head" for point in FACE}
    return tree


def _hand(side: str) -> list[str]:
    joints = [f"{side}_{finger}{i}" for finger in _HAND_ORDER for i in (1, 2, 3)]
    return joints + [f"{side}_{finger}_tip" for finger in FINGERS]


def _limbs() -> list[tuple[str, str]]:
    limbs = chain("pelvis", "spine1", "spine2", "spine3", "neck", "head") + [("left_shoulder", "right_shoulder")]
    for side in SIDES:
        limbs += chain("spine3", f"{side}_collar", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        limbs += hand_limbs(side, f"{side}_wrist")
    return limbs + face_limbs()


def _slots() -> dict[int, list[tuple[str, list[str]]]]:
    root, spine, head = ["pelvis"], ["spine1", "spine2", "spine3"], ["neck", "head", "jaw", *FACE]
    upper = {side: [f"{side}_collar", f"{side}_shoulder"] for side in SIDES}
    lower = {side: [f"{side}_elbow", f"{side}_wrist"] for side in SIDES}
    arms = [(f"{side}_arm", upper[side] + lower[side]) for side in SIDES]
    hands = [(f"{side}_hand", _hand(side)) for side in SIDES]
    trunk = [("root", root), ("spine", spine), ("head", head)]
    split = [(f"{side}_shoulder", upper[side]) for side in upper] + [(f"{side}_forearm", lower[side]) for side in lower]
    return {5: [("torso", root + spine + head), *arms, *hands], 7: [*trunk, *arms, *hands], 9: [*trunk, *split, *hands]}


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`."""
    tree = _tree()
    names = list(tree)
    hands = {f"{side}_hand": _hand(side) for side in SIDES}
    return [
        {
            "name": "smplx",
            "tree": tree,
            "limbs": _limbs(),
            "parts": {"body": names[:25], **hands, "face": list(FACE)},
            "rotated": names[:55],
            "expression": 10,
            "still": [name for name in names[:25] if name.endswith(_STILL)],
            "slots": _slots(),
            "default_fps": 25.0,
        }
    ]
