"""Systems tried on the verdict: cheats that it must name, honest ones that it must not accuse."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from eval.case import ACCUSATION, Case, Finding, Measure, System
from eval.cheats import CHEATS, Material
from eval.reality import Reality
from eval.verdict import accused, examined, margins, rank

CHECKED_BY = {
    "half speed": ("half or double speed",),
    "double speed": ("half or double speed",),
    "frozen hand": ("frozen left hand", "frozen right hand"),
    "training-clip copy": ("training-clip copy, near", "training-clip copy, in step"),
}
"""What a cheat is named -> the measures of `eval.verdict.MEASURES` that name it, where they bear other names."""


@dataclass
class Trial:
    """One system tried: what the verdict must call it (empty: nothing, it is honest) and what was found."""

    name: str
    wanted: str
    findings: list[Finding] = field(default_factory=list)
    margins: dict[str, Measure] = field(default_factory=dict)
    figure: float = float("nan")
    """A score that looks at distance alone: minus the median warped distance to the recordings (shoulder widths)."""

    @property
    def named(self) -> list[str]:
        """Of what it is accused, the first found first."""
        return list(dict.fromkeys(f.name for f in self.findings if f.severity == ACCUSATION))

    @property
    def passed(self) -> bool:
        """A cheat is named; an honest system is not accused."""
        return self.wanted in self.named if self.wanted else not accused(self.findings)

    @property
    def shown(self) -> Finding | None:
        """The finding that matters: what the cheat must be named, else the first accusation."""
        accusations = [f for f in self.findings if f.severity == ACCUSATION]
        return next((f for f in accusations if f.name == self.wanted), accusations[0] if accusations else None)

    @property
    def closest(self) -> tuple[str, Measure] | None:
        """The check that is farthest past its bound, or nearest to it: of a cheat among those that must name it."""
        among = CHECKED_BY.get(self.wanted, (self.wanted,)) if self.wanted else tuple(self.margins)
        known = [name for name in among if name in self.margins]
        best = max(known, key=lambda name: self.margins[name].distance, default=None)
        return None if best is None else (best, self.margins[best])


def tried(name: str, wanted: str, system: System, reality: Reality) -> Trial:
    """A system, examined."""
    case = Case(system, reality)
    findings = examined(case)
    figure = -float(np.nanmedian(case.own)) if case.rows else float("nan")
    return Trial(name, wanted, findings, margins(case), figure)


def try_cheats(material: Material, reality: Reality) -> list[Trial]:
    """All cheats that can be made of the material, examined."""
    fit = {name: cheat for name, cheat in CHEATS.items() if not cheat.unfit(material, reality)}
    return [
        tried(name, cheat.named, System(cheat.make(material), material.clips), reality)
        for name, cheat in _watched(fit.items(), "cheats")
    ]


def unfit_cheats(material: Material, reality: Reality) -> dict[str, str]:
    """Cheats that cannot be tried, and why."""
    reasons = {name: cheat.unfit(material, reality) for name, cheat in CHEATS.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def try_honest(systems: dict[str, System], reality: Reality) -> list[Trial]:
    """Honest systems, examined."""
    return [tried(name, "", system, reality) for name, system in _watched(systems.items(), "honest systems")]


def places(trials: list[Trial], verdict: bool = True) -> dict[str, int]:
    """Place of each trial from 1: by the figure, and with the verdict the accused after all others."""
    order = rank({trial.name: (trial.figure, trial.findings if verdict else ()) for trial in trials})
    return {row.name: number for number, row in enumerate(order, 1)}


def _watched(items: Iterable, what: str) -> Iterable:
    from tqdm import tqdm

    return tqdm(list(items), desc=what, delay=5)
