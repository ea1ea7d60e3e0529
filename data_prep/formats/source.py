"""What every importer is given and gives back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sign_latent.corpus.clip import Clip


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
    smplx_model: Path | None = None
    """A licensed SMPL-X model file (npz) whose mean hands take the place of ours."""


@dataclass
class Source:
    """An opened source: clips to be had one at a time, and the reasons for those left out."""

    skeleton: str
    fps: float
    count: int
    clips: Iterator[Clip]
    info: dict[str, Any]
    drops: list[dict[str, str]] = field(default_factory=list)
    """Grows while `clips` is read: {"id", "reason"}."""
