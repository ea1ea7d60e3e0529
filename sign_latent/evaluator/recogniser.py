"""A judge of isolated signs: pose -> gloss. Trained on real clips only, never on those of the generator it judges."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.back_translator import PARTS
from sign_latent.evaluator.encoder import SHAPES, FrontEnd, drop_channels
from sign_latent.evaluator.features import PoseFeatures


@dataclass
class Settings:
    """Size and glosses of a recogniser."""

    skeleton: str = "smplx"
    """Skeleton of the poses it reads."""
    parts: tuple[str, ...] = PARTS[:3]
    """Parts it sees; the face is left out where face capture is poor."""
    fps: float = 25.0
    """Frame rate it was trained at."""
    shape: str = "transformer"
    """Encoder: transformer or convolution."""
    width: int = 96
    """Hidden width."""
    layers: int = 2
    """Layers of the encoder."""
    heads: int = 4
    """Attention heads."""
    inner: int = 192
    """Width inside feed-forward layers."""
    dropout: float = 0.2
    """Chance that a hidden channel is dropped in training."""
    smoothing: float = 0.1
    """Label smoothing."""
    glosses: list[str] = field(default_factory=list)
    """What it can recognise."""


class Recogniser(nn.Module):
    """points [B, T, K, C] in body coordinates, mask [B, T], confidence [B, T, K] -> a score for each gloss."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        if settings.shape not in SHAPES:
            raise UserError(f"unknown recogniser shape {settings.shape!r}; known: {', '.join(SHAPES)}")
        s = self.settings = settings
        self.features = PoseFeatures(s.skeleton, tuple(s.parts))
        self.front = FrontEnd(self.features.width, s.width, s.dropout)
        self.encoder = SHAPES[s.shape](s.width, s.layers, s.heads, s.inner, s.dropout)
        self.norm = nn.LayerNorm(s.width)
        self.weigh = nn.Linear(s.width, 1)
        self.head = nn.Linear(s.width, max(1, len(s.glosses)))
        self.dropout = nn.Dropout1d(s.dropout)

    def embed(self, local: Tensor, present: Tensor, mask: Tensor) -> Tensor:
        """A vector [B, W] a clip: states averaged by learned weights over the valid frames."""
        hidden, mask = self.front(self.features(local, present & mask[..., None]), mask)
        states = drop_channels(self.norm(self.encoder(hidden, mask)), self.dropout)
        weight = self.weigh(states).masked_fill(~mask[..., None], -torch.inf).softmax(1)
        return (states * weight).sum(1)

    def forward(self, points: Tensor, mask: Tensor, confidence: Tensor | None = None) -> Tensor:
        """Logits [B, G]."""
        return self.head(self.embed(*self.features.local(points, confidence), mask))

    def losses(self, local: Tensor, present: Tensor, mask: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """`loss` (cross-entropy in nats) and `accuracy` of labels [B]."""
        logits = self.head(self.embed(local, present, mask))
        loss = F.cross_entropy(logits, labels, label_smoothing=self.settings.smoothing)
        return {"loss": loss, "accuracy": (logits.argmax(-1) == labels).float().mean()}

    def labels(self, glosses: list[str]) -> Tensor:
        """Numbers [B] of glosses. UserError for one it does not know."""
        known = {gloss: i for i, gloss in enumerate(self.settings.glosses)}
        missing = sorted(set(glosses) - set(known))
        if missing:
            raise UserError(f"the recogniser does not know the gloss {missing[0]!r}; train it on clips of it")
        return torch.tensor([known[gloss] for gloss in glosses])
