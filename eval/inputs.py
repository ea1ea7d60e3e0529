"""Outputs of any system, made comparable with their references: every fault is named, and none is scored in silence.

Faults that leave no doubt are converted (skeleton, frame rate) or counted as failures (missing, unreadable, unseen
clips). Faults of axes, units or labelled rate are refused, or mended where that is asked for; both are said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.faults import fault, in_axes
from eval.proportions import in_proportion
from eval.schema import Fault
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose

SUFFIXES = (".pose", ".npz")
ALIKE = 1.25
"""Ratio up to which two durations are alike."""
OFF = 1.02
"""Ratio from which one that clips share to the frame is no chance: 25 frames a second against 24 are 1.04."""
MOST = 0.8
"""Share of the clips that must have a duration ratio in common."""
AT_ZERO = 3
"""Points of one frame that cannot lie exactly at the origin together."""


@dataclass
class Received:
    """Clips ready to be scored, one a reference (None for a failed one), and what was found on the way."""

    poses: list[Pose | None]
    faults: list[Fault]


def read_folder(folder: Path) -> dict[str, Pose | str]:
    """Stem -> pose, or why its file cannot be read. UserError for a folder without poses or with a stem twice."""
    if not folder.is_dir():
        raise UserError(f"{folder}: is no folder; name one that holds {' or '.join(SUFFIXES)} files")
    found: dict[str, Pose | str] = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES):
        if path.stem in found:
            raise UserError(f"{folder}: holds {path.stem} twice, as {' and '.join(SUFFIXES)}; remove one of them")
        try:
            found[path.stem] = Pose.load(path)
        except UserError as error:
            found[path.stem] = str(error)
    if not found:
        deeper = next((path.parent for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES), None)
        remedy = "name the folder of the poses" if deeper is None else f"some lie in {deeper}: name that one"
        raise UserError(f"{folder}: holds no {' or '.join(SUFFIXES)} file; {remedy}")
    return found


def matched(found: dict[str, Pose | str], ids: Sequence[str], folder: object) -> Received:
    """One pose a reference, by name. UserError where no name fits, or one does but for its capitals."""
    wanted = set(ids)
    extra = [name for name in found if name not in wanted]
    missing = [name for name in ids if name not in found]
    capitals = {name.casefold(): name for name in missing}
    other = [(name, capitals[name.casefold()]) for name in extra if name.casefold() in capitals]
    if other:
        raise UserError(f"{folder}: {len(other)} files differ from a reference in capitals only (first: {other[0][0]}, "
                        f"the reference is {other[0][1]}); name files as the references are")  # fmt: skip
    if len(missing) == len(ids):
        raise UserError(f"{folder}: no file bears the name of a reference (first file: {extra[0]}, first reference: "
                        f"{ids[0]}); name files as the references are")  # fmt: skip
    bad = {name: reason for name, reason in found.items() if name in wanted and isinstance(reason, str)}
    first = next(iter(bad.values()), "")
    faults = [
        fault("missing clips", "failed", missing, f"{len(missing)} of {len(ids)} references have no clip"),
        fault("extra clips", "ignored", extra, f"{len(extra)} files bear the name of no reference"),
        fault("unreadable clips", "failed", list(bad), f"{len(bad)} files cannot be read: {first}"),
    ]
    poses = [found.get(name) for name in ids]
    return Received([p if isinstance(p, Pose) else None for p in poses], [f for f in faults if f.clips])


def received(poses: Sequence[Pose | None], references: Sequence[Pose], names: Sequence[str], policy: str) -> Received:
    """The poses in the references' skeleton and rate, with what was found. UserError names what forbids scoring.

    What cannot be so by mistake alone (wrong axes, side names, units, origins, labelled rates) follows the policy:
    `refuse` it, `mend` it as far as that can be done, or only `note` it, where the maker of the poses vouches for it.
    """
    faults: list[Fault] = []
    given = list(poses)
    for step in (_without_body, _without_zeros, _on_skeleton, in_axes, in_proportion, _at_rate):
        given, more = step(given, references, names, policy == "mend")
        faults += more
    refused = [f for f in faults if f.action == "refused" or (f.action in _DOUBTED and policy == "refuse")]
    hopeless = [f for f in faults if f.action == "doubted" and policy == "mend"]
    if refused or hopeless:
        raise UserError(refusal(refused or hopeless))
    said = {"mendable": "converted" if policy == "mend" else "noted", "doubted": "noted"}
    return Received(given, [replace(one, action=said.get(one.action, one.action)) for one in faults])


_DOUBTED = ("mendable", "doubted")
"""Actions that depend on the policy: what can be put right, and what cannot."""


def refusal(faults: Sequence[Fault]) -> str:
    """The line that says why nothing is scored."""
    remedy = "put them right, or give --mend" if all(f.action == "mendable" for f in faults) else "put them right"
    return f"poses: {'; '.join(f'{one.name}: {one.line}' for one in faults)}; {remedy}"


Step = tuple[list[Pose | None], list[Fault]]


def _changed(poses: list, chosen: Sequence[int], change: Callable[[Pose], Pose]) -> list:
    wanted = set(chosen)
    return [change(pose) if i in wanted else pose for i, pose in enumerate(poses)]


def _without_body(poses: list, references: Sequence[Pose], names: Sequence[str], mend: bool) -> Step:
    """Clips in which nobody is seen, or whose shoulders coincide, are failures."""
    here = [i for i, pose in enumerate(poses) if pose is not None]
    groups = {
        "empty clips": [i for i in here if len(poses[i]) == 0],
        "NaN": [i for i in here if len(poses[i]) and not _numbers(poses[i])],
        "no confidence": [i for i in here if len(poses[i]) and not (poses[i].confidence > 0).any()],
    }
    known = {i for members in groups.values() for i in members}
    groups["no body"] = [i for i in here if i not in known and _collapsed(poses[i])]
    about = {
        "empty clips": "have no frames",
        "NaN": "hold numbers that are not finite",
        "no confidence": "have confidence 0 at every point of every frame",
        "no body": "have all points in one place",
    }
    faults = [
        fault(name, "failed", [names[i] for i in members], f"{len(members)} clips {about[name]}")
        for name, members in groups.items()
        if members
    ]
    lost = {i for members in groups.values() for i in members}
    return [None if i in lost else pose for i, pose in enumerate(poses)], faults


def _without_zeros(poses: list, references: Sequence[Pose], names: Sequence[str], mend: bool) -> Step:
    """Points that lie together at exact zero are missing ones to which no confidence of 0 was given."""
    members = [i for i, pose in enumerate(poses) if pose is not None and _at_zero(pose).any()]
    if not members:
        return poses, []
    share = float(np.mean([_at_zero(poses[i]).mean() for i in members]))
    line = (
        f"in {len(members)} clips {max(share, 0.001):.1%} of the points lie at exact zero with a confidence above 0: "
        "missing points need confidence 0"
    )

    def without(pose: Pose) -> Pose:
        return replace(pose, confidence=np.where(_at_zero(pose), 0, pose.confidence))

    found = [fault("zeros", "mendable", [names[i] for i in members], line)]
    return (_changed(poses, members, without) if mend else poses), found


def _at_zero(pose: Pose) -> np.ndarray:
    """Points [T, K] that lie at exact zero with others of their frame although they have a confidence."""
    zero = (pose.points == 0).all(-1) & (pose.confidence > 0)
    return zero & (zero.sum(1, keepdims=True) >= AT_ZERO)


def _numbers(pose: Pose) -> bool:
    return bool(np.isfinite(pose.points).all() and np.isfinite(pose.confidence).all())


def _collapsed(pose: Pose) -> bool:
    seen = pose.points[pose.confidence > 0]
    return bool(np.ptp(seen, axis=0).max() < 1e-6)


def _on_skeleton(poses: list, references: Sequence[Pose], names: Sequence[str], mend: bool) -> Step:
    """Poses of another skeleton are converted where points correspond."""
    target = references[0].skeleton
    other = [i for i, pose in enumerate(poses) if pose is not None and pose.skeleton.name != target.name]
    if not other:
        return poses, []
    kinds = sorted({poses[i].skeleton.name for i in other})
    try:
        changed = _changed(poses, other, lambda pose: convert(pose, target.name))
    except UserError as error:
        line = f"{len(other)} clips are {', '.join(kinds)}, the references {target.name}: {error}"
        return poses, [fault("skeleton", "refused", [names[i] for i in other], line)]
    shared = int(np.median([(changed[i].confidence > 0).any(0).sum() for i in other]))
    line = (
        f"{len(other)} clips are {', '.join(kinds)} and were converted to {target.name}, "
        f"of whose {len(target.points)} points they show {shared}"
    )
    return changed, [fault("skeleton", "converted", [names[i] for i in other], line)]


def _at_rate(poses: list, references: Sequence[Pose], names: Sequence[str], mend: bool) -> Step:
    """Another frame rate is resampled, unless the frames say that the rate is a wrong label."""
    target = references[0].fps
    here = [i for i, pose in enumerate(poses) if pose is not None]
    other = [i for i in here if poses[i].fps != target]
    faults = []
    for rate in sorted({poses[i].fps for i in other}):
        members = [i for i in other if poses[i].fps == rate]
        frames, seconds = _ratios(poses, references, members)
        chosen = [names[i] for i in members]
        copied = sum(len(poses[i]) == len(references[i]) for i in members) > len(members) / 2
        if copied or _apart(seconds) > ALIKE >= _apart(frames):
            line = (
                f"{len(members)} clips say {rate:g} frames a second but have as many frames as the references "
                f"at {target:g}: the rate is a wrong label"
            )
            faults.append(fault("fps", "mendable", chosen, line))
            if mend:
                poses = _changed(poses, members, lambda pose: replace(pose, fps=target))
        else:
            line = f"{len(members)} clips have {rate:g} frames a second and were resampled to {target:g}"
            faults.append(fault("fps", "converted", chosen, line))
            poses = _changed(poses, members, lambda pose: pose.resampled(target))
    return poses, faults + _changed_speed(poses, references, names)


def _changed_speed(poses: list, references: Sequence[Pose], names: Sequence[str]) -> list[Fault]:
    """Clips that are all longer or shorter than the references, by one factor or several: a wrong rate or speed."""
    here = [i for i, pose in enumerate(poses) if pose is not None]
    if len(here) < 3:
        return []
    made, real = (np.array([len(side[i]) for i in here]) for side in (poses, references))
    middle = float(np.median(made / real))
    exact = np.abs(made - middle * real) <= 1  # to the frame, as given lengths are and predicted ones are not
    name, bound, same = "duration ratio", ALIKE, (made > real) == (middle > 1)
    if exact.mean() >= MOST:
        name, bound, same = f"constant {name}", OFF, exact
    if _apart(middle) <= bound or same.mean() < MOST:
        return []
    line = (
        f"{same.sum()} clips last {middle:.2f} times as long as their references: a wrong frame rate, or another speed"
    )
    return [fault(name, "noted", [names[i] for i in np.array(here)[same]], line)]


def _ratios(poses: list, references: Sequence[Pose], members: list[int]) -> tuple[float, float]:
    """Median ratio to the references of frames, and of seconds."""
    frames = float(np.median([len(poses[i]) / len(references[i]) for i in members]))
    return frames, frames * references[0].fps / poses[members[0]].fps


def _apart(ratio: float) -> float:
    """A ratio as a factor of at least 1."""
    return max(ratio, 1 / ratio)
