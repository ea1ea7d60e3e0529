"""How near a generated motion is to the recorded one, and whether it moves alike: all pose scores, by part.

Distances are in shoulder widths (see `UNITS`; `in_millimetres` turns them). The face alone is `…/face`, the hands
alone `…/hands`. What counts as a failure, and what it costs, is stated in `eval.beside`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.alignment import SHOULDER_WIDTH_MM, mpjpe, pa_mpjpe
from eval.beside import aligned, beside, cleaned, coverage, failed, held, scored_groups, scored_points, stretched
from eval.bootstrap import Statistic, mean_parts, ratio_of
from eval.dtw import DTW_PRESETS, dtw_scores
from eval.motion import ratios, totals
from sign_latent.pose.pose import Pose

__all__ = [
    "DTW_PRESETS",
    "UNITS",
    "ClipScores",
    "clip_scores",
    "compare",
    "held",
    "in_millimetres",
    "per_clip",
    "scored_points",
    "statistics",
    "stretched",
    "summary",
    "table",
]

_LENGTH = "shoulder widths"
UNITS = {
    "mpjpe": _LENGTH,
    "pa_mpjpe": _LENGTH,
    "dtw-recommended": _LENGTH,
    "dtw-pt": f"{_LENGTH}, summed over coordinates, a frame of the recording",
    "dtw-ham2pose": f"{_LENGTH}, summed over the path, a point",
    "dtw-pose_evaluation": f"{_LENGTH}, root of the sum of squares over the path, a point",
    "dtw-slrtp": _LENGTH,
    "dtw-soke": f"{_LENGTH}, summed over the path",
    "motion_ratio": "distance travelled, generated ÷ recorded",
    "velocity_ratio": "mean speed, generated ÷ recorded",
    "jerk_ratio": "mean jerk, generated ÷ recorded",
    "duration_ratio": "seconds, generated ÷ recorded",
    "coverage": "share of the recording's seen points that the generated clip shows",
    "missing": "failed clips",
}
"""What the number under a name (before the slash) is measured in."""
ENOUGH_TO_SHARE = 64
"""Fewer clips than this are scored in one process: starting others takes longer."""


@dataclass
class ClipScores:
    """The scores of one clip, from which those of any selection of clips follow."""

    distances: dict[str, float]
    """`mpjpe/…`, `pa_mpjpe/…`, `dtw-…/…`, `coverage/…`."""
    made: dict[str, float]
    """What `eval.motion.totals` says of the generated clip."""
    real: dict[str, float]
    """The same of the recording."""
    failed: bool


def clip_scores(made: Pose | None, real: Pose) -> ClipScores:
    """All scores of one clip. MPJPE reads the generated motion stretched to the real one's length.

    UserError for a recording without frames and for clips of two skeletons.
    """
    groups = scored_groups(real.skeleton)
    shown, recorded = beside(made, real)
    first, second, seen = aligned(shown, recorded)
    found: dict[str, float] = {}
    for group, points in groups.items():
        picked = first[:, points], second[:, points], seen[:, points]
        found[f"mpjpe/{group}"] = mpjpe(*picked)
        found[f"pa_mpjpe/{group}"] = pa_mpjpe(*picked)
        found[f"coverage/{group}"] = coverage(made, recorded, points)
    found |= dtw_scores(made, real, groups)
    lost = failed(made)
    moved = totals(None if lost else cleaned(made), groups)
    return ClipScores(found, moved, totals(recorded, groups), lost)


def compare(made: Pose | None, real: Pose) -> dict[str, float]:
    """All pose scores of one clip: `mpjpe/body`, `dtw-recommended/hands`, `velocity_ratio/face`, `motion_ratio`, …"""
    return summary([clip_scores(made, real)])


def per_clip(pairs: Sequence[tuple[Pose | None, Pose]], workers: int | None = None) -> list[ClipScores]:
    """Scores of every pair (generated, recorded), in order; the same numbers for any number of processes.

    workers: processes; the machine's cores if None and there are enough clips.
    """
    from joblib import Parallel, cpu_count, delayed
    from tqdm import tqdm

    many = len(pairs) >= ENOUGH_TO_SHARE
    processes = workers or (cpu_count() if many else 1)
    slim = ((None if failed(made) else cleaned(made), cleaned(real)) for made, real in pairs)
    found = Parallel(processes, return_as="generator")(delayed(clip_scores)(*pair) for pair in slim)
    return list(tqdm(found, "pose scores", len(pairs), unit="clip", disable=None if many else True))


def statistics(rows: Sequence[ClipScores]) -> dict[str, Statistic]:
    """Each score of clips together, but the count of failures, as a function of how often each clip counts [n].

    Distances and coverage are means over clips, of those where the recording shows the part; ratios divide sums over
    clips. Failures are part of every number.
    """
    means = {name: mean_parts(np.array([row.distances[name] for row in rows])) for name in rows[0].distances}
    sums = means | ratios([row.made for row in rows], [row.real for row in rows])
    return {name: ratio_of(*both) for name, both in sums.items()}


def summary(rows: Sequence[ClipScores], weights: np.ndarray | None = None) -> dict[str, float]:
    """Scores of clips together; clip i counts weights[i] times (once if None). `missing` counts the failures."""
    share = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    found = {name: statistic(share) for name, statistic in statistics(rows).items()}
    return {**found, "missing": float(share @ [row.failed for row in rows])}


def table(pairs: Sequence[tuple[Pose | None, Pose]], workers: int | None = None) -> dict[str, float]:
    """The pose scores of a system: pairs of a generated clip (None if it failed) and its recording."""
    return summary(per_clip(pairs, workers))


def in_millimetres(scores: dict[str, float]) -> dict[str, float]:
    """The distances of a table in millimetres of an adult whose shoulders are 360 mm apart; nothing else of it."""
    lengths = ("mpjpe", "pa_mpjpe", "dtw-")
    return {name: value * SHOULDER_WIDTH_MM for name, value in scores.items() if name.startswith(lengths)}
