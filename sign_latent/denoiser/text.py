"""How a denoiser reads text: adapted token vectors, a learned stand-in for no text, and the length head."""

from __future__ import annotations

import torch
from torch import nn

from sign_latent.layers.attention import Attention, padding_bias
from sign_latent.layers.positions import both_ends
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.marks import Marks


class TextReader(nn.Module):
    """Trained adapter over frozen token vectors: projection, places from both ends, ``layers`` of self-attention.

    The empty text becomes one learned token, so it is a condition like any other (classifier-free guidance). Without
    ``words`` the sentence vector alone is read. Each of ``marks`` (`text.marks`) is a token between sentence and words,
    or, where no words are read, added to the sentence.
    """

    def __init__(
        self,
        text_width: int,
        sentence_width: int,
        width: int,
        heads: int,
        layers: int,
        words: bool = True,
        marks: int = 0,
    ):
        super().__init__()
        self.words = words
        self.marks = Marks(marks, width) if marks else None
        layers = layers if words else 0
        if words:
            self.project = nn.Sequential(nn.LayerNorm(text_width), nn.Linear(text_width, width))
        self.sentence = nn.Linear(sentence_width, width)
        self.empty = nn.Parameter(torch.randn(width) * 0.02)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * layers))
        self.attentions = nn.ModuleList(Attention(width, heads) for _ in range(layers))
        self.feeds = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)) for _ in range(layers)
        )
        self.final = nn.LayerNorm(width)

    def forward(self, text: TextFeatures) -> tuple[torch.Tensor, torch.Tensor]:
        """[B, 1 + M + L, C] and its mask (M = L = 0 without words); first the sentence, or what stands for none."""
        none = ~text.mask.any(1, keepdim=True)
        first = torch.where(none, self.empty, self.sentence(text.sentence))[:, None]
        told = None if self.marks is None else self.marks(text)
        if not self.words:
            return self.final(first if told is None else first + told[0].sum(1, keepdim=True)), torch.ones_like(none)
        words = self.project(text.tokens) + both_ends(text.mask, first.shape[-1]).to(first.dtype)
        parts = [(first, torch.ones_like(none)), (words, text.mask)]
        if told is not None:
            parts.insert(1, (told[0].to(first.dtype), told[1]))
        x, mask = (torch.cat(pieces, 1) for pieces in zip(*parts, strict=True))
        bias = padding_bias(mask)
        for i, (attention, feed) in enumerate(zip(self.attentions, self.feeds, strict=True)):
            x = x + attention(self.norms[2 * i](x), bias)
            x = x + feed(self.norms[2 * i + 1](x))
        return self.final(x), mask


class LengthHead(nn.Module):
    """A distribution over the number of latent frames 1 … longest, from what the reader made of the text.

    temperature: what its logits are divided by; 1 in training, fitted afterwards (`generation.lengths.calibrate`).
    """

    def __init__(self, width: int, longest: int, temperature: float = 1.0):
        super().__init__()
        self.longest, self.temperature = longest, temperature
        self.layers = nn.Sequential(nn.Linear(2 * width + 1, 2 * width), nn.GELU(), nn.Linear(2 * width, longest))

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits [B, longest]."""
        weights = mask[..., None].to(tokens.dtype)
        total = (tokens * weights).sum(1)
        count = weights.sum(1)
        return self.layers(torch.cat([total / count, total / 16, count / 16], -1)).float() / self.temperature

    def loss(self, logits: torch.Tensor, lengths: torch.Tensor, spread: float = 1.0) -> torch.Tensor:
        """Cross entropy against a Gaussian of ``spread`` latent frames about each length [B]."""
        places = torch.arange(1, self.longest + 1, device=logits.device)
        target = torch.softmax(-0.5 * ((places - lengths[:, None].float()) / spread).square(), -1)
        return -(target * logits.log_softmax(-1)).sum(-1).mean()

    @staticmethod
    def choose(logits: torch.Tensor, uniform: torch.Tensor | None = None) -> torch.Tensor:
        """Latent frames [B]: the median of the distribution, or its quantile at ``uniform`` [B] in [0, 1)."""
        level = torch.full((len(logits), 1), 0.5) if uniform is None else uniform[:, None]
        return (logits.softmax(-1).cumsum(-1) < level.to(logits)).sum(-1).clamp(max=logits.shape[-1] - 1) + 1
