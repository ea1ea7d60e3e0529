"""Changes of a training clip that leave its meaning: tempo, proportions, noise, lost frames."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Augment:
    """How far training clips are changed; every amount 0 turns the change off."""

    tempo: float = 0.2
    """Clip speed is drawn from exp(±tempo)."""
    unevenness: float = 0.15
    """Spread of the speed from frame to frame."""
    lost: float = 0.03
    """Share of frames replaced by the frame before."""
    proportions: float = 0.06
    """Spread of the size of each part along each axis."""
    offset: float = 0.02
    """Spread of a constant shift of each point, in shoulder widths, for body points; scaled by part size elsewhere."""
    noise: float = 0.004
    """Spread of the noise of each coordinate, in shoulder widths."""
    hidden: float = 0.0
    """Chance that a part other than the body is hidden in a clip."""


def warp(lengths: Tensor, settings: Augment) -> tuple[Tensor, Tensor]:
    """Frame positions [B, T'] to read, in frames of the clip, and their mask: an uneven, monotone change of tempo."""
    speed = torch.exp((2 * torch.rand(len(lengths)) - 1) * settings.tempo)
    new = ((lengths - 1) / speed).round().long().clamp(min=0) + 1
    new = torch.minimum(new.clamp(min=torch.minimum(lengths, torch.tensor(4))), 2 * lengths)
    steps = torch.exp(torch.randn(len(lengths), int(new.max())) * settings.unevenness)
    steps[:, 0] = 0.0
    mask = torch.arange(steps.shape[1]) < new[:, None]
    steps = steps * mask
    at = steps.cumsum(1) / steps.sum(1, keepdim=True).clamp(min=1e-6) * (lengths[:, None] - 1)
    if settings.lost > 0:
        keep = torch.rand(at.shape) >= settings.lost
        keep[:, 0] = True
        held = torch.where(keep, torch.arange(at.shape[1]), 0).cummax(1).values
        at = at.gather(1, held)
    return at, mask


def augment(
    local: Tensor, present: Tensor, lengths: Tensor, part_rows: dict[str, list[int]], settings: Augment
) -> tuple[Tensor, Tensor, Tensor]:
    """Changed copies of part-local coordinates [B, T, R, C], presence [B, T, R] and mask [B, T'].

    Uses torch's global generator, which the trainer seeds at each step.
    """
    at, mask = warp(lengths, settings)
    below = at.floor().long()
    above = torch.minimum(below + 1, lengths[:, None] - 1)
    share = (at - below)[..., None, None].to(local.dtype)
    clip = torch.arange(len(local))[:, None]
    moved = torch.lerp(local[clip, below], local[clip, above], share)
    shown = present[clip, below] & present[clip, above]
    size, shift = _proportions(local.shape, part_rows, settings)
    moved = moved * size + shift + settings.noise * torch.randn(moved.shape)
    if settings.hidden > 0:
        shown = shown & _visible(local.shape, part_rows, settings.hidden)
    return moved * shown[..., None], shown & mask[..., None], mask


def _proportions(shape: torch.Size, part_rows: dict[str, list[int]], settings: Augment) -> tuple[Tensor, Tensor]:
    """Scale and shift [B, 1, R, C]: one scale a part and axis, one shift a point."""
    scale, shift = torch.ones(shape[0], 1, *shape[2:]), torch.zeros(shape[0], 1, *shape[2:])
    for part, rows in part_rows.items():
        drawn = torch.randn(shape[0], 1, 1, shape[3])
        scale[:, :, rows] = torch.exp(settings.proportions * drawn)
        # Fingers and face are some five times smaller than arms.
        amount = settings.offset if part == "body" else settings.offset / 5
        shift[:, :, rows] = amount * torch.randn(shape[0], 1, len(rows), shape[3])
    return scale, shift


def _visible(shape: torch.Size, part_rows: dict[str, list[int]], chance: float) -> Tensor:
    shown = torch.ones(shape[0], 1, shape[2], dtype=torch.bool)
    for part, rows in part_rows.items():
        if part != "body":
            shown[:, :, rows] = (torch.rand(shape[0], 1, 1) >= chance).expand(-1, -1, len(rows))
    return shown
