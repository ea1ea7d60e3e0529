"""The 50 joints of the `.skels` files that Progressive Transformers introduced for PHOENIX14T.

Arm 2–4 with hand 29–49 lies on the image's right and is the signer's left; arm 5–7 with hand 8–28 is the signer's
right (the dominant hand of the German weather forecasts).
"""

from sign_latent.pose.skeletons.parts import SIDES, chain, hand21, hand21_tree, hand_limbs, upper_slots


def definitions() -> list[dict]:
    """Arguments of `skeleton.build`."""
    tree = {"head": "neck", "neck": ""}
    for side in SIDES:
        tree |= {f"{side}_shoulder": "neck", f"{side}_elbow": f"{side}_shoulder", f"{side}_wrist": f"{side}_elbow"}
    body = list(tree)
    tree |= hand21_tree("right") | hand21_tree("left")
    hands = {side: hand21(side) for side in SIDES}
    limbs = [("head", "neck")]
    for side in SIDES:
        limbs += chain("neck", f"{side}_shoulder", f"{side}_elbow", f"{side}_hand_root")
        limbs += hand_limbs(side, f"{side}_hand_root")
    trunk = {"root": ["left_shoulder", "right_shoulder"], "spine": ["neck"], "head": ["head"]}
    return [
        {
            "name": "phoenix50",
            "tree": tree,
            "limbs": limbs,
            "parts": {"body": body, "left_hand": hands["left"], "right_hand": hands["right"]},
            "slots": upper_slots(trunk, hands),
        }
    ]
