"""Drawn clips whose pictures and conditions are painted when they are asked for: large ones would fill disks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut, taken
from sign_latent.renderer.aspect import Size, middle, sides
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Window, signer_look
from sign_latent.renderer.rendered import RenderedClip, look_of
from sign_latent.renderer.sign_video.clips import ConditionedClips
from sign_latent.renderer.sign_video.conditions import CONDITIONS, condition_pictures


class Painting:
    """Read as an array uint8 [T, H, W, C], of which no more frames are painted than are asked for."""

    def __init__(self, shape: tuple[int, ...], paint: Callable[[np.ndarray], np.ndarray]) -> None:
        self.shape, self._paint = shape, paint

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        """The first index is of frames: a number, a slice or numbers [n]; further ones are of their pictures."""
        frames, *rest = index if isinstance(index, tuple) else (index,)
        numbers = np.arange(len(self))[frames]
        if not numbers.size:
            return np.zeros((0, *self.shape[1:]), np.uint8)[(slice(None), *rest)]
        painted = self._paint(np.atleast_1d(numbers))
        return painted[(slice(None) if numbers.ndim else 0, *rest)]


def painted_anew(
    clips: Sequence[Clip], size: Size, looks: int, body: str = "capsules", frames: int | None = None, seed: int = 0
) -> ConditionedClips:
    """What ``conditioned`` makes of ``rendered_clips`` with the same arguments, to the bit, without any of it kept."""
    made, conditions = [], []
    for clip in clips:
        pose, look = cut(clip.pose, 0, min(len(clip.pose), frames or len(clip.pose))), look_of(clip.id, looks, seed)
        video = _signer(pose, clip.pose, size, look, body)
        made.append(RenderedClip(clip.id, clip.text, clip.gloss, clip.signer, look, pose, video))
        conditions.append(_conditions(pose, size, made[-1].window))
    return ConditionedClips(made, conditions)


def _signer(pose: Pose, whole: Pose, size: Size, look: int, body: str) -> Painting:
    def paint(numbers: np.ndarray) -> np.ndarray:
        squares = draw_pose(taken(pose, numbers), max(sides(size)), signer_look(look), gauge=whole, body=body)
        return middle(np.stack(list(squares)), size)

    return Painting((len(pose), *sides(size), 3), paint)


def _conditions(pose: Pose, size: Size, window: Window) -> Painting:
    def paint(numbers: np.ndarray) -> np.ndarray:
        return condition_pictures(taken(pose, numbers), size, window, gauge=pose)

    return Painting((len(pose), *sides(size), 3 * len(CONDITIONS)), paint)
