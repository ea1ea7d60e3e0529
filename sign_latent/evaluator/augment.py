"""Changes of a training clip that leave its meaning: tempo, proportions, noise, lost frames."""

from dataclasses import dataclass

import torch
from torch import Tensor

from sign_latent.evaluator.features import Rows


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
    cut: float = 0.0
    """Largest share of the clip cut off at each end."""
    turn: float = 0.0
    """Spread of a turn of the whole signer about the vertical axis, in radians (half as much forward)."""
    mirrored: float = 0.0
    """Chance that a clip is signed with the other hand."""
    hidden: float = 0.0
    """Chance that a part other than the body is hidden in a clip."""
    hidden_body: float = 0.0
    """Chance that the body is hidden in a clip: hands and face remain, each held still at its own place."""


def warp(lengths: Tensor, settings: Augment) -> tuple[Tensor, Tensor]:
    """Frame positions [B, T'] to read, in frames of the clip, and their mask: an uneven, monotone change of tempo."""
    first, last = torch.rand(2, len(lengths)) * settings.cut * (lengths - 1)
    span = lengths - 1 - first - last
    speed = torch.exp((2 * torch.rand(len(lengths)) - 1) * settings.tempo)
    new = torch.minimum((span / speed).round().long().clamp(min=3) + 1, 2 * lengths)
    steps = torch.exp(torch.randn(len(lengths), int(new.max())) * settings.unevenness)
    steps[:, 0] = 0.0
    mask = torch.arange(steps.shape[1]) < new[:, None]
    steps = steps * mask
    share = steps.cumsum(1) / steps.sum(1, keepdim=True).clamp(min=1e-6)
    at = first[:, None] + share.clamp(max=1.0) * span[:, None]
    if settings.lost > 0:
        keep = torch.rand(at.shape) >= settings.lost
        keep[:, 0] = True
        at = at.gather(1, torch.where(keep, torch.arange(at.shape[1]), 0).cummax(1).values)
    return at, mask


def augment(
    local: Tensor, present: Tensor, lengths: Tensor, rows: Rows, settings: Augment
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
    size, shift = _proportions(moved.shape, rows.parts, settings)
    moved = moved * size + shift + settings.noise * torch.randn(moved.shape)
    if settings.turn > 0 and local.shape[-1] == 3:
        moved = moved @ _turns(len(local), settings.turn)[:, None]
    if settings.mirrored > 0:
        moved, shown = _mirrored(moved, shown, rows.mirror, settings.mirrored)
    if settings.hidden > 0:
        shown = shown & _visible(moved.shape, rows.parts, settings.hidden)
    shown = shown & mask[..., None]
    if settings.hidden_body > 0:
        moved, shown = _without_body(moved, shown, rows, torch.rand(len(moved)) < settings.hidden_body)
    return moved * shown[..., None], shown, mask


def _turns(clips: int, spread: float) -> Tensor:
    """Rotations [B, 3, 3] about the vertical and, half as far, the sideways axis."""
    across, down = spread * torch.randn(clips), spread / 2 * torch.randn(clips)
    one, none = torch.ones(clips), torch.zeros(clips)
    yaw = [across.cos(), none, across.sin(), none, one, none, -across.sin(), none, across.cos()]
    pitch = [one, none, none, none, down.cos(), -down.sin(), none, down.sin(), down.cos()]
    return torch.stack(yaw, -1).view(-1, 3, 3) @ torch.stack(pitch, -1).view(-1, 3, 3)


def _mirrored(moved: Tensor, shown: Tensor, mirror: list[int], chance: float) -> tuple[Tensor, Tensor]:
    """Some clips signed with the other hand."""
    flip = torch.ones(moved.shape[-1])
    flip[0] = -1.0
    chosen = torch.rand(len(moved), 1, 1) < chance
    return (
        torch.where(chosen[..., None], moved[:, :, mirror] * flip, moved),
        torch.where(chosen, shown[:, :, mirror], shown),
    )


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


def _without_body(moved: Tensor, shown: Tensor, rows: Rows, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The chosen clips [B] as `parts.hidden` shows them without a body: only what hands and face hang on, held still.

    Points are those of the parts, since a hand is measured from its wrist.
    """
    body = [row for row in rows.parts.get("body", []) if row not in rows.anchors]
    kept = torch.ones(shown.shape[2], dtype=torch.bool)
    kept[body] = False
    shown = torch.where(chosen[:, None, None], shown & kept, shown)
    weight = shown[:, :, rows.anchors, None].to(moved.dtype)
    place = (moved[:, :, rows.anchors] * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1)
    moved = moved.clone()
    moved[:, :, rows.anchors] = torch.where(chosen[:, None, None, None], place, moved[:, :, rows.anchors])
    return moved, shown
