"""How the points of each skeleton are laid out in the components of a `.pose` header.

Other tools know two families by their component names: MediaPipe holistic (POSE_LANDMARKS, …) and OpenPose
(pose_keypoints_2d, …). Every skeleton is written with those names as far as its points go, so that shoulders, wrists,
hands and face are found; what is left (spine, neck, collars, head, jaw) goes into one component of ours,
SIGN_LATENT_<SKELETON>, whose presence tells our reader that the file holds exactly that skeleton.
"""

from dataclasses import dataclass

from sign_latent.pose.skeleton import SKELETONS, Skeleton
from sign_latent.pose.skeletons.holistic import mesh_names
from sign_latent.pose.skeletons.parts import SIDES, hand21

MARKER = "SIGN_LATENT_"
_MESH_NUMBER = {name: number for number, name in enumerate(mesh_names(478))}
_JOINT = {"thumb": ("CMC", "MCP", "IP", "TIP"), "pinky": ("MCP", "PIP", "DIP", "TIP")}
_FINGER_JOINT = ("MCP", "PIP", "DIP", "TIP")
# Colours are those other tools draw with: one for the body, one for the face, one a hand.
_COLOURS = {"POSE": (255, 0, 0), "FACE": (128, 0, 0), "LEFT": (0, 128, 0), "RIGHT": (0, 0, 192), "SIGN": (255, 0, 0)}


@dataclass(frozen=True)
class Component:
    """One component of the header: names in the file and, for each, the index of our point."""

    name: str
    names: tuple[str, ...]
    points: tuple[int, ...]
    limbs: tuple[tuple[int, int], ...]
    colour: tuple[int, int, int]


def layout(skeleton: Skeleton) -> list[Component]:
    """The components in which a skeleton is written. A hand's WRIST repeats the arm's where there is no hand root."""
    rows = (_openpose if skeleton.name.startswith("openpose") else _holistic)(skeleton)
    return [_component(skeleton, name, dict(row)) for name, row in rows.items() if row]


def recognise(components: dict[str, list[str]]) -> str | None:
    """The skeleton into which a file with these components (name -> point names) is read; None if unknown."""
    marked = [name.removeprefix(MARKER).lower() for name in components if name.startswith(MARKER)]
    if marked:
        return marked[0] if marked[0] in SKELETONS else None
    if "pose_keypoints_2d" in components:
        return "openpose137" if "face_keypoints_2d" in components else "openpose67"
    if "POSE_LANDMARKS" not in components:
        return None
    if "473" in components.get("FACE_LANDMARKS", ()):
        return "holistic586"
    return "holistic576" if "POSE_WORLD_LANDMARKS" in components else "holistic543"


def _holistic(skeleton: Skeleton) -> dict[str, list[tuple[str, int]]]:
    place = {name: i for i, name in enumerate(skeleton.points)}
    body = [name for name in SKELETONS["holistic543"].points[:33] if name in place]
    face = sorted((name for name in skeleton.points if name in _MESH_NUMBER), key=_MESH_NUMBER.get)
    rows = {"POSE_LANDMARKS": [(_body_name(name), place[name]) for name in body]}
    rows["FACE_LANDMARKS"] = [(str(_MESH_NUMBER[name]), place[name]) for name in face]
    for side in SIDES:
        root = place.get(f"{side}_hand_root", place[f"{side}_wrist"])
        hand = [(_hand_name(side, name), place[name]) for name in hand21(side)[1:]]
        rows[f"{side.upper()}_HAND_LANDMARKS"] = [("WRIST", root), *hand]
    world = [name for name in skeleton.points if name.startswith("world_")]
    rows["POSE_WORLD_LANDMARKS"] = [(_body_name(name.removeprefix("world_")), place[name]) for name in world]
    known = {i for row in rows.values() for _, i in row}
    rows[MARKER + skeleton.name.upper()] = [(name.upper(), i) for name, i in place.items() if i not in known]
    return rows


def _openpose(skeleton: Skeleton) -> dict[str, list[tuple[str, int]]]:
    """Blocks in OpenPose's own order; the names are those of the pose-format library, which alone spells them so."""
    from pose_format.utils.openpose import OpenPose_Components

    names = {component.name: component.points for component in OpenPose_Components}
    blocks = {"pose_keypoints_2d": "body", "face_keypoints_2d": "face"}
    blocks |= {f"hand_{side}_keypoints_2d": f"{side}_hand" for side in SIDES}
    parts = {name: skeleton.parts[part] for name, part in blocks.items()}
    return {name: list(zip(names[name], points, strict=True)) for name, points in parts.items() if points}


def _component(skeleton: Skeleton, name: str, row: dict[str, int]) -> Component:
    names, points = tuple(row), tuple(row.values())
    here = {point: i for i, point in enumerate(points)}
    limbs = tuple((here[a], here[b]) for a, b in skeleton.limbs if a in here and b in here)
    parts = name.upper().replace("HAND_LEFT", "LEFT").replace("HAND_RIGHT", "RIGHT").split("_")
    return Component(name, names, points, limbs, _COLOURS[parts[0]])


def _body_name(point: str) -> str:
    return (point.replace("pose_", "") + ("_index" if point.endswith("_foot") else "")).upper()


def _hand_name(side: str, point: str) -> str:
    finger, joint = point.removeprefix(f"{side}_").replace("_tip", "4")[:-1], point[-1]
    number = 4 if joint == "p" else int(joint)
    label = finger.upper() + ("" if finger in _JOINT else "_FINGER")
    return f"{label}_{_JOINT.get(finger, _FINGER_JOINT)[number - 1]}"
