"""What is scored beside a renderer: the recording, and what shows nothing of the condition.

A system takes the scenes, which of them, and a generation seed, and returns a video uint8 [T, H, W, 3].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from eval.rows import SYSTEM, TRUTH
from eval.video.scenes import Scene
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut, taken
from sign_latent.renderer.look import Window

SHUFFLED, REPEATED, BLANK = "system, shuffled conditions", "reference image repeated", "blank"
System = Callable[[Sequence[Scene], int, int], Any]


class Renderer(Protocol):
    """Turns a condition into a video."""

    def render(
        self, condition: Any, reference: Any = None, frames: int | None = None, seed: int = 0, **options: Any
    ) -> np.ndarray:
        """Video uint8 [T, H, W, 3]."""


def retimed(pose: Pose, frames: int) -> Pose:
    """So many frames of a clip: the first ones, or where it is shorter all of them, evenly repeated."""
    if len(pose) >= frames:
        return cut(pose, 0, frames)
    return taken(pose, np.linspace(0, len(pose) - 1, frames).round().astype(int))


def as_pictured(pose: Pose, window: Window) -> Pose:
    """The pose whose points lie in the default window where those of this one lie in the pictures.

    What an extractor would find in the recording: a renderer is not told how large its signer is.
    """
    shown = Window()
    middle, own = ((w.x, w.y, 0.0)[: pose.points.shape[-1]] for w in (shown, window))
    points = np.array(middle) + (pose.points - np.array(own)) * (shown.half / window.half)
    return replace(pose, points=points.astype(np.float32), rotations=None)


CONDITIONS: dict[str, Callable[[Scene, int], Any]] = {
    "pose": lambda scene, frames: as_pictured(retimed(scene.pose, frames), scene.window),
    "text": lambda scene, frames: scene.text,
}
"""What a renderer is given -> how it is made of a scene, for so many frames."""


def heeds_reference(renderer: Renderer) -> bool:
    """Whether it is shown a reference image: all are, but those that say of themselves that they draw their own."""
    return bool(getattr(renderer, "referenced", True))


def of_renderer(
    renderer: Renderer, kind: str, shuffled: bool = False, options: Mapping[str, Any] | None = None
) -> System:
    """The renderer as a system; `shuffled` gives it the condition of another scene, and the reference of its own."""

    def system(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
        scene = scenes[number]
        frames = len(scene.real)
        given = CONDITIONS[kind](scenes[scene.other] if shuffled else scene, frames)
        reference = scene.reference if heeds_reference(renderer) else None
        return renderer.render(given, reference=reference, frames=frames, seed=seed, **(options or {}))

    return system


def ground_truth(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
    """The recording: what a perfect renderer would show."""
    return scenes[number].real


def repeated(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
    """The reference image in every frame: the right signer, who does not move."""
    scene = scenes[number]
    return np.broadcast_to(scene.reference, scene.real.shape)


def blank(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
    """Mid-grey pictures; what is scored where a renderer gives no video."""
    return np.full_like(scenes[number].real, 128)


def noise(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
    """Every pixel drawn anew."""
    return np.random.default_rng((seed, number)).integers(0, 256, scenes[number].real.shape, dtype=np.uint8)


def frozen(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
    """The first frame of the recording throughout."""
    return np.broadcast_to(scenes[number].real[:1], scenes[number].real.shape)


def disordered(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
    """The frames of the recording in an order drawn at random."""
    real = scenes[number].real
    return real[np.random.default_rng((seed, number)).permutation(len(real))]


CONTROLS: dict[str, System] = {TRUTH: ground_truth, REPEATED: repeated, BLANK: blank}
"""Rows beside the system's own."""
SPOILED: dict[str, System] = {
    "white noise": noise,
    "recording, frozen": frozen,
    "recording, frames shuffled": disordered,
}
"""What temporal consistency must rank below the recording."""


def systems_of(renderer: Renderer, kind: str, options: Mapping[str, Any] | None = None) -> dict[str, System]:
    """All rows of a report; options are given to the renderer as they are."""
    own = {SYSTEM: False, SHUFFLED: True}
    return {name: of_renderer(renderer, kind, turned, options) for name, turned in own.items()} | CONTROLS
