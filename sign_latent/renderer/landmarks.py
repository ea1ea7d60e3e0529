"""A pose by the names of its points, so that one way of drawing serves every skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sign_latent.pose.pose import Pose

# What stands in for a point that a skeleton lacks: the mean of others.
_STANDINS = {
    f"{side}_{name}": tuple(f"{side}_{other}" for other in others)
    for side in ("left", "right")
    for name, others in {
        "hand_root": ("wrist",),
        "wrist": ("hand_root",),
        "eye_upper": ("eye_upper_inner", "eye_upper_outer"),
    }.items()
}


@dataclass(frozen=True)
class Landmarks:
    """`places` [T, K, 3] in body coordinates (z = 0 where the data are flat), `seen` [T, K], `index` name -> k; and the
    clip by which parts of fixed size are measured, where it is not the clip itself."""

    places: np.ndarray
    seen: np.ndarray
    index: dict[str, int]
    flat: bool
    gauge: Landmarks | None = None

    @classmethod
    def of(cls, pose: Pose, gauge: Pose | None = None) -> Landmarks:
        """The landmarks of a valid pose; UserError (from `Pose.validate`) for any other."""
        pose.validate()
        places = np.zeros((*pose.points.shape[:2], 3), dtype=np.float32)
        places[..., : pose.points.shape[-1]] = pose.points
        index = {name: i for i, name in enumerate(pose.skeleton.points)}
        measured = None if gauge is None else cls.of(gauge)
        return cls(places, pose.confidence > 0, index, pose.skeleton.dimensions == 2, measured)

    def __len__(self) -> int:
        return len(self.places)

    def known(self, *names: str) -> bool:
        """Whether the skeleton has all these points, or what stands in for them."""
        return all(self._indices(name) for name in names)

    def at(self, name: str) -> np.ndarray:
        """[T, 3]; zeros for a point that the skeleton lacks (`visible` is False there)."""
        found = self._indices(name)
        return self.places[:, found].mean(axis=1) if found else np.zeros((len(self), 3), dtype=np.float32)

    def many(self, names: tuple[str, ...]) -> np.ndarray:
        """[T, N, 3]."""
        return np.stack([self.at(name) for name in names], axis=1)

    def visible(self, *names: str) -> np.ndarray:
        """[T] whether all these points exist with a confidence above 0."""
        found = [self._indices(name) for name in names]
        if not all(found):
            return np.zeros(len(self), dtype=bool)
        return np.all([self.seen[:, indices].all(axis=1) for indices in found], axis=0)

    def _indices(self, name: str) -> list[int]:
        if name in self.index:
            return [self.index[name]]
        others = _STANDINS.get(name, ())
        return [self.index[other] for other in others] if all(other in self.index for other in others) else []
