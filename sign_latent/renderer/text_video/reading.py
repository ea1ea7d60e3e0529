"""How the 3D U-Net reads a text: frozen vectors as every denoiser here does, or an encoder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from sign_latent.denoiser.text import TextReader
from sign_latent.errors import UserError
from sign_latent.layers.transformer import Transformer
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.text.encoder import TextEncoder, TextFeatures


def mean_of(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean [B, C] of the valid ones of tokens [B, L, C]; zero where there are none."""
    weights = mask[..., None].to(tokens.dtype)
    return (tokens * weights).sum(1) / weights.sum(1).clamp(min=1)


class OwnReader(nn.Module):
    """A transformer encoder over word pieces, trained with the U-Net: 6 layers, 8 heads, 512 wide in the paper.

    TextFeatures with ids -> tokens [B, 1 + L, C] and their mask; the first is the mean of all, or what is learnt for
    the empty text.
    """

    def __init__(self, pieces: int, width: int, layers: int, heads: int):
        super().__init__()
        self.embedding = nn.Embedding(pieces, width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.layers = Transformer(width, layers, heads, 4 * width, 0.0)
        self.norm = nn.LayerNorm(width)
        self.empty = nn.Parameter(torch.randn(width) * 0.02)

    def forward(self, text: TextFeatures) -> tuple[torch.Tensor, torch.Tensor]:
        if text.ids is None:
            raise UserError("this model reads word pieces; encode the text with the tokenizer of its card")
        tokens = self.norm(self.layers(self.embedding(text.ids), text.mask))
        some = text.mask.any(1, keepdim=True)
        first = torch.where(some, mean_of(tokens, text.mask), self.empty.to(tokens.dtype))
        return torch.cat([first[:, None], tokens], 1), torch.cat([torch.ones_like(some), text.mask], 1)


def reader_of(settings: TextVideoSettings) -> nn.Module:
    """What reads the text of a model with these settings: TextFeatures -> tokens [B, L, C] and their mask [B, L]."""
    s = settings
    sizes = (s.text_width, s.sentence_width, s.context, s.heads, s.text_layers, True, len(s.marks))
    if s.text == "own":
        return OwnReader(s.word_pieces, s.context, s.own_layers, s.own_heads)
    if s.text == "last_two":
        from sign_latent.renderer.text_video.last_layers import LastLayers

        return LastLayers(s.last_layers, TextReader(*sizes))
    return TextReader(*sizes)


def fitted(settings: TextVideoSettings, encoder: TextEncoder) -> None:
    """Sets in the settings what is asked of the text encoder. UserError where it tells what they do not read."""
    if encoder.spelling and settings.text in ("own", "last_two"):
        raise UserError(
            f"text.spelling: model.text {settings.text} reads no such columns; leave it out, or read frozen"
        )
    settings.text_width, settings.sentence_width = encoder.width, encoder.sentence_width
    if settings.text == "own":
        settings.word_pieces = encoder.word_pieces
    if settings.text == "last_two":
        from sign_latent.renderer.text_video.last_layers import described

        settings.last_layers = described(encoder)
        settings.sentence_width = settings.text_width


def read_texts(texts: Sequence[str], encoder: TextEncoder, kind: str) -> TextFeatures:
    """What a model whose settings say ``text: kind`` reads of texts."""
    if kind != "own":
        return encoder.encode(texts)
    ids, mask = encoder.pieces(texts)
    nothing = torch.zeros(*mask.shape, 1)
    return TextFeatures(nothing[:, 0], nothing, mask, ids=ids)


@dataclass
class VideoTexts:
    """Features of the distinct lines of clips; ``rows`` are those of some clips."""

    lines: list[str]
    features: TextFeatures
    index: torch.Tensor

    @classmethod
    def of(cls, lines: list[str], encoder: TextEncoder, kind: str) -> VideoTexts:
        """Those of a line a clip."""
        distinct = list(dict.fromkeys(lines))
        place = {line: i for i, line in enumerate(distinct)}
        return cls(lines, read_texts(distinct, encoder, kind), torch.tensor([place[line] for line in lines]))

    def rows(self, rows: np.ndarray) -> TextFeatures:
        """Of the clips with these numbers."""
        return self.features.rows(self.index[torch.from_numpy(rows)]).cut()
