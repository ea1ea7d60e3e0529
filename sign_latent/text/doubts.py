"""What of a text can hardly be signed as it is meant, said in a line each; without PyTorch, for exported models too."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sign_latent.text.vocabulary import Vocabulary


def doubts_of(known: Vocabulary, texts: Sequence[str], longest: int | None = None) -> list[str]:
    """Of characters that a model of these words has no use for, and of those it can hardly have learnt to spell:
    letters and digits in the script of none of its words; and of texts of more words and spelled letters than the
    ``longest`` that it learnt. None where no words are known.
    """
    if not known:
        return []
    whole, found = " ".join(texts), []
    if left := known.unused(whole):
        found.append(f"leaves out characters that it has no use for: {some_of(left)}")
    if foreign := known.foreign(whole):
        found.append(
            f"no word that it knows is written in the script of {some_of(foreign)}; what is signed for them may mean "
            "nothing"
        )
    if longest is not None and (longer := max(map(known.length, texts), default=0)) > longest:
        found.append(
            f"the longest that it learnt to sign at once has {longest} words and spelled letters, this {longer}; it "
            "may leave some out; make sentences of it, each with a full stop"
        )
    return found


def some_of(characters: Sequence[str]) -> str:
    """The first of them; by their numbers where none can be seen."""
    seen = [one for one in characters if one.isprintable() and unicodedata.category(one[0])[0] != "M"]
    shown = seen or [f"U+{ord(one[0]):04X}" for one in characters]
    return " ".join(shown[:10]) + (" …" if len(shown) > 10 else "")
