"""What every importer is given and gives back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError

Record = tuple[str, Callable[[], Clip]]
"""Id of a clip, and what reads it: a UserError says why it cannot be read, and then the others still are."""


@dataclass(frozen=True)
class Options:
    """Choices of the user; an importer uses those that its format leaves open."""

    spoken_language: str = ""
    """BCP-47 tag of the text, where the source does not say."""
    signed_language: str = ""
    """ISO 639-3 code of the signing, where the source does not say."""
    skeleton: str = ""
    """Skeleton to convert to (default: the source's own)."""
    fps: float = 0.0
    """Frames a second to resample to (default: the source's own)."""
    source_fps: float = 0.0
    """Frames a second of recordings that do not say (default: the usual rate of the format)."""
    aspect: float = 0.0
    """Width ÷ height of the images, where places are fractions of them and the source does not say (default: 1)."""
    smplx_model: Path | None = None
    """A licensed SMPL-X model file (npz) whose mean hands take the place of ours."""


@dataclass
class Source:
    """An opened source: clips to be read one at a time, the reasons for those left out, and what was done to others."""

    root: Path
    skeleton: str
    fps: float
    count: int
    info: dict[str, Any]
    records: Iterator[Record] = iter(())
    drops: list[dict[str, str]] = field(default_factory=list)
    """Grows while clips are read: {"id", "reason"}."""
    notes: list[dict[str, str]] = field(default_factory=list)
    """Clips that were kept but are not whole: {"id", "note"}."""

    def drop(self, name: str, reason: str) -> None:
        """Leave a clip out. Paths are told from the source on: a corpus is the same wherever it is made."""
        self.drops.append({"id": name, "reason": reason.replace(f"{self.root}/", "")})

    def note(self, name: str, note: str) -> None:
        """Say what was done to a clip."""
        self.notes.append({"id": name, "note": note})


def within(folder: Path, name: str) -> Path:
    """The path of that name in the folder. UserError for a name that leads out of it."""
    parts = PurePath(name.replace("\\", "/"))
    if not name or parts.is_absolute() or ".." in parts.parts or "\0" in name:
        raise UserError(f"path {name!r} does not lead into the folder of the data; name files from there")
    return folder / parts
