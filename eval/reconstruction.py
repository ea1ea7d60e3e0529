"""Recordings through an autoencoder, and how far what comes out is from what went in, by part."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import roma
import torch

from eval.alignment import SHOULDER_WIDTH_MM, mpjpe, pa_mpjpe
from eval.beside import GROUPS, aligned, beside, failed, scored_groups
from eval.bootstrap import LEVEL, Sample
from eval.motion import mean_difference
from eval.schema import Estimate
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.geometry import unpack
from sign_latent.autoencoder.layout import layout_of, pack
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.pose.skeleton import Skeleton
from sign_latent.registry import Artefact

ORDERS = {"velocity_ratio": 1, "acceleration_ratio": 2, "jerk_ratio": 3}
"""Ratio -> the order of the difference of positions that it is of."""
Scores = dict[str, tuple[float, float]]
"""Score of a clip -> what is summed over clips above and below; a mean has its value and 1, or 0 and 0 if unknown."""


def load_autoencoder(name: str) -> Artefact:
    """A published autoencoder of poses. UserError for any other artefact."""
    from sign_latent import registry

    found = registry.load(name)
    if found.card.latent.domain != "pose":
        raise UserError(f"autoencoder {name}: encodes {found.card.latent.domain}, not poses; name one of poses")
    return found


def on_skeleton(pose: Pose, skeleton: str) -> Pose:
    """What an autoencoder of that skeleton is given of a clip: its rotations carried by the canonical signer.

    Points, confidence and frame rate are otherwise the clip's own. UserError where it cannot be converted.
    """
    pose, layout = convert(pose, skeleton), layout_of(skeleton)
    if not layout.rotations:
        return pose
    features = torch.from_numpy(pack(layout, pose)[0])[None]
    points = unpack(layout, features, torch.ones(features.shape[:2], dtype=torch.bool)).points[0].numpy()
    return replace(pose, points=points)


@dataclass
class Encoded:
    """Some clips encoded together: their places in a list, posterior mean and std [B, N', J', D], and lengths."""

    rows: list[int]
    mean: torch.Tensor
    std: torch.Tensor
    lengths: list[int]
    """Frames of the autoencoder's rate."""

    def frames(self, row: int, stride: int) -> int:
        """Latent frames of one of them."""
        return -(-self.lengths[row] // stride)


@torch.no_grad()
def encoded(model: Autoencoder, poses: Sequence[Pose], batch_size: int = 16) -> Iterator[Encoded]:
    """Clips of the autoencoder's skeleton encoded, those of similar length together."""
    order = sorted(range(len(poses)), key=lambda i: len(poses[i]))
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        features, mask = model.pack([poses[i] for i in rows])
        yield Encoded(rows, *model.posterior(features, mask), mask.sum(1).tolist())


@torch.no_grad()
def decoded(
    model: Autoencoder, batches: Iterable[Encoded], alter: Callable[[Encoded], torch.Tensor] | None = None
) -> list[Pose]:
    """Clips in their order, decoded from the posterior mean or from what `alter` makes of it."""
    found: dict[int, Pose] = {}
    for batch in batches:
        z = batch.mean if alter is None else alter(batch)
        found |= dict(zip(batch.rows, model.poses(z, batch.lengths), strict=True))
    return [found[i] for i in range(len(found))]


def at_frames_of(made: Pose | None, real: Pose) -> Pose | None:
    """A reconstruction at the times of the recording's frames, whatever its rate; its last frame is held to the end."""
    if failed(made) or (made.fps == real.fps and len(made) == len(real)):
        return made
    times = np.minimum(np.arange(len(real)) * (made.fps / real.fps), len(made) - 1)
    return replace(read_at(made, times), fps=real.fps)


def clip_scores(made: Pose | None, real: Pose) -> Scores:
    """All scores of one clip (see `eval.autoencoder_schema.Row`). A failed clip is a body in one point.

    Unlike `eval.pose_scores`, nothing is warped: a reconstruction is in step with its recording.
    """
    groups, made = scored_groups(real.skeleton), at_frames_of(made, real)
    shown, recorded = beside(made, real)
    first, second, seen = aligned(shown, recorded)
    found: Scores = {}
    for group, points in groups.items():
        picked = first[:, points], second[:, points], seen[:, points]
        found[f"mpjpe/{group}"] = _mean(mpjpe(*picked))
        found[f"pa_mpjpe/{group}"] = _mean(pa_mpjpe(*picked))
        for name, order in ORDERS.items():
            found[f"{name}/{group}"] = tuple(_motion(pose, points, order) for pose in (shown, recorded))
    return found | {f"geodesic/{group}": _mean(angle) for group, angle in geodesic(made, real).items()}


def _mean(value: float) -> tuple[float, float]:
    return (value, 1.0) if np.isfinite(value) else (0.0, 0.0)


def _motion(pose: Pose, points: list[int], order: int) -> float:
    return mean_difference(pose.points[:, points].astype(float), pose.confidence[:, points] > 0, order)


def rotated_groups(skeleton: Skeleton) -> dict[str, list[int]]:
    """Rows of the rotations array of each part: joints that are encoded."""
    place = {point: row for row, point in enumerate(skeleton.rotated)}
    still = set(skeleton.still)
    found = {
        name: [place[p] for part in parts for p in skeleton.parts[part] if p in place and p not in still]
        for name, parts in GROUPS.items()
    }
    return {name: rows for name, rows in found.items() if rows}


def geodesic(made: Pose | None, real: Pose) -> dict[str, float]:
    """Mean angle in degrees between local rotations of corresponding joints, by part, where the recording shows them;
    `made` has as many frames as `real`.

    Empty where the recording has no rotations; nan for a reconstruction without; 180 for a failed one.
    """
    if real.rotations is None:
        return {}
    groups, joints = rotated_groups(real.skeleton), list(real.skeleton.rotated)
    if failed(made) or (made.rotations is not None and not np.isfinite(made.rotations).all()):
        return dict.fromkeys(groups, 180.0)
    if made.rotations is None:
        return dict.fromkeys(groups, float("nan"))
    pair = (torch.from_numpy(np.float64(rotations)) for rotations in (made.rotations, real.rotations))
    angles = np.degrees(roma.rotvec_geodesic_distance(*pair).numpy())  # [T, R]
    seen = real.confidence[:, joints] > 0
    return {
        name: float(angles[:, rows][seen[:, rows]].mean()) if seen[:, rows].any() else float("nan")
        for name, rows in groups.items()
    }


def estimates(rows: Sequence[Scores], sample: Sample) -> dict[str, Estimate]:
    """Each score of all clips together, with its interval over the draws of `sample`; scores that no clip has left out.

    Distances stand twice, in shoulder widths and in millimetres.
    """
    names = sorted({name for row in rows for name in row})
    sums = np.array([[row.get(name, (0.0, 0.0)) for name in names] for row in rows]).transpose(2, 0, 1)  # [2, n, S]
    above, below = (np.concatenate([part.sum(0)[None], sample.weights @ part]) for part in sums)
    values = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    found: dict[str, Estimate] = {}
    for name, (value, *drawn) in zip(names, values.T, strict=True):
        if np.isfinite(value):
            low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            found[name] = Estimate(float(value), [float(low), float(high)])
    return found | {_in_mm(name): _times(e, SHOULDER_WIDTH_MM) for name, e in found.items() if "mpjpe" in name}


def _in_mm(name: str) -> str:
    score, _, part = name.partition("/")
    return f"{score}_mm/{part}"


def _times(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(estimate.value * factor, [bound * factor for bound in estimate.interval])
