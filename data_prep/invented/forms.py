"""Choosing the forms of a language far apart in all channels at once; what was chosen is kept in `lexicons/`.

`python -m data_prep.invented.forms` chooses anew (a minute) and writes the files that `lexicon.py` reads.
"""

import json
from dataclasses import asdict, replace
from functools import cache, lru_cache

import numpy as np

from data_prep.invented.arms import wrist_bend
from data_prep.invented.body import LEFT, RIGHT, make_body, points, rotations
from data_prep.invented.handshapes import HANDSHAPES, handshape_table
from data_prep.invented.lexicon import LETTERS, lexicon_file
from data_prep.invented.minimal_pairs import GAZES, MINIMAL_PAIRS, MOUTHS
from data_prep.invented.observing import OUTER
from data_prep.invented.phonology import LOCATIONS, MOVEMENTS, ORIENTATIONS, Form, movement_distance
from data_prep.invented.tracks import Controls, frames_of, orientation_of, place_of, sign_hold
from data_prep.invented.words import NUMBERS, concepts

LANGUAGE_SEEDS = {"qaa": 1, "qab": 2}
LETTER_ORIENTATIONS = ("up_out", "up_side", "across_in", "across_down")
NUMERAL_ORIENTATION = "up_in"
BASE_PLACES = ("chest", "belly", "front_mid", "front_low")
OPEN_SHAPES = tuple(n for n, (fingers, _, _) in HANDSHAPES.items() if fingers.count("0") >= 2)
NEEDS_OPEN = ("wiggle", "open", "close")
FACE_CENTRE, FACE_RADIUS = np.array([0.0, 0.62, 0.10]), 0.27
CHEST_CENTRE, CHEST_RADII = np.array([0.0, -0.55, -0.02]), np.array([0.50, 0.75, 0.27])
MAX_BEND, TWISTS = np.radians(80), np.radians((-100, 105))


def _controls(form: Form, frames: int = 9) -> Controls:
    body = make_body(None)
    hold = sign_hold(form, frames, body.anchors, 1.0)
    zeros = np.zeros((frames, 3))
    return Controls(hold.place, hold.hand, hold.fingers, np.zeros((frames, 10)), zeros, zeros)


def hand_points(form: Form, frames: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points [n, 94, 3] of the canonical signer making a form, its wrist bends [n] and forearm twists [n]."""
    body = make_body(None)
    controls = _controls(form, frames)
    turns, twists = rotations(controls, body)
    bend = wrist_bend_of(turns, body)
    return points(turns, controls.expression, body.rest), bend, twists["right"]


def wrist_bend_of(turns: np.ndarray, body) -> np.ndarray:
    """Bend [n] of the right wrist in radians."""
    from scipy.spatial.transform import Rotation

    return wrist_bend(Rotation.from_rotvec(turns[:, RIGHT["wrist"]]).as_matrix(), body.arm(RIGHT).fore)


@cache
def comfortable(location: str, orientation: str, movement: str, hands: str) -> bool:
    """Whether a body can do it: reachable, wrist and forearm within range, no part of the hand inside the body."""
    form = Form("flat", location, orientation, movement, hands, "flat" if hands == "base" else "")
    places, bend, twist = hand_points(form)
    hand = places[:, [RIGHT["elbow"], RIGHT["wrist"], *range(40, 55), *range(60, 65)]]
    in_head = (np.linalg.norm(hand - FACE_CENTRE, axis=-1) < FACE_RADIUS).any()
    in_chest = (np.linalg.norm((hand[:, 1:] - CHEST_CENTRE) / CHEST_RADII, axis=-1) < 1).any()
    wanted = _controls(form).place[:, 0]
    missed = np.linalg.norm(places[:, RIGHT["knuckle"]] - wanted, axis=-1).max()
    strained = bend.max() > MAX_BEND or twist.min() < TWISTS[0] or twist.max() > TWISTS[1]
    elbow = places[:, RIGHT["elbow"]]
    strained |= elbow[:, 0].max() > -0.05 or elbow[:, 1].max() > 0.45 or elbow[:, 2].min() < -0.6
    return not (in_head or in_chest or strained or missed > 0.06 or _collide(places))


def _collide(places: np.ndarray) -> bool:
    """Whether the two hands come nearer than a finger's width in any frame of points [n, 94, 3]."""
    right, left = (places[:, [side["wrist"], *OUTER[side["wrist"]]]] for side in (RIGHT, LEFT))
    return bool(np.linalg.norm(right[:, :, None] - left[:, None], axis=-1).min() < 0.06)


def allowed(form: Form) -> bool:
    """Whether a form keeps the rules of the phonology and of the body."""
    if form.movement in NEEDS_OPEN and form.handshape not in OPEN_SHAPES:
        return False
    if form.hands == "base" and form.location not in BASE_PLACES:
        return False
    if form.hands == "both" and form.location in ("across", "shoulder_other", "temple"):
        return False
    return comfortable(form.location, form.orientation, form.movement, form.hands)


@lru_cache(maxsize=1)
def shape_distances() -> dict[tuple[str, str], float]:
    """Mean distance of the finger joints and tips of two handshapes in the hand's own frame, in shoulder widths."""
    clouds = {name: _cloud(name) for name in handshape_table() if name != "relaxed"}
    return {(a, b): float(np.linalg.norm(clouds[a] - clouds[b], axis=-1).mean()) for a in clouds for b in clouds}


@cache
def _cloud(handshape: str) -> np.ndarray:
    """Outer finger joints and tips [15, 3] relative to the wrist, hand at rest."""
    body = make_body(None)
    turns = np.zeros((1, 55, 3))
    turns[0, RIGHT["hand"] : RIGHT["hand"] + 15] = handshape_table()[handshape]
    places = points(turns, np.zeros((1, 10)), body.rest)[0]
    outer = [RIGHT["hand"] + 3 * finger + joint for finger in range(5) for joint in (1, 2)]
    return places[[*outer, *range(60, 65)]] - places[RIGHT["wrist"]]


def oriented_distance(a: tuple[str, str], b: tuple[str, str]) -> float:
    """Mean distance of outer finger joints and tips of two (handshape, orientation), wrists together."""
    turned = [_cloud(shape) @ orientation_of(orientation).T for shape, orientation in (a, b)]
    return float(np.linalg.norm(turned[0] - turned[1], axis=-1).mean())


@lru_cache(maxsize=1)
def _places() -> dict[tuple[str, str], float]:
    """Distance of the hand centres of two locations, in shoulder widths."""
    anchors = make_body(None).anchors
    centres = {name: place_of(name, anchors) for name in (*LOCATIONS, "spelling")}
    return {(a, b): float(np.linalg.norm(centres[a] - centres[b])) for a in centres for b in centres}


@lru_cache(maxsize=1)
def _turns() -> dict[tuple[str, str], float]:
    """Frobenius distance of the hand rotations of two orientations."""
    turns = {name: orientation_of(name) for name in ORIENTATIONS}
    return {(a, b): float(np.linalg.norm(turns[a] - turns[b])) for a in turns for b in turns}


def form_distance(a: Form, b: Form) -> float:
    """How far apart two forms are, summed over the manual channels, each about 1 when clearly different."""
    return (
        min(shape_distances()[a.handshape, b.handshape] / 0.18, 1.5)
        + min(_places()[a.location, b.location] / 0.6, 1.2)
        + min(_turns()[a.orientation, b.orientation] / 2.0, 1.2)
        + 0.8 * (a.movement != b.movement)
        + 0.6 * (a.hands != b.hands)
    )


def _random_form(rng: np.random.Generator) -> Form:
    while True:
        movement = str(rng.choice(MOVEMENTS))
        hands = str(rng.choice(("one", "both", "base"), p=(0.6, 0.25, 0.15)))
        form = Form(
            handshape=str(rng.choice(list(HANDSHAPES))),
            location=str(rng.choice(list(LOCATIONS))),
            orientation=str(rng.choice(list(ORIENTATIONS))),
            movement=movement,
            hands=hands,
            base=str(rng.choice(("flat", "fist"))) if hands == "base" else "",
            frames=frames_of(movement),
        )
        if allowed(form):
            return form


def _far_form(rng: np.random.Generator, taken: list[Form], tries: int = 40) -> Form:
    """Of some random forms the one farthest from its nearest neighbour; seldom used values are preferred."""
    candidates = [_random_form(rng) for _ in range(tries)]

    def merit(form: Form) -> float:
        nearest = min((form_distance(form, other) for other in taken), default=0.0)
        crowd = sum(
            getattr(form, channel) == getattr(other, channel)
            for other in taken
            for channel in ("handshape", "location", "orientation", "movement")
        )
        return nearest - 2.0 * crowd / (len(taken) + 10)

    return max(candidates, key=merit)


def _partner(form: Form, channel: str, rng: np.random.Generator, taken: list[Form]) -> Form | None:
    """The form with one manual channel changed, as visibly as possible; None if the body allows no change."""
    values = {"handshape": HANDSHAPES, "location": LOCATIONS, "orientation": ORIENTATIONS, "movement": MOVEMENTS}
    others = [replace(form, **{channel: v}) for v in values[channel] if v != getattr(form, channel)]
    others = [o for o in others if allowed(o) and form_distance(form, o) > 0.75]
    others = [o for o in others if channel != "movement" or movement_distance(form.movement, o.movement) > 1.2]
    if not others:
        return None
    order = rng.permutation(len(others))
    return max((others[i] for i in order), key=lambda o: min(form_distance(o, t) for t in [*taken, form]))


def choose_letters(rng: np.random.Generator) -> dict[str, Form]:
    """26 pairs of handshape and orientation, all shapes different, chosen far apart greedily."""
    pairs = [(shape, orientation) for shape in HANDSHAPES for orientation in LETTER_ORIENTATIONS]
    chosen = [pairs[rng.integers(len(pairs))]]
    while len(chosen) < len(LETTERS):
        free = [p for p in pairs if p[0] not in {shape for shape, _ in chosen}]
        chosen.append(max(free, key=lambda p: min(oriented_distance(p, c) for c in chosen)))
    order = rng.permutation(len(LETTERS))
    return {
        letter: Form(chosen[i][0], "spelling", chosen[i][1], "hold", frames=8)
        for letter, i in zip(LETTERS, order, strict=True)
    }


def choose_numerals(rng: np.random.Generator) -> dict[str, Form]:
    """Ten handshapes, palm to the signer, beside the spelling place."""
    shapes = list(HANDSHAPES)
    chosen = [shapes[rng.integers(len(shapes))]]
    while len(chosen) < len(NUMBERS):
        chosen.append(max(shapes, key=lambda s: min(shape_distances()[s, c] for c in chosen)))
    return {
        number: Form(shape, "shoulder_same", NUMERAL_ORIENTATION, "hold", frames=9)
        for number, shape in zip(NUMBERS, chosen, strict=True)
    }


def _faces() -> dict[str, dict[str, str]]:
    mouths = {gloss: {"mouth": value} for value, glosses in MOUTHS.items() for gloss in glosses}
    gazes = {gloss: {"gaze": value} for value, glosses in GAZES.items() for gloss in glosses}
    return {gloss: {**mouths.get(gloss, {}), **gazes.get(gloss, {})} for gloss in {**mouths, **gazes}}


def choose_lexicon(language: str) -> dict[str, Form]:
    """Every gloss, letter and numeral of a language with its form; a pure function of the language's name."""
    rng = np.random.default_rng([20, LANGUAGE_SEEDS[language]])
    faces, partners = _faces(), {b: (a, channel) for a, b, channel in MINIMAL_PAIRS}
    bases = {a: channel for a, _, channel in MINIMAL_PAIRS}
    forms: dict[str, Form] = choose_numerals(rng)
    for gloss in concepts():
        if gloss in partners or gloss in forms:
            continue
        while True:
            form = _far_form(rng, list(forms.values()))
            channel = bases.get(gloss, "")
            if channel in ("", "mouth", "gaze"):
                partner = form
                break
            partner = _partner(form, channel, rng, list(forms.values()))
            if partner is not None:
                break
        forms[gloss] = replace(form, **faces.get(gloss, {}))
        for other, (first, channel) in partners.items():
            if first == gloss:
                own = faces[other] if channel in ("mouth", "gaze") else {}
                forms[other] = replace(partner, frames=form.frames, mouth=forms[gloss].mouth, gaze=forms[gloss].gaze)
                forms[other] = replace(forms[other], **own)
    return {**{g: forms[g] for g in (*concepts(), *NUMBERS)}, **choose_letters(rng)}


def main() -> None:
    """Choose the forms of both languages and write them to their files."""
    for language in LANGUAGE_SEEDS:
        forms = {gloss: asdict(form) for gloss, form in choose_lexicon(language).items()}
        lines = ",\n".join(f"{json.dumps(gloss)}: {json.dumps(form)}" for gloss, form in forms.items())
        lexicon_file(language).write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
