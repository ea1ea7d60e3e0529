"""What each value of each channel of the invented language looks like, channel by channel, and which one is shown.

A channel is measured on its own features (`data_prep.invented.observing`), all others being as intended: a wrong
handshape at the right place costs the handshape and not the place.
"""

from dataclasses import replace
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from data_prep.invented.body import make_body, points, rotations
from data_prep.invented.handshapes import HANDSHAPES
from data_prep.invented.observing import Observation, observe
from data_prep.invented.phonology import LOCATIONS, MOVEMENTS, ORIENTATIONS, Form
from data_prep.invented.reading import WEIGHTS
from data_prep.invented.tracks import SMOOTHING, Controls, sign_hold

VALUES: dict[str, tuple[str, ...]] = {
    "handshape": tuple(HANDSHAPES),
    "location": (*LOCATIONS, "spelling"),
    "orientation": tuple(ORIENTATIONS),
    "movement": tuple(MOVEMENTS),
}
"""Manual channels of the leading hand -> what they can be."""
COLUMNS = {"location": slice(0, 3), "orientation": slice(3, 12), "handshape": slice(12, 57), "movement": slice(0, 57)}
"""Where a channel stands among the features of the leading hand."""
SHIFTS = (-1, 0, 1)
"""Frames by which a movement may come early or late: a repeated one takes only five to go to and fro."""
AMPLITUDES = (0.6, 1.2)
"""How much smaller or larger than on paper a movement may be; real signers make them 0.85 to 1.15 times as large."""


def leading(seen: Observation) -> np.ndarray:
    """[T, 57] the leading hand: place 3, rotation 9, fingers 45, weighted as in `reading`."""
    parts = {"place": seen.place[:, 0], "hand": seen.hand[:, 0], "fingers": seen.fingers[:, 0]}
    return np.concatenate([WEIGHTS[name] * part.reshape(len(part), -1) for name, part in parts.items()], axis=1)


KEPT = {
    "handshape": ("movement",),
    "location": ("movement", "hands", "base", "orientation"),
    "orientation": ("movement",),
    "movement": ("handshape", "orientation"),
}
"""What of a form changes how the values of a channel look."""
PLAIN = Form("flat", "front_mid", "up_out", "hold")


def models(form: Form, channel: str, frames: int) -> np.ndarray:
    """[V, frames, 57] what the canonical signer shows of a form with every value of one channel, in its own columns."""
    return _models(replace(PLAIN, **{name: getattr(form, name) for name in KEPT[channel]}), channel, frames)


@cache
def _models(form: Form, channel: str, frames: int) -> np.ndarray:
    body = make_body(None)
    forms = [replace(form, **{channel: value}) for value in VALUES[channel]]
    holds = [sign_hold(one, frames, body.anchors, 1.0) for one in forms]

    def track(name: str) -> np.ndarray:
        """The signs one after the other, each smoothed as signers' tracks are."""
        return np.concatenate([gaussian_filter1d(getattr(h, name), SMOOTHING, axis=0, mode="nearest") for h in holds])

    place, hand, fingers = (track(name) for name in ("place", "hand", "fingers"))
    face, still = np.zeros((len(place), 10)), np.zeros((len(place), 3))
    turns, _ = rotations(Controls(place, hand, fingers, face, still, still), body)
    return leading(observe(points(turns, face, body.rest))).reshape(len(forms), frames, -1)


def _inner(values: np.ndarray) -> np.ndarray:
    """Without the first and last frame [..., n, F], in which a sign leans towards its neighbours."""
    return values[..., 1:-1, :]


def shown_posture(channel: str, form: Form, seen: np.ndarray, start: int, end: int) -> str:
    """The value of handshape, location or orientation that fits frames start..end-1 of `leading` [T, 57] best.

    Nothing where even the best is farther off than half-way to a typical other value.
    """
    options = _inner(models(form, channel, end - start)[..., COLUMNS[channel]])
    apart = np.sqrt(((options - _inner(seen[start:end, COLUMNS[channel]])) ** 2).sum(-1).mean(-1))
    return _best(channel, apart, options)


def shown_movement(form: Form, seen: np.ndarray, start: int, end: int) -> str:
    """The movement that fits best, wherever the hand is, shifted by `SHIFTS` and scaled within `AMPLITUDES`."""
    options = _inner(models(form, "movement", end - start))
    options = options - options.mean(1, keepdims=True)
    apart = np.full(len(options), np.inf)
    for shift in SHIFTS:
        first, last = start + shift, end + shift
        if first < 0 or last > len(seen):
            continue
        course = _inner(seen[first:last])
        course = course - course.mean(0)
        size = (options * course).sum((1, 2)) / np.maximum((options**2).sum((1, 2)), 1e-9)
        scaled = np.clip(size, *AMPLITUDES)[:, None, None] * options
        apart = np.minimum(apart, np.sqrt(((scaled - course) ** 2).sum(-1).mean(-1)))
    return _best("movement", apart, options)


def _best(channel: str, apart: np.ndarray, options: np.ndarray) -> str:
    """The value with the least distance [V], if that is less than half-way to a typical other value."""
    best = int(apart.argmin())
    typical = np.median(np.sqrt(((options - options[best]) ** 2).sum(-1).mean(-1)))
    return VALUES[channel][best] if apart[best] < typical / 2 else ""


def shown_values(form: Form, seen: np.ndarray, span: tuple[int, int], letter: bool) -> dict[str, str]:
    """What each manual channel shows in a stretch of frames; letters are held and have no movement of their own."""
    postures = [channel for channel in VALUES if channel != "movement"]
    shown = {channel: shown_posture(channel, form, seen, *span) for channel in postures}
    return shown if letter else {**shown, "movement": shown_movement(form, seen, *span)}
