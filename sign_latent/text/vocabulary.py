"""Words a model has learnt, and the letters it spells all others with."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def normalise_text(text: str) -> str:
    """Lower case, one space between words, punctuation apart: ``Hello, World!`` → ``hello , world !``."""
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFC", text).lower()))


class Vocabulary:
    """The words that are not spelled."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words: tuple[str, ...] = tuple(sorted(set(words)))
        self._known = frozenset(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def build(cls, texts: Iterable[str], minimum: int = 20) -> "Vocabulary":
        """The words that occur at least ``minimum`` times; rarer ones a model would not learn but spell."""
        counts = Counter(word for text in texts for word in normalise_text(text).split())
        return cls(word for word, count in counts.items() if count >= minimum)

    def separate(self, text: str) -> str:
        """The normalised text with every other word letter by letter: ``mark`` → ``m a r k``.

        Spelling needs the letters: whole, a rare word is one or two tokens that hide them.
        """
        words = normalise_text(text).split()
        return " ".join(word if word in self._known else " ".join(word) for word in words)
