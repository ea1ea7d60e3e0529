"""Clips whose motion is known."""

from collections.abc import Callable

import numpy as np
import pytest

from data_prep.cleaning.record import Record
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.pose import Pose, get_skeleton


def moving(skeleton: str = "upper79", frames: int = 60, fps: float = 25.0, seed: int = 0) -> Pose:
    """Every point swings slowly about a place of its own; hands lie about their wrists, 0.6 to either side."""
    kind, chance = get_skeleton(skeleton), np.random.default_rng(seed)
    count = len(kind.points)
    places = chance.uniform(-0.3, 0.3, (count, kind.dimensions))
    for side, x in (("left", 0.6), ("right", -0.6)):
        for i in [*kind.parts[f"{side}_hand"], *(k for k, p in enumerate(kind.points) if p == f"{side}_wrist")]:
            places[i, 0] = x + chance.uniform(-0.1, 0.1)
    seconds = np.arange(frames)[:, None, None] / fps
    points = places + 0.1 * np.sin(2 * np.pi * 0.5 * seconds + chance.uniform(0, 6, (1, count, 1)))
    turns = 0.3 * np.sin(seconds + np.arange(len(kind.rotated) * 3).reshape(1, -1, 3)) if kind.rotated else None
    return Pose(
        np.float32(points),
        np.ones(points.shape[:2], np.float32),
        fps,
        kind,
        None if turns is None else np.float32(turns),
        np.zeros((frames, kind.expression), np.float32) if kind.expression else None,
    )


@pytest.fixture
def clip_of() -> Callable[..., Clip]:
    """A clip of a pose (default: the moving one)."""

    def make(pose: Pose | None = None, tiers: list[Tier] | None = None, handedness: str = "") -> Clip:
        facts = {"id": "c", "text": "t", "spoken_language": "en", "signed_language": "ase", "signer": "s"}
        pose = moving() if pose is None else pose
        return Clip(pose=pose, source="v", split="train", tiers=tiers or [], handedness=handedness, **facts)

    return make


@pytest.fixture
def record() -> Record:
    """An empty record."""
    return Record()


@pytest.fixture
def swinging() -> Callable[..., Pose]:
    """Makes the moving pose."""
    return moving
