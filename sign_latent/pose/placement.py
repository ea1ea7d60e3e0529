"""Where the body of a clip lay in its source: what normalising takes away, kept so that it can be undone."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from sign_latent.errors import UserError


@dataclass(frozen=True)
class Placement:
    """`source = origin + unit · points`, in the source's own unit but with our axes (y up, z forward).

    Points of confidence 0 are not kept. `layout` names the format whose reader measured it, `details` are numbers that
    the same format needs to be written again, such as the size of the picture; among them `start`, the second at which
    the clip begins in its source, and `mirrored` where it is shown in the mirror, about the body's origin.
    """

    layout: str
    origin: tuple[float, ...]
    unit: float
    details: dict[str, Any] = field(default_factory=dict)

    def undo(self, points: np.ndarray) -> np.ndarray:
        """Body coordinates [T, K, C] -> float64 in the source's unit."""
        return np.float64(points) * self.unit + np.array(self.origin)[: points.shape[-1]]

    def later(self, seconds: float) -> "Placement":
        """Of a clip that begins so much later in the same source."""
        return replace(self, details=self.details | {"start": self.details.get("start", 0.0) + seconds})

    def mirrored(self) -> "Placement":
        """Of the clip in the mirror; twice is the identity."""
        plain = {name: value for name, value in self.details.items() if name != "mirrored"}
        return replace(self, details=plain if "mirrored" in self.details else plain | {"mirrored": 1.0})

    def to_text(self) -> str:
        """One line of JSON, as a corpus keeps it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "Placement | None":
        """What `to_text` wrote; None for "". UserError for anything else."""
        if not text:
            return None
        try:
            fields = json.loads(text)
            origin = tuple(float(value) for value in fields.pop("origin"))
            return cls(origin=origin, **fields)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UserError(
                f"placement {text[:60]!r} is not one that was written here; make the corpus again"
            ) from None


def measured(layout: str, frame: tuple[np.ndarray, float], details: dict[str, Any] | None = None) -> Placement:
    """From (origin [C], unit) as `normalise.body_frame` gives it."""
    origin, unit = frame
    return Placement(layout, tuple(float(value) for value in origin), float(unit), details or {})
