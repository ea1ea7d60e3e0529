"""The figures that stand above the tables, and what forbids reading them at face value."""

from collections.abc import Callable, Mapping

import numpy as np

from eval.bootstrap import Sample, Statistic, minus
from eval.rows import FLOOR, GIVEN, RETRIEVAL, SYSTEM, TRUTH, TURNED, Reading
from eval.sanity import SANITY
from eval.schema import Estimate, Finding, Judged, Lengths, Report
from sign_latent.card import Card
from sign_latent.resampling import FEWEST_CLUSTERS

FAIR_TRUTH = 70.0
"""Ground-truth BLEU-4 below which a judge is too weak for the main figure to mean anything."""
MINDFUL = ("mpjpe/all", "pa_mpjpe/all", "dtw-recommended/all")
"""Distances that must mind a spoiled recording."""
Readings = Mapping[str, list[Reading]]
"""Row -> a reading a seed."""


def figures(readings: Readings, row: str, sample: Sample) -> dict[str, Estimate]:
    """Main figure, text gap and distance to retrieval of a row, over the same resampled clusters.

    main_figure: (row − floor) ÷ (ground truth − floor) in BLEU-4, the floor being ground-truth clips under one fixed
    derangement of the texts. text_gap: the row's own clips, matched − deranged texts. above_retrieval: row −
    nearest-text retrieval; left out where there is none.
    """
    floor, truth = readings[FLOOR][0].scores.bleu, readings[TRUTH][0].scores.bleu
    found: dict[str, list[Statistic]] = {"main_figure": [], "text_gap": []}
    for reading, turned in zip(readings[row], readings[row + TURNED], strict=True):
        found["main_figure"].append(_share(reading.scores.bleu, floor, truth))
        found["text_gap"].append(minus(reading.scores.bleu, turned.scores.bleu))
    if RETRIEVAL in readings:
        other = readings[RETRIEVAL][0].scores.bleu
        found["above_retrieval"] = [minus(reading.scores.bleu, other) for reading in readings[row]]
    return {name: sample.estimate(each) for name, each in found.items()}


def _share(system, floor, truth):
    def share(weights: np.ndarray) -> np.ndarray:
        lowest = floor(weights)
        span = truth(weights) - lowest
        return (system(weights) - lowest) / np.where(span > 0, span, np.nan)

    return share


def judge_findings(judged: Judged) -> list[Finding]:
    """What forbids reading a judge's main figures at face value."""
    truth = judged.rows[TRUTH]["bleu4"].value
    found = []
    if truth < FAIR_TRUTH:
        reason = f"the judge is weak: ground truth scores BLEU-4 {truth:.1f}, below {FAIR_TRUTH:.0f}"
        found.append(Finding("weak judge", reason, {"judge": judged.name, "bleu4": truth}))
    for row, named in judged.figures.items():
        if not row.startswith(SYSTEM):
            continue
        for name, (figure, fails, reason) in _CHECKS.items():
            if figure in named and fails(named[figure]):
                evidence = {"judge": judged.name, "row": row, figure: named[figure].value}
                found.append(Finding(name, f"{row}: {reason}", {**evidence, "interval": named[figure].interval}))
    blind = [row for row, apart in judged.sanity.items() if _not_above(apart)]
    return found + [
        _insane(row, judged.name, "BLEU-4 of ground truth minus its own", judged.sanity[row]) for row in blind
    ]


def _insane(row: str, by: str, what: str, apart: Estimate) -> Finding:
    reason = f"{row} scores as well as ground truth by {by}: {what} cannot be told from 0"
    return Finding("sanity", reason, {"by": by, "row": row, "difference": apart.value, "interval": apart.interval})


def _not_above(estimate: Estimate) -> bool:
    """Whether 0 cannot be excluded from below."""
    return not estimate.interval[0] > 0


_CHECKS: dict[str, tuple[str, Callable[[Estimate], bool], str]] = {
    "above ground truth": (
        "main_figure",
        lambda e: e.value > 1,
        "the main figure exceeds 1: the system is easier to read than real signing",
    ),
    "at the floor": ("main_figure", _not_above, "the main figure cannot be told from the floor"),
    "text ignored": (
        "text_gap",
        _not_above,
        "matched texts score no better than shuffled ones: the text may be ignored",
    ),
    "not above retrieval": (
        "above_retrieval",
        lambda e: not e.value > 0,
        "the system is not above nearest-text retrieval",
    ),
}
"""Name of a finding -> figure, when it fails, and why that matters."""


def findings(report: Report) -> list[Finding]:
    """What the figures of a whole report say against it, each with its evidence."""
    found = [finding for judged in report.judges for finding in judge_findings(judged)]
    if not report.judges:
        found.append(Finding("no texts", "the references have no texts: nothing was read, only distances measured", {}))
    if report.uncertainty.clusters < FEWEST_CLUSTERS:
        few = report.uncertainty.clusters
        reason = f"{few} clusters are too few for the intervals to be trusted; judge at least {FEWEST_CLUSTERS}"
        found.append(Finding("few clusters", reason, {"clusters": few, "unit": report.uncertainty.unit}))
    for row in (SYSTEM, GIVEN):
        lost = sum(report.failures.get(row, []))
        if lost:
            reason = f"{row}: {lost} clips failed; they count as failures in every score"
            found.append(Finding("failures", reason, {"row": row, "failures": report.failures[row]}))
    return found + pose_findings(report.pose) + length_findings(report.lengths)


def card_findings(card: Card | None) -> list[Finding]:
    """What the card of a generator warns of, as its publishing found it."""
    return [Finding("card", warning, {"card": card.reference}) for warning in card.warnings] if card else []


def pose_findings(pose: Mapping[str, Mapping[str, Estimate]]) -> list[Finding]:
    """Distances by which a spoiled recording is no worse than the recording itself, whose distance is 0."""
    checked = [(row, score) for row in SANITY if row in pose for score in MINDFUL if score in pose[row]]
    return [
        _insane(row, score, "its distance", pose[row][score]) for row, score in checked if _not_above(pose[row][score])
    ]


def length_findings(lengths: Lengths | None) -> list[Finding]:
    """Whether predicted lengths have nothing to do with the recordings'."""
    if lengths is None or lengths.correlation.interval is None or lengths.correlation.interval[0] > 0:
        return []
    reason = "predicted lengths do not follow those of the recordings"
    return [Finding("lengths", reason, {"correlation": lengths.correlation.value})]
