"""Upper body 8, hands 2 × 21, face 29: the 79 points on which Text2SignDiff works (the choice of points is ours)."""

from sign_latent.pose.skeletons.parts import (
    FACE,
    SIDES,
    chain,
    face_limbs,
    hand21,
    hand21_tree,
    hand_limbs,
    upper_slots,
)


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`."""
    tree = {"head": "neck", "neck": ""}
    for side in SIDES:
        tree |= {f"{side}_shoulder": "neck", f"{side}_elbow": f"{side}_shoulder", f"{side}_wrist": f"{side}_elbow"}
    body = list(tree)
    tree |= hand21_tree("left") | hand21_tree("right") | dict.fromkeys(FACE, "head")
    hands = {side: hand21(side) for side in SIDES}
    limbs = [("head", "neck")] + face_limbs()
    for side in SIDES:
        limbs += chain("neck", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", f"{side}_hand_root")
        limbs += hand_limbs(side, f"{side}_hand_root")
    trunk = {"root": ["left_shoulder", "right_shoulder"], "spine": ["neck"], "head": ["head", *FACE]}
    return [
        {
            "name": "upper79",
            "tree": tree,
            "limbs": limbs,
            "parts": {"body": body, "left_hand": hands["left"], "right_hand": hands["right"], "face": FACE},
            "slots": upper_slots(trunk, hands),
        }
    ]
