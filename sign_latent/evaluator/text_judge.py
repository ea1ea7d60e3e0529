"""What judges that write a text share: tokens, a decoder, a gloss head, their losses and likelihoods."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.ctc import best_labels, ctc_loss
from sign_latent.evaluator.decoder import Decoder
from sign_latent.evaluator.judge import Judge, JudgeSettings
from sign_latent.evaluator.search import search
from sign_latent.evaluator.tokens import BOS, PAD, UNKNOWN, TextTokens, pad_ids


@dataclass
class TextJudgeSettings(JudgeSettings):
    """Size and vocabulary of a judge that writes a text."""

    encoder_layers: int = 3
    """Layers of the encoder."""
    decoder_layers: int = 2
    """Layers of the decoder."""
    blind: float = 0.2
    """Chance in training that a word already written is hidden, so that it reads the pose and does not guess."""
    gloss_weight: float = 0.3
    """Weight of the gloss loss (0 where the corpus has no glosses)."""
    longest: int = 64
    """Most tokens it writes."""
    words: list[str] = field(default_factory=list)
    """Words it writes whole; all others are spelled."""
    characters: list[str] = field(default_factory=lambda: list("abcdefghijklmnopqrstuvwxyz0123456789'"))
    """Letters of its alphabet."""


class TextJudge(Judge):
    """points [B, T, K, C] in body coordinates, mask [B, T] of frames, confidence [B, T, K] -> text and glosses."""

    Settings = TextJudgeSettings
    text_weight = 1.0

    def __init__(self, settings: TextJudgeSettings) -> None:
        super().__init__(settings, settings.encoder_layers)
        s = self.settings
        self.tokens = TextTokens(s.words, s.characters)
        self.gloss_ids = {gloss: i + 1 for i, gloss in enumerate(s.glosses)}
        self.gloss_head = nn.Linear(s.width, len(s.glosses) + 1)  # 0 is the blank
        self.decoder = Decoder(len(self.tokens), s.width, s.decoder_layers, s.heads, s.inner, s.dropout)

    def losses(self, states: Tensor, mask: Tensor, ids: Tensor, gloss: list[list[int]] | None = None) -> dict:
        """`loss`, `text` and, with glosses, `gloss`: mean nats a token; ids [B, L] are padded and end with EOS."""
        logits = self._logits(states, mask, ids, self.settings.blind)
        text = F.cross_entropy(
            logits.flatten(0, 1), ids.flatten(), ignore_index=PAD, label_smoothing=self.settings.smoothing
        )
        if gloss is None or self.settings.gloss_weight == 0:
            return {"loss": self.text_weight * text, "text": text}
        timed = ctc_loss(self.gloss_scores(states), mask, gloss)
        return {"loss": self.text_weight * text + self.settings.gloss_weight * timed, "text": text, "gloss": timed}

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

    def gloss_scores(self, states: Tensor) -> Tensor:
        """Log-probabilities [B, N', 1 + G] of the blank and each gloss."""
        return self.gloss_head(states).float().log_softmax(-1)

    @torch.no_grad()
    def translate(self, points: Tensor, mask: Tensor, beam: int = 1, confidence: Tensor | None = None) -> list[str]:
        """Text of each clip by beam search."""
        states, shown = self.read(points, mask, confidence)
        found = search(self.decoder, self.memory_states(states), shown, beam, self.settings.longest)
        return [self.tokens.decode(ids) for ids in found]

    @torch.no_grad()
    def recognise(self, points: Tensor, mask: Tensor, beam: int = 1, confidence: Tensor | None = None) -> list[str]:
        """Glosses of each clip, separated by spaces. UserError where it was trained without glosses."""
        if not self.settings.glosses:
            raise UserError("this judge was trained without glosses; train one on a corpus that has them")
        states, shown = self.read(points, mask, confidence)
        scores = self.gloss_scores(states).cpu().numpy()
        lines = [best_labels(row[:count], beam) for row, count in zip(scores, shown.sum(1).tolist(), strict=True)]
        return [" ".join(self.settings.glosses[i - 1] for i in line) for line in lines]

    @torch.no_grad()
    def nll(self, points: Tensor, mask: Tensor, texts: list[str], confidence: Tensor | None = None) -> Tensor:
        """Negative log-likelihood [B] of each text given its clip, in nats a token (the end counts)."""
        ids = pad_ids([self.tokens.encode(text) for text in texts]).to(points.device)
        logits = self._logits(*self.read(points, mask, confidence), ids)
        each = F.cross_entropy(logits.transpose(1, 2), ids, ignore_index=PAD, reduction="none")
        return each.sum(1) / (ids != PAD).sum(1)

    def memory_states(self, states: Tensor) -> Tensor:
        """What the decoder attends to, of the encoder states [B, N', W]."""
        return states

    def _logits(self, states: Tensor, mask: Tensor, ids: Tensor, blind: float = 0.0) -> Tensor:
        begun = torch.cat([torch.full_like(ids[:, :1], BOS), ids[:, :-1]], 1)
        if self.training and blind > 0:
            begun = torch.where(torch.rand(begun.shape, device=ids.device) < blind, UNKNOWN, begun)
        return self.decoder(begun, self.decoder.memory(self.memory_states(states)), mask)[0]
