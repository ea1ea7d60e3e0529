"""Errors of position of corresponding points, before and after rigid alignment, in shoulder widths.

MPJPE and PA-MPJPE as in 3-D human pose estimation (Ionescu et al. 2014, Human3.6M; Kanazawa et al. 2018, which names
the aligned form), over the points seen in both clips.
"""

import numpy as np
import roma
import torch

SHOULDER_WIDTH_MM = 360.0
"""Shoulder width of an adult that turns body coordinates into millimetres (an assumption, stated where it is used)."""


def mpjpe(made: np.ndarray, real: np.ndarray, seen: np.ndarray) -> float:
    """Mean distance of corresponding points [T, K, C] over the seen ones [T, K]; nan where none is."""
    return float(np.linalg.norm((made - real)[seen], axis=-1).mean()) if seen.any() else float("nan")


def procrustes(made: np.ndarray, real: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Each frame of `made` [T, K, C] moved, turned and scaled onto `real` over its seen points; never mirrored.

    The closed form of Umeyama (1991) through roma, all frames in one batch. Every frame must have a seen point; where
    all points of a frame lie in one place they come to rest on the centre of the real ones.
    """
    shown = seen[..., None]
    x, y = (torch.from_numpy(np.where(shown, points, 0.0)) for points in (made, real))
    weight = torch.from_numpy(seen.astype(float))
    weight = weight / weight.sum(1, keepdim=True)
    spread = (x - (weight[..., None] * x).sum(1, keepdim=True)).square().sum(-1) * weight
    flat = spread.sum(1) < 1e-18
    # A body without extent has no turn and no size: any one will do in its place, the result is the centre.
    x = torch.where(flat[:, None, None], y, x)
    turn, move, size = roma.rigid_points_registration(x, y, weight, compute_scaling=True)
    found = size[:, None, None] * (x @ turn.transpose(1, 2)) + move[:, None]
    centre = (weight[..., None] * y).sum(1, keepdim=True)
    return torch.where(flat[:, None, None], centre, found).numpy()


def pa_mpjpe(made: np.ndarray, real: np.ndarray, seen: np.ndarray) -> float:
    """MPJPE after Procrustes alignment of each frame; frames with fewer than 3 seen points are left out.

    nan where no frame has enough: fewer points always fit.
    """
    enough = seen.sum(1) >= 3
    if not enough.any():
        return float("nan")
    made, real, seen = made[enough], real[enough], seen[enough]
    return mpjpe(procrustes(made, real, seen), real, seen)
