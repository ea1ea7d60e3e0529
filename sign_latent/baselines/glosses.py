"""From a text to its glosses: a small encoder and decoder over words, which passes names through letter by letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.evaluator.decoder import Decoder
from sign_latent.evaluator.search import search
from sign_latent.evaluator.tokens import BOS, EOS, PAD, SPECIALS, UNKNOWN, pad_ids
from sign_latent.layers.transformer import Transformer
from sign_latent.text.vocabulary import can_be_spelled, letters, normalise_text

NAMES = 4
"""Words outside the vocabulary that are told apart in one text."""


@dataclass
class GlossTranslatorSettings:
    """Size and vocabularies."""

    width: int = 96
    """Hidden width."""
    layers: int = 2
    """Layers of the encoder, and of the decoder."""
    heads: int = 4
    """Attention heads."""
    inner: int = 192
    """Width inside feed-forward layers."""
    dropout: float = 0.1
    """Chance that a hidden channel is dropped in training."""
    longest: int = 64
    """Most glosses it writes."""
    words: list[str] = field(default_factory=list)
    """Words it knows; all others are taken for names and spelled in letters."""
    glosses: list[str] = field(default_factory=list)
    """Glosses it writes."""


def names_in(texts: Sequence[str], lines: Sequence[str]) -> set[str]:
    """Words of two or more letters that lines of glosses spell in at least half of the texts that have them."""
    seen: Counter[str] = Counter()
    spelled: Counter[str] = Counter()
    for text, line in zip(texts, lines, strict=True):
        glosses = [gloss.casefold() for gloss in line.split()]
        for word in set(normalise_text(text).split()):
            seen[word] += 1
            spelled[word] += _spelled_in(word, glosses)
    return {word for word, count in spelled.items() if 2 * count >= seen[word]}


def _spelled_in(word: str, glosses: Sequence[str]) -> bool:
    """Whether the letters of a word stand one after another among folded glosses; one letter spells nothing."""
    run = [c.casefold() for c in letters(word)]
    return len(run) > 1 and any(glosses[i : i + len(run)] == run for i in range(len(glosses) - len(run) + 1))


class GlossTranslator(nn.Module):
    """text -> glosses. A word that it does not know stands for itself: it is spelled where the translation puts it.

    Ids of both sides: 4 specials, a place for each name, then words or glosses.
    """

    Settings = GlossTranslatorSettings

    def __init__(self, settings: GlossTranslatorSettings) -> None:
        super().__init__()
        s = self.settings = settings
        first = SPECIALS + NAMES
        self.word_ids = {word: first + i for i, word in enumerate(s.words)}
        self.gloss_ids = {gloss: first + i for i, gloss in enumerate(s.glosses)}
        # the first gloss of a folded form stands for a letter, so that a name of any case can be spelled
        self.letters = {gloss.casefold(): gloss for gloss in reversed(s.glosses)}
        self.embedding = nn.Embedding(first + len(s.words), s.width)
        self.encoder = Transformer(s.width, s.layers, s.heads, s.inner, s.dropout)
        self.norm = nn.LayerNorm(s.width)
        self.decoder = Decoder(first + len(s.glosses), s.width, s.layers, s.heads, s.inner, s.dropout)

    def text_ids(self, text: str) -> tuple[list[int], list[str]]:
        """Ids of a text, and its names in order of appearance; what is neither known nor can be spelled is left out."""
        ids, names = [], []
        for word in normalise_text(text).split():
            if word not in self.word_ids and not can_be_spelled(word):
                continue
            if word not in self.word_ids and word not in names:
                names.append(word)
            place = names.index(word) if word in names else 0
            named = SPECIALS + place if place < NAMES else UNKNOWN
            ids.append(self.word_ids.get(word, named))
        return ids + [EOS], names

    def line_ids(self, line: str, names: Sequence[str]) -> list[int]:
        """Ids of a line of glosses, in which every spelled name is one id; glosses it does not know are left out."""
        found, rest = [], line.split()
        spelled = [[c.casefold() for c in letters(name)] for name in names[:NAMES]]
        while rest:
            start = [gloss.casefold() for gloss in rest]
            place = next((i for i, name in enumerate(spelled) if len(name) > 1 and start[: len(name)] == name), None)
            if place is not None:
                found.append(SPECIALS + place)
                rest = rest[len(spelled[place]) :]
            else:
                found += [self.gloss_ids[rest[0]]] if rest[0] in self.gloss_ids else []
                rest = rest[1:]
        return found + [EOS]

    def spelled(self, word: str) -> list[str]:
        """Glosses of the letters of a word; letters without a gloss are left out."""
        return [self.letters[c.casefold()] for c in letters(word) if c.casefold() in self.letters]

    def losses(self, texts: Tensor, lines: Tensor) -> dict[str, Tensor]:
        """`loss`: mean nats a gloss of ids [B, L] given ids of texts [B, M], both padded and ended by EOS."""
        begun = torch.cat([torch.full_like(lines[:, :1], BOS), lines[:, :-1]], 1)
        states, mask = self._states(texts)
        logits = self.decoder(begun, self.decoder.memory(states), mask)[0]
        return {"loss": F.cross_entropy(logits.flatten(0, 1), lines.flatten(), ignore_index=PAD)}

    @torch.no_grad()
    def translate(self, texts: Sequence[str], beam: int = 4) -> list[list[str]]:
        """Glosses of texts. A text that is written in known glosses already is taken as it is."""
        if not texts:
            return []
        read = [self.text_ids(text) for text in texts]
        states, mask = self._states(pad_ids([ids for ids, _ in read]))
        found = search(self.decoder, states, mask, beam, self.settings.longest)
        lines = [self._line(ids, names) for ids, (_, names) in zip(found, read, strict=True)]
        return [self.given(text) or line for text, line in zip(texts, lines, strict=True)]

    @torch.no_grad()
    def likeliest(self, text: str, among: Sequence[str]) -> str:
        """The known gloss with which the translation of a text most likely begins."""
        states, mask = self._states(pad_ids([self.text_ids(text)[0]]))
        logits = self.decoder(torch.tensor([[BOS]]), self.decoder.memory(states), mask)[0][0, -1]
        return max(among, key=lambda gloss: float(logits[self.gloss_ids[gloss]]))

    def given(self, text: str) -> list[str]:
        """The glosses a text consists of, where it is nothing but known glosses; else none."""
        words = text.split()
        return words if all(word in self.gloss_ids for word in words) else []

    def _line(self, ids: Sequence[int], names: Sequence[str]) -> list[str]:
        line: list[str] = []
        for i in ids:
            if i == EOS:
                break
            if i >= SPECIALS + NAMES:
                line.append(self.settings.glosses[i - SPECIALS - NAMES])
            elif SPECIALS <= i < SPECIALS + len(names):
                line += self.spelled(names[i - SPECIALS])
        return line

    def _states(self, texts: Tensor) -> tuple[Tensor, Tensor]:
        mask = texts != PAD
        hidden = self.embedding(texts) * self.settings.width**0.5
        return self.norm(self.encoder(hidden, mask)), mask
