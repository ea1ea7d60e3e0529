"""What a translator reads: the text, once a clip, and the tokens of a frame, as one input."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sign_latent.denoiser.text import TextReader
from sign_latent.layers.attention import padding_bias
from sign_latent.layers.transformer import Pairs
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.marks import Marks
from sign_latent.translator.layers import FrameLayer
from sign_latent.translator.settings import TranslatorSettings


@dataclass
class Context:
    """What is read of the texts: tokens [B, L, W] with their mask, its bias, and keys and values of each layer."""

    tokens: Tensor
    mask: Tensor
    bias: Tensor
    keys_values: list[Pairs | None]

    @property
    def first(self) -> Tensor:
        """The first input [B, 1, W]: the sentence, or what stands for no text."""
        return self.tokens[:, :1]

    def rows(self, index: Tensor) -> Context:
        """The texts in another order, or some of them."""
        pairs = [None if pair is None else (pair[0][index], pair[1][index]) for pair in self.keys_values]
        return Context(self.tokens[index], self.mask[index], self.bias[index], pairs)


class SentenceReader(nn.Module):
    """The sentence vector, its ``marks`` added: [B, 1, W] and a mask; one learned vector where there is no text."""

    def __init__(self, sentence_width: int, width: int, marks: int = 0) -> None:
        super().__init__()
        self.sentence = nn.Linear(sentence_width, width)
        self.empty = nn.Parameter(torch.randn(width) * 0.02)
        self.marks = Marks(marks, width) if marks else None

    def forward(self, text: TextFeatures) -> tuple[Tensor, Tensor]:
        none = ~text.mask.any(1, keepdim=True)
        first = torch.where(none, self.empty, self.sentence(text.sentence))[:, None]
        return first if self.marks is None else first + self.marks(text)[0].sum(1, keepdim=True), torch.ones_like(none)


def reader_of(s: TranslatorSettings) -> nn.Module:
    """The reader of sentences or of their tokens."""
    if s.text == "prefix":
        return SentenceReader(s.sentence_width, s.width, len(s.marks))
    return TextReader(s.text_width, s.sentence_width, s.width, s.heads, s.text_layers, marks=len(s.marks))


def read(reader: nn.Module, layers: nn.ModuleList, text: TextFeatures) -> Context:
    """The text side of a model, computed once a clip."""
    tokens, mask = reader(text)
    keys_values = [None if layer.text is None else layer.text.keys_values(tokens) for layer in layers]
    return Context(tokens, mask, padding_bias(mask), keys_values)


class Mixer(nn.Module):
    """The P tokens of a frame as one input: embeddings, flattened → linear → LayerNorm → GELU (SignViP's mixer).

    ids [B, L, P] -> [B, L, W]; ids run to codes + more - 1.
    """

    def __init__(self, s: TranslatorSettings, more: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(s.codes + more, s.code_width)
        self.mix = nn.Sequential(nn.Linear(s.places * s.code_width, s.width), nn.LayerNorm(s.width), nn.GELU())

    def forward(self, ids: Tensor) -> Tensor:
        return self.mix(self.embedding(ids).flatten(2))


def frame_layers(s: TranslatorSettings) -> nn.ModuleList:
    """Layers over frames."""
    return nn.ModuleList(FrameLayer(s) for _ in range(s.layers))


def told_length_loss(model: nn.Module, context: Context, frames: Tensor, text: TextFeatures) -> Tensor:
    """Cross entropy of the length head of clips with frames [B, N] that have a text."""
    told, logits = text.mask.any(1), model.length(context.tokens, context.mask)
    return model.length.loss(logits[told], frames.sum(1)[told]) if told.any() else logits.sum() * 0


def chosen_lengths(model: nn.Module, context: Context, levels: Tensor | None) -> Tensor:
    """Frames [B] that a length head expects: its median, or the quantiles ``levels`` [B]."""
    return model.length.choose(model.length(context.tokens, context.mask), levels)
