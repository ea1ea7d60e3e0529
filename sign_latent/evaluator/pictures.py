"""Pictures as the judges of videos see them: square, of one size, seen through the changes of their training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError


def check_video(video: np.ndarray) -> np.ndarray:
    """The video itself if it is uint8 [T, S, S, 3] with T ≥ 1. UserError says what else it is."""
    if video.dtype != np.uint8 or video.ndim != 4 or video.shape[-1] != 3 or not len(video):
        raise UserError(f"video of {video.dtype} {video.shape}: give uint8 [T, H, W, 3] with at least one frame")
    if video.shape[1] != video.shape[2]:
        raise UserError(
            f"video of {video.shape[2]}×{video.shape[1]} pixels: judges read squares; crop it around the signer"
        )
    return video


def to_input(video: np.ndarray, size: int) -> Tensor:
    """Frames uint8 [T, S, S, 3] -> [T, 3, size, size] in [0, 1], averaged down or interpolated up."""
    frames = torch.tensor(np.ascontiguousarray(check_video(video))).permute(0, 3, 1, 2)
    if frames.shape[-1] == size:
        return frames.float() / 255
    return F.interpolate(frames.float() / 255, (size, size), mode="bilinear", antialias=True).clamp(0, 1)


@dataclass
class Changes:
    """How pictures are changed in training, so that a judge reads those of a renderer that is not perfect."""

    shift: float = 0.06
    """Largest shift, as a share of the side."""
    zoom: float = 0.08
    """Largest enlargement or reduction."""
    colour: float = 0.15
    """Largest change of a channel's gain and offset."""
    noise: float = 0.06
    """Largest standard deviation of added noise; that of a clip is drawn between 0 and this."""
    blur: float = 0.3
    """Chance of a clip to lose its finest details."""
    nonsense: float = 0.04
    """Chance of a clip to become noise or a blank, of which nothing is to be read."""


def changed(video: Tensor, changes: Changes) -> tuple[Tensor, Tensor, Tensor]:
    """Clips [B, T, 3, S, S] changed at random, each in all its frames alike.

    Returns them, the map [B, 2, 3] from places in a picture (x, y, 1; 0 to 1) to where they are now, and whether a clip
    still shows anything [B]. What comes into view at an edge repeats the edge.
    """
    count, frames = video.shape[:2]
    scale = 1 + changes.zoom * (2 * torch.rand(count) - 1)
    move = changes.shift * (2 * torch.rand(count, 2) - 1)
    # grid_sample asks for the way back, in coordinates from -1 to 1
    back = torch.zeros(count, 2, 3)
    back[:, 0, 0] = back[:, 1, 1] = 1 / scale
    back[:, :, 2] = -2 * move / scale[:, None]
    flat = video.flatten(0, 1)
    grid = F.affine_grid(back.repeat_interleave(frames, 0), list(flat.shape), align_corners=False)
    moved = F.grid_sample(flat, grid, padding_mode="border", align_corners=False).view_as(video)
    there = torch.zeros(count, 2, 3)
    there[:, 0, 0] = there[:, 1, 1] = scale
    there[:, :, 2] = 0.5 * (1 - scale[:, None]) + move
    return *_coloured(moved, changes), there


def _coloured(video: Tensor, changes: Changes) -> tuple[Tensor, Tensor]:
    count = len(video)

    def drawn(*shape: int) -> Tensor:
        return (2 * torch.rand(count, *shape) - 1).view(count, *shape, *[1] * (4 - len(shape)))

    found = video * (1 + changes.colour * drawn(1, 3)) + changes.colour * drawn(1, 3)
    blurred = torch.rand(count) < changes.blur
    if blurred.any():
        some = found[blurred].flatten(0, 1)
        coarse = F.avg_pool2d(F.pad(some, (1, 1, 1, 1), mode="replicate"), 3, 1)
        found[blurred] = coarse.view(-1, *found.shape[1:])
    found = found + changes.noise * drawn().abs() * torch.randn_like(found)
    lost = torch.rand(count) < changes.nonsense
    blank = torch.rand(count).view(-1, 1, 1, 1, 1).expand_as(found)
    noisy = torch.where((torch.rand(count) < 0.5).view(-1, 1, 1, 1, 1), torch.rand_like(found), blank)
    return torch.where(lost.view(-1, 1, 1, 1, 1), noisy, found).clamp(0, 1), ~lost


class Residual(nn.Module):
    """Two 3×3 convolutions with group norms beside the identity; the first may halve the sides."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.GroupNorm(8, after),
            nn.SiLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.GroupNorm(8, after),
        )
        plain = before == after and stride == 1
        self.past = nn.Identity() if plain else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C', H / stride, W / stride]."""
        return F.silu(self.body(x) + self.past(x))
