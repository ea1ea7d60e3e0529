"""Which sentences, signers and names go to which split."""

from dataclasses import dataclass

import numpy as np

from data_prep.invented.english import sentence_words, with_synonyms
from data_prep.invented.grammar import Drawer, fill_name, has_open_name, held_out
from data_prep.invented.lexicon import LETTERS
from data_prep.invented.meaning import Sentence
from data_prep.invented.names import draw_names
from data_prep.invented.signers import TRAIN_SIGNERS, UNSEEN_SIGNERS
from data_prep.invented.signing import sign

NAMED_SHARE = 0.27
FULL_TRAIN, FULL_DEV, FULL_TEST = 8000, 300, 500


@dataclass(frozen=True)
class SplitRule:
    """What a split asks of its sentences and signers; sizes are for 8,000 training clips."""

    name: str
    size: int
    signers: tuple[str, ...] = TRAIN_SIGNERS
    combinations: str = "trained"
    named: float = NAMED_SHARE
    new_names: bool = False
    long: bool = False


RULES = (
    SplitRule("train", FULL_TRAIN),
    SplitRule("dev", FULL_DEV),
    SplitRule("test_sentences", FULL_TEST),
    SplitRule("test_signers", FULL_TEST, signers=UNSEEN_SIGNERS),
    SplitRule("test_names", FULL_TEST, named=1.0, new_names=True),
    SplitRule("test_long", FULL_TEST, named=0.0, long=True),
    SplitRule("test_combinations", FULL_TEST, combinations="held", named=0.0),
)


@dataclass(frozen=True)
class Task:
    """One clip to make: its number is the source of its randomness."""

    number: int
    split: str
    sentence: Sentence
    text: str
    signer: str


def split_sizes(train: int) -> dict[str, int]:
    """Clips a split: as the rules say at 8,000 training clips, in proportion below that, never under 8."""
    share = min(1.0, train / FULL_TRAIN)
    return {r.name: train if r.name == "train" else max(8, round(r.size * share)) for r in RULES}


def fits(sentence: Sentence, text: str, long: bool) -> bool:
    """5–12 words and 3–7 signs (a name counts one); long sentences 13–18 words and 8–10 signs."""
    words = len(text.split()) - 1
    glosses = sign(sentence, "qaa").glosses
    signs = sum(gloss not in LETTERS for gloss in glosses) + len(sentence.names)
    if long:
        return 13 <= words <= 18 and 8 <= signs <= 10
    return 5 <= words <= 12 and 3 <= signs <= 7


def draw_split(rule: SplitRule, size: int, names: list[str], taken: set[str], rng: np.random.Generator) -> list[tuple]:
    """(sentence, English text) of a split; every text is new, and enters `taken`."""
    drawer = Drawer(rng, rule.combinations)
    names, drawn, uses = list(names), [], 0
    while len(drawn) < size:
        sentence = drawer.sentence(bool(rng.random() < rule.named), rule.long)
        if has_open_name(sentence):
            sentence = fill_name(sentence, names[uses % len(names)])
        elif rule.new_names:
            continue
        text = sentence_words(sentence)
        if rule.combinations == "trained" and any(held_out(pair) for pair in sentence.combinations):
            continue
        if rule.combinations == "held" and not any(held_out(pair) for pair in sentence.combinations):
            continue
        if text in taken or not fits(sentence, text, rule.long):
            continue
        taken.add(text)
        uses += bool(sentence.names)
        drawer.accept()
        drawn.append((sentence, with_synonyms(text, rng)))
    return drawn


def plan(train: int, seed: int) -> list[Task]:
    """Every clip of the corpus, in the order of splits: a pure function of size and seed.

    The same sentence never comes twice. Names of `test_names` are its own; all other splits share the rest.
    """
    sizes = split_sizes(train)
    name_rng = np.random.default_rng([seed, 1])
    known: set[str] = set()
    train_names = draw_names(max(30, round(0.3 * train)), name_rng, known)
    new_names = draw_names(sizes["test_names"], name_rng, known)
    taken: set[str] = set()
    tasks: list[Task] = []
    for number, rule in enumerate(RULES):
        rng = np.random.default_rng([seed, 2, number])
        names = new_names if rule.new_names else train_names
        if rule.name != "train":
            names = list(rng.permutation(names))
        for index, (sentence, text) in enumerate(draw_split(rule, sizes[rule.name], names, taken, rng)):
            signer = rule.signers[index % len(rule.signers)]
            tasks.append(Task(len(tasks), rule.name, sentence, text, signer))
    return tasks
