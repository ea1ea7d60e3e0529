"""Which systems are to be believed: known cheats are named, and the accused are ranked below every honest system.

    findings = examine(System(poses, clips), Reality(train, held_out))

What a cheat is measured by, and how far an honest system may go, stands at each check (`eval.motion_checks`,
`eval.source_checks`, `eval.text_checks`, `eval.leaks`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.case import ACCUSATION, FEWEST, NOTICE, UNEXAMINED, Case, Finding, Measure, System
from eval.motion_checks import (
    RIGIDITY,
    added_noise,
    disorder,
    empty_outputs,
    failures,
    frame_shuffle,
    frozen_part,
    missing_part,
    retiming,
    shaking,
    static_pose,
    stillness,
    tempo,
    unexamined_parts,
    visibility,
)
from eval.reality import Reality
from eval.source_checks import (
    dependence,
    direction,
    nearness,
    reference_copy,
    sameness,
    side_swap,
    sides,
    steps_of_training,
    time_reversal,
    training_copy,
)
from eval.text_checks import equal_lengths, length_leak, text_blind, text_use

__all__ = [
    "CHECKS",
    "Case",
    "Finding",
    "Reality",
    "System",
    "accused",
    "examine",
    "examined",
    "looked_for",
    "margins",
    "place",
    "rank",
]

EMPTY, LENGTHS = "empty outputs", "ground-truth length leak"
CHECKS: dict[str, Callable[[Case], Finding | None]] = {
    "static mean pose": static_pose,
    "frame shuffle": frame_shuffle,
    "half speed, double speed": tempo,
    "time reversal": time_reversal,
    "left/right swap": side_swap,
    "added noise": added_noise,
    "frozen face": frozen_part("face"),
    "frozen left hand": frozen_part("left_hand"),
    "frozen right hand": frozen_part("right_hand"),
    "missing part": missing_part,
    "training-clip copy": training_copy,
    "reference copy": reference_copy,
    "text-blind generator": text_blind,
    LENGTHS: length_leak,
    "parts": unexamined_parts,
}
"""What is looked for -> how, in this order, the most specific first, so that the first accusation names what was
done."""
ORDER = (ACCUSATION, NOTICE, UNEXAMINED)
"""In which findings are said."""


def examine(system: System, reality: Reality) -> list[Finding]:
    """All findings about a system, accusations first. UserError for another skeleton than the real clips'.

    Poses, recordings and real clips must share one view: left-handed signers mirrored everywhere or nowhere.
    """
    return examined(Case(system, reality))


def examined(case: Case) -> list[Finding]:
    """The same of a case, which keeps what was measured."""
    system = case.system
    found = [empty_outputs(case)]
    if len(case.rows) >= FEWEST:
        found += [check(case) for check in CHECKS.values()]
    else:
        reason = f"only {len(case.rows)} whole clips; {FEWEST} are needed to say anything about how a system signs"
        found.append(Finding("motion", reason, severity=UNEXAMINED))
    if system.generate is not None:
        from eval.leaks import interventions

        found += interventions(system.generate, [clip.text for clip in system.clips])
    return sorted((f for f in found if f is not None), key=lambda f: ORDER.index(f.severity))


def looked_for(system: System, reality: Reality, findings: Sequence[Finding]) -> list[str]:
    """What `examine`, whose findings these are, could have found about a system."""
    unknown = {finding.name for finding in findings if finding.severity == UNEXAMINED}
    if "motion" in unknown:
        return [EMPTY]
    unseen = {
        f"frozen {name.removeprefix('shape/').replace('_', ' ')}"
        for name, values in reality.traits.items()
        if name.startswith("shape/") and not np.isfinite(values).any()
    }
    idle = {"parts"} | ({LENGTHS} if system.lengths == "given" or len(reality.train) == 0 else set())
    return [EMPTY, *(name for name in CHECKS if name not in unknown | unseen | idle)]


def accused(findings: Sequence[Finding]) -> bool:
    """Whether one of the findings is an accusation."""
    return any(finding.severity == ACCUSATION for finding in findings)


MEASURES: dict[str, Callable[[Case], list[Measure]]] = {
    "empty outputs": failures,
    "static mean pose": stillness,
    "frame shuffle": disorder,
    "half or double speed": retiming,
    "time reversal": direction,
    "left/right swap": sides,
    "added noise": shaking,
    **{f"frozen {part.replace('_', ' ')}": measure for part, measure in RIGIDITY.items()},
    "missing part": visibility,
    "training-clip copy, near": nearness,
    "training-clip copy, in step": steps_of_training,
    "reference copy": sameness,
    "made from recordings": dependence,
    "text-blind generator": text_use,
    "ground-truth length leak": equal_lengths,
}
"""What each check measures."""


def margins(case: Case) -> dict[str, Measure]:
    """For each check the measure that keeps it from accusing, or is nearest to doing so: the least past its bound.

    Checks that had nothing to measure are left out, and all but the failures where too few clips are whole.
    """
    kinds = MEASURES if len(case.rows) >= FEWEST else {"empty outputs": failures}
    found = {name: measure(case) for name, measure in kinds.items()}
    known = {name: [m for m in measures if m.distance == m.distance] for name, measures in found.items()}
    return {name: min(measures, key=lambda m: m.distance) for name, measures in known.items() if measures}


@dataclass(frozen=True)
class Ranked:
    """A system's place in a ranking."""

    name: str
    figure: float
    accusations: tuple[str, ...]


def rank(systems: dict[str, tuple[float, Sequence[Finding]]]) -> list[Ranked]:
    """Systems (name -> main figure and findings) from best to worst: all accused below all honest, then by figure.

    A figure that is not known counts as the lowest; equal systems keep the order of their names.
    """
    rows = []
    for name, (figure, findings) in systems.items():
        named = tuple(dict.fromkeys(f.name for f in findings if f.severity == ACCUSATION))
        rows.append(Ranked(name, figure, named))
    return sorted(rows, key=lambda row: place(row.accusations, row.figure, row.name))


def place(accusations: Sequence[str], figure: float, name: str) -> tuple[bool, float, str]:
    """What systems are sorted by: accusation, then figure, then name."""
    return bool(accusations), -figure if figure == figure else float("inf"), name
