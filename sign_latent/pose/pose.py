"""A clip of motion: points in body coordinates with confidence, and, where known, rotations and expression."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError
from sign_latent.pose.placement import Placement
from sign_latent.pose.signs import Sign, ordered
from sign_latent.pose.skeleton import Skeleton


@dataclass
class Pose:
    """`points` [T, K, C] float32 (shoulder widths; x to the signer's left, y up, z forward; origin between the
    shoulders of the median frame), `confidence` [T, K] in [0, 1] (0 = missing), `rotations` [T, R, 3] axis-angle,
    `expression` [T, E], `placement` where the body lay in the source, if its reader says so.

    `provenance` is what a generated clip says of itself, a line of JSON; it goes into files, and comes along with
    whatever is made of the clip by `dataclasses.replace`; of parts put together see `provenance`. "" says nothing.

    `signs` are (gloss, first frame, frame after the last) where that is known; `with_signs` gives them."""

    points: np.ndarray
    confidence: np.ndarray
    fps: float
    skeleton: Skeleton
    rotations: np.ndarray | None = None
    expression: np.ndarray | None = None
    placement: Placement | None = None
    provenance: str = ""
    # Left out by dataclasses.replace: whoever changes a motion says what becomes of its signs, or they are unknown.
    signs: tuple[Sign, ...] = field(default=(), init=False)

    def __len__(self) -> int:
        return len(self.points)

    def validate(self) -> "Pose":
        """The pose itself if it is whole; UserError for an empty clip, wrong shapes, NaN or a foolish frame rate."""
        for name, array, shape in self._expected():
            if array.shape != shape:
                raise UserError(f"pose of skeleton {self.skeleton.name}: {name} has shape {array.shape}, not {shape}")
            if not np.isfinite(array).all():
                raise UserError(f"pose of skeleton {self.skeleton.name}: {name} holds NaN or infinity; clean it first")
        if len(self) == 0:
            raise UserError("pose without frames; give a clip of at least one frame")
        if not 0 < self.fps < 1000:
            raise UserError(f"pose with {self.fps} frames a second; give a rate between 0 and 1000")
        return self

    def with_signs(self, signs: Iterable[Sign]) -> "Pose":
        """The same motion, of which it is known where these signs are."""
        made = replace(self)
        made.signs = ordered(signs)
        return made

    def mirrored(self) -> "Pose":
        """The same signing by the other hand: x flipped, left and right exchanged. Twice is the identity."""
        swap = list(self.skeleton.mirror)
        flip = np.array([-1.0, 1.0, 1.0], dtype=np.float32)[: self.points.shape[-1]]
        made = replace(
            self,
            points=self.points[:, swap] * flip,
            confidence=self.confidence[:, swap],
            rotations=self._mirrored_rotations(),
            expression=None if self.expression is None else self.expression * _EXPRESSION_FLIP,
            placement=None if self.placement is None else self.placement.mirrored(),
        )
        return made.with_signs(self.signs)

    def resampled(self, fps: float) -> "Pose":
        """The same motion at another frame rate; points and expression linearly, rotations by slerp."""
        from sign_latent.pose.resample import resample

        return resample(self, fps)

    def save(self, path: str | Path, provenance: str = "") -> None:
        """Write `.npz` (lossless) or `.pose` (for other tools), whole or not at all, with the pose's own provenance
        where none is given; of a `.pose` it lies in a JSON beside it."""
        from sign_latent.pose.formats import save

        save(self, Path(path), provenance or self.provenance)

    @classmethod
    def load(cls, path: str | Path) -> "Pose":
        """Read `.npz` or `.pose`, with what it says of itself. UserError if the file is missing, foreign or damaged."""
        from sign_latent.pose.formats import load

        return load(Path(path))

    def _expected(self) -> list[tuple[str, np.ndarray, tuple[int, ...]]]:
        frames, skeleton = len(self.points), self.skeleton
        points = len(skeleton.points)
        rows = [
            ("points", self.points, (frames, points, skeleton.dimensions)),
            ("confidence", self.confidence, (frames, points)),
        ]
        if self.rotations is not None:
            rows.append(("rotations", self.rotations, (frames, len(skeleton.rotated), 3)))
        if self.expression is not None:
            rows.append(("expression", self.expression, (frames, skeleton.expression)))
        return rows

    def _mirrored_rotations(self) -> np.ndarray | None:
        """Reflection in the plane x = 0 keeps the x part of an axis-angle vector and flips the others."""
        if self.rotations is None:
            return None
        order = {point: i for i, point in enumerate(self.skeleton.rotated)}
        swap = [order[self.skeleton.mirror[point]] for point in self.skeleton.rotated]
        return self.rotations[:, swap] * np.array([1.0, -1.0, -1.0], dtype=np.float32)


# Of our ten expression coefficients only gaze to the left (7) changes sign in a mirror.
_EXPRESSION_FLIP = np.array([1, 1, 1, 1, 1, 1, 1, -1, 1, 1], dtype=np.float32)
