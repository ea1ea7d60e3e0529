"""Clips of a corpus as RGB pictures of drawn signers: what video models are trained on and tested with.

The appearance of a clip is drawn by chance, whoever signs it, so that nothing of a motion can be told from its look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.files import file_aside, file_hash
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut
from sign_latent.renderer.aspect import Size, middle, named, sides
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Window, signer_look


@dataclass
class RenderedClip:
    """A clip and its pictures."""

    id: str
    text: str
    gloss: str
    signer: str
    """Who moves; how the signer looks is told by `look` alone."""
    look: int
    """Seed of `signer_look`, below the number of looks."""
    pose: Pose
    video: np.ndarray
    """uint8 [T, H, W, 3], one picture a frame of the pose: a read-only view into a memory-mapped file."""

    @property
    def window(self) -> Window:
        """What the pictures show of the body coordinates."""
        return signer_look(self.look).window()

    @property
    def appearance(self) -> str:
        """What tells its pictures from others of the same pose."""
        return str(self.look)


def look_of(clip_id: str, looks: int, seed: int) -> int:
    """Which of so many looks a clip has: a pure function of its id and the seed."""
    digest = hashlib.sha256(f"{seed}\x1f{clip_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % looks


def rendered_clips(
    clips: Iterable[Clip],
    size: Size,
    folder: str | Path,
    looks: int = 64,
    body: str = "capsules",
    frames: int | None = None,
    seed: int = 0,
) -> Sequence[RenderedClip]:
    """The clips in pictures of `size`, each painted with one of `looks` looks and at its own frame rate.

    `frames` keeps only the first so many of each clip (its first pictures stay the same). `body` is as for
    `draw_pose`. All pictures lie in one file of `folder`, named by what they were made of and written whole or not at
    all; where it is there, nothing is painted. UserError for no clips, no looks, no frames, and as of `draw_pose`.
    """
    clips = list(clips)
    if not clips:
        raise UserError("no clip to be painted; choose another split or corpus")
    for name, value in (("looks", looks), ("frames", frames)):
        if value is not None and value < 1:
            raise UserError(f"{name} {value}: nothing can be painted; give at least 1")
    made = [look_of(clip.id, looks, seed) for clip in clips]
    lengths = [min(len(clip.pose), frames or len(clip.pose)) for clip in clips]
    key = _content(clips, lengths, made, size, body)
    path = Path(folder) / f"rendered-{named(size)}-{key}.npy"
    shape = (sum(lengths), *sides(size), 3)
    videos = np.split(kept(path, shape, _pictures(clips, lengths, made, size, body)), np.cumsum(lengths)[:-1])
    return [
        RenderedClip(clip.id, clip.text, clip.gloss, clip.signer, look, cut(clip.pose, 0, length), video)
        for clip, look, length, video in zip(clips, made, lengths, videos, strict=True)
    ]


def kept(path: Path, shape: tuple[int, ...], pictures: Iterator[np.ndarray]) -> np.ndarray:
    """The pictures, uint8, in a read-only memory-mapped file; where it is there, none is asked for."""
    if not is_whole(path, shape):
        _write(path, shape, pictures)
    found: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return found


def _content(clips: list[Clip], lengths: list[int], looks: list[int], size: Size, body: str) -> str:
    """Hash of all that the pictures depend on.

    The first of them is part of it: where another version of the library paints otherwise, all are painted anew.
    """
    made_of = file_hash(Path(body)) if Path(body).is_file() else body
    digest = hashlib.sha256(f"{made_of}\x1f{named(size)}".encode())
    for clip, length, look in zip(clips, lengths, looks, strict=True):
        pose = clip.pose
        digest.update(f"{clip.id}\x1f{length}\x1f{look}\x1f{pose.fps}\x1f{pose.skeleton.name}".encode())
        for array in (pose.points, pose.confidence, pose.rotations, pose.expression):
            if array is not None:
                digest.update(np.ascontiguousarray(array, dtype=np.float32).data)
    digest.update(next(_pictures(clips[:1], [1], looks[:1], size, body)).data)
    return digest.hexdigest()[:24]


def _pictures(clips: list[Clip], lengths: list[int], looks: list[int], size: Size, body: str) -> Iterator[np.ndarray]:
    for clip, length, look in zip(clips, lengths, looks, strict=True):
        yield from pictures_of(clip.pose, look, size, body, length)


def pictures_of(
    pose: Pose, look: int, size: Size, body: str = "capsules", frames: int | None = None
) -> Iterator[np.ndarray]:
    """The (first so many) pictures uint8 [H, W, 3] of a pose in one of the looks. UserError as of `draw_pose`."""
    shown = cut(pose, 0, min(len(pose), frames or len(pose)))
    for picture in draw_pose(shown, max(sides(size)), signer_look(look), gauge=pose, body=body):
        yield np.ascontiguousarray(middle(picture, size))


def is_whole(path: Path, shape: tuple[int, ...]) -> bool:
    """Whether the file holds pictures of that shape; one that does not is to be written anew."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return found.shape == shape and found.dtype == np.uint8


def _write(path: Path, shape: tuple[int, ...], pictures: Iterator[np.ndarray]) -> None:
    from tqdm import tqdm

    with file_aside(path) as aside:
        room = np.lib.format.open_memmap(aside, mode="w+", dtype=np.uint8, shape=shape)
        shown = tqdm(pictures, desc="painting", unit="frame", total=shape[0], disable=shape[0] < 2000, leave=False)
        for number, picture in enumerate(shown):
            room[number] = picture
        room.flush()
