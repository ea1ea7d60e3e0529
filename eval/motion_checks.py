"""Accusations that the motion alone supports: nothing there, nothing moving, too slow or fast, disordered, noisy.

Each compares the median over a system's clips with what real performers do (`Reality.extremes`).
"""

import numpy as np

from eval.case import NOTICE, UNEXAMINED, Case, Finding, mean_interval

STILL = 1 / 20
"""A part is frozen below a twentieth of what the stillest performer moves it. Far below honest ones: the embedded model
moves the face a seventh as much as real signers do, and a frozen part is still but for rounding."""
SEEN = 1 / 2
"""A part is missing where it is shown less than half as often as by the performer who shows it least."""
TEMPO = np.log(1.2)
"""A system may be a fifth slower than the slowest performer, a fifth faster than the fastest."""
SAME_WAY = 1 / 2
"""Slowed signing covers the same way: speed falls as duration grows, up to half of the change."""
ROUGH = 3.0
"""A system may shake three times as much as the roughest performer: decoders of latents shake 2.6 times as much."""
RANDOM_ORDER = -0.5
"""Mean cosine between successive steps of frames in random order: two differences that share one frame."""
UNLIKELY = 0.01


def empty_outputs(case: Case) -> Finding | None:
    """Failed clips (none, shorter than a quarter of the shortest real clip, not finite, nothing seen), if any.

    Accused where real clips would fail so often with a chance under 1 % (their rate by Laplace's rule of succession).
    """
    from scipy.stats import binom

    count, whole = len(case.system.poses), len(case.rows)
    failed, rate = count - whole, 1 / (len(case.reality.held_out) + 2)
    if failed == 0:
        return None
    chance = float(binom.sf(failed - 1, count, rate))
    evidence = {"failed": float(failed), "clips": float(count), "chance_among_real_clips": chance}
    severity = {} if chance < UNLIKELY else {"severity": NOTICE}
    return Finding(
        "empty outputs", f"{failed} of {count} clips hold no signing; each counts as a failure", evidence, **severity
    )


def static_pose(case: Case) -> Finding | None:
    """Hands that stay where they are."""
    parts = ("spread/left_hand", "spread/right_hand")
    pairs = [(case.trait(part), case.reality.extremes(case.reality.traits[part])[0]) for part in parts]
    pairs = [(own, low) for own, low in pairs if np.isfinite(own) and np.isfinite(low)]
    if not pairs or any(own >= STILL * low for own, low in pairs):
        return None
    evidence = {"spread": max(own for own, _ in pairs), "stillest_performer": min(low for _, low in pairs)}
    return Finding("static mean pose", "the hands stay in one place while real signers move them", evidence)


def frozen_part(part: str):
    """A check of one part: it keeps its shape, or a hand its place, while real signers change it (and others move)."""

    def check(case: Case) -> Finding | None:
        if static_pose(case):
            return None
        measured = [f"shape/{part}"] + ([f"spread/{part}"] if part != "face" else [])
        for name in measured:
            real = case.reality.traits.get(name, np.zeros(0))
            own, low = case.trait(name), case.reality.extremes(real)[0]
            if np.isfinite(own) and own < STILL * low:
                kind = "face" if part == "face" else "hand"
                reason = f"the {part.replace('_', ' ')} does not move of itself; real signers' does"
                return Finding(f"frozen {kind}", reason, {name: own, "stillest_performer": low})
        return None

    return check


def missing_part(case: Case) -> Finding | None:
    """Parts that real clips show and the system leaves out."""
    lows = {name: case.reality.extremes(v)[0] for name, v in case.reality.traits.items() if name.startswith("seen/")}
    gone = {name: own for name, low in lows.items() if (own := case.trait(name)) < SEEN * low}
    if not gone:
        return None
    words = ", ".join(name.removeprefix("seen/").replace("_", " ") for name in gone)
    return Finding("missing part", f"real clips show the {words}, these do not", gone)


def tempo(case: Case) -> Finding | None:
    """Signing slowed down or sped up beyond any performer, the way of the hands being the same.

    What was made from the recordings (in step with them at another tempo) is allowed performers' range, anything else
    a fifth more, for an honest generator may sign slowly.
    """
    duration, faster = float(np.median(case.log_duration)), case.speed_ratio
    if not faster > 0:
        return None
    speed = float(np.log(faster))
    errors = case.reality.length_errors if len(case.reality.train) else np.zeros(len(case.reality.held_out))
    low, high = case.reality.extremes(errors - np.median(errors))
    slack = 0.0 if case.follows else TEMPO
    low, high = min(low - slack, -TEMPO), max(high + slack, TEMPO)
    if low <= duration <= high or abs(duration + speed) > SAME_WAY * abs(duration):
        return None
    name, word = ("half speed", "slower") if duration > 0 else ("double speed", "faster")
    bounds = mean_interval(case.log_duration)
    evidence = {
        "duration_ratio": float(np.exp(duration)),
        "duration_ratio_low": float(np.exp(bounds[0])),
        "duration_ratio_high": float(np.exp(bounds[1])),
        "speed_ratio": float(np.exp(speed)),
        "allowed_low": float(np.exp(low)),
        "allowed_high": float(np.exp(high)),
        "distance_after_warping": float(np.nanmedian(case.own)),
    }
    return Finding(name, f"signs {word} than any performer, over the same way: motion that was retimed", evidence)


def frame_shuffle(case: Case) -> Finding | None:
    """Steps that turn back instead of going on: more than half-way from the jerkiest performer to random order.

    Strong noise turns back too, but changes the lengths of limbs; then it is left to `added_noise`.
    """
    own, low = case.trait("turning"), case.reality.extremes(case.reality.traits["turning"])[0]
    bound = (low + RANDOM_ORDER) / 2
    if not own < bound or _noisy(case) and _limbs_change(case):
        return None
    evidence = {"cosine_of_successive_steps": own, "jerkiest_performer": low, "random_order": RANDOM_ORDER}
    return Finding("frame shuffle", "the hands turn back at every step: the frames are out of order", evidence)


def added_noise(case: Case) -> Finding | None:
    """Shaking from frame to frame in the quietest moments, beyond three times the roughest performer's.

    Fast signing is rough too: the bound grows with the fourth power of the speed, as the fourth difference does.
    """
    if not _noisy(case) or frame_shuffle(case):
        return None
    high = case.reality.extremes(case.reality.traits["roughness"])[1]
    evidence = {"roughness": case.trait("roughness"), "roughest_performer": high, "limb_change": case.trait("limbs")}
    return Finding("added noise", "shakes from frame to frame even where nothing moves, more than any signer", evidence)


def _noisy(case: Case) -> bool:
    faster = max(1.0, case.speed_ratio)
    high = case.reality.extremes(case.reality.traits["roughness"])[1]
    return case.trait("roughness") > ROUGH * high * faster**4


def _limbs_change(case: Case) -> bool:
    """Whether the limbs change length more than three times as much as with any performer, and visibly (1 %)."""
    high = case.reality.extremes(case.reality.traits["limbs"])[1]
    return case.trait("limbs") > max(ROUGH * high, 0.01)


def unexamined_parts(case: Case) -> Finding | None:
    """Parts of the body that the real clips themselves do not show, so that nothing can be said about them."""
    names = [name for name in case.reality.traits if name.startswith("shape/")]
    unknown = [name.removeprefix("shape/") for name in names if not np.isfinite(case.reality.traits[name]).any()]
    if not unknown:
        return None
    words = ", ".join(part.replace("_", " ") for part in unknown)
    return Finding(
        "parts", f"real clips do not show the {words}: whether it is frozen is not examined", severity=UNEXAMINED
    )
