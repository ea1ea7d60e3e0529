"""What all judges are: a network that turns a pose into a sequence of hidden states.

A judge reads nothing but the moving points in body coordinates, so anybody's poses can be judged.
"""

from dataclasses import dataclass, field

from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.encoder import SHAPES, FrontEnd
from sign_latent.evaluator.features import PoseFeatures
from sign_latent.pose.skeleton import PARTS


@dataclass
class JudgeSettings:
    """What every judge's settings hold; a judge of one kind may have other defaults."""

    skeleton: str = "smplx"
    """Skeleton of the poses it reads."""
    parts: tuple[str, ...] = PARTS
    """Parts it sees."""
    fps: float = 25.0
    """Frame rate it was trained at; other rates must be resampled."""
    shape: str = "transformer"
    """Encoder: transformer, convolution (with one recurrent layer) or mixed (convolutions, then transformer)."""
    width: int = 128
    """Hidden width."""
    heads: int = 4
    """Attention heads."""
    inner: int = 256
    """Width inside feed-forward layers."""
    dropout: float = 0.1
    """Chance that a hidden channel is dropped in training."""
    smoothing: float = 0.1
    """Label smoothing."""
    glosses: list[str] = field(default_factory=list)
    """Glosses it knows."""


class Judge(nn.Module):
    """points [B, T, K, C] in body coordinates, mask [B, T] of frames, confidence [B, T, K] -> states [B, N', W]."""

    def __init__(self, settings: JudgeSettings, layers: int) -> None:
        super().__init__()
        if settings.shape not in SHAPES:
            raise UserError(f"unknown judge shape {settings.shape!r}; known: {', '.join(SHAPES)}")
        s = self.settings = settings
        self.features = PoseFeatures(s.skeleton, tuple(s.parts))
        self.front = FrontEnd(self.features.width, s.width, s.dropout)
        self.encoder = SHAPES[s.shape](s.width, layers, s.heads, s.inner, s.dropout)
        self.norm = nn.LayerNorm(s.width)

    def states(self, local: Tensor, present: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder states [B, N', W] and their mask [B, N'], N' = ceil(T / 4), of part-local coordinates.

        UserError for a clip without frames.
        """
        if not mask.any(1).all():
            raise UserError("a judge cannot read a clip without frames: count it as a failure")
        hidden, mask = self.front(self.features(local, present & mask[..., None]), mask)
        return self.norm(self.encoder(hidden, mask)), mask

    def read(self, points: Tensor, mask: Tensor, confidence: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Encoder states of points."""
        return self.states(*self.features.local(points, confidence), mask)
