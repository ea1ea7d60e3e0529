"""Where in its word a spelled letter stands, as further columns of the token vectors.

A frozen encoder's positions count from the start of the sentence, so that the third letter of a name has another
position in every sentence; counted within the name it is told in the same way wherever the name stands.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from sign_latent.text.vocabulary import letters

COLUMNS = 32
_RATES = 64.0 ** -(np.arange(COLUMNS // 4) / (COLUMNS // 4))


def spelled_letters(text: str) -> Iterator[tuple[int, int, int]]:
    """Place of its first character, letters before it and letters after it, of each letter of the spelled words.

    A spelled word is two letters or more that stand alone one after another (`Vocabulary.separate`). A word that is a
    letter itself, such as ``i``, is counted in where it stands beside one.
    """
    start, run = 0, []
    for word in [*text.split(" "), ""]:
        if word.isalpha() and len(letters(word)) == 1:
            run.append(start)
        else:
            if len(run) > 1:
                yield from ((place, i, len(run) - 1 - i) for i, place in enumerate(run))
            run = []
        start += len(word) + 1


def spelling_columns(text: str, offsets: Sequence[tuple[int, int]]) -> np.ndarray:
    """[L, COLUMNS] float32 of the tokens that stand at ``offsets`` in the text: sine and cosine of both counts; zero
    for what is no spelled letter."""
    found = np.zeros((len(offsets), COLUMNS), dtype=np.float32)
    counts = {place: (before + 1, after + 1) for place, before, after in spelled_letters(text)}
    for row, (start, end) in enumerate(offsets):
        if end > start and start in counts:
            angles = np.outer(counts[start], _RATES).ravel()
            found[row] = np.concatenate([np.sin(angles), np.cos(angles)])
    return found
