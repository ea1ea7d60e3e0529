"""Words a model has learnt, and the letters it spells all others with; what is neither, it has no use for."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

_APOSTROPHES = "'’"


def normalise_text(text: str) -> str:
    """Lower case, one space between words, punctuation apart: ``Hello, World!`` → ``hello , world !``."""
    text = unicodedata.normalize("NFC", text.lower())
    around = zip(" " + text, text, text[1:] + " ", strict=False)
    return " ".join("".join(_spaced(*three) for three in around).split())


def letters(word: str) -> list[str]:
    """The letters of a word, each with its accents and vowel signs."""
    found: list[str] = []
    for character in word:
        if found and unicodedata.category(character).startswith("M"):
            found[-1] += character
        else:
            found.append(character)
    return found


def can_be_spelled(piece: str) -> bool:
    """Whether there is a letter or digit in it."""
    return any(character.isalnum() for character in piece)


def _spaced(before: str, character: str, after: str) -> str:
    """A character of a word as it is, any other with room around it."""
    inside = character in _APOSTROPHES and _of_word(before) and _of_word(after)
    return character if inside or _of_word(character) else f" {character} "


def _of_word(character: str) -> bool:
    """Letters, digits and the marks that belong to a letter, in any script."""
    return unicodedata.category(character)[0] in "LNM"


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


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

    def foreign(self, text: str) -> list[str]:
        """Letters and digits of a script that no known word is in, which so nobody was taught to spell, each once.

        They are told by their names in Unicode, which begin with the script (``CYRILLIC``) or with ``DIGIT``.
        """
        found = dict.fromkeys(character for character in normalise_text(text) if character.isalnum())
        return [character for character in found if _script(character) not in self._scripts]

    @cached_property
    def _scripts(self) -> frozenset[str]:
        return frozenset(_script(character) for word in self.words for character in word if character.isalnum())

    def separate(self, text: str) -> str:
        """The normalised text with every other word letter by letter, ``mark`` → ``m a r k``, without what is `unused`.

        Spelling needs the letters: whole, a rare word is one or two tokens that hide them.
        """
        return " ".join(piece for piece in self._pieces(text) if self._has_use(piece))

    def length(self, text: str) -> int:
        """Words, spelled letters and marks that a model reads of a text."""
        return len(self.separate(text).split())

    def unused(self, text: str) -> list[str]:
        """Characters that are left out of a text, each once: of no known word, and neither letter nor digit.

        Pictures, and punctuation that training hardly showed: a frozen encoder would read into them what it was taught
        elsewhere.
        """
        return list(dict.fromkeys(piece for piece in self._pieces(text) if not self._has_use(piece)))

    def _pieces(self, text: str) -> list[str]:
        """Known words, and the letters of all others."""
        words = normalise_text(text).split()
        return [piece for word in words for piece in ([word] if word in self._known else letters(word))]

    def _has_use(self, piece: str) -> bool:
        return piece in self._known or can_be_spelled(piece)
