"""A judge of isolated signs: pose -> gloss. Trained on real clips only, never on those of the generator it judges."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.judge import Judge, JudgeSettings
from sign_latent.layers.transformer import drop_channels
from sign_latent.pose.skeleton import PARTS


@dataclass
class Settings(JudgeSettings):
    """Size and glosses of a recogniser."""

    parts: tuple[str, ...] = PARTS[:3]
    """Parts it sees; the face is left out where face capture is poor."""
    width: int = 96
    """Hidden width."""
    layers: int = 2
    """Layers of the encoder."""
    inner: int = 192
    """Width inside feed-forward layers."""
    dropout: float = 0.2
    """Chance that a hidden channel is dropped in training."""


class Recogniser(Judge):
    """points [B, T, K, C] in body coordinates, mask [B, T], confidence [B, T, K] -> a score for each gloss."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, settings.layers)
        self.weigh = nn.Linear(settings.width, 1)
        self.head = nn.Linear(settings.width, max(1, len(settings.glosses)))
        self.dropout = nn.Dropout1d(settings.dropout)

    def embed(self, local: Tensor, present: Tensor, mask: Tensor) -> Tensor:
        """A vector [B, W] a clip: states averaged by learned weights over the valid frames."""
        states, mask = self.states(local, present, mask)
        states = drop_channels(states, self.dropout)
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
