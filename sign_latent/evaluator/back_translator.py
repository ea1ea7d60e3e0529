"""A judge that reads signing and writes it as text (back-translation, Saunders et al. 2020).

Trained on ground-truth poses only; it reads nothing but the moving points in body coordinates, so anybody's poses can
be judged. Encoder–decoder with a connectionist temporal classification loss on glosses where there are any, in the
manner of Sign Language Transformers (Camgöz et al. 2020).
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.decoder import Decoder
from sign_latent.evaluator.encoder import SHAPES, FrontEnd
from sign_latent.evaluator.features import PoseFeatures
from sign_latent.evaluator.search import search
from sign_latent.evaluator.tokens import BOS, PAD, UNKNOWN, TextTokens

PARTS = ("body", "left_hand", "right_hand", "face")


@dataclass
class Settings:
    """Size and vocabulary of a back-translator."""

    skeleton: str = "smplx"
    """Skeleton of the poses it reads."""
    parts: tuple[str, ...] = PARTS
    """Parts it sees."""
    fps: float = 25.0
    """Frame rate it was trained at; other rates must be resampled."""
    shape: str = "transformer"
    """Encoder: transformer, or convolution (with one recurrent layer)."""
    width: int = 128
    """Hidden width."""
    encoder_layers: int = 3
    """Layers of the encoder."""
    decoder_layers: int = 2
    """Layers of the decoder."""
    heads: int = 4
    """Attention heads."""
    inner: int = 256
    """Width inside feed-forward layers."""
    dropout: float = 0.1
    """Chance that a hidden channel is dropped in training."""
    blind: float = 0.2
    """Chance in training that a word already written is hidden, so that it reads the pose and does not guess."""
    smoothing: float = 0.1
    """Label smoothing of the text loss."""
    gloss_weight: float = 0.3
    """Weight of the gloss loss (0 where the corpus has no glosses)."""
    longest: int = 64
    """Most tokens it writes."""
    words: list[str] = field(default_factory=list)
    """Words it writes whole; all others are spelled."""
    characters: list[str] = field(default_factory=lambda: list("abcdefghijklmnopqrstuvwxyz0123456789'"))
    """Letters of its alphabet."""
    glosses: list[str] = field(default_factory=list)
    """Glosses of the auxiliary loss."""


class BackTranslator(nn.Module):
    """points [B, T, K, C] in body coordinates, mask [B, T] of frames, confidence [B, T, K] -> text."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        if settings.shape not in SHAPES:
            raise UserError(f"unknown judge shape {settings.shape!r}; known: {', '.join(SHAPES)}")
        s = self.settings = settings
        self.tokens = TextTokens(s.words, s.characters)
        self.gloss_ids = {gloss: i + 1 for i, gloss in enumerate(s.glosses)}
        self.features = PoseFeatures(s.skeleton, tuple(s.parts))
        self.front = FrontEnd(self.features.width, s.width, s.dropout)
        self.encoder = SHAPES[s.shape](s.width, s.encoder_layers, s.heads, s.inner, s.dropout)
        self.norm = nn.LayerNorm(s.width)
        self.gloss_head = nn.Linear(s.width, len(s.glosses) + 1)  # 0 is the blank
        self.decoder = Decoder(len(self.tokens), s.width, s.decoder_layers, s.heads, s.inner, s.dropout)

    def states(self, local: Tensor, present: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder states [B, N', W] and their mask [B, N'], N' = ceil(T / 4), of part-local coordinates."""
        if not mask.any(1).all():
            raise UserError("a judge cannot read a clip without frames: count it as a failure")
        hidden, mask = self.front(self.features(local, present & mask[..., None]), mask)
        return self.norm(self.encoder(hidden, mask)), mask

    def read(self, points: Tensor, mask: Tensor, confidence: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Encoder states of points."""
        return self.states(*self.features.local(points, confidence), mask)

    def losses(self, states: Tensor, mask: Tensor, ids: Tensor, gloss: list[list[int]] | None = None) -> dict:
        """`loss`, `text` and, with glosses, `gloss`: mean nats a token; ids [B, L] are padded and end with EOS."""
        logits = self._logits(states, mask, ids, self.settings.blind)
        text = F.cross_entropy(
            logits.flatten(0, 1), ids.flatten(), ignore_index=PAD, label_smoothing=self.settings.smoothing
        )
        if gloss is None or self.settings.gloss_weight == 0:
            return {"loss": text, "text": text}
        timed = self._gloss_loss(states, mask, gloss)
        return {"loss": text + self.settings.gloss_weight * timed, "text": text, "gloss": timed}

    def loss(
        self,
        points: Tensor,
        mask: Tensor,
        texts: list[str],
        gloss: list[str] | None = None,
        confidence: Tensor | None = None,
    ) -> dict:
        """Training losses of clips and their texts; gloss is a space-separated line a clip."""
        ids = pad_ids([self.tokens.encode(text) for text in texts]).to(points.device)
        lines = None if gloss is None else [self.gloss_line(line) for line in gloss]
        return self.losses(*self.read(points, mask, confidence), ids, lines)

    def gloss_line(self, line: str) -> list[int]:
        """Ids of the known glosses of a line."""
        return [self.gloss_ids[gloss] for gloss in line.split() if gloss in self.gloss_ids]

    @torch.no_grad()
    def translate(self, points: Tensor, mask: Tensor, beam: int = 1, confidence: Tensor | None = None) -> list[str]:
        """Text of each clip by beam search."""
        states, shown = self.read(points, mask, confidence)
        found = search(self.decoder, states, shown, beam, self.settings.longest)
        return [self.tokens.decode(ids) for ids in found]

    @torch.no_grad()
    def nll(self, points: Tensor, mask: Tensor, texts: list[str], confidence: Tensor | None = None) -> Tensor:
        """Negative log-likelihood [B] of each text given its clip, in nats a token (the end counts)."""
        ids = pad_ids([self.tokens.encode(text) for text in texts]).to(points.device)
        logits = self._logits(*self.read(points, mask, confidence), ids)
        each = F.cross_entropy(logits.transpose(1, 2), ids, ignore_index=PAD, reduction="none")
        return each.sum(1) / (ids != PAD).sum(1)

    def _logits(self, states: Tensor, mask: Tensor, ids: Tensor, blind: float = 0.0) -> Tensor:
        begun = torch.cat([torch.full_like(ids[:, :1], BOS), ids[:, :-1]], 1)
        if self.training and blind > 0:
            begun = torch.where(torch.rand(begun.shape, device=ids.device) < blind, UNKNOWN, begun)
        return self.decoder(begun, self.decoder.memory(states), mask)[0]

    def _gloss_loss(self, states: Tensor, mask: Tensor, gloss: list[list[int]]) -> Tensor:
        """Connectionist temporal classification loss (Graves et al. 2006), nats a gloss."""
        scores = self.gloss_head(states).float().log_softmax(-1).transpose(0, 1)
        lengths = torch.tensor([len(line) for line in gloss], device=states.device)
        wanted = pad_ids(gloss).to(states.device)
        each = F.ctc_loss(scores, wanted, mask.sum(1), lengths, reduction="none", zero_infinity=True)
        return each.sum() / lengths.sum().clamp(min=1)


def pad_ids(lines: list[list[int]]) -> Tensor:
    """Token ids of unequal length -> [B, L], filled with PAD."""
    padded = torch.full((len(lines), max(1, *(len(line) for line in lines))), PAD)
    for row, line in zip(padded, lines, strict=True):
        row[: len(line)] = torch.tensor(line, dtype=torch.long)
    return padded
