"""Answers of raters, stored as they come: a sheet each, as `eval.human.ratings` reads it, never half-written."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sign_latent.errors import UserError
from sign_latent.files import check_place, file_aside
from sign_latent.rating.pack import Pack
from sign_latent.rating.questions import ABOUT, REVEALED, SETTLED
from sign_latent.rating.sheet import read_rows, row_fault, sheet_name, to_csv
from sign_latent.studio.limits import LONGEST_ANSWER

_CONSENT = (ABOUT, "consent")
Name = Annotated[str, Field(max_length=80)]


class Unstored(Exception):
    """An answer was good, but could not be stored: by a fault of the disk, or of somebody who changed the sheet."""


class Said(BaseModel):
    """One answer; "" takes it back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    trial: Name
    question: Name
    answer: str = Field(max_length=LONGEST_ANSWER)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except (OSError, UserError) as error:
        traceback.print_exception(error)
        raise Unstored from error


@dataclass(frozen=True)
class Raters:
    """The raters of a pack, and the folder of their sheets, which is read anew each time. For one thread."""

    pack: Pack
    folder: Path

    @classmethod
    def open(cls, pack: str | Path, answers: str | Path | None = None) -> Raters:
        """The raters of the pack in a folder; answers go to ``answers`` (default: PACK-answers beside it).

        UserError for a folder that holds no pack, a place that cannot be written to, and a sheet that is damaged.
        """
        place = Path(pack)
        folder = Path(answers) if answers else place.resolve().with_name(place.resolve().name + "-answers")
        check_place(folder / "sheet")
        made = cls(Pack.read(place), folder)
        for rater in made.pack.raters:
            made.given(rater)
        return made

    def rater(self, link: str) -> str:
        """Whose page has this address. UserError for one that nobody has."""
        found = next((rater for rater, own in self.pack.links.items() if own == link), None)
        if found is None:
            raise UserError("address: belongs to no rater of this pack; open the one that you were given")
        return found

    def clip(self, rater: str, code: str) -> dict:
        """What a player reads. UserError for a clip that this rater does not see."""
        if not any(code in trial.clips for trial in self.pack.raters[rater]):
            raise UserError("clip: is none of this page; load it again")
        return self.pack.clips[code]

    def given(self, rater: str) -> dict[tuple[str, str], str]:
        """(trial, question) -> answer. UserError where somebody has damaged the sheet."""
        path, faults = self.sheet(rater), []
        rows = [row for _, row in read_rows(path, faults)] if path.exists() else []
        faults += filter(None, (row_fault(row, self.pack.pack, self.pack.parts) for row in rows))
        faults += ["rows of another rater" for row in rows if not faults and row[1] != rater]
        if faults:
            raise UserError(f"answers {path.name}: {faults[0]}; mend the file, or move it away")
        return {(trial, question): answer for _, _, trial, question, answer in rows}

    def sheet(self, rater: str) -> Path:
        """The file of a rater's answers."""
        return self.folder / sheet_name(self.pack.pack, rater)

    def text(self, rater: str) -> str:
        """A rater's sheet."""
        rows = self.given(rater).items()
        return to_csv((self.pack.pack, rater, *key, answer) for key, answer in rows)

    def store(self, rater: str, said: Said) -> None:
        """Takes an answer in, or back. UserError for what cannot be one, before consent and once it is settled.

        Unstored where it is one, but finds no place.
        """
        key = said.trial, said.question
        with _storing():
            given = self.given(rater)
        self._check(rater, key, said.answer, given)
        given.pop(key, None)
        if said.answer:
            given[key] = said.answer
        rows = [(self.pack.pack, rater, *key, answer) for key, answer in given.items()]
        with _storing(), file_aside(self.sheet(rater)) as aside:
            aside.write_text(to_csv(rows), encoding="utf-8", newline="")

    def forget(self, rater: str) -> None:
        """Deletes all answers of a rater."""
        self.sheet(rater).unlink(missing_ok=True)

    def _check(self, rater: str, key: tuple[str, str], answer: str, given: dict[tuple[str, str], str]) -> None:
        row = (self.pack.pack, rater, *key, answer)
        if answer and row_fault(row, self.pack.pack, self.pack.parts):
            raise UserError("answer: is none to a question of this page; load it again")
        if key == _CONSENT and not answer:
            raise UserError("consent: is taken back by deleting all answers")
        if key != _CONSENT and _CONSENT not in given:
            raise UserError("consent: was not given yet; agree on the first screen")
        part = self.pack.parts[rater].get(key[0])
        shown = part and given.get((key[0], REVEALED))
        if shown and key[1] in SETTLED[part] and given.get(key, "") != answer:
            raise UserError("answer: is settled, as the text was shown")
