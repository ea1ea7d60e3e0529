"""A judge that reads single signs in videos, and the feature space in which videos are compared.

Convolutions over space and over time by turns (Tran et al., CVPR 2018: R(2+1)D), small, trained on drawn signers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.pictures import Residual, check_video, to_input

_PHASES = 4  # parts of a clip's time that are told apart


@dataclass
class Settings:
    """Size of a classifier of videos."""

    glosses: list[str] = field(default_factory=list)
    """Signs it tells apart."""
    size: int = 64
    """Side of the pictures it sees, pixels, a multiple of 16; others are brought to it."""
    frames: int = 16
    """Frames of a clip."""
    fps: float = 25.0
    """Frame rate it was trained at."""
    width: int = 24
    """Channels of the finest maps, a multiple of 8."""
    features: int = 64
    """Width of the feature space."""
    dropout: float = 0.2
    """Chance that a feature is dropped in training."""


class Temporal(nn.Module):
    """A convolution over three frames at each place, added to what it is given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.conv = nn.Conv2d(width, width, (3, 1), padding=(1, 0))

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """[B·T, C, H, W] -> the same."""
        rows = F.silu(self.norm(x)).flatten(2).unflatten(0, (-1, frames)).transpose(1, 2)  # [B, C, T, H·W]
        return x + self.conv(rows).transpose(1, 2).reshape(x.shape)


class VideoClassifier(nn.Module):
    """video [B, T, 3, S, S] in [0, 1] -> a score for each gloss [B, G]."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        s = self.settings = settings
        if s.size % 16 or s.width % 8:
            raise UserError(f"video classifier: size {s.size} must be a multiple of 16 and width {s.width} one of 8")
        w = s.width
        self.stem = nn.Sequential(nn.Conv2d(3, w, 5, 2, 2, bias=False), nn.GroupNorm(8, w), nn.SiLU())
        steps = ((w, 2 * w), (2 * w, 3 * w), (3 * w, 4 * w))
        self.space = nn.ModuleList([Residual(a, b, 2) for a, b in steps])
        self.time = nn.ModuleList([Temporal(b) for _, b in steps])
        # where a sign is made and in which order tells as much as what moves: neither is averaged away
        self.place = nn.Sequential(nn.Linear(4 * w * (s.size // 16) ** 2, 4 * w), nn.SiLU())
        self.course = nn.Sequential(nn.LayerNorm(_PHASES * 4 * w), nn.Linear(_PHASES * 4 * w, s.features), nn.SiLU())
        self.dropout = nn.Dropout(s.dropout)
        self.head = nn.Linear(s.features, max(1, len(s.glosses)))

    def embed(self, video: Tensor) -> Tensor:
        """Features [B, W] of clips [B, T, 3, S, S]: what the scores of the glosses are computed from."""
        count, frames = video.shape[:2]
        x = self.stem(video.flatten(0, 1) - 0.5)
        for space, time in zip(self.space, self.time, strict=True):
            x = time(space(x), frames)
        rows = self.place(x.flatten(1)).unflatten(0, (count, frames)).transpose(1, 2)  # [B, 4·width, T]
        return self.course(F.adaptive_avg_pool1d(rows, _PHASES).flatten(1))

    def forward(self, video: Tensor) -> Tensor:
        """Logits [B, G]."""
        return self.head(self.dropout(self.embed(video)))

    def losses(self, video: Tensor, labels: Tensor, shown: Tensor) -> dict[str, Tensor]:
        """`loss` (cross-entropy in nats) and `accuracy` of labels [B] over the clips that show anything [B]."""
        logits, weight = self(video), shown.float()
        each = F.cross_entropy(logits, labels, label_smoothing=0.1, reduction="none")
        right = (logits.argmax(-1) == labels).float()
        total = weight.sum().clamp(min=1)
        return {"loss": (each * weight).sum() / total, "accuracy": (right * weight).sum().detach() / total}

    def labels(self, glosses: Sequence[str]) -> Tensor:
        """Numbers [B] of glosses. UserError for one it does not know."""
        known = {gloss: i for i, gloss in enumerate(self.settings.glosses)}
        missing = sorted(set(glosses) - set(known))
        if missing:
            raise UserError(f"the classifier does not know the gloss {missing[0]!r}; train it on clips of it")
        return torch.tensor([known[gloss] for gloss in glosses])


@dataclass
class Watched:
    """What a classifier made of n clips: `features` [n, W] and `probabilities` [n, G]."""

    features: np.ndarray
    probabilities: np.ndarray


@torch.no_grad()
def watch(model: VideoClassifier, clips: Iterable[np.ndarray], batch_size: int = 16) -> Watched:
    """Features and probabilities of clips uint8 [T, S, S, 3], T the frames of the classifier. UserError for others."""
    s, features, scores = model.settings, [], []
    for some in batched(clips, batch_size):
        for clip in some:
            if len(check_video(clip)) != s.frames:
                raise UserError(f"clip of {len(clip)} frames: the classifier watches {s.frames}; cut windows of it")
        found = model.embed(torch.stack([to_input(clip, s.size) for clip in some]))
        features.append(found)
        scores.append(model.head(found).softmax(-1))
    if not features:
        return Watched(np.zeros((0, s.features)), np.zeros((0, max(1, len(s.glosses)))))
    return Watched(torch.cat(features).numpy(), torch.cat(scores).numpy())


def windows(video: np.ndarray, frames: int, step: int) -> list[np.ndarray]:
    """Windows of so many frames every `step` frames; none of a shorter video."""
    return [video[start : start + frames] for start in range(0, len(video) - frames + 1, step)]


def batched(items: Iterable[np.ndarray], size: int) -> Iterator[list[np.ndarray]]:
    """The items in lists of so many, the last one shorter."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
