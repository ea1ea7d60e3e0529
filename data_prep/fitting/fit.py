"""Many clips at once, from what they show to angles of the joints."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from data_prep.fitting.body import POINTS, Body, Part
from data_prep.fitting.bones import scales
from data_prep.fitting.joints import joints
from data_prep.fitting.solve import Targets, solve
from data_prep.fitting.targets import HAND_POINTS, Seen
from sign_latent.pose.skeletons.parts import FINGERS, SIDES

_FAR, _OUTLIER = 2.0, 0.3
"""Distances, in shoulder widths, beyond which a point counts less: while the body is being found, and then."""
_ROUNDS = ((10, 8, _FAR), (4, 5, _OUTLIER))
"""Steps for the body, steps for each hand, and that distance, one after the other."""


@dataclass
class Fitted:
    """`angles` [T, D], `rotations` [T, 55, 3, 3], and the P `points` [T, P, 3] on the signer's own bones."""

    angles: Tensor
    rotations: Tensor
    points: Tensor
    scales: np.ndarray


def parts(body: Body, shown: Tensor | None = None) -> tuple[Part, list[Part]]:
    """The body, which carries its hands along stiffly, and each hand; of points, those that are `shown` [P]."""
    fingers = [name for name in joints() if any(f"_{finger}" in name for finger in FINGERS)]
    trunk = [name for name in joints() if name not in fingers]
    known = POINTS if shown is None else [name for name, yes in zip(POINTS, shown.tolist(), strict=True) if yes]
    seen = [name for name in known if not name.endswith(("2", "3")) or "spine" in name]
    hands = []
    for side in SIDES:
        own = [name for name in fingers if name.startswith(side)]
        hands.append(body.part([f"{side}_wrist", *own], [name for name in HAND_POINTS[side] if name in known]))
    return body.part(trunk, seen), hands


def fit(body: Body, clips: list[Seen], fps: float) -> list[Fitted]:
    """Fit clips of one frame rate together. Clips of like length waste least."""
    sizes = [scales(clip, body) for clip in clips]
    offsets = torch.stack([body.offsets(torch.from_numpy(size)) for size in sizes])[:, None]
    targets = _padded(clips, fps)
    angles = body.bounds[2].expand(*targets.mask.shape, body.count).clone()
    trunk, hands = parts(body, targets.weight.flatten(0, 1).sum((0, 2)) > 0)
    for of_body, of_hand, outlier in _ROUNDS:
        angles = solve(body, offsets, targets, angles, trunk, of_body, outlier)
        for hand in (hand for hand in hands if hand.points):
            angles = solve(body, offsets, targets, angles, hand, of_hand, outlier)
    everything = body.part([], list(POINTS))
    placed = body.place(angles, everything, offsets).points
    rotations = body.rotations(angles)
    lengths = [len(clip.points) for clip in clips]
    return [Fitted(angles[i, :n], rotations[i, :n], placed[i, :n], sizes[i]) for i, n in enumerate(lengths)]


def _padded(clips: list[Seen], fps: float) -> Targets:
    frames = max(len(clip.points) for clip in clips)
    points = torch.zeros(len(clips), frames, len(POINTS), 3)
    weight, mask = torch.zeros_like(points), torch.zeros(points.shape[:2], dtype=torch.bool)
    for i, clip in enumerate(clips):
        n = len(clip.points)
        points[i, :n], weight[i, :n] = torch.from_numpy(clip.points), torch.from_numpy(clip.weight)
        mask[i, :n] = True
    return Targets(points, weight, mask, fps)
