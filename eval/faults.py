"""Faults of axes, side names, unit and origin, told from the median body of each clip against its reference's."""

from collections.abc import Sequence

import numpy as np

from eval.axes import (
    TURNED,
    UNLIKE,
    Attitude,
    Body,
    attitudes,
    body_of,
    depth_is_sure,
    described,
    in_plane,
    righted,
)
from eval.schema import Fault
from sign_latent.pose.pose import Pose

SIZES = (0.6, 1.7)
"""Shoulder widths, as multiples of the references', that different signers can have."""
GROSS = 2.0
"""Factor from which a unit is wrong, however few clips have it: no posture narrows or widens shoulders so far."""
OFF_CENTRE = 0.25
"""Shoulder widths that the point between the shoulders may lie from the origin."""
SHARED = {"units": 1.15, "origin": 0.1}
"""The same two bounds for a whole set of clips, of which different signers are no excuse: body coordinates are
measured by each signer's own shoulders."""
MOST = 0.8
"""Share of the clips that must have a size or place in common."""
UNITS = (("metres", 0.2, 0.55), ("centimetres", 20, 55), ("pixels or millimetres", 55, 2000))
KINDS = ("axes", "units", "origin")
"""What can be mended."""
FEW = 0.05
"""Share of the clips up to which a fault may be somebody's posture or a bad recording: it is noted, not refused."""


def fault(name: str, action: str, clips: Sequence[str], line: str) -> Fault:
    """A fault of clips (by name), the first of which its line names."""
    first = f" (first: {clips[0]})" if clips else ""
    return Fault(name, action, len(clips), " ".join(f"{line}{first}".split()))


def in_axes(poses: list, references: Sequence[Pose], names: Sequence[str], mend: bool) -> tuple[list, list[Fault]]:
    """The poses, mended where that is asked for, and what is wrong with how they lie."""
    skeleton = references[0].skeleton
    if any(pose is not None and pose.skeleton != skeleton for pose in poses):
        return poses, []  # refused already: nothing corresponds
    made = [None if pose is None else body_of(pose) for pose in poses]
    real = [body_of(pose) for pose in references]
    lying, faults = (made, real), []
    if skeleton.dimensions == 3 and not depth_is_sure(real, skeleton):
        lying = [in_plane(body) for body in made], [in_plane(body) for body in real]
        line = "the references do not agree in depth, so that only the axes of the plane are judged"
        faults.append(fault("depth", "noted", names, line))
    groups = attitudes(*lying, skeleton)
    kinds = by_kind(groups, len(names))
    blind = [i for i, pose in enumerate(poses) if pose is not None and made[i] is None]
    if blind:
        line = f"{len(blind)} clips never show both shoulders, so that axes and units are unchecked"
        kinds.append(("no shoulders", "noted", blind, line))
    kinds += sizes(made, real)
    faults += [fault(name, action, [names[i] for i in members], line) for name, action, members, line in kinds]
    return (_mended(poses, groups, kinds) if mend else poses), faults


def _mended(poses: list, groups: Sequence[Attitude], kinds: "Sequence[Kind]") -> list:
    """The poses whose faults can be mended in the references' axes and unit, the others as they are."""
    lies = {i: group for group in groups for i in group.clips}
    bad = {
        name: {i for n, action, some, _ in kinds if n == name and action == "mendable" for i in some} for name in KINDS
    }
    right = list(poses)
    for i in set().union(*bad.values()):
        upright = Attitude([i], np.eye(poses[i].points.shape[-1]), False, 0.0, 0.0)
        right[i] = righted(poses[i], lies[i] if i in bad["axes"] else upright)
    return right


Kind = tuple[str, str, list[int], str]
"""Name, action, clips and line of a fault."""


def by_kind(groups: Sequence[Attitude], clips: int) -> list[Kind]:
    """One fault for all groups that lie in the same unusual way."""
    found: dict[tuple[str, str], list[Attitude]] = {}
    for group in groups:
        found.setdefault(_kind(group), []).append(group)
    kinds = []
    for (name, said), some in found.items():
        members = sorted(i for group in some for i in group.clips)
        if name == "axes" and "turned" in said:
            # A turn that few clips share is a posture; one that most share is a convention, which nothing can mend.
            action = "doubted" if len(members) > clips / 2 else "noted"
            said = f"{said} by about {' to '.join(f'{d:.0f}' for d in _ends([g.degrees for g in some]))} degrees"
        else:
            action = _unless_few(members, range(clips)) if name == "axes" else "noted"
        if name:
            kinds.append((name, action, members, f"in {len(members)} of {clips} clips {said}"))
    return kinds


def _kind(group: Attitude) -> tuple[str, str]:
    """Name of the fault and what to say of it; both empty where nothing is wrong."""
    if group.other_hand:
        return "other hand", "the other hand signs"
    if group.degrees > TURNED:
        return "axes", "the body is turned"
    if not group.usual:
        return "axes", described(group)
    if group.apart > UNLIKE:
        return "posture", "the median posture is unlike the references': are the points in the skeleton's order?"
    return "", ""


def _ends(values: Sequence[float]) -> list[float]:
    low, high = round(min(values)), round(max(values))
    return [low] if low == high else [low, high]


def _unless_few(members: Sequence[int], of: Sequence) -> str:
    return "mendable" if len(members) > FEW * len(of) else "noted"


def sizes(made: Sequence[Body | None], real: Sequence[Body | None]) -> list[Kind]:
    """Clips whose unit or origin is not the references'."""
    both = [i for i in range(len(made)) if made[i] is not None and real[i] is not None]
    size = np.array([made[i].width / real[i].width for i in both])
    away = np.array([(made[i].origin - real[i].origin) / made[i].width for i in both])
    far = np.abs(away).max(axis=1, initial=0.0) if both else size
    odd = (size < SIZES[0]) | (size > SIZES[1]) | _shared(np.log(size[:, None]), np.log(SHARED["units"]))
    gross = bool((np.abs(np.log(size)) > np.log(GROSS)).any())
    found = []
    if odd.any():
        ratio, width = float(np.median(size[odd])), float(np.median([real[i].width for i in np.array(both)[odd]]))
        guess = next((f" ({unit}?)" for unit, low, high in UNITS if low <= ratio <= high), "")
        line = f"shoulders lie {ratio * width:.3g} apart in {odd.sum()} clips, the references' {width:.3g}{guess}"
        found.append(("units", odd, gross, line))
    off = (far > OFF_CENTRE) | (_shared(away, SHARED["origin"]) if both else False)
    if off.any():
        line = f"in {off.sum()} clips the point between the shoulders is not the origin as in the references"
        found.append(("origin", off, False, line))
    chosen = [
        (name, [i for i, bad in zip(both, which, strict=True) if bad], sure, line) for name, which, sure, line in found
    ]
    return [(name, "mendable" if sure else _unless_few(some, made), some, line) for name, some, sure, line in chosen]


def _shared(values: np.ndarray, bound: float) -> np.ndarray:
    """All of the rows [n, C] if most lie within the bound of a middle that is itself outside of it; else none [n]."""
    middle = np.median(values, axis=0) if len(values) else np.zeros(values.shape[1])
    alike = np.abs(values - middle).max(axis=1) < bound
    return np.full(len(values), len(values) > 1 and np.abs(middle).max() > bound and alike.mean() >= MOST)
