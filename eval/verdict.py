"""Which systems are to be believed: known cheats are named, and the accused are ranked below every honest system.

    findings = examine(System(poses, clips), Reality(train, held_out))

What a cheat is measured by, and how far an honest system may go, stands at each check (`eval.motion_checks`,
`eval.source_checks`, `eval.text_checks`, `eval.leaks`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

__all__ = ["CHECKS", "Case", "Finding", "Reality", "System", "accused", "examine", "examined", "margins", "rank"]

CHECKS: tuple[Callable[[Case], Finding | None], ...] = (
    static_pose,
    frame_shuffle,
    tempo,
    time_reversal,
    side_swap,
    added_noise,
    frozen_part("face"),
    frozen_part("left_hand"),
    frozen_part("right_hand"),
    missing_part,
    training_copy,
    reference_copy,
    text_blind,
    length_leak,
    unexamined_parts,
)
"""Examined in this order, the most specific first, so that the first accusation names what was done."""
_ORDER = (ACCUSATION, NOTICE, UNEXAMINED)


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
        found += [check(case) for check in CHECKS]
    else:
        reason = f"only {len(case.rows)} whole clips; {FEWEST} are needed to say anything about how a system signs"
        found.append(Finding("motion", reason, severity=UNEXAMINED))
    if system.generate is not None:
        from eval.leaks import interventions

        found += interventions(system.generate, [clip.text for clip in system.clips])
    return sorted((f for f in found if f is not None), key=lambda f: _ORDER.index(f.severity))


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
    return sorted(
        rows, key=lambda r: (bool(r.accusations), -r.figure if r.figure == r.figure else float("inf"), r.name)
    )
