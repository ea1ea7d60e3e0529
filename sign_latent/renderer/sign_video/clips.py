"""Clips with the pictures of their conditions, and the batches that are cut from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.renderer.aspect import Size, named
from sign_latent.renderer.look import Window
from sign_latent.renderer.rendered import kept
from sign_latent.renderer.sign_video.conditions import CONDITIONS, condition_pictures


class Pictured(Protocol):
    """A clip in pictures, drawn or filmed."""

    @property
    def id(self) -> str:
        """Of the clip."""

    @property
    def appearance(self) -> str:
        """What tells its pictures from others of the same pose."""

    @property
    def pose(self) -> Pose:
        """As many frames as pictures."""

    @property
    def video(self) -> np.ndarray:
        """uint8 [T, H, W, 3]."""

    @property
    def window(self) -> Window:
        """What the pictures show of the body coordinates."""


@dataclass
class VideoBatch:
    """Frames of B clips, F each, and another frame of each clip, which shows the signer."""

    video: torch.Tensor
    """uint8 [B, F, H, W, 3]."""
    conditions: torch.Tensor
    """uint8 [B, F, H, W, 3 · conditions]."""
    reference: torch.Tensor
    """uint8 [B, H, W, 3]."""
    hands: torch.Tensor
    """Bool [B, F, H, W]: where the frame shows a hand."""


@dataclass
class ConditionedClips:
    """Videos [T, H, W, 3] with the pictures of all conditions [T, H, W, 3 · conditions], aligned."""

    clips: Sequence[Pictured]
    conditions: list[np.ndarray]

    def batch(
        self, seed: int, clips: int, frames: int, together: bool, names: Sequence[str], swapped: float = 0.0
    ) -> VideoBatch:
        """Frames of clips drawn by chance: a window of each clip, or single frames of it.

        ``swapped``: probability that a frame's condition is another clip's. UserError where no clip is long enough.
        """
        chance = np.random.default_rng(seed)
        long = [i for i, clip in enumerate(self.clips) if len(clip.video) >= frames or not together]
        if not long:
            raise UserError(f"clips: none has {frames} frames; lower the window")
        chosen = chance.choice(long, clips, replace=len(long) < clips)
        places = [self._places(chance, i, frames, together) for i in chosen]
        video = [self.clips[i].video[some] for i, some in zip(chosen, places, strict=True)]
        seen = [self.conditions[i][some] for i, some in zip(chosen, places, strict=True)]
        hands = np.stack([one[..., channels_of(["hands"])].any(-1) for one in seen])
        given = np.stack([self._swapped(chance, one, swapped)[..., channels_of(names)] for one in seen])
        reference = [self.clips[i].video[chance.integers(len(self.clips[i].video))] for i in chosen]
        arrays = (np.stack(video), given, np.stack(reference), hands)
        return VideoBatch(*map(torch.from_numpy, arrays))

    def _places(self, chance: np.random.Generator, clip: int, frames: int, together: bool) -> np.ndarray:
        length = len(self.clips[clip].video)
        if together:
            return chance.integers(length - frames + 1) + np.arange(frames)
        return chance.integers(length, size=frames)

    def _swapped(self, chance: np.random.Generator, seen: np.ndarray, probability: float) -> np.ndarray:
        """SignViP's condition augmentation: some frames are given the condition of a frame of any clip."""
        seen = np.array(seen)
        for number in np.nonzero(chance.random(len(seen)) < probability)[0]:
            other = self.conditions[chance.integers(len(self.conditions))]
            seen[number] = other[chance.integers(len(other))]
        return seen


def conditioned(clips: Sequence[Pictured], folder: str | Path) -> ConditionedClips:
    """The clips with their conditions, painted once at the size and in the window of their pictures."""
    size, lengths = clips[0].video.shape[1:3], [len(clip.video) for clip in clips]
    digest = hashlib.sha256()
    for clip in clips:
        digest.update(f"{clip.id}\x1f{clip.appearance}\x1f{len(clip.video)}".encode() + clip.pose.points.tobytes())
    digest.update(next(_painted(clips[:1], size)).tobytes())  # another way of painting paints all anew
    path = Path(folder) / f"conditions-{named(size)}-{digest.hexdigest()[:24]}.npy"
    found = kept(path, (sum(lengths), *size, 3 * len(CONDITIONS)), _painted(clips, size))
    return ConditionedClips(clips, np.split(found, np.cumsum(lengths)[:-1]))


def _painted(clips: Sequence[Pictured], size: Size) -> Iterator[np.ndarray]:
    for clip in clips:
        yield from condition_pictures(clip.pose, size, clip.window)


def channels_of(names: Sequence[str]) -> list[int]:
    """Where the pictures of these conditions lie among those of all."""
    return [3 * list(CONDITIONS).index(name) + channel for name in names for channel in range(3)]
