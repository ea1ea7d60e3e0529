"""A judge that finds the signer's points in pictures: frame -> places, depths and how sure it is of them.

Places are the mean of a heat map a point (integral regression: Sun et al., ECCV 2018), so that they are finer than its
cells. It is trained on drawn signers, whose points are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.pictures import Residual, check_video, to_input
from sign_latent.pose.normalise import normalise
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton, get_skeleton
from sign_latent.renderer.aspect import Size, bounds
from sign_latent.renderer.look import Window

_ARMS = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in ("collar", "shoulder", "elbow", "wrist"))
UPPER = ("nose", "head", "neck", "jaw", *_ARMS)
"""Points of the body that a picture of a signer shows; beside them the judge finds those of the hands."""


@dataclass
class Settings:
    """Size of a pose regressor."""

    skeleton: str = "smplx"
    """Skeleton whose points it finds."""
    size: int = 96
    """Side of the pictures it sees, pixels, a multiple of 16; others are brought to it."""
    width: int = 32
    """Channels of the finest maps, a multiple of 8."""
    tolerance: float = 0.02
    """A point counts as found within this share of the picture's side; confidence is the chance of that."""


@dataclass
class Seen:
    """What was found in T frames."""

    points: np.ndarray
    """[T, K', 3]: x to the right, y down, from 0 to 1 across the picture; depth towards the viewer in the same unit,
    from the middle of the shoulders."""
    confidence: np.ndarray
    """[T, K'] in [0, 1]."""


def found_points(skeleton: Skeleton) -> tuple[int, ...]:
    """Indices of the K' points that a regressor finds: upper body and hands, in the order of the skeleton."""
    hands = set(skeleton.parts["left_hand"]) | set(skeleton.parts["right_hand"])
    return tuple(i for i, name in enumerate(skeleton.points) if name in UPPER or i in hands)


def in_picture(points: np.ndarray, window: Window) -> np.ndarray:
    """Body coordinates [..., C] -> places [..., 3], as in `Seen`, in a picture of that window; flat data: depth 0."""
    scale = window.scale(1)
    x, y = (points[..., 0] - window.x) * scale + 0.5, 0.5 - (points[..., 1] - window.y) * scale
    depth = points[..., 2] * scale if points.shape[-1] > 2 else np.zeros_like(x)
    return np.stack([x, y, depth], -1)


def true_places(pose: Pose, window: Window, points: Sequence[int], size: Size = 1) -> tuple[np.ndarray, np.ndarray]:
    """Places [T, K', 3] of some points of a pose in the square of a window, and which are known and shown [T, K'].

    A picture of another aspect, by its `size`, shows the middle of the square.
    """
    chosen = list(points)
    places = in_picture(pose.points[:, chosen], window).astype(np.float32)
    low, high = bounds(size)
    within = ((places[..., :2] >= low) & (places[..., :2] <= high)).all(-1)
    return places, within & (pose.confidence[:, chosen] > 0)


def apart(seen: Seen, places: np.ndarray, known: np.ndarray, window: Window) -> np.ndarray:
    """Distances [T, K'] in the picture of what was seen from the truth, shoulder widths; nan where that is unknown."""
    off = np.linalg.norm(seen.points[..., :2] - places[..., :2], axis=-1) / window.scale(1)
    return np.where(known, off, np.nan)


class PoseRegressor(nn.Module):
    """frames [B, 3, S, S] in [0, 1] -> places [B, K', 3] as in `Seen`, confidence logits [B, K']."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        s = self.settings = settings
        if s.size % 16 or s.width % 8:
            raise UserError(f"pose regressor: size {s.size} must be a multiple of 16 and width {s.width} one of 8")
        skeleton = get_skeleton(s.skeleton)
        self.points = found_points(skeleton)
        place = {point: row for row, point in enumerate(self.points)}
        self.parts = {
            part: [place[i] for i in skeleton.parts[part] if i in place] for part in ("body", "left_hand", "right_hand")
        }
        w = s.width
        self.stem = nn.Sequential(nn.Conv2d(3, w, 5, 2, 2, bias=False), nn.GroupNorm(8, w), nn.SiLU())
        self.down = nn.ModuleList([Residual(w, 2 * w, 2), Residual(2 * w, 3 * w, 2), Residual(3 * w, 4 * w, 2)])
        self.deep = Residual(4 * w, 4 * w)
        self.up = nn.ModuleList([nn.Conv2d(4 * w, 3 * w, 1), nn.Conv2d(3 * w, 2 * w, 1)])
        self.join = nn.ModuleList([Residual(3 * w, 3 * w), Residual(2 * w, 2 * w)])
        self.head = nn.Conv2d(2 * w, 3 * len(self.points), 1)

    def maps(self, frames: Tensor) -> list[Tensor]:
        """Features of the frames, from fine to coarse: [B, C, S / 2, S / 2] to [B, C, S / 16, S / 16]."""
        found = [self.stem(frames - 0.5)]
        for layer in self.down:
            found.append(layer(found[-1]))
        return found

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Places and confidence logits."""
        *finer, x = self.maps(frames)
        x = self.deep(x)
        for up, join, beside in zip(self.up, self.join, reversed(finer[1:]), strict=True):
            x = join(F.interpolate(up(x), scale_factor=2, mode="bilinear") + beside)
        side, maps = x.shape[-1], self.head(x).float()
        heat, depth, sure = maps.unflatten(1, (3, -1)).flatten(3).unbind(1)  # [B, K', side²] each
        middles = (torch.arange(side, device=x.device) + 0.5) / side
        columns, rows = middles.repeat(side), middles.repeat_interleave(side)
        with torch.autocast(x.device.type, enabled=False):  # half precision would round places to a 256th of the side
            heat = heat.softmax(-1)
            places = torch.stack([heat @ columns, heat @ rows, (heat * depth).sum(-1)], -1)
            return places, (heat * sure).sum(-1)

    def losses(self, frames: Tensor, places: Tensor, known: Tensor, shown: Tensor) -> dict[str, Tensor]:
        """`loss`, and the mean `distance` of found points as a share of the picture's side.

        places [B, K', 3], known [B, K'] which of them are known and within the picture, shown [B] whether a picture
        shows anything: of one that does not, only confidence is learnt.
        """
        made, sure = self(frames)
        wrong = (made - places).abs()
        weight = (known & shown[:, None]).float()
        total = weight.sum().clamp(min=1)
        off = (made[..., :2] - places[..., :2]).norm(dim=-1)
        close = (off.detach() < self.settings.tolerance) & known & shown[:, None]
        loss = 10 * ((wrong[..., :2].sum(-1) + 0.5 * wrong[..., 2]) * weight).sum() / total
        loss = loss + 0.1 * F.binary_cross_entropy_with_logits(sure, close.float())
        return {"loss": loss, "distance": (off * weight).sum().detach() / total}


def mean_known(values: np.ndarray) -> float | None:
    """Mean of what is finite; None where nothing is known."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


@torch.no_grad()
def see(model: PoseRegressor, video: np.ndarray, batch_size: int = 64) -> Seen:
    """What the regressor finds in a video uint8 [T, S, S, 3]. UserError for a video that is none, or no square."""
    found = [model(frames) for frames in _batches(check_video(video), model.settings.size, batch_size)]
    places, sure = (torch.cat(rows).numpy() for rows in zip(*found, strict=True))
    return Seen(places, 1 / (1 + np.exp(-sure.astype(np.float64))))


def _batches(video: np.ndarray, size: int, batch_size: int) -> Iterator[Tensor]:
    return (to_input(video[start : start + batch_size], size) for start in range(0, len(video), batch_size))


def as_pose(seen: Seen, model: PoseRegressor, fps: float) -> Pose:
    """What was seen as a clip in body coordinates; points that the regressor does not find have confidence 0."""
    skeleton = get_skeleton(model.settings.skeleton)
    points = np.zeros((len(seen.points), len(skeleton.points), 3), np.float32)
    confidence = np.zeros(points.shape[:2], np.float32)
    points[:, model.points] = seen.points * np.array([1, -1, 1])
    confidence[:, model.points] = seen.confidence
    points = points[..., : skeleton.dimensions]
    return Pose(normalise(points, confidence, skeleton), confidence, fps, skeleton)
