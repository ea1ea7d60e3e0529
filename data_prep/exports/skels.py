"""`{split}.skels`, `.text`, `.gloss` and `.files`, as Progressive Transformers reads PHOENIX14T.

Skeletons with depth become `phoenix50`, other rates 25 frames a second. Clips that came from such files get their
numbers back to the fifth decimal, which is the format's last. Confidence is kept where a whole frame is missing only.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TextIO

from sign_latent.corpus.clip import Clip
from sign_latent.pose.convert import convert
from sign_latent.pose.formats.skels import FPS, write_skels
from sign_latent.pose.pose import Pose

_LINES = {"text": "text", "gloss": "gloss", "files": "id"}
"""Ending -> what of a clip is a line there."""


def export(clips: Iterable[Clip], folder: Path) -> None:
    """Write every split; its clips must follow each other. UserError for a skeleton without depth."""
    for split, some in groupby(clips, key=lambda clip: clip.split):
        with ExitStack() as stack:
            paths = {ending: folder / f"{split}.{ending}" for ending in _LINES}
            files = {name: stack.enter_context(path.open("w", encoding="utf-8")) for name, path in paths.items()}
            write_skels(folder / f"{split}.skels", _poses(some, files))


def _poses(clips: Iterable[Clip], files: dict[str, TextIO]) -> Iterator[Pose]:
    for clip in clips:
        for ending, file in files.items():
            file.write(" ".join(getattr(clip, _LINES[ending]).split()) + "\n")
        yield convert(clip.pose, "phoenix50").resampled(FPS)
