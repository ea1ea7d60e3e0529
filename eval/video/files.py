"""Videos that lie in a folder, of whatever made them: a chain from text to video, or anybody's system."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_prep.extraction.video import SUFFIXES, open_video
from eval.video.scenes import Scene
from eval.video.systems import System
from sign_latent.arrays import read_array
from sign_latent.errors import UserError
from sign_latent.files import file_hash

_PIXELS = 2**30
"""Bytes that a video may take: about 3000 frames of 342×342."""


def file_name(clip: str) -> str:
    """Of a clip's video without its suffix; ids of single signs hold a stroke, which no file name may."""
    return clip.replace("/", "-")


@dataclass
class VideoFolder:
    """Videos named by clip ids: `.npy` arrays uint8 [T, H, W, 3], or video files."""

    folder: Path
    fps: float
    condition: str
    """What the videos were made from: `pose` where they show the recordings' motion frame by frame, or `text`."""

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise UserError(f"videos {self.folder}: no such folder; name one that holds a video for each clip id")

    @property
    def reference(self) -> str:
        """`name@hash`, by the content of the files."""
        digest = hashlib.sha256()
        for path in sorted(p for p in self.folder.iterdir() if p.suffix in (".npy", *SUFFIXES)):
            digest.update(f"{path.name}\x1f{file_hash(path)}".encode())
        return f"{self.folder.resolve().name}@{digest.hexdigest()[:12]}"

    def read(self, clip: str) -> np.ndarray:
        """The video of a clip. UserError where it is missing, damaged, at another rate or too large."""
        for suffix in (".npy", *SUFFIXES):
            path = self.folder / f"{file_name(clip)}{suffix}"
            if path.is_file():
                return read_array(path) if suffix == ".npy" else self._decoded(path)
        raise UserError(f"videos {self.folder}: hold none of clip {clip}; name it {file_name(clip)}.mp4 or .npy")

    def _decoded(self, path: Path) -> np.ndarray:
        frames: list[np.ndarray] = []
        with open_video(path) as video:
            if abs(video.fps / self.fps - 1) > 1e-3:
                raise UserError(f"{path}: has {video.fps:g} frames a second, the recordings {self.fps:g}; convert it")
            for frame in video.frames:
                frames.append(frame)
                if frame.nbytes * len(frames) > _PIXELS:
                    raise UserError(f"{path}: is larger than {_PIXELS >> 20} MiB as pictures; cut it")
        return np.stack(frames)

    def system(self, shuffled: bool = False) -> System:
        """The folder as a system; `shuffled` shows the video of another scene, with its signer."""

        def shown(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
            scene = scenes[number]
            return self.read(scenes[scene.other].id if shuffled else scene.id)

        return shown
