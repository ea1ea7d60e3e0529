"""The key of a pack: which code is which clip, kept apart from the pack, and the rules fixed before anyone rated."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from eval.human.design import Showing, Trial
from sign_latent.errors import UserError
from sign_latent.files import file_aside

VERSION = 1
SIDES = ("a", "b")


@dataclass(frozen=True)
class Rules:
    """When a check is failed and a rater left out.

    A frozen clip alone is failed by `too_good` points or more for understandability or fluency, a pair by preferring
    the spoiled side; a rater is left out who fails more than `allowed` of the checks answered.
    """

    too_good: int = 4
    allowed: int = 1


@dataclass(frozen=True)
class Key:
    """All that a pack hides. `raters`: code of the rater -> trials in order; `systems`: name -> where it came from."""

    pack: str
    seed: int
    signed_language: str
    spoken_language: str
    rehearsal: bool
    systems: dict[str, dict]
    items: dict[str, str]
    raters: dict[str, list[Trial]]
    drawing: dict = field(default_factory=dict)
    rules: Rules = Rules()

    @cached_property
    def trials(self) -> dict[str, dict[str, Trial]]:
        """Rater -> code -> trial."""
        return {rater: {trial.code: trial for trial in trials} for rater, trials in self.raters.items()}

    def write(self, path: Path) -> None:
        """As JSON, whole or not at all."""
        with file_aside(path) as aside:
            aside.write_text(json.dumps({"version": VERSION, **asdict(self)}, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Key":
        """UserError for a file that is not a key of this version."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found.pop("version") != VERSION:
                raise UserError(f"key {path}: is of another version than {VERSION}; read it with the code that made it")
            raters = {str(rater): [_trial(row) for row in rows] for rater, rows in found.pop("raters").items()}
            return cls(raters=raters, rules=Rules(**found.pop("rules")), **found)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            reason = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            raise UserError(f"key {path}: cannot be read ({reason}); give the file written beside the pack") from None


def _trial(row: Mapping) -> Trial:
    clips = tuple(Showing(**clip) for clip in row["clips"])
    if len(clips) not in (1, 2):
        raise ValueError(f"a trial of {len(clips)} clips")
    return Trial(row["code"], clips, row["kind"], row["of"])


def unblinded(trial: Trial, answer: str) -> str:
    """The system a side stands for; an answer that names no side is left as it is."""
    return trial.clips[SIDES.index(answer)].system if answer in SIDES else answer


def blinded(trial: Trial, answer: str) -> str:
    """The inverse of `unblinded` where the sides are different systems."""
    names = [showing.system for showing in trial.clips]
    return SIDES[names.index(answer)] if answer in names else answer
