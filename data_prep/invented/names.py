"""Names to be finger-spelled: pronounceable, three to six letters, every letter about equally frequent."""

import numpy as np

from data_prep.invented.words import NOUNS

VOWELS = "aeiou"
CONSONANTS = "bcdfghjklmnpqrstvwxyz"
PATTERNS = ("cvc", "vcv", "cvcv", "vcvc", "cvcvc", "vccvc", "cvccv", "cvcvcv", "vcvcvc", "cvccvc")
_LENGTHS = {3: 0.2, 4: 0.35, 5: 0.3, 6: 0.15}


def draw_names(count: int, rng: np.random.Generator, taken: set[str]) -> list[str]:
    """`count` distinct names, none of them in `taken` or a word of the language; they are added to `taken`."""
    words = {word for pair in NOUNS.values() for word in pair}
    names = []
    while len(names) < count:
        length = rng.choice(list(_LENGTHS), p=list(_LENGTHS.values()))
        pattern = rng.choice([p for p in PATTERNS if len(p) == length])
        letters = [VOWELS if place == "v" else CONSONANTS for place in pattern]
        name = "".join(group[rng.integers(len(group))] for group in letters)
        if name not in taken and name not in words and name not in FORBIDDEN:
            taken.add(name)
            names.append(name)
    return names


FORBIDDEN = frozenset(
    "the and but her him his how who why you our not was are did she they them with will from ass sex fag cum "
    "tit dad mum nazi gun kill die old new big red one two six ten car bag key cat dog tea egg sea cold warm".split()
)
