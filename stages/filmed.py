"""Clips of a corpus as the pictures that they were filmed in: what models of real signers are trained on.

A corpus keeps where the body of each clip lay in its video (`Placement`), so that each video is cut to the same square
of body coordinates that drawn signers are shown in; what lies outside the picture is black. Pose and picture stay
aligned, since one cut serves a whole clip and is rounded to pixels before the window that it shows is told.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from data_prep.extraction.video import open_video
from data_prep.formats.source import within
from sign_latent.cache import cache_directory
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.files import file_aside
from sign_latent.pose.placement import Placement
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut
from sign_latent.renderer.aspect import Size, middle, named, sides
from sign_latent.renderer.look import Window
from sign_latent.renderer.rendered import is_whole

LAYOUT = "pose"
"""Of placements in pixels of the video, as `data_prep.convert pose` finds them."""
LATE = 2
"""Pictures that a video may end before its pose does: rates are rounded."""


PEOPLE = "it shows people who were filmed; whether they agreed to be imitated is not known here"
"""On the card of what was trained on films."""


@dataclass
class VideoSource:
    """Which pictures a model is trained on: the corpus's clips, painted, or cut out of the videos that they name."""

    source: Literal["drawn", "filmed"] = "drawn"
    """Invented signers, or the people of the videos: of a corpus that `data_prep.extract` and `convert pose` made."""
    folder: str | None = None
    """Of filmed: where the videos lie that the clips name; None: in the corpus."""

    @property
    def warnings(self) -> list[str]:
        """For the card of what was trained on these pictures."""
        return [PEOPLE] if self.source == "filmed" else []


@dataclass
class FilmedClip:
    """A clip and its pictures."""

    id: str
    text: str
    gloss: str
    signer: str
    pose: Pose
    video: np.ndarray
    """uint8 [T, H, W, 3], one picture a frame of the pose: a read-only view into a memory-mapped file."""
    window: Window
    """What the pictures show of the body coordinates."""
    appearance: str = "filmed"


@dataclass
class Shot:
    """A clip that is to be cut out of a video."""

    clip: Clip
    path: Path
    frames: int
    start: float
    """Seconds from the beginning of the video."""
    left: int
    top: int
    side: int
    """Of the square in the video, pixels; it may reach beyond the picture."""
    window: Window
    size: tuple[int, int]
    """Width and height of the pictures in which the pose was found."""
    mirrored: bool = False
    """The pose is shown in the mirror, and so are the pictures."""

    def wanted(self, fps: float) -> np.ndarray:
        """Number [frames] of the picture of a video of that rate that each frame of the pose belongs to."""
        return np.round((self.start + np.arange(self.frames) / self.clip.pose.fps) * fps).astype(int)


@dataclass
class Filmed:
    """Clips, and why others are left out."""

    clips: list[FilmedClip] = field(default_factory=list)
    drops: dict[str, str] = field(default_factory=dict)
    """Id -> reason."""


def told_clips(
    clips: Sequence[Clip], size: Size, source: VideoSource, corpus: Corpus, frames: int | None = None
) -> list[FilmedClip]:
    """`filmed_clips` of a corpus, kept in the cache; what is left out is told on stderr."""
    videos = Path(source.folder) if source.folder else corpus.path
    found = filmed_clips(clips, size, cache_directory() / "rendered", videos, frames)
    if found.drops:
        name, reason = next(iter(found.drops.items()))
        print(f"left out {len(found.drops)} of {len(clips)} clips; the first, {name}: {reason}", file=sys.stderr)
    return found.clips


def filmed_clips(clips: Sequence[Clip], size: Size, folder: Path, videos: Path, frames: int | None = None) -> Filmed:
    """The clips in pictures of `size`, cut out of the videos below `videos` that they name.

    `frames` keeps only the first so many of each clip. Pictures are decoded one at a time, each video once, into one
    file of `folder`; where it is there, no video is opened. A clip whose video is missing, damaged, another one than
    its pose was found in, or too short, is left out with its reason. UserError where none is left, with the first.
    """
    found, shots = Filmed(), []
    for clip in clips:
        try:
            shots.append(shot_of(clip, videos, frames))
        except UserError as error:
            found.drops[clip.id] = str(error)
    if shots:
        pictures, drops = _kept(shots, size, folder)
        found.drops |= drops
        for shot, video in zip(shots, pictures, strict=True):
            if shot.clip.id not in drops:
                clip = shot.clip
                about = (clip.id, clip.text, clip.gloss, clip.signer, cut(clip.pose, 0, shot.frames))
                found.clips.append(FilmedClip(*about, video, shot.window))
    if not found.clips:
        first = next(iter(found.drops.items()), ("corpus", "there are no clips"))
        raise UserError(f"videos {videos}: not one clip can be cut out of them; the first, {first[0]}: {first[1]}")
    return found


def shot_of(clip: Clip, videos: Path, frames: int | None) -> Shot:
    """Where a clip lies in its video. UserError where the corpus does not say, or there is no such video."""
    there = clip.pose.placement
    if not clip.video:
        raise UserError("the corpus names no video of it")
    if there is None or there.layout != LAYOUT or not {"width", "height"} <= set(there.details):
        raise UserError(
            "the corpus does not say where its body lies in the video; convert the extracted .pose files anew, on "
            "their own skeleton"
        )
    path = within(videos, clip.video)
    if not path.is_file():
        raise UserError(f"{clip.video}: no such file")
    left, top, side, window = square_of(there)
    width, height = int(there.details["width"]), int(there.details["height"])
    if left >= width or top >= height or left + side <= 0 or top + side <= 0:
        raise UserError("its body lies outside the picture")
    length, start = min(len(clip.pose), frames or len(clip.pose)), float(there.details.get("start", 0.0))
    mirrored = "mirrored" in there.details
    window = replace(window, x=-window.x) if mirrored else window
    return Shot(clip, path, length, start, left, top, side, window, (width, height), mirrored)


def square_of(there: Placement) -> tuple[int, int, int, Window]:
    """Left, top and side of the default window in pixels of the video, and the window that whole pixels show."""
    plan = Window()
    x, y = there.origin[:2]
    side = max(2, round(2 * plan.half * there.unit))
    left = round(x + plan.x * there.unit - side / 2)
    top = round(-(y + plan.y * there.unit) - side / 2)
    centre = ((left + side / 2 - x) / there.unit, (-(top + side / 2) - y) / there.unit)
    return left, top, side, Window(*centre, side / 2 / there.unit)


def picture_of(frame: np.ndarray, shot: Shot, size: Size) -> np.ndarray:
    """A picture of `size` from the middle of the shot's square of a frame; black where the frame does not reach."""
    side = max(sides(size))
    box = (shot.left, shot.top, shot.left + shot.side, shot.top + shot.side)
    how = Image.Resampling.BOX if shot.side >= side else Image.Resampling.BICUBIC
    square = np.asarray(Image.fromarray(frame).crop(box).resize((side, side), how))
    return middle(square[:, ::-1] if shot.mirrored else square, size)


def _kept(shots: list[Shot], size: Size, folder: Path) -> tuple[list[np.ndarray], dict[str, str]]:
    """Pictures of the shots, and those that could not be had; from the file that keeps them, or filmed into it."""
    lengths = [shot.frames for shot in shots]
    path, shape = folder / f"filmed-{named(size)}-{_content(shots, size)}.npy", (sum(lengths), *sides(size), 3)
    reasons = path.with_suffix(".json")
    if not (is_whole(path, shape) and reasons.is_file()):
        with file_aside(path) as aside:
            room = np.lib.format.open_memmap(aside, mode="w+", dtype=np.uint8, shape=shape)
            drops = _film(shots, size, np.split(room, np.cumsum(lengths)[:-1]))
            room.flush()
            with file_aside(reasons) as beside:
                beside.write_text(json.dumps(drops, ensure_ascii=False), encoding="utf-8")
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    drops = json.loads(reasons.read_text(encoding="utf-8"))
    return np.split(found, np.cumsum(lengths)[:-1]), drops


def _content(shots: list[Shot], size: Size) -> str:
    """Hash of all that the pictures depend on; of videos their names, sizes and times, not every byte."""
    digest = hashlib.sha256(named(size).encode())
    for shot in shots:
        file = shot.path.stat()
        told = (shot.clip.id, shot.clip.video, file.st_size, file.st_mtime_ns, shot.frames, shot.start)
        digest.update("\x1f".join(map(str, (*told, shot.left, shot.top, shot.side, shot.clip.pose.fps))).encode())
        digest.update(b"mirrored" if shot.mirrored else b"")
    return digest.hexdigest()[:24]


def _film(shots: list[Shot], size: Size, rooms: list[np.ndarray]) -> dict[str, str]:
    """Fills the room [T, H, W, 3] of each shot; id -> reason of those for which that is not possible."""
    from tqdm import tqdm

    of_video: dict[Path, list[int]] = {}
    for number, shot in enumerate(shots):
        of_video.setdefault(shot.path, []).append(number)
    drops: dict[str, str] = {}
    for path, numbers in tqdm(of_video.items(), desc="videos", disable=len(of_video) < 20, leave=False):
        some, name = [shots[i] for i in numbers], shots[numbers[0]].clip.video
        try:
            counts = _cut_out(path, some, [rooms[i] for i in numbers], size)
        except UserError as error:
            drops |= dict.fromkeys((shot.clip.id for shot in some), str(error).replace(str(path), name))
            continue
        for shot, count in zip(some, counts, strict=True):
            if count < shot.frames:
                drops[shot.clip.id] = f"{name}: ends after {count} of its {shot.frames} frames"
    return drops


def _cut_out(path: Path, shots: list[Shot], rooms: list[np.ndarray], size: Size) -> list[int]:
    """How many frames of each shot a video has, which are in its room then.

    UserError where it cannot be decoded, or has pictures of another size than those in which the poses were found.
    """
    done = [0] * len(shots)
    with open_video(path) as video:
        wanted: dict[int, list[tuple[int, int]]] = {}
        for i, shot in enumerate(shots):
            for frame, number in enumerate(shot.wanted(video.fps).tolist()):
                wanted.setdefault(number, []).append((i, frame))
        for number, picture in zip(range(max(wanted) + 1), video.frames, strict=False):
            for i, frame in wanted.get(number, ()):
                _refuse_another(picture, shots[i])
                rooms[i][frame], done[i] = picture_of(picture, shots[i], size), frame + 1
    for i, shot in enumerate(shots):
        if 0 < done[i] < shot.frames <= done[i] + LATE:
            rooms[i][done[i] :], done[i] = rooms[i][done[i] - 1], shot.frames
    return done


def _refuse_another(picture: np.ndarray, shot: Shot) -> None:
    height, width = picture.shape[:2]
    if (width, height) != shot.size:
        raise UserError(
            f"{shot.clip.video}: has pictures of {width}×{height}, and the pose was found in {shot.size[0]}×"
            f"{shot.size[1]}; name the video that it was found in"
        )
