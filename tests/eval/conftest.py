"""Clips whose pose tells the text, and a judge that reads it without fault."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("smplx")
TEXTS = [f"the {a} {v} my {b} today ." for a in ("dog", "cat", "boy") for v in ("sees", "eats") for b in ("hat", "egg")]


def motion(text: str, frames: int = 12, noise: float = 0.0) -> Pose:
    """A motion drawn from the text; the first point's x carries the number of the text."""
    chance = np.random.default_rng(TEXTS.index(text))
    points = np.cumsum(chance.normal(size=(frames, 94, 3)) * 0.05, 0).astype(np.float32)
    points += noise * np.random.default_rng(9).normal(size=points.shape).astype(np.float32)
    points[:, 0, 0] = TEXTS.index(text)
    return Pose(points, np.ones((frames, 94), np.float32), 25.0, SKELETON)


@dataclass
class PerfectJudge:
    """Reads the number that `motion` hides in a pose."""

    settings: SimpleNamespace

    def translate(self, points, mask, beam=1, confidence=None):
        return [TEXTS[int(x)] if 0 <= x < len(TEXTS) else "" for x in points[:, 0, 0, 0].round()]

    def nll(self, points, mask, texts, confidence=None):
        return torch.zeros(len(texts))


@pytest.fixture
def judge():
    return PerfectJudge(SimpleNamespace(skeleton="smplx", fps=25.0))


@pytest.fixture
def texts():
    return TEXTS


@pytest.fixture
def move():
    """Maker of the motion of a text."""
    return motion


@pytest.fixture
def clips():
    """One clip a text."""
    about = {"spoken_language": "en", "signed_language": "qaa", "split": "test", "signer": "s", "source": "s"}
    return [Clip(id=str(i), text=text, pose=motion(text), **about) for i, text in enumerate(TEXTS)]


@pytest.fixture
def signing():
    """Maker of a smooth motion of seed and frames; `unrest` adds slow small wandering, another one each performance."""
    from scipy.ndimage import gaussian_filter1d

    def smooth(seed: list[int], frames: int, slow: float) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(size=(frames, 94, 3))
        return gaussian_filter1d(noise, slow, axis=0) * np.sqrt(slow)

    def make(seed: int, frames: int = 50, unrest: float = 0.0, performance: int = 0) -> Pose:
        points = np.random.default_rng(7).normal(size=(94, 3)) + 0.4 * smooth([seed, 1], frames, 3.0)
        points = points + unrest * smooth([seed, 2, performance], frames, 6.0)
        return Pose(points.astype(np.float32), np.ones((frames, 94), np.float32), 25.0, SKELETON)

    return make
