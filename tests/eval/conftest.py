"""Clips whose pose tells the text, and a judge that reads it without fault."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from eval.schema import (
    Channel,
    Estimate,
    Fault,
    Finding,
    Judged,
    Lengths,
    References,
    Report,
    Sentence,
    Slice,
    System,
    Table,
    Uncertainty,
    Verdict,
)
from sign_latent.corpus.clip import Clip
from sign_latent.evaluator.tokens import TextTokens
from sign_latent.pose.convert import convert
from sign_latent.pose.normalise import normalise
from sign_latent.pose.pose import Pose
from sign_latent.pose.rest import rest_metres
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
    tokens: TextTokens

    def translate(self, points, mask, beam=1, confidence=None):
        return [TEXTS[int(x)] if 0 <= x < len(TEXTS) else "" for x in points[:, 0, 0, 0].round()]

    def nll(self, points, mask, texts, confidence=None):
        return torch.zeros(len(texts))


@pytest.fixture
def judge():
    words = sorted({word for text in TEXTS for word in text.split()})
    return PerfectJudge(SimpleNamespace(skeleton="smplx", fps=25.0, longest=9), TextTokens(words, ["a"]))


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


def upright_signer(seed: int, frames: int = 20, skeleton: str = "smplx", fps: float = 25.0) -> Pose:
    """A signer in body coordinates: both hands in front of the body, the right one higher."""
    chance = np.random.default_rng(seed)
    points = np.repeat(rest_metres()[None] * chance.normal(1, 0.03), frames, 0)
    place = {name: i for i, name in enumerate(SKELETON.points)}
    for side, sign, height in (("left", 1, -0.3), ("right", -1, -0.1)):
        wrist = place[f"{side}_wrist"]
        aim = np.array([sign * 0.15, height, 0.25]) + chance.normal(0, 0.03, 3)
        wave = 0.05 * np.sin(np.linspace(0, 6, frames)[:, None] + chance.uniform(0, 6, 3))
        shift = aim + wave - points[0, wrist]
        points[:, [wrist, *SKELETON.parts[f"{side}_hand"]]] += shift[:, None]
        points[:, place[f"{side}_elbow"]] = [sign * 0.25, -0.28, 0.0]
    confidence = np.ones(points.shape[:2], np.float32)
    return convert(Pose(normalise(points, confidence, SKELETON), confidence, fps, SKELETON), skeleton)


@pytest.fixture(scope="session")
def upright():
    """Maker of a signer from a number."""
    return upright_signer


def measured(score: str, estimate: Estimate) -> Table:
    """A table in which every field holds something."""
    return Table("net@5", f"what {score} is", {"system": {score: estimate}}, [f"other <{score}>: too few"])


def whole_report(value=1.25, name="made@2", accusations=()) -> Report:
    """A report in which every field holds something."""
    found = [Finding(one, f"{one} was seen", {"ratio": 2.0}, "accusation") for one in accusations]
    found.append(Finding("judge leak", "another <corpus>", {}, "not examined"))
    sure = Estimate(value, [value, 2.0], [1.0, value], 0.5)
    rows = {"system": {"bleu4": sure}, "ground truth": {"bleu4": Estimate(99.0)}}
    judged = Judged(
        "judge@1", 1, 25.0, "smplx", {"texts": 0, "readings": 1}, rows, {"system": {"main_figure": sure}},
        {"names": Slice("a name", 40, True, rows)}, {"mouth": Channel(3, False, {})},
        [Sentence("c1", "it rains", "it snows", 40.5, False)], {"time-reversed ground truth": sure},
        measured("bleu4/face", sure), {"best": "c1"},
    )  # fmt: skip
    return Report(
        System(name, "generator", {"autoencoder": "vae@3"}, {"steps": 20}, [0, 1], 25.0, "smplx"),
        References("abc", ["test"], 25.0, "smplx", 2, "def", 3, {"short": 1}, None, 1),
        Uncertainty("clip", 2, 1000, 0.95),
        {"system": Verdict(list(accusations), ["frozen face"], found, "2 clips")},
        [Fault("missing clips", "failed", 1, "1 of 2")],
        [Finding("failures", "1 failed", {"row": "system"})], ["stitched@4"],
        [judged], {"system": {"mpjpe/all": sure}}, {"system": [1]},
        measured("kid/all", sure), measured("diversity_texts/all", sure), measured("distance_ratio", sure),
        measured("f1/manual", sure), 1,
        Lengths(sure, sure, sure, {"0.5": sure}, [[1.0, 2.0]]), {"bleu": "tok:13a"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def whole():
    """Maker of a report in which every field holds something, from one of its figures."""
    return whole_report


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
