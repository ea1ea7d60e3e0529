"""The 178 points of the SLRTP 2025 challenge: arms and hips, right and left hand, 128 points of MediaPipe's face mesh.

Which points of the mesh the 128 are is published, their order is not, so they are called by their number, and in a
mirror each stays the point that it is: with this skeleton mirror bodies and hands, not faces.
"""

from sign_latent.pose.skeletons.parts import SIDES, chain, hand21, hand21_tree, hand_limbs, upper_slots

_FACE = [f"face{number}" for number in range(128)]


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`."""
    tree = {}
    for side in ("right", "left"):
        tree |= {f"{side}_shoulder": "" if side == "right" else "right_shoulder"}
        tree |= {f"{side}_elbow": f"{side}_shoulder", f"{side}_wrist": f"{side}_elbow"}
    tree |= {f"{side}_hip": f"{side}_shoulder" for side in ("right", "left")}
    body = list(tree)
    tree |= hand21_tree("right") | hand21_tree("left") | dict.fromkeys(_FACE, "right_shoulder")
    hands = {side: hand21(side) for side in SIDES}
    limbs = [("left_shoulder", "right_shoulder")]
    for side in SIDES:
        limbs += chain(f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", f"{side}_hand_root")
        limbs += hand_limbs(side, f"{side}_hand_root")
    trunk = {"root": ["left_shoulder", "right_shoulder"], "head": _FACE}
    return [
        {
            "name": "slrtp178",
            "tree": tree,
            "limbs": limbs,
            "parts": {"body": body, "left_hand": hands["left"], "right_hand": hands["right"], "face": _FACE},
            "still": [f"{side}_hip" for side in SIDES],
            "slots": upper_slots(trunk, hands),
        }
    ]
