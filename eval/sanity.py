"""Spoiled ground truth that any sound evaluation must score below ground truth: an evaluation of the evaluation."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eval.controls import Context
from sign_latent.pose.pose import Pose


def picked(pose: Pose, frames: np.ndarray | slice) -> Pose:
    """The same pose with these frames [T'] in this order, all its features alike."""
    arrays = {name: getattr(pose, name) for name in ("points", "confidence", "rotations", "expression")}
    return replace(pose, **{name: None if array is None else array[frames] for name, array in arrays.items()})


def time_reversed(pose: Pose) -> Pose:
    """From the last frame to the first."""
    return picked(pose, slice(None, None, -1))


def frame_shuffled(pose: Pose, seed: int = 0) -> Pose:
    """All frames in one random order: each posture is real, no motion is."""
    return picked(pose, np.random.default_rng([seed, len(pose)]).permutation(len(pose)))


def hand_swapped(pose: Pose) -> Pose:
    """Signed by the other hand: the mirror image."""
    return pose.mirrored()


def _of_truth(spoil: Callable[[Pose], Pose]) -> Callable[[Context], list[Pose]]:
    def spoiled(context: Context) -> list[Pose]:
        return [spoil(clip.pose) for clip in context.clips]

    return spoiled


SANITY: dict[str, Callable[[Context], list[Pose]]] = {
    "time-reversed ground truth": _of_truth(time_reversed),
    "frame-shuffled ground truth": _of_truth(frame_shuffled),
    "hand-swapped ground truth": _of_truth(hand_swapped),
}
"""Row name -> system, as in `eval.controls.CONTROLS`."""
