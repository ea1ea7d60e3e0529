"""From scenes, systems and instruments to a `VideoReport`, and what is to be said beside its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.bootstrap import LEVEL, Sample, mean_of
from eval.rows import STATISTICS, SYSTEM, TRUTH, Reading, read_row
from eval.schema import Estimate, Uncertainty
from eval.video.chain import SHUFFLED as SHUFFLED_TEXT
from eval.video.measure import Ground, Instruments, Measured, measure, rank_of_noise
from eval.video.plugged import VIDEO_NETS
from eval.video.scenes import Scene
from eval.video.schema import Judged, Recordings, VideoReport
from eval.video.scores import SCORES, Row, better, difference, table
from eval.video.sets import Features, distances, halves, of_one_kind
from eval.video.systems import REPEATED, SHUFFLED, SPOILED, System
from sign_latent.evaluator.text_judge import TextJudge

HALVES = "ground truth, one half against the other"
READ = ("bleu4", "chrf", "wer")
"""Scores of what a judge of texts reads."""
OTHERS = (SHUFFLED, SHUFFLED_TEXT)
"""Rows of conditions, or texts, of other clips."""
OWN = (SYSTEM, *OTHERS)
"""Rows that have a video for each generation seed."""
FAIR = {"points_hands": 0.25, "accuracy": 70.0, "bleu4": 70.0, "identified": 95.0}
"""What the recordings must score for a score to mean something: at most this distance, at least this percentage."""


@dataclass
class Task:
    """What is to be reported."""

    renderer: Judged
    recordings: Recordings
    nets: dict[str, str]
    scenes: list[Scene]
    systems: dict[str, System]
    tools: Instruments
    ground: Ground
    judge: TextJudge | None = None
    draws: int = 1000
    said: tuple[str, ...] = ()
    """Why scores are missing, and how pictures were brought to what measures."""


def run_rows(task: Task, show: int) -> dict[str, list[Measured]]:
    """Every row, the renderer's own once for each seed."""
    found = {}
    for name, system in task.systems.items():
        seeds = task.renderer.seeds if name in OWN else [0]
        found[name] = [measure(name, system, task.scenes, s, task.tools, task.ground, show) for s in seeds]
    return found


def readings(task: Task, measured: dict[str, list[Measured]]) -> dict[str, list[Reading]]:
    """What the judge of texts makes of the poses that were seen in the videos."""
    if task.judge is None:
        return {}
    return {
        row: [read_row(task.judge, one.poses, task.scenes, 1, row) for one in seeds] for row, seeds in measured.items()
    }


def figures(measured: list[Measured], read: Sequence[Reading]) -> list[Row]:
    """The row's figures for each seed, in the order of `SCORES`."""
    rows = [one.row for one in measured]
    for row, reading in zip(rows, read, strict=bool(read)):
        row |= {name: STATISTICS[name](reading) for name in READ}
    return [{name: row[name] for name in SCORES if name in row} for row in rows]


def compose(task: Task, show: int = 3) -> tuple[VideoReport, dict[str, dict[int, np.ndarray]]]:
    """The report, and the videos of the first clips of each row."""
    measured = run_rows(task, show)
    sample = Sample.of(task.scenes, task.draws)
    read = readings(task, measured)
    rows = {name: figures(seeds, read.get(name, ())) for name, seeds in measured.items()}
    apart, few = sets(measured, halves(sample, task.draws))
    spoiled = rank_of_noise(task.scenes, SPOILED, task.ground)
    report = VideoReport(
        renderer=task.renderer,
        recordings=task.recordings,
        nets=task.nets,
        uncertainty=Uncertainty(sample.unit, int(sample.clusters.max()) + 1, task.draws, LEVEL),
        rows={name: table(seeds, sample) for name, seeds in rows.items()},
        against={name: difference(rows[SYSTEM], rows[name], sample) for name in rows if name not in (SYSTEM, TRUTH)},
        distances=apart,
        spoiled={name: sample.estimate([mean_of(np.array(values))]) for name, values in spoiled.items()},
        failures={name: [len(one.failures) for one in seeds] for name, seeds in measured.items()},
        findings=[],
        sheet=list(measured),
    )
    refusals = dict.fromkeys(line for one in measured[SYSTEM] for line in one.failures)
    report.findings = findings(report) + [f"no video: {line}" for line in refusals] + few + list(task.said)
    return report, {name: seeds[0].shown for name, seeds in measured.items()}


def sets(measured: dict[str, list[Measured]], some: np.ndarray) -> tuple[dict[str, dict[str, Estimate]], list[str]]:
    """Row -> distances of its first seed's features to the recordings', and why some are missing.

    some: halves of the clips. The last row are halves of the recordings against each other.
    """
    truth = measured[TRUTH][0]
    rows: dict[str, dict[str, Estimate]] = {}
    refused: dict[str, None] = {}
    for name, (one, *_) in measured.items():
        rows[name] = {}
        for net, features in _features(one).items():
            found, few = distances(features, _features(truth)[net], some)
            rows[name] |= {_named(key, net): value for key, value in found.items()}
            refused |= dict.fromkeys(f"distances of {net or 'windows'}: {line}" for line in few)
    rows[HALVES] = {
        key: value
        for net, features in _features(truth).items()
        for name, value in of_one_kind(features, some).items()
        if (key := _named(name, net)) in rows[TRUTH]
    }
    return {name: found for name, found in rows.items() if found}, list(refused)


def _features(one: Measured) -> dict[str, Features]:
    """Net -> features; that of the windows has no name."""
    return {**({} if one.windows is None else {"": one.windows}), **one.pictures}


def _named(distance: str, net: str) -> str:
    """`fid` and `kid` of windows are called `fvd` and `kvd`."""
    kind = distance.replace("id", "vd", 1) if net in ("", *VIDEO_NETS) else distance
    return f"{kind}/{net}" if net else kind


def findings(report: VideoReport) -> list[str]:
    """What forbids reading figures at face value."""
    said = []
    truth = report.rows[TRUTH]
    for name, wanted in FAIR.items():
        value = truth[name].value if name in truth else None
        if value is not None and (value > wanted if not SCORES[name].more else value < wanted):
            bound = "at least" if SCORES[name].more else "at most"
            said.append(
                f"{SCORES[name].label}: the recordings themselves score {value:.3g} where {bound} {wanted:g} is "
                "wanted, so that its instrument is too weak here to be believed"
            )
    for control in (*OTHERS, REPEATED):
        said += [
            f"{SCORES[name].label}: not clearly better than the control '{control}'"
            for name in _decisive(report, control)
            if not better(name, report.against[control][name])
        ]
    lost = report.failures[SYSTEM]
    if any(lost):
        said.append(f"{sum(lost)} videos of {len(lost)} seeds failed; they are scored as blank ones")
    above = [name for name in report.spoiled if name != TRUTH and not _below(report, name)]
    said += [
        f"temporal consistency: does not rank '{name}' below the recordings here; leave it aside" for name in above
    ]
    return said


def _decisive(report: VideoReport, control: str) -> list[str]:
    """Scores that a renderer that heeds its condition must have better than the control."""
    wanted = ("hand_ssim", "points_hands", "hand_ssim_dtw", "points_dtw", "accuracy", "bleu4")
    return [name for name in wanted if name in report.against.get(control, {})]


def _below(report: VideoReport, name: str) -> bool:
    spoiled, real = report.spoiled[name], report.spoiled[TRUTH]
    return spoiled.interval is not None and spoiled.interval[1] < real.interval[0]
