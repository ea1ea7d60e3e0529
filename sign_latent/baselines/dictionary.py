"""A dictionary of signs: short pieces of real clips, each with the number of what it shows, as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton, get_skeleton


@dataclass
class DictionarySettings:
    """Shape of a dictionary."""

    skeleton: str = "smplx"
    """Skeleton of the pieces."""
    fps: float = 25.0
    """Their frame rate."""
    rotated: bool = True
    """Pieces are kept as rotations and expression, and shown by the canonical signer; else as points."""
    frames: int = 0
    """Frames of all pieces together."""
    pieces: int = 0
    """Number of pieces."""


class Dictionary(nn.Module):
    """Pieces of clips and the number of the sign that each shows."""

    Settings = DictionarySettings

    def __init__(self, settings: DictionarySettings) -> None:
        super().__init__()
        self.settings, self.skeleton = settings, get_skeleton(settings.skeleton)
        rotated, points = settings.rotated, len(self.skeleton.points)
        shape = (len(self.skeleton.rotated), 3) if rotated else (points, self.skeleton.dimensions)
        self.register_buffer("motion", torch.zeros(settings.frames, *shape))
        self.register_buffer("expression", torch.zeros(settings.frames, self.skeleton.expression if rotated else 0))
        self.register_buffer("seen", torch.zeros(settings.frames, points, dtype=torch.bool))
        self.register_buffer("lengths", torch.zeros(settings.pieces, dtype=torch.long))
        self.register_buffer("signs", torch.zeros(settings.pieces, dtype=torch.long))

    @classmethod
    def of(cls, pieces: Sequence[Pose], signs: Sequence[int], skeleton: Skeleton, fps: float) -> Dictionary:
        """A dictionary of pieces, each with the number of its sign; as rotations where all pieces have them."""
        rotated = bool(skeleton.rotated) and all(p.rotations is not None for p in pieces)
        lengths = [len(piece) for piece in pieces]
        made = cls(DictionarySettings(skeleton.name, fps, rotated, sum(lengths), len(lengths)))
        made.motion.copy_(_stacked([p.rotations if rotated else p.points for p in pieces]))
        if made.expression.shape[1]:
            still = np.zeros((1, skeleton.expression), np.float32)
            given = [np.repeat(still, len(p), 0) if p.expression is None else p.expression for p in pieces]
            made.expression.copy_(_stacked(given))
        made.seen.copy_(_stacked([p.confidence > 0 for p in pieces]))
        made.lengths.copy_(torch.tensor(lengths))
        made.signs.copy_(torch.tensor(signs))
        return made

    def examples(self, sign: int) -> np.ndarray:
        """Numbers of the pieces that show a sign."""
        return np.flatnonzero(self.signs.numpy() == sign)

    def pieces(self) -> list[Pose]:
        """All pieces as poses."""
        if self.settings.rotated:
            face = self.expression if self.expression.shape[1] else None
            points = forward_kinematics(axis_angle_to_matrix(self.motion), face).numpy()
        else:
            points = self.motion.numpy()
        ends = np.cumsum(self.lengths.numpy())
        return [self._piece(points, slice(b - n, b)) for b, n in zip(ends, self.lengths.tolist(), strict=True)]

    def _piece(self, points: np.ndarray, span: slice) -> Pose:
        rotated = self.settings.rotated
        return Pose(
            points=points[span],
            confidence=self.seen[span].numpy().astype(np.float32),
            fps=self.settings.fps,
            skeleton=self.skeleton,
            rotations=self.motion[span].numpy() if rotated else None,
            expression=self.expression[span].numpy() if self.expression.shape[1] else None,
        )


def _stacked(arrays: Sequence[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(arrays))
