"""From signs to smooth tracks of what hands, face and head shall do, frame by frame, for a right-handed signer."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation, Slerp

from data_prep.invented.handshapes import handshape_table
from data_prep.invented.phonology import (
    EXPRESSION,
    LOCATIONS,
    LONG_MOVEMENTS,
    ORIENTATIONS,
    RESTING_ORIENTATION,
    RESTING_PLACE,
    SPELLING_PLACE,
    Form,
    ease,
    orientation_matrix,
    stroke,
)
from data_prep.invented.signing import Scope, Signing

REST_FRAMES = 3
LONGEST = 160  # frames of a clip
LETTER_FRAMES = 5  # with a transition of three, a letter takes eight
SMOOTHING = 0.7  # frames; what is next begins to show before it comes
MIRROR = np.array([-1.0, 1.0, 1.0])
# Hands of a symmetric sign stay this far on their own side, farther when the fingers point to each other.
BOTH_SIDE = {"across_in": -0.54, "across_down": -0.54, "across_up": -0.54}
BOTH_SIDE_ELSE = -0.32
BASE_DROP = np.array([0.0, -0.30, -0.04])
FAR = 0.45  # a way that takes a frame more
ARC = 0.22  # height of the forward arc of a passage over its length
HEAD_CENTRE, HEAD_CLEARANCE = np.array([0.0, 0.66, 0.12]), 0.44
HEAD_PITCH, HEAD_YAW, HEAD_ROLL = 0, 1, 2


@dataclass
class Controls:
    """Targets a frame. Hand 0 is the dominant one, hand 1 the other, both as if right; hand 1 is mirrored later.

    place [T, 2, 3] hand centres, hand [T, 2, 3, 3] global rotations, fingers [T, 2, 15, 3] axis-angles,
    expression [T, 10], head [T, 3] pitch, yaw, roll and trunk [T, 3] in radians.
    """

    place: np.ndarray
    hand: np.ndarray
    fingers: np.ndarray
    expression: np.ndarray
    head: np.ndarray
    trunk: np.ndarray

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class Segment:
    """One sign or letter in time: frames start..end-1 of its stroke."""

    gloss: str
    form: Form
    start: int
    end: int


@dataclass
class Hold:
    """Hand targets over some frames: place [n, 2, 3], hand [n, 2, 3, 3], fingers [n, 2, 15, 3]."""

    place: np.ndarray
    hand: np.ndarray
    fingers: np.ndarray


def place_of(location: str, anchors: dict[str, np.ndarray]) -> np.ndarray:
    """Hand centre [3] of a location on a signer with these anchors."""
    anchor, offset = {**LOCATIONS, "spelling": SPELLING_PLACE, "resting": RESTING_PLACE}[location]
    return anchors[anchor] + np.asarray(offset)


def orientation_of(name: str) -> np.ndarray:
    """Global hand rotation [3, 3] of an orientation name."""
    return orientation_matrix(*{**ORIENTATIONS, "resting": RESTING_ORIENTATION}[name])


def resting(frames: int, anchors: dict) -> Hold:
    """Both hands low and relaxed."""
    return Hold(
        np.broadcast_to(place_of("resting", anchors), (frames, 2, 3)),
        np.broadcast_to(orientation_of("resting"), (frames, 2, 3, 3)),
        np.broadcast_to(handshape_table()["relaxed"], (frames, 2, 15, 3)),
    )


def sign_hold(form: Form, frames: int, anchors: dict, amplitude: float) -> Hold:
    """The stroke of one sign: targets of both hands over its frames."""
    motion = stroke(form.movement, frames, amplitude)
    hold = resting(frames, anchors)
    place, hand, fingers = hold.place.copy(), hold.hand.copy(), hold.fingers.copy()
    centre = place_of(form.location, anchors)
    if form.hands == "both":
        side = BOTH_SIDE.get(form.orientation, BOTH_SIDE_ELSE)
        centre = np.array([min(centre[0], side), centre[1], centre[2]])
    place[:, 0] = centre + motion.shift
    local = Rotation.from_euler("zx", np.stack([motion.bend, -motion.twist], -1)).as_matrix()
    hand[:, 0] = orientation_of(form.orientation) @ local
    fingers[:, 0] = _shaped(form.handshape, motion)
    if form.hands == "both":
        place[:, 1], hand[:, 1], fingers[:, 1] = place[:, 0], hand[:, 0], fingers[:, 0]
    if form.hands == "base":
        place[:, 1] = (centre + BASE_DROP) * MIRROR
        hand[:, 1] = orientation_of("across_up" if form.base == "flat" else "across_down")
        fingers[:, 1] = handshape_table()[form.base]
    return Hold(place, hand, fingers)


def _shaped(handshape: str, motion) -> np.ndarray:
    """Finger rotations [n, 15, 3]: the handshape, closing or opening, its fingers fluttering."""
    table = handshape_table()
    opening = motion.opening[:, None, None]
    fingers = table[handshape] * opening + table["ring"] * (1 - opening)
    flutter = np.radians(30) * motion.wiggle
    for finger, phase in enumerate((1, -1, -1, 1)):  # neighbours move against each other
        fingers[:, 3 * finger, 2] += flutter * phase
    return fingers


def between(before: Hold, after: Hold, frames: int) -> Hold:
    """Minimum-jerk passage from the end of one hold to the start of the next; the ends are not repeated."""
    e = ease(np.arange(1, frames + 1) / (frames + 1))
    mix = lambda a, b: a[-1] + e.reshape(-1, *[1] * (a.ndim - 1)) * (b[0] - a[-1])  # noqa: E731
    hand = np.empty((frames, 2, 3, 3))
    for side in range(2):
        ends = Rotation.from_matrix(np.stack([before.hand[-1, side], after.hand[0, side]]))
        hand[:, side] = Slerp([0, 1], ends)(e).as_matrix()
    place = mix(before.place, after.place)
    length = np.linalg.norm(after.place[0] - before.place[-1], axis=-1)
    place[..., 2] += ARC * length * np.sin(np.pi * e)[:, None] ** 2
    return Hold(_round_the_head(place), hand, mix(before.fingers, after.fingers))


def _round_the_head(place: np.ndarray) -> np.ndarray:
    """Places [n, 2, 3] pushed forward out of the head: hands pass in front of it."""
    away = place - HEAD_CENTRE
    beside = (away[..., :2] ** 2).sum(-1)
    front = np.sqrt(np.maximum(HEAD_CLEARANCE**2 - beside, 0))
    within = (beside < HEAD_CLEARANCE**2) & (away[..., 2] < front)
    place[..., 2] = np.where(within, HEAD_CENTRE[2] + front, place[..., 2])
    return place


def durations(forms: list[Form], letters: list[bool], tempo: float, anchors: dict, rng: np.random.Generator):
    """Frames of every stroke and of every passage before, between and after; long ways take four, others three."""
    strokes = []
    for form, letter in zip(forms, letters, strict=True):
        nominal = LETTER_FRAMES if letter else form.frames
        strokes.append(max(4 if letter else 7, int(round(nominal / tempo + (0 if letter else rng.uniform(-0.5, 0.5))))))
    places = np.stack([place_of(form.location, anchors) for form in forms])
    ways = np.linalg.norm(np.diff(places, axis=0), axis=-1) + rng.uniform(-0.1, 0.1, len(forms) - 1)
    inner = [3 + int(way > FAR) for way in ways]
    spare = LONGEST - 2 * REST_FRAMES - 8 - sum(inner)
    while sum(strokes) > spare:  # who has much to say signs faster
        strokes[int(np.argmax(strokes))] -= 1
    return strokes, [4, *inner, 4]


def frames_of(movement: str) -> int:
    """Nominal duration of a movement: short holds, long repetitions."""
    return 8 if movement == "hold" else 11 if movement in LONG_MOVEMENTS else 9


def build(signing: Signing, forms: dict[str, Form], anchors: dict, signer, rng) -> tuple[Controls, list[Segment], list]:
    """Controls, timed signs and timed non-manual scopes (scope, start, end) of an utterance."""
    chosen = [forms[gloss] for gloss in signing.glosses]
    strokes, passages = durations(chosen, [len(g) == 1 for g in signing.glosses], signer.tempo, anchors, rng)
    holds = [resting(REST_FRAMES, anchors)]
    holds += [sign_hold(f, n, anchors, signer.amplitude) for f, n in zip(chosen, strokes, strict=True)]
    holds.append(resting(REST_FRAMES, anchors))
    pieces, segments, now = [holds[0]], [], REST_FRAMES
    for index, frames in enumerate(passages):
        pieces += [between(holds[index], holds[index + 1], frames), holds[index + 1]]
        now += frames
        if index < len(strokes):
            segments.append(Segment(signing.glosses[index], chosen[index], now, now + strokes[index]))
            now += strokes[index]
    parts = [np.concatenate([getattr(p, name) for p in pieces]) for name in ("place", "hand", "fingers")]
    place, hand, fingers = (gaussian_filter1d(part, SMOOTHING, axis=0, mode="nearest") for part in parts)
    frames = len(place)
    scopes = [(scope, segments[scope.first].start, segments[scope.last].end) for scope in signing.scopes]
    scopes += _lexical_scopes(segments)
    controls = Controls(place, hand, fingers, np.zeros((frames, 10)), np.zeros((frames, 3)), np.zeros((frames, 3)))
    _add_non_manuals(controls, scopes)
    return controls, segments, scopes


def _lexical_scopes(segments: list[Segment]) -> list[tuple[Scope, int, int]]:
    """Mouth and gaze that belong to single signs."""
    return [
        (Scope(channel, value, index, index), segment.start, segment.end)
        for index, segment in enumerate(segments)
        for channel, value in (("mouth", segment.form.mouth), ("gaze", segment.form.gaze))
        if value
    ]


def envelope(frames: int, start: int, end: int) -> np.ndarray:
    """1 within start..end-1, eased over the three frames before and after, 0 elsewhere."""
    now = np.arange(frames)
    return ease(np.clip((now - start + 3) / 3, 0, 1)) * ease(np.clip((end + 2 - now) / 3, 0, 1))


def _add_non_manuals(controls: Controls, scopes: list[tuple[Scope, int, int]]) -> None:
    """Writes expression and head of all scopes into the controls; of scopes that meet, the stronger shows."""
    frames = len(controls)
    for scope, start, end in scopes:
        weight = envelope(frames, start, end)
        if scope.channel == "head":
            controls.head += weight[:, None] * head_motion(scope.value, frames, start)
            continue
        for coefficient, amount in EXPRESSION[scope.channel][scope.value]:
            course = controls.expression[:, coefficient]
            stronger = np.abs(weight * amount) > np.abs(course)
            course[stronger] = (weight * amount)[stronger]


def head_motion(value: str, frames: int, start: int) -> np.ndarray:
    """Pitch, yaw and roll [frames, 3] in radians of a shake, a nod or a tilt that begins at `start`."""
    out = np.zeros((frames, 3))
    swing = np.sin(2 * np.pi * (np.arange(frames) - start + 2) / 9.0)
    if value == "shake":
        out[:, HEAD_YAW] = np.radians(20) * swing
    if value == "nod":
        out[:, HEAD_PITCH] = np.radians(14) * (swing + 0.3)
    if value == "tilt":
        out[:, HEAD_ROLL] = np.radians(13)
    return out
