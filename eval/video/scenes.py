"""What is judged: clips of a corpus in pictures, each with the signer it is to show and what a renderer is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.controls import derangement
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.isolated import isolated_signs, sign_places
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import taken
from sign_latent.renderer.aspect import Size, middle, sides
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Window, signer_look
from sign_latent.renderer.rendered import rendered_clips


@dataclass
class Scene:
    """A clip that is judged."""

    id: str
    text: str
    source: str
    signer: str
    pose: Pose
    """As many frames as the recording."""
    real: np.ndarray
    """The recording, uint8 [T, H, W, 3]: where that is no square, the middle of the square of its window."""
    look: int
    reference: np.ndarray
    """Another clip's signer in the same look: a picture uint8 [H, W, 3] that says who, and nothing of how."""
    signs: list[tuple[str, int]]
    """Single signs in it: gloss and first frame of a window around it."""
    whole: int
    """Frames of the clip before it was cut."""
    other: int = -1
    """The scene whose condition it is given where conditions are shuffled."""

    @property
    def window(self) -> Window:
        """What the square around its pictures shows of the body coordinates."""
        return signer_look(self.look).window()


@dataclass
class Stage:
    """How recordings are drawn."""

    size: Size
    """Side of the pictures, or height and width, pixels."""
    fps: float
    """Frames a second."""
    looks: int = 64
    """Looks that are drawn from."""
    body: str = "capsules"
    """What signers are made of, as for drawing."""
    frames: int | None = None
    """Only the first so many of each clip."""
    seed: int = 0
    """Draws the looks."""


def at_rate(clip: Clip, fps: float) -> Clip:
    """The clip at that frame rate."""
    return clip if clip.pose.fps == fps else clip.resampled(fps)


def single_signs(clips: Sequence[Clip], frames: int, glosses: Sequence[str], most: int | None) -> list[Clip]:
    """Isolated signs of so many frames, of each gloss as many: at most `most` in all, the first of each gloss first."""
    found = isolated_signs(clips, frames, set(glosses))
    seen = dict.fromkeys(glosses, 0)
    ranked = []
    for place, clip in enumerate(found):
        ranked.append((seen[clip.gloss], place))
        seen[clip.gloss] += 1
    return [found[place] for _, place in sorted(ranked)[:most]]


def scenes_of(
    clips: Sequence[Clip], how: Stage, folder: Path, watched: int = 16, glosses: Sequence[str] = ()
) -> list[Scene]:
    """The clips as scenes; `watched` frames around each sign are shown to a classifier, which knows `glosses`.

    UserError for fewer than two clips.
    """
    if len(clips) < 2:
        raise UserError("a renderer is judged on at least 2 clips; give more of them")
    clips = [at_rate(clip, how.fps) for clip in clips]
    drawn = rendered_clips(clips, how.size, folder, how.looks, how.body, how.frames, how.seed)
    known, scenes = set(glosses), []
    for i, (clip, one) in enumerate(zip(clips, drawn, strict=True)):
        reference = portrait(clips[(i + 1) % len(clips)].pose, one.look, how)
        places = sign_places(clip, watched).values()
        signs = [(gloss, at) for gloss, at in places if gloss in known and at + watched <= len(one.video)]
        about = (clip.id, clip.text, clip.source, clip.signer)
        scenes.append(Scene(*about, one.pose, one.video, one.look, reference, signs, len(clip.pose)))
    for scene, other in zip(scenes, derangement([clip.text for clip in clips]), strict=True):
        scene.other = int(other)
    return scenes


def portrait(pose: Pose, look: int, how: Stage) -> np.ndarray:
    """The frame half through a clip in some look, uint8 [H, W, 3]."""
    one = taken(pose, np.array([len(pose) // 2]))
    square = next(iter(draw_pose(one, max(sides(how.size)), signer_look(look), gauge=pose, body=how.body)))
    return np.ascontiguousarray(middle(square, how.size))
