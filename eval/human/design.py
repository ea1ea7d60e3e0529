"""Who sees which clip, when and on which side: balanced over raters, repeatable from a seed, and blind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from sign_latent.rating.questions import PAIR, SINGLE

RATED, CHECK, REPEAT = "rated", "check", "repeat"
FROZEN, REVERSED = "frozen", "reversed"


@dataclass(frozen=True)
class Showing:
    """A clip as it is shown. `change` is what was done to it for an attention check: "", "frozen" or "reversed"."""

    item: str
    system: str
    change: str = ""


@dataclass(frozen=True)
class Trial:
    """One screen: a clip, or two of them as A (left, first) and B. `of` is the code of the trial that is repeated."""

    code: str
    clips: tuple[Showing, ...]
    kind: str = RATED
    of: str = ""

    @property
    def part(self) -> str:
        """Whether one clip is rated or two are compared."""
        return SINGLE if len(self.clips) == 1 else PAIR


@dataclass(frozen=True)
class Design:
    """What a pack consists of. `items` are rated; `spare` ones serve attention checks only, as many in each part.

    `sources` are the systems whose clips are spoiled for checks; a reversed clip is a check only where `reversible`
    (a recording in a language that raters know).
    """

    items: Sequence[str]
    spare: Sequence[str]
    systems: Sequence[str]
    sources: Sequence[str]
    parts: Sequence[str]
    repeats: int
    reversible: bool
    seed: int

    @property
    def cycle(self) -> int:
        """Raters after whom everything is balanced: each item was seen in each system, each pair on each side."""
        count = len(self.systems)
        return count * (count - 1) if PAIR in self.parts else count


def latin_square(count: int) -> np.ndarray:
    """[count, count]; for an even count each number also follows each other one once (Williams 1949)."""
    steps = [(i + 1) // 2 if i % 2 else (count - i // 2) % count for i in range(count)]
    return (np.arange(count)[:, None] + np.array(steps)) % count


def balanced(items: Sequence[str], cells: Sequence, rater: int, seed: Sequence[int]) -> list[tuple]:
    """(item, cell) in the order of one rater.

    Over len(cells) raters from a multiple of it on, each item meets each cell once, and each place in the order holds
    each cell once; of one rater, each block of len(cells) trials holds each cell once, in an order that varies.
    """
    cycle = len(cells)
    group, row = divmod(rater, cycle)
    chance = np.random.default_rng([*seed, group])
    order = chance.permutation(len(items))
    turns = chance.integers(cycle, size=len(items) // cycle + 1)
    square = latin_square(cycle)
    return [(items[i], cells[square[(row + turns[k // cycle]) % cycle, k % cycle]]) for k, i in enumerate(order)]


def plan(design: Design, raters: int) -> list[list[Trial]]:
    """The trials of each rater: first single clips, whose text is then new to them, then pairs."""
    chance = np.random.default_rng([design.seed, 0])
    codes = _codes(chance)
    systems = [design.systems[i] for i in chance.permutation(len(design.systems))]
    cells = {SINGLE: [(system,) for system in systems], PAIR: list(permutations(systems, 2))}
    plans = []
    for rater in range(raters):
        trials: list[Trial] = []
        for number, part in enumerate((SINGLE, PAIR), 1):
            if part in design.parts:
                seen = balanced(design.items, cells[part], rater, [design.seed, number])
                rated = [Trial(next(codes), tuple(Showing(item, system) for system in cell)) for item, cell in seen]
                own = np.random.default_rng([design.seed, 2 + number, rater])
                trials += _spiced(rated, design, rater, codes, own)
        plans.append(trials)
    return plans


def _codes(chance: np.random.Generator) -> Iterator[str]:
    """Names of trials that tell nothing. They start with a letter, or spreadsheets would take some for numbers."""
    taken: set[str] = set()
    while True:
        code = "t" + chance.bytes(5).hex()
        if code not in taken:
            taken.add(code)
            yield code


def _spiced(
    trials: list[Trial], design: Design, rater: int, codes: Iterator[str], chance: np.random.Generator
) -> list[Trial]:
    """With repeats of early trials in the last quarter (sides exchanged), and checks anywhere but first."""
    early, part = trials[: len(trials) // 2], trials[0].part
    for i in chance.permutation(len(early))[: design.repeats]:
        again = Trial(next(codes), early[i].clips[::-1], REPEAT, of=early[i].code)
        trials.insert(int(chance.integers(3 * len(trials) // 4, len(trials) + 1)), again)
    for number in range(len(design.spare)):
        check = Trial(next(codes), _check(part, number, design, rater), CHECK)
        trials.insert(int(chance.integers(1, len(trials) + 1)), check)
    return trials


def _check(part: str, number: int, design: Design, rater: int) -> tuple[Showing, ...]:
    """A frozen clip alone; or beside a good one, on changing sides, the same clip frozen or reversed."""
    item, source = design.spare[number], design.sources[(number + rater) % len(design.sources)]
    if part == SINGLE:
        return (Showing(item, source, FROZEN),)
    pair = (Showing(item, source), Showing(item, source, REVERSED if design.reversible and number % 2 else FROZEN))
    return pair if (number // 2 + rater) % 2 else pair[::-1]
