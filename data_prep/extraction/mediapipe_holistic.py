"""MediaPipe's holistic solution (0.10.21), whose package carries the models: nothing is downloaded.

Of the models of the body only the middle one (complexity 1) is in the package; the face has 468 points.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from data_prep.extraction.backend import Landmarks, Settings, gathered
from sign_latent.errors import UserError

_MISSING = (
    "backend mediapipe needs mediapipe 0.10.21, which has the holistic solution: pip install -e '.[mediapipe]' "
    "in an environment without mediapipe-tasks"
)


class Holistic:
    """`solution` is `mediapipe.solutions.holistic.Holistic` or whatever answers like it."""

    skeleton = "holistic576"

    def __init__(self, solution: object) -> None:
        self._solution = solution

    def look(self, picture: np.ndarray, milliseconds: int) -> Landmarks:
        """Body, face, left hand, right hand, body in metres; the time is of no use to this solution."""
        found = self._solution.process(picture)

        def group(name: str) -> object:
            landmarks = getattr(found, name)
            return None if landmarks is None else landmarks.landmark

        return gathered(
            [
                (group("pose_landmarks"), 33, True),
                (group("face_landmarks"), 468, False),
                (group("left_hand_landmarks"), 21, False),
                (group("right_hand_landmarks"), 21, False),
                (group("pose_world_landmarks"), 33, True),
            ]
        )

    def reset(self) -> None:
        """Forget where the body was."""
        self._solution.reset()


def load_solution(settings: Settings) -> object:
    """The solution itself. UserError if this mediapipe has none."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # it talks of its graphs otherwise
    try:
        from mediapipe.python.solutions.holistic import Holistic as Solution
    except ImportError:
        raise UserError(_MISSING) from None
    return Solution(
        model_complexity=1,
        smooth_landmarks=True,
        min_detection_confidence=settings.confidence,
        min_tracking_confidence=settings.confidence,
    )


@contextmanager
def open_extractor(settings: Settings) -> Iterator[Holistic]:
    """UserError if the package is missing or of a release without this solution."""
    with load_solution(settings) as solution:
        yield Holistic(solution)
