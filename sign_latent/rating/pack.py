"""A pack: what raters are shown, in order, and nothing of who made it; that is in the key, which stays elsewhere."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sign_latent.errors import UserError, brief
from sign_latent.files import file_aside
from sign_latent.rating.questions import PAIR, SINGLE

VERSION = 1
FILE = "pack.json"
"""Its name in the folder of a pack."""
LARGEST = 512 * 2**20
"""Bytes of a pack that are read."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True)
class Shown:
    """One screen: a clip, or two of them as A (left, first) and B, by the codes that they have in the pack."""

    code: str
    text: str
    clips: tuple[str, ...]

    @property
    def part(self) -> str:
        """Whether one clip is rated or two are compared."""
        return SINGLE if len(self.clips) == 1 else PAIR


@dataclass(frozen=True)
class Pack:
    """Blinded trials. `raters`: code of a rater -> trials in order; `clips`: code -> what a player reads
    (`renderer.page.encode_clip`), with neither title nor text; `links`: code of a rater -> what nobody else knows, the
    address of their page where it is served."""

    pack: str
    signed_language: str
    spoken_language: str
    rehearsal: bool
    """In an invented language."""
    recordings: bool
    """Recordings of people are among the clips."""
    contact: str
    """Whom raters may ask."""
    raters: dict[str, tuple[Shown, ...]]
    links: dict[str, str]
    clips: dict[str, dict[str, Any]]

    @cached_property
    def parts(self) -> dict[str, dict[str, str]]:
        """Rater -> code of a trial -> its part."""
        return {rater: {trial.code: trial.part for trial in trials} for rater, trials in self.raters.items()}

    def write(self, folder: Path) -> None:
        """As JSON in a folder, whole or not at all."""
        with file_aside(folder / FILE) as aside:
            aside.write_text(json.dumps({"version": VERSION, **asdict(self)}) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Pack:
        """The pack of a folder. UserError where there is none of this version, or one that is not whole."""
        path = folder / FILE
        try:
            if path.stat().st_size > LARGEST:
                raise UserError(f"pack {path}: is larger than {LARGEST} bytes; make one of fewer items or raters")
            found = json.loads(path.read_text(encoding="utf-8"))
            if found.pop("version") != VERSION:
                raise UserError(f"pack {path}: is of another version than {VERSION}; make it anew")
            raters = {rater: tuple(map(_shown, rows)) for rater, rows in found.pop("raters").items()}
            return cls(raters=raters, **found)._checked()
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else brief(error)
            raise UserError(
                f"pack {path}: cannot be read ({reason}); give the folder that eval.human.pack wrote"
            ) from None

    def _checked(self) -> Pack:
        codes = [self.pack, *self.raters, *self.links.values(), *self.clips]
        codes += [trial.code for trials in self.raters.values() for trial in trials]
        if not all(isinstance(code, str) and _CODE.fullmatch(code) for code in codes):
            raise ValueError("a code that is none")
        if set(self.links) != set(self.raters) or len(set(self.links.values())) < len(self.links):
            raise ValueError("not a link of its own for every rater")
        wanted = {clip for trials in self.raters.values() for trial in trials for clip in trial.clips}
        if not wanted or wanted - set(self.clips) or not all(isinstance(clip, dict) for clip in self.clips.values()):
            raise ValueError("clips are missing")
        texts = [self.signed_language, self.spoken_language, self.contact]
        texts += [trial.text for trials in self.raters.values() for trial in trials]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a text that is none")
        return self


def _shown(row: dict[str, Any]) -> Shown:
    trial = Shown(row["code"], row["text"], tuple(row["clips"]))
    if len(trial.clips) not in (1, 2):
        raise ValueError(f"a trial of {len(trial.clips)} clips")
    return trial
