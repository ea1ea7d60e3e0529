"""Accusations that the recordings and the training clips support: copies, motion run backwards, sides exchanged."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eval.case import (
    ACCUSATION,
    IN_STEP,
    NOTICE,
    UNEXAMINED,
    Case,
    Finding,
    Measure,
    mean_interval,
    measured,
    past,
)
from eval.likeness import sketches, unwarped, warped
from eval.reality import NEAR
from sign_latent.pose.pose import Pose

EQUAL = 1 / 1000
"""Of the distance between different recordings: below it two motions differ by rounding only."""
NEARER = float(np.log(1.1))
"""Logarithm of the gain in fit from which clips are said to fit better when changed: a tenth. Clips that fit their
recordings hardly at all come within 0.06 of a loss by chance (glosses stitched from half of a vocabulary), other
performances run backwards gain 2."""
COPIED = 3.0
"""So many times as often as held-out real clips may a system's clips be near a training clip."""
UNLIKELY = 0.01


@measured
def sameness(case: Case) -> list[Measure]:
    """Distance to the recordings, beside a thousandth of the distance between recordings; not of declared controls."""
    if case.system.made_from == "recording":
        return []
    others = unwarped(case.real_sketches, case.real_sketches)
    scale = float(np.nanmedian(others[~np.eye(len(others), dtype=bool)]))
    apart = float(np.nanmedian(case.own_unwarped))
    return [Measure("distance to recording", apart, EQUAL * scale, above=False, factor=True)]


@measured
def dependence(case: Case) -> list[Measure]:
    """Share of the motion that is in step with the recordings, of what is declared to be made from text."""
    if case.system.made_from != "text":
        return []
    return [Measure("share in step with recordings", case.follow_share, IN_STEP)]


def reference_copy(case: Case) -> Finding | None:
    """Clips that equal their recordings (accused), or that were made from them (said; accused if text is declared).

    Controls declare that they are made from recordings and are left alone.
    """
    if case.system.made_from == "recording":
        return None
    found = sameness(case)
    evidence = {"distance_to_recording": found[0].value, "distance_between_recordings": found[0].bound / EQUAL}
    if past(found):
        return Finding("reference copy", "the clips are the recordings they are judged by", evidence)
    if not case.follows:
        return None
    severity = ACCUSATION if case.system.made_from == "text" else NOTICE
    reason = "in step with the recordings to the frame: made from them, so a control and no generator"
    return Finding("reference copy", reason, evidence | {"share_in_step": case.follow_share}, severity)


@measured
def nearness(case: Case) -> list[Measure]:
    """Share of clips nearer to a training clip than nine in ten held-out clips are (98 % interval)."""
    if len(case.reality.train) == 0:
        return []
    near = (case.nearest_training[0] < np.quantile(case.reality.nearness[0], NEAR)).astype(float)
    return [Measure("share near a training clip", mean_interval(near)[0], COPIED * NEAR)]


@measured
def steps_of_training(case: Case) -> list[Measure]:
    """Chance that as many held-out clips would be in step with a training clip."""
    from scipy.stats import binom

    if len(case.reality.train) == 0:
        return []
    copied, real = int((case.steps_with_training >= IN_STEP).sum()), case.reality.nearness[1]
    rate = (float((real >= IN_STEP).sum()) + 1) / (len(real) + 2)
    chance = float(binom.sf(copied - 1, len(case.rows), rate))
    return [Measure("chance of so many clips in step with training clips", chance, UNLIKELY, False, True)]


def training_copy(case: Case) -> Finding | None:
    """Clips near to, or in step with, a training clip far more often than held-out real clips are.

    Near: below the distance that 10 % of the held-out clips reach; accused when significantly more than 30 % do. In
    step to the frame: accused when as many would be so among held-out clips with a chance under 1 %.
    """
    if len(case.reality.train) == 0:
        return Finding("training-clip copy", "no training clips were given to compare with", severity=UNEXAMINED)
    if not past(nearness(case)) and not past(steps_of_training(case)):
        return None
    apart, (real_apart, real_stepped) = case.nearest_training[0], case.reality.nearness
    evidence = {
        "nearest_training_clip": float(np.median(apart)),
        "nearest_of_held_out_clips": float(np.median(real_apart)),
        "share_near": float((apart < np.quantile(real_apart, NEAR)).mean()),
        "share_in_step": float((case.steps_with_training >= IN_STEP).mean()),
        "share_in_step_of_held_out_clips": float((real_stepped >= IN_STEP).mean()),
    }
    return Finding("training-clip copy", "the clips are training clips, some of them changed a little", evidence)


@measured
def direction(case: Case) -> list[Measure]:
    """How much worse the clips fit their recordings when run backwards (logarithm, 98 % interval)."""
    backwards = warped(case.sketches.backwards(), case.real_sketches)
    return [Measure("loss of fit when run backwards", mean_interval(_loss(backwards, case))[1], -NEARER, above=False)]


def time_reversal(case: Case) -> Finding | None:
    """Clips that fit their recordings better when run backwards."""
    found = direction(case)
    if not past(found):
        return None
    distance = float(np.nanmedian(case.own))
    evidence = {"distance": distance, "loss_backwards": found[0].value}
    return Finding("time reversal", "run backwards, the clips fit the recordings better", evidence)


def _loss(changed: np.ndarray, case: Case) -> np.ndarray:
    """Logarithm [n] of a changed clip's distance to its recording ÷ the clip's own."""
    return np.log(np.maximum(changed, 1e-9) / np.maximum(case.own, 1e-9))


def _relabelled(pose: Pose) -> Pose:
    """The points of each side under the names of the other, where they are."""
    swap = list(pose.skeleton.mirror)
    return replace(
        pose, points=pose.points[:, swap], confidence=pose.confidence[:, swap], rotations=None, expression=None
    )


def _flipped(pose: Pose) -> Pose:
    """The points mirrored without exchanging their names."""
    return _relabelled(pose.mirrored())


EXCHANGES: dict[str, Callable[[Pose], Pose]] = {
    "mirrored": Pose.mirrored,
    "relabelled": _relabelled,
    "flipped": _flipped,
}
"""Ways to exchange left and right; each undoes itself."""


def _best_exchange(case: Case) -> tuple[str, np.ndarray]:
    """The exchange after which the clips fit their recordings best, and the distances [n] then."""
    distances = {
        name: warped(sketches([change(pose) for pose in case.poses]), case.real_sketches)
        for name, change in EXCHANGES.items()
    }
    name = min(distances, key=lambda key: float(np.nanmean(distances[key])))
    return name, distances[name]


@measured
def sides(case: Case) -> list[Measure]:
    """How much worse the clips fit their recordings with left and right exchanged in the best way."""
    name, distances = _best_exchange(case)
    found = Measure(f"loss of fit when {name}", mean_interval(_loss(distances, case))[1], -NEARER, above=False)
    if name != "mirrored" or found.distance <= 0:
        return [found]
    back = Case(replace(case.system, poses=[pose.mirrored() for pose in case.poses], clips=case.clips), case.reality)
    return [found, Measure("share in step with recordings when mirrored", back.follow_share, IN_STEP)]


def side_swap(case: Case) -> Finding | None:
    """Clips that fit their recordings better when left and right are exchanged.

    A left-handed signer's clip is the mirror image of a right-handed one's, so a mirror image that is an independent
    performance is reported and not accused: it may be a left-handed signer who was not declared. It is accused when,
    mirrored back, it is in step with the recordings, and when sides are exchanged as no body can.
    """
    found = sides(case)
    if not past(found[:1]):
        return None
    severity = ACCUSATION if past(found) else NOTICE
    evidence = {
        "distance": float(np.nanmedian(case.own)),
        "loss_when_exchanged": found[0].value,
        "dominance": case.trait("dominance"),
        "dominance_of_real_signers": float(np.nanmedian(case.reality.traits["dominance"])),
    }
    how = found[0].what.removeprefix("loss of fit when ")
    reason = f"with left and right exchanged ({how}), the clips fit the recordings better"
    if severity == NOTICE:
        reason += "; mirror left-handed signers before judging them"
    return Finding("left/right swap", reason, evidence, severity)
