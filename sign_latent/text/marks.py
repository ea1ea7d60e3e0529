"""What a model is told of its input beside the words: ``<en> <qaa> <text>``, a spoken and a signed language and a kind.

A mark is registered where it tells something apart: a model of one pair of languages that reads texts alone has none.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.text.encoder import TextFeatures

Pair = tuple[str, str]
"""Tags of a spoken and of a signed language."""

TEXT, GLOSS = "text", "gloss"


def registered(pairs: Sequence[Pair], kinds: Sequence[str] = (TEXT,)) -> tuple[str, ...]:
    """Marks of a model that signs these pairs of languages and reads these kinds of input, in a fixed order."""
    several = sorted(set(pairs)) if len(set(pairs)) > 1 else []
    tags = [sorted({pair[place] for pair in several}) for place in (0, 1)]
    return tuple(f"<{name}>" for name in (*tags[0], *tags[1], *(kinds if len(kinds) > 1 else ())))


def numbered(marks: Sequence[str], languages: Sequence[Pair], kinds: Sequence[str]) -> Tensor | None:
    """Numbers [B, 3] of the marks of inputs, -1 for what is not registered; None for a model without marks."""
    if not marks:
        return None
    known = {mark: i for i, mark in enumerate(marks)}
    rows = [(*pair, kind) for pair, kind in zip(languages, kinds, strict=True)]
    return torch.tensor([[known.get(f"<{name}>", -1) for name in row] for row in rows])


class Marks(nn.Module):
    """Vectors [B, M, W] of the marks of texts and which are valid [B, M]; an empty text has none.

    So both halves of guidance differ in the language too, which is strengthened with the text: without that, what
    two languages share of a text's signing would be left as likely in either.
    """

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(count, width)
        nn.init.normal_(self.embedding.weight, std=0.02)

    def forward(self, text: TextFeatures) -> tuple[Tensor, Tensor]:
        if text.marks is None:
            raise UserError("this model must be told the languages of a text; give them, see its card")
        known = (text.marks >= 0) & text.mask.any(1, keepdim=True)
        return self.embedding(text.marks.clamp(min=0)) * known[..., None], known
