"""Text as a judge writes it: frequent words whole, every other word letter by letter."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from sign_latent.errors import UserError
from sign_latent.text.vocabulary import normalise_text

PAD, BOS, EOS, UNKNOWN = range(4)
SPECIALS = 4
# A letter that opens a spelled word carries this mark, so that "▁m a r k" and "▁m ▁a ▁r ▁k" are one word and four.
OPENING = "▁"


class TextTokens:
    """Maps a text to token ids and back: `mark sleeps` -> `▁m a r k sleeps` -> `mark sleeps`.

    Ids: 4 specials (pad, begin, end, unknown character), then words, opening letters, following letters.
    """

    def __init__(self, words: Sequence[str], characters: Sequence[str]) -> None:
        if not characters:
            raise UserError("the judge's alphabet is empty: give at least one character")
        self.names = ["", "", "", ""] + list(words) + [OPENING + c for c in characters] + list(characters)
        # Words get their own table: the word "a" is not the following letter "a".
        self.words = {word: SPECIALS + i for i, word in enumerate(words)}
        first = SPECIALS + len(words)
        self.opening = {c: first + i for i, c in enumerate(characters)}
        self.following = {c: first + len(characters) + i for i, c in enumerate(characters)}
        self.first_letter, self.first_following = first, first + len(characters)

    def __len__(self) -> int:
        return len(self.names)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, ending with the end token (no begin token)."""
        ids = []
        for word in normalise_text(text).split():
            ids += [self.words[word]] if word in self.words else self._spell(word)
        return ids + [EOS]

    def _spell(self, word: str) -> list[int]:
        tables = [self.opening] + [self.following] * (len(word) - 1)
        return [table.get(c, UNKNOWN) for table, c in zip(tables, word, strict=True)]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of token ids up to the first end token; a following letter without an opening one opens a word."""
        words: list[str] = []
        spelling = False
        for i in ids:
            if i == EOS:
                break
            if i < SPECIALS:
                continue
            name = self.names[i]
            if i >= self.first_following and spelling:
                words[-1] += name
            else:
                words.append(name.removeprefix(OPENING))
            spelling = i >= self.first_letter
        return " ".join(words)


def pad_ids(lines: list[list[int]]) -> Tensor:
    """Token ids of unequal length -> [B, L], filled with PAD."""
    padded = torch.full((len(lines), max(1, *(len(line) for line in lines))), PAD)
    for row, line in zip(padded, lines, strict=True):
        row[: len(line)] = torch.tensor(line, dtype=torch.long)
    return padded
