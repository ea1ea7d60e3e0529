"""Accusations that the motion alone supports: nothing there, nothing moving, too slow or fast, disordered, noisy.

Each compares the median over a system's clips with what real performers do (`Reality.extremes`).
"""

from collections.abc import Callable, Sequence

import numpy as np

from eval.case import ACCUSATION, NOTICE, UNEXAMINED, Case, Finding, Measure, mean_interval, measured, past
from eval.reality import Reality
from eval.traits import HANDS
from sign_latent.pose.skeleton import PARTS

STILL = 1 / 20
"""A part is frozen below a twentieth of what the stillest performer moves it. Far below honest ones: the embedded model
moves the face a seventh as much as real signers do, and a frozen part is still but for rounding."""
SEEN = 1 / 2
"""A part is missing where it is shown less than half as often as by the performer who shows it least."""
TEMPO = np.log(1.2)
"""A system may be a fifth slower than the slowest performer, a fifth faster than the fastest; what was made from the
recordings, a fifth slower or faster than they."""
SAME_WAY = 1 / 2
"""Slowed signing covers the same way: speed falls as duration grows, up to half of the change."""
ROUGH = 3.5
"""A system may shake so many times as much as the roughest performer.

Decoders of latents shake 2.6 times as much, a small denoiser that is guided hard in four steps 3.1 times, and a copy of
a recording under a quarter of the noise of "truth plus noise" 4.2 times.
"""
RANDOM_ORDER = -0.5
"""Mean cosine between successive steps of frames in random order: two differences that share one frame."""
TOGETHER = 1 / 2
"""Half of the sudden motion: a hand thrown about as a whole makes all of it together, independent points 1/21."""
UNLIKELY = 0.01


@measured
def failures(case: Case) -> list[Measure]:
    """Chance that real clips would fail so often (their rate by Laplace's rule of succession)."""
    from scipy.stats import binom

    count = len(case.system.poses)
    failed, rate = count - len(case.rows), 1 / (len(case.reality.held_out) + 2)
    chance = float(binom.sf(failed - 1, count, rate))
    return [Measure("chance of so many failures among real clips", chance, UNLIKELY, above=False, factor=True)]


def empty_outputs(case: Case) -> Finding | None:
    """Failed clips (none, shorter than a quarter of the shortest real clip, not finite, nothing seen), if any.

    Accused where real clips would fail so often with a chance under 1 %.
    """
    count, failed = len(case.system.poses), len(case.system.poses) - len(case.rows)
    if failed == 0:
        return None
    found = failures(case)
    evidence = {"failed": float(failed), "clips": float(count), "chance_among_real_clips": found[0].value}
    severity = ACCUSATION if past(found) else NOTICE
    return Finding(
        "empty outputs", f"{failed} of {count} clips hold no signing; each counts as a failure", evidence, severity
    )


def _beside_stillest(case: Case, names: Sequence[str]) -> list[tuple[float, str]]:
    """Traits ÷ those of the stillest performer, with their names; those that either lacks are left out."""
    pairs = [(name, case.trait(name), case.reality.extremes_of(name)[0]) for name in names]
    return [(own / low, name) for name, own, low in pairs if np.isfinite(own) and low > 0]


@measured
def stillness(case: Case) -> list[Measure]:
    """How far the hand that moves more leaves its mean place."""
    shares = _beside_stillest(case, [f"spread/{hand}" for hand in HANDS])
    return [Measure("way of the hands ÷ stillest performer", max(shares)[0], STILL, False, True)] if shares else []


def static_pose(case: Case) -> Finding | None:
    """Hands that stay where they are."""
    found = stillness(case)
    if not past(found):
        return None
    evidence = {"way_beside_stillest_performer": found[0].value, "bound": STILL}
    return Finding("static mean pose", "the hands stay in one place while real signers move them", evidence)


def _rigidity(part: str) -> Callable[[Case], list[Measure]]:
    """How far a part changes its shape, or a hand its place."""
    names = [f"shape/{part}"] + ([f"spread/{part}"] if part != "face" else [])

    @measured
    def found(case: Case) -> list[Measure]:
        shares = _beside_stillest(case, names)
        return [Measure(f"{min(shares)[1]} ÷ stillest performer", min(shares)[0], STILL, False, True)] if shares else []

    return found


RIGIDITY = {part: _rigidity(part) for part in PARTS[1:]}
"""Of the parts that may be frozen."""


def frozen_part(part: str) -> Callable[[Case], Finding | None]:
    """A check of one part: it keeps its shape, or a hand its place, while real signers change it (and others move)."""

    def check(case: Case) -> Finding | None:
        found = RIGIDITY[part](case)
        if static_pose(case) or not past(found):
            return None
        kind = "face" if part == "face" else "hand"
        reason = f"the {part.replace('_', ' ')} does not move of itself; real signers' does"
        return Finding(f"frozen {kind}", reason, {found[0].what: found[0].value, "bound": STILL})

    return check


@measured
def visibility(case: Case) -> list[Measure]:
    """The part that is shown least, beside the performer who shows it least."""
    shares = _beside_stillest(case, [name for name in case.reality.traits if name.startswith("seen/")])
    return [Measure(f"{min(shares)[1]} ÷ least of performers", min(shares)[0], SEEN, False, True)] if shares else []


def missing_part(case: Case) -> Finding | None:
    """Parts that real clips show and the system leaves out."""
    if not past(visibility(case)):
        return None
    shares = _beside_stillest(case, [name for name in case.reality.traits if name.startswith("seen/")])
    gone = {name: share for share, name in shares if share < SEEN}
    words = ", ".join(name.removeprefix("seen/").replace("_", " ") for name in gone)
    return Finding("missing part", f"real clips show the {words}, these do not", gone)


def tempo_range(reality: Reality) -> tuple[float, float]:
    """Logarithms of the least and greatest duration allowed, beside what the text makes one expect."""
    errors = reality.length_errors if len(reality.train) else np.zeros(len(reality.held_out))
    low, high = reality.extremes(errors - np.median(errors))
    return min(low, 0.0) - TEMPO, max(high, 0.0) + TEMPO


@measured
def retiming(case: Case) -> list[Measure]:
    """Duration beyond what is allowed, and how little of the change the speed of the hands makes up for.

    What was made from the recordings (in step with them at another tempo) is no other performance: performers' tempi
    do not excuse it, and that the way is the same is known. Anything else is allowed their range and a fifth more, for
    a generator may sign slowly.
    """
    duration, faster = float(np.median(case.log_duration)), case.speed_ratio
    if not faster > 0:
        return []
    low, high = (-TEMPO, TEMPO) if case.follows else tempo_range(case.reality)
    bound = high if duration > 0 else low
    changed = Measure("duration ÷ recording's", float(np.exp(duration)), float(np.exp(bound)), duration > 0, True)
    if case.follows:
        return [changed]
    unexplained = abs(duration + float(np.log(faster))) / max(abs(duration), 1e-9)
    return [changed, Measure("change of duration that speed does not make up for", unexplained, SAME_WAY, above=False)]


def tempo(case: Case) -> Finding | None:
    """Signing slowed down or sped up beyond any performer, the way of the hands being the same."""
    found = retiming(case)
    if not past(found):
        return None
    slower = found[0].value > 1
    bounds = mean_interval(case.log_duration)
    evidence = {
        "duration_ratio": found[0].value,
        "duration_ratio_low": float(np.exp(bounds[0])),
        "duration_ratio_high": float(np.exp(bounds[1])),
        "speed_ratio": case.speed_ratio,
        "allowed": found[0].bound,
        "distance_after_warping": float(np.nanmedian(case.own)),
    }
    reason = f"signs {'slower' if slower else 'faster'} than any performer, over the same way: motion that was retimed"
    return Finding("half speed" if slower else "double speed", reason, evidence)


@measured
def disorder(case: Case) -> list[Measure]:
    """Cosine of successive steps, and whether the points of a hand jump together.

    The cosine stands beside half-way from the jerkiest performer to random order. Noise makes points turn back too,
    but each by itself.
    """
    bound = (case.reality.extremes_of("turning")[0] + RANDOM_ORDER) / 2
    return [
        Measure("cosine of successive steps", case.trait("turning"), bound, above=False),
        Measure("share of sudden motion made together", case.trait("together"), TOGETHER),
    ]


def frame_shuffle(case: Case) -> Finding | None:
    """Hands that turn back at every step instead of going on, as whole hands."""
    found = disorder(case)
    if not past(found):
        return None
    evidence = {
        "cosine_of_successive_steps": found[0].value,
        "share_made_together": found[1].value,
        "jerkiest_performer": case.reality.extremes_of("turning")[0],
        "random_order": RANDOM_ORDER,
    }
    return Finding("frame shuffle", "the hands turn back at every step: the frames are out of order", evidence)


@measured
def shaking(case: Case) -> list[Measure]:
    """Roughness of the quietest moments, beside what the roughest performer's allows.

    Fast signing is rough too: the bound grows with the fourth power of the speed, as the fourth difference does. Speed
    counts as far as the clips are shorter for it, since noise makes hands seem fast.
    """
    faster = min(case.speed_ratio, float(np.exp(-np.median(case.log_duration))))
    bound = ROUGH * case.reality.extremes_of("roughness")[1] * max(1.0, faster) ** 4
    return [Measure("roughness", case.trait("roughness"), bound, factor=True)]


def added_noise(case: Case) -> Finding | None:
    """Shaking from frame to frame in the quietest moments, beyond what the roughest performer's allows."""
    if not past(shaking(case)) or frame_shuffle(case):
        return None
    high = case.reality.extremes_of("roughness")[1]
    evidence = {"roughness": case.trait("roughness"), "roughest_performer": high, "limb_change": case.trait("limbs")}
    return Finding("added noise", "shakes from frame to frame even where nothing moves, more than any signer", evidence)


def unexamined_parts(case: Case) -> Finding | None:
    """Parts of the body that the real clips themselves do not show, so that nothing can be said about them."""
    unknown = [part for part in PARTS if not np.isfinite(case.reality.extremes_of(f"shape/{part}")[0])]
    if not unknown:
        return None
    words = ", ".join(part.replace("_", " ") for part in unknown)
    return Finding(
        "parts", f"real clips do not show the {words}: whether it is frozen is not examined", severity=UNEXAMINED
    )
