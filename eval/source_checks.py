"""Accusations that the recordings and the training clips support: copies, motion run backwards, sides exchanged."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eval.case import ACCUSATION, IN_STEP, NOTICE, UNEXAMINED, Case, Finding, mean_interval
from eval.likeness import in_step, nearest, sketches, unwarped, warped
from eval.reality import NEAR
from sign_latent.pose.pose import Pose

EQUAL = 1 / 1000
"""Of the distance between different recordings: below it two motions differ by rounding only."""
COPIED = 3.0
"""So many times as often as held-out real clips may a system's clips be near a training clip."""
UNLIKELY = 0.01


def reference_copy(case: Case) -> Finding | None:
    """Clips that equal their recordings (accused), or that were made from them (said; accused if text is declared).

    Controls declare that they are made from recordings and are left alone.
    """
    if case.system.made_from == "recording":
        return None
    others = unwarped(case.real_sketches, case.real_sketches)
    scale = float(np.nanmedian(others[~np.eye(len(others), dtype=bool)]))
    apart = float(np.nanmedian(case.own_unwarped))
    evidence = {"distance_to_recording": apart, "distance_between_recordings": scale}
    if apart < EQUAL * scale:
        return Finding("reference copy", "the clips are the recordings they are judged by", evidence)
    if not case.follows:
        return None
    severity = ACCUSATION if case.system.made_from == "text" else NOTICE
    reason = "in step with the recordings to the frame: made from them, so a control and no generator"
    return Finding("reference copy", reason, evidence, severity)


def training_copy(case: Case) -> Finding | None:
    """Clips near to, or in step with, a training clip far more often than held-out real clips are.

    Near: below the distance that 10 % of the held-out clips reach; accused when significantly more than 30 % do. In
    step to the frame: accused when as many would be so among held-out clips with a chance under 1 %.
    """
    from scipy.stats import binom

    if len(case.reality.train) == 0:
        return Finding("training-clip copy", "no training clips were given to compare with", severity=UNEXAMINED)
    apart, which = nearest(case.sketches, case.reality.train_sketches)
    stepped = np.array([in_step(p, case.reality.train[int(i)].pose) for p, i in zip(case.poses, which, strict=True)])
    real_apart, real_stepped = case.reality.nearness
    bound = float(np.quantile(real_apart, NEAR))
    near = (apart < bound).astype(float)
    copied = int((stepped >= IN_STEP).sum())
    rate = (float((real_stepped >= IN_STEP).sum()) + 1) / (len(real_stepped) + 2)
    chance = float(binom.sf(copied - 1, len(stepped), rate))
    if not (mean_interval(near)[0] > COPIED * NEAR or (copied > 0 and chance < UNLIKELY)):
        return None
    evidence = {
        "nearest_training_clip": float(np.median(apart)),
        "nearest_of_held_out_clips": float(np.median(real_apart)),
        "share_near": float(near.mean()),
        "share_in_step": copied / len(stepped),
        "share_in_step_of_held_out_clips": float((real_stepped >= IN_STEP).mean()),
    }
    return Finding("training-clip copy", "the clips are training clips, some of them changed a little", evidence)


def time_reversal(case: Case) -> Finding | None:
    """Clips that fit their recordings better when run backwards."""
    backwards = warped(case.sketches.backwards(), case.real_sketches)
    gain = np.log(np.maximum(backwards, 1e-9) / np.maximum(case.own, 1e-9))
    low, high = mean_interval(gain)
    if not high < 0:
        return None
    evidence = {"distance": float(np.nanmedian(case.own)), "distance_backwards": float(np.nanmedian(backwards))}
    return Finding("time reversal", "run backwards, the clips fit the recordings better", evidence)


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


def side_swap(case: Case) -> Finding | None:
    """Clips that fit their recordings better when left and right are exchanged.

    A left-handed signer's clip is the mirror image of a right-handed one's, so a mirror image that is an independent
    performance is reported and not accused: it may be a left-handed signer who was not declared. It is accused when,
    mirrored back, it is in step with the recordings, and when sides are exchanged as no body can.
    """
    distances = {name: warped(_exchanged(case, name), case.real_sketches) for name in EXCHANGES}
    name = min(distances, key=lambda key: float(np.nanmean(distances[key])))
    gain = np.log(np.maximum(distances[name], 1e-9) / np.maximum(case.own, 1e-9))
    if not mean_interval(gain)[1] < 0:
        return None
    back = [EXCHANGES[name](pose) for pose in case.poses]
    copied = Case(replace(case.system, poses=back, clips=case.clips), case.reality).follows
    severity = ACCUSATION if name != "mirrored" or copied else NOTICE
    evidence = {
        "distance": float(np.nanmedian(case.own)),
        "distance_exchanged": float(np.nanmedian(distances[name])),
        "dominance": case.trait("dominance"),
        "dominance_of_real_signers": float(np.nanmedian(case.reality.traits["dominance"])),
    }
    reason = f"with left and right exchanged ({name}), the clips fit the recordings better"
    if severity == NOTICE:
        reason += "; mirror left-handed signers before judging them"
    return Finding("left/right swap", reason, evidence, severity)


def _exchanged(case: Case, name: str):
    return sketches([EXCHANGES[name](pose) for pose in case.poses])
