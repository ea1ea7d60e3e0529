"""One clip from its task: signing, motion, mirroring for left-handed signers, tiers."""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from data_prep.invented.body import Body, make_body, points, rotations, to_body_coordinates
from data_prep.invented.lexicon import lexicon
from data_prep.invented.signers import Signer, make_signer
from data_prep.invented.signing import Signing, sign
from data_prep.invented.splits import Task
from data_prep.invented.tracks import Controls, Segment, build
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

FPS = 25.0
# Standard deviation of the slow unrest of every signer: shoulder widths, radians, coefficients.
UNREST = {"place": 0.008, "hand": 0.035, "fingers": 0.025, "expression": 0.03, "head": 0.018, "trunk": 0.010}
UNREST_FRAMES = 6.0


@cache
def person(name: str, seed: int) -> tuple[Signer, Body]:
    """A signer and the body that goes with it."""
    signer = make_signer(name, seed)
    return signer, make_body(signer)


def _slow(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Low-frequency noise of unit variance along the first axis."""
    noise = gaussian_filter1d(rng.standard_normal(shape), UNREST_FRAMES, axis=0, mode="wrap")
    return noise * np.sqrt(2 * UNREST_FRAMES * np.sqrt(np.pi))


def add_unrest(controls: Controls, rng: np.random.Generator, scale: float) -> None:
    """The small slow wandering of a living body, written into the controls."""
    frames = len(controls)
    amount = {name: scale * size for name, size in UNREST.items()}
    controls.place = controls.place + amount["place"] * _slow(rng, (frames, 2, 3))
    turns = Rotation.from_rotvec((amount["hand"] * _slow(rng, (frames, 2, 3))).reshape(-1, 3)).as_matrix()
    controls.hand = controls.hand @ turns.reshape(frames, 2, 3, 3)
    controls.fingers = controls.fingers + amount["fingers"] * _slow(rng, (frames, 2, 15, 1)) * [0.0, 0.0, 1.0]
    controls.expression = controls.expression + amount["expression"] * _slow(rng, (frames, 10))
    controls.head = controls.head + amount["head"] * _slow(rng, (frames, 3))
    controls.trunk = controls.trunk + amount["trunk"] * _slow(rng, (frames, 3))


def make_clip(task: Task, language: str, seed: int) -> Clip:
    """The clip of a task: a pure function of task, language and seed."""
    rng = np.random.default_rng([seed, 3, task.number, ("qaa", "qab").index(language)])
    signer, body = person(task.signer, seed)
    signing = sign(task.sentence, language)
    pose, tiers = perform(signing, language, signer, body, rng)
    clip_id = f"{language}_{task.split}_{task.number:06d}"
    return Clip(
        id=clip_id,
        text=task.text,
        spoken_language="en",
        signed_language=language,
        signer=task.signer,
        source=clip_id,
        split=task.split,
        pose=pose,
        handedness=signer.handedness,
        gloss=" ".join(signing.glosses),
        tiers=tiers,
    )


def perform(
    signing: Signing, language: str, signer: Signer, body: Body, rng: np.random.Generator
) -> tuple[Pose, list[Tier]]:
    """An utterance by a signer, with the hand he leads with, and its timed tiers."""
    controls, segments, scopes = build(signing, lexicon(language), body.anchors, signer, rng)
    add_unrest(controls, rng, signer.unrest)
    turns, _ = rotations(controls, body, signer.elbow)
    turns, expression = turns.astype(np.float32), controls.expression.astype(np.float32)
    places = to_body_coordinates(points(turns, expression, body.rest))
    confidence = np.ones(places.shape[:2], dtype=np.float32)
    pose = Pose(places, confidence, FPS, get_skeleton("smplx"), turns, expression)
    return pose if signer.handedness == "right" else pose.mirrored(), _tiers(segments, scopes)


def _tiers(segments: list[Segment], scopes: list) -> list[Tier]:
    """Timed glosses and what every channel does; hands are named dominant and other."""
    tiers = []
    for segment in segments:
        form = segment.form
        values = {
            "gloss": segment.gloss,
            "handshape_dominant": form.handshape,
            "location_dominant": form.location,
            "orientation_dominant": form.orientation,
            "movement": form.movement,
            "hands": form.hands,
            "handshape_other": {"both": form.handshape, "base": form.base}.get(form.hands, ""),
        }
        tiers += [Tier(channel, value, segment.start, segment.end) for channel, value in values.items() if value]
    tiers += [Tier(scope.channel, scope.value, start, end) for scope, start, end in scopes]
    return sorted(tiers, key=lambda tier: (tier.start, tier.channel))
