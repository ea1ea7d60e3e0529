"""Autoencoders whose every figure is known: one that copies, and one that gives the mean pose."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.layout import layout_of
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton


@dataclass
class CopySettings:
    """Of the autoencoders below."""

    skeleton: str = "upper79"
    fps: float = 25.0
    slots: int = 1
    stride: int = 1
    unseen: tuple[str, ...] = ()


class Copy(Autoencoder):
    """z is the features themselves, each slot holding those of its own nodes: nothing is lost."""

    Settings = CopySettings

    def __init__(self, settings: CopySettings):
        layout = layout_of(settings.skeleton)
        groups = layout.groups(settings.slots)
        super().__init__(settings, max(map(len, groups)) * layout.width)
        self.groups = groups
        self.unit = torch.nn.Parameter(torch.ones(()))  # an autoencoder's precision is that of its parameters

    def raw_encode(self, x, mask):
        z = x.new_zeros(*x.shape[:2], *self.latent_mean.shape)
        for slot, group in enumerate(self.groups):
            z[:, :, slot, : len(group) * self.layout.width] = x[:, :, group].flatten(2)
        return self.unit * z, torch.zeros_like(z)

    def raw_decode(self, z, mask):
        x = z.new_zeros(*z.shape[:2], self.layout.nodes, self.layout.width)
        for slot, group in reversed(list(enumerate(self.groups))):  # a node of two slots counts for the first
            x[:, :, group] = z[:, :, slot, : len(group) * self.layout.width].unflatten(-1, (len(group), -1))
        return x


class Mean(Copy):
    """Forgets what it sees and gives back the mean of its training features."""

    def raw_encode(self, x, mask):
        z, std = super().raw_encode(x, mask)
        return torch.zeros_like(z), std


class Coded(Copy):
    """Two tokens of four codes a frame: the first two values, rounded."""

    codes, places = 4, 2

    def tokens(self, z):
        return z[:, :, 0, :2].round().clamp(0, 3).long()


@pytest.fixture(scope="session")
def autoencoders():
    """Maker of an autoencoder by its kind: `copy`, `mean` or `coded`."""

    def make(kind: str, **settings) -> Autoencoder:
        return {"copy": Copy, "mean": Mean, "coded": Coded}[kind](CopySettings(**settings)).eval()

    return make


@pytest.fixture(scope="session")
def wave():
    """Maker of a smooth motion in which all points are seen."""

    def make(frames: int = 12, seed: int = 0, skeleton: str = "upper79") -> Pose:
        kind, chance = get_skeleton(skeleton), np.random.default_rng(seed)
        time = np.linspace(0, 1, frames)[:, None, None]
        shape = (1, len(kind.points), kind.dimensions)
        points = 0.3 * np.sin(chance.uniform(0, 6, shape) + 6 * chance.uniform(1, 3, shape) * time)
        return Pose(points.astype(np.float32), np.ones(points.shape[:2], np.float32), 25.0, kind)

    return make


@pytest.fixture(scope="session")
def clip_of(wave):
    """Maker of a clip: its motion, gloss and the times of its glosses."""
    from sign_latent.corpus.clip import Clip, Tier

    def make(i: int = 0, frames: int = 12, gloss: str = "", tiers=(), **about) -> Clip:
        tiers = [Tier("gloss", *tier) for tier in tiers]
        pose = about.pop("pose", None) or wave(frames, i)
        about = {"text": "rain", "spoken_language": "en", "signed_language": "qaa", "split": "dev", **about}
        return Clip(id=str(i), signer="s", source=str(i), pose=pose, gloss=gloss, tiers=tiers, **about)

    return make


@pytest.fixture(scope="session")
def sample_of():
    """Maker of bootstrap draws for so many clips, each its own cluster."""
    from eval.bootstrap import Sample

    return lambda count: Sample.of([SimpleNamespace(source=str(i), signer="s", id=str(i)) for i in range(count)], 50)
