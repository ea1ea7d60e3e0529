"""What every extractor is given and gives back, and the table of them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from sign_latent.errors import UserError


@dataclass(frozen=True)
class Settings:
    """Choices of the user. One folder of extractions is made with one of these."""

    backend: str = "mediapipe"
    """`mediapipe` or `mediapipe-tasks`."""
    model: Path | None = None
    """A holistic landmarker (`.task` file); for `mediapipe-tasks`, which has none of its own."""
    confidence: float = 0.5
    """How sure the extractor must be to report a body, a face or a hand, 0 to 1."""


@dataclass
class Landmarks:
    """One frame: `points` [K, 3] with x and y as fractions of the picture and MediaPipe's depth; `confidence` [K]."""

    points: np.ndarray
    confidence: np.ndarray


class Extractor(Protocol):
    """Looks at the frames of one video in their order; forgets all of it at `reset`."""

    skeleton: str

    def look(self, picture: np.ndarray, milliseconds: int) -> Landmarks:
        """Landmarks of an RGB picture [H, W, 3] uint8."""

    def reset(self) -> None:
        """Before another video."""


BACKENDS: dict[str, str] = {
    "mediapipe": "data_prep.extraction.mediapipe_holistic",
    "mediapipe-tasks": "data_prep.extraction.mediapipe_tasks",
}
"""Name -> module with `open_extractor(settings)`."""


def open_extractor(settings: Settings) -> AbstractContextManager[Extractor]:
    """The chosen extractor. UserError if it is unknown, not installed, or lacks its model."""
    if settings.backend not in BACKENDS:
        raise UserError(f"unknown backend {settings.backend!r}; known: {', '.join(BACKENDS)}")
    if not 0 < settings.confidence < 1:
        raise UserError(f"confidence {settings.confidence}: give a number between 0 and 1")
    return import_module(BACKENDS[settings.backend]).open_extractor(settings)


def gathered(groups: list[tuple[object, int, bool]]) -> Landmarks:
    """One frame from MediaPipe's groups of landmarks: (list of them or None, how many there should be, visibility?).

    A group that was not found has confidence 0; the body's points have their visibility, others 1.
    """
    points, confidence = [], []
    for found, count, visible in groups:
        rows = list(found or ())[:count]
        place = np.zeros((count, 3))
        sure = np.zeros(count)
        if rows:
            place[: len(rows)] = [(row.x, row.y, row.z) for row in rows]
            sure[: len(rows)] = [row.visibility for row in rows] if visible else 1.0
        points.append(place)
        confidence.append(sure)
    return Landmarks(np.concatenate(points), np.concatenate(confidence))


def extract(extractor: Extractor, frames: Iterator[np.ndarray], fps: float) -> tuple[np.ndarray, np.ndarray, tuple]:
    """All frames of a video -> landmarks [T, K, 3] in pixels, confidence [T, K], (width, height).

    UserError if there is no frame, or no body in any.
    """
    extractor.reset()
    found, size = [], (0, 0)
    for number, picture in enumerate(frames):
        size = (picture.shape[1], picture.shape[0])
        found.append(extractor.look(picture, round(number * 1000 / fps)))
    if not found:
        raise UserError("holds no frames")
    points = np.stack([frame.points for frame in found]) * np.array([*size, 1.0])
    confidence = np.stack([frame.confidence for frame in found])
    if not confidence.any():
        raise UserError("shows nobody that the extractor can see")
    return points, confidence, size
