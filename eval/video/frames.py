"""Scores of a video against the recording, frame by frame: PSNR, SSIM, and SSIM around the hands.

They mean something only where the video shows what the recording shows in the same frame, as it does when both have the
same pose. A frozen picture scores well on all but the hands, since most of a picture never moves.
"""

from __future__ import annotations

import numpy as np
import torch

from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeletons.parts import SIDES
from sign_latent.renderer.aspect import Size, corner, sides
from sign_latent.renderer.look import Window

MARGIN = 0.12
"""Shoulder widths around the points of a hand: they lie within the fingers, whose skin lies around them."""
_SMALLEST = 11  # the window in which SSIM looks


def psnr(made: np.ndarray, real: np.ndarray) -> float:
    """Peak signal-to-noise ratio of a whole video uint8 [T, H, W, 3], dB; infinite where all is equal."""
    apart = np.square(made.astype(np.float32) - real.astype(np.float32)).mean(dtype=np.float64)
    return float("inf") if apart == 0 else float(10 * np.log10(255**2 / apart))


def ssim_map(made: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Structural similarity (Wang et al. 2004) at each place of each frame [T, H, W], its mean over the colours.

    Gaussian window of 11 pixels, σ 1.5; the arithmetic is torchmetrics', in single precision, in which two equal videos
    may score 0.0005 less than 1. UserError below 11 pixels.
    """
    from torchmetrics.functional.image import structural_similarity_index_measure

    if min(real.shape[1:3]) < _SMALLEST:
        raise UserError(f"SSIM of {real.shape[2]}×{real.shape[1]} pixels: needs at least {_SMALLEST} either way")
    pair = (torch.tensor(video).permute(0, 3, 1, 2).float() / 255 for video in (made, real))
    maps = [
        structural_similarity_index_measure(a, b, data_range=1.0, return_full_image=True)[1].mean(1)
        for a, b in zip(*(video.split(64) for video in pair), strict=True)
    ]
    return torch.cat(maps).numpy()


def hand_boxes(pose: Pose, window: Window, size: Size) -> np.ndarray:
    """(left, top, right, bottom) in pixels [T, 2, 4] around left and right hand, the last two excluded.

    All 0 where a hand is not seen or lies outside the picture, which is the middle of the square of the window.
    """
    found = np.zeros((len(pose), 2, 4), dtype=int)
    height, width = sides(size)
    side, (above, beside) = max(height, width), corner(size)
    scale = window.scale(side)
    for hand, name in enumerate(SIDES):
        members = list(pose.skeleton.parts[f"{name}_hand"])
        seen = pose.confidence[:, members] > 0
        x = (pose.points[:, members, 0] - window.x) * scale + side / 2 - beside
        y = side / 2 - (pose.points[:, members, 1] - window.y) * scale - above
        for t in np.flatnonzero(seen.any(1)):
            ends = [(places[t, seen[t]].min(), places[t, seen[t]].max()) for places in (x, y)]
            low = np.clip([np.floor(end[0] - MARGIN * scale) for end in ends], 0, (width, height))
            high = np.clip([np.ceil(end[1] + MARGIN * scale) for end in ends], 0, (width, height))
            if (high > low).all():
                found[t, hand] = *low, *high
    return found


def mean_in_boxes(values: np.ndarray, boxes: np.ndarray) -> float:
    """Mean over boxes [T, 2, 4] that are there of the mean of values [T, H, W] within each; nan without any."""
    means = [
        values[t, top:bottom, left:right].mean()
        for t, hands in enumerate(boxes.tolist())
        for left, top, right, bottom in hands
        if right > left
    ]
    return float(np.mean(means)) if means else float("nan")
