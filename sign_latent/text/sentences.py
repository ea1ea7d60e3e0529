"""Paragraphs to sentences, by the rules of `sentencex` (Wikimedia; some 300 languages, no trained model)."""

from __future__ import annotations

import re
from collections.abc import Callable

DEFAULT_LANGUAGE = "en"

_PARAGRAPH = re.compile(r"\n\s*\n")
_APART = re.compile(r"\s+([.?!…]+)(?=\s|$)")
_CLAUSE = re.compile(r"(?<=[,;:،؛])\s+|(?<=[，、；：])\s*|\s*[–—]\s*|\s+-+\s+")
"""Between clauses: after commas, semicolons and colons of any script (but within 3,000 or 12:30), and at dashes."""


def sentences(text: str, language: str | None = None) -> list[str]:
    """The sentences of a text in order, each in one line without space around it.

    ``language`` is a BCP-47 tag; a language without rules of its own is split by those of the nearest that has some.
    An empty line ends a sentence, a line break within one does not. What has no letter or digit stays with the sentence
    before it, or with the first. A text without words is one sentence, or none where it is empty. Marks that stand
    apart, as in tokenised text, are moved to their words where there are several sentences.
    """
    import sentencex

    code = (language or DEFAULT_LANGUAGE).split("-")[0]
    found: list[str] = []
    for paragraph in _PARAGRAPH.split(text):
        # a mark that stands apart before a small letter would not be taken for the end of a sentence
        parts = sentencex.segment(code, " ".join(_APART.sub(r"\1", paragraph).split()))
        found += [part for part in map(str.strip, parts) if part]
    found = _with_words(found)
    return found if len(found) > 1 else [" ".join(text.split())] * len(found)


def clauses(sentence: str, longest: int, length: Callable[[str], int]) -> list[str]:
    """A sentence that is longer than ``longest`` by ``length``, in as few parts within as its clauses allow.

    A clause that is longer by itself stays whole.
    """
    if length(sentence) <= longest:
        return [sentence]
    parts: list[str] = []
    for clause in _with_words([part for part in _CLAUSE.split(sentence) if part.strip()]):
        whole = f"{parts[-1]} {clause}" if parts else ""
        if parts and length(whole) <= longest:
            parts[-1] = whole
        else:
            parts.append(clause)
    return parts


def _with_words(parts: list[str]) -> list[str]:
    kept: list[str] = []
    ahead = ""
    for part in parts:
        if any(character.isalnum() for character in part):
            kept.append(f"{ahead} {part}".strip())
            ahead = ""
        elif kept:
            kept[-1] += f" {part}"
        else:
            ahead = f"{ahead} {part}".strip()
    return kept or [ahead] * bool(ahead)
