"""MediaPipe's holistic landmarker (Tasks), all that releases from 0.10.30 on have; the user names its `.task` file.

Untried with a model file: none comes with any package. What surrounds it (the options it is given, its results
brought to our layout, its refusals) is tested.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from data_prep.extraction.backend import Landmarks, Settings, gathered
from sign_latent.errors import UserError, brief

_MISSING = (
    "backend mediapipe-tasks needs mediapipe: pip install -e '.[mediapipe-tasks]' in an environment without the extra "
    "mediapipe"
)


class Landmarker:
    """A holistic landmarker, opened anew for every video: its clock must never run back.

    `make` returns a context manager with `detect_for_video(image, milliseconds)`; `image` wraps a picture for it.
    """

    skeleton = "holistic586"

    def __init__(self, make: Any, image: Any) -> None:
        self._make, self._image, self._task = make, image, None

    def look(self, picture: np.ndarray, milliseconds: int) -> Landmarks:
        """Body, face of 478 with irises, left hand, right hand, body in metres."""
        found = self._task.detect_for_video(self._image(picture), milliseconds)
        return gathered(
            [
                (found.pose_landmarks, 33, True),
                (found.face_landmarks, 478, False),
                (found.left_hand_landmarks, 21, False),
                (found.right_hand_landmarks, 21, False),
                (found.pose_world_landmarks, 33, True),
            ]
        )

    def reset(self) -> None:
        """A fresh landmarker."""
        self.close()
        self._task = self._make()

    def close(self) -> None:
        """Let the landmarker go."""
        if self._task is not None:
            self._task.close()
            self._task = None


@contextmanager
def open_extractor(settings: Settings) -> Iterator[Landmarker]:
    """UserError if the package is missing or too old, or the model is missing or none."""
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        landmarker, options = vision.HolisticLandmarker, vision.HolisticLandmarkerOptions
    except (ImportError, AttributeError):
        raise UserError(_MISSING) from None
    if settings.model is None:
        raise UserError("backend mediapipe-tasks has no model; name a holistic landmarker: --model FILE.task")
    if not settings.model.is_file():
        raise UserError(f"{settings.model}: no such file; name a holistic landmarker (.task)")
    sure = settings.confidence
    chosen = options(
        base_options=BaseOptions(model_asset_path=str(settings.model)),
        running_mode=vision.RunningMode.VIDEO,
        min_face_detection_confidence=sure,
        min_pose_detection_confidence=sure,
        min_hand_landmarks_confidence=sure,
    )

    def make() -> Any:
        try:
            return landmarker.create_from_options(chosen)
        except (RuntimeError, ValueError) as error:
            raise UserError(f"{settings.model}: not a holistic landmarker ({brief(error)})") from None

    def image(picture: np.ndarray) -> Any:
        return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)

    found = Landmarker(make, image)
    try:
        yield found
    finally:
        found.close()
