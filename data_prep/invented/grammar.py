"""Which meanings there are, how many sentences they make, and how one is drawn."""

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np

from data_prep.invented.english import phrase_words
from data_prep.invented.meaning import Clause, Phrase, Sentence
from data_prep.invented.words import (
    FEELINGS,
    FOOD_ADJECTIVES,
    KIN,
    LINKS,
    NOUN_CLASSES,
    NOUNS,
    NUMBERS,
    OWNERS,
    PERSON_ADJECTIVES,
    PERSONS,
    PLACE_VERBS,
    PLACES,
    PRONOUNS,
    THING_ADJECTIVES,
    TIMES,
    VERBS,
    WEATHER,
)

HELD_OUT_SHARE = 0.1
FAMILIES = {"weather": 0.09, "action": 0.55, "place": 0.13, "state": 0.11, "joined": 0.12}


def noun_class(noun: str) -> str:
    """food, drink, thing or animal."""
    return next(name for name, nouns in NOUN_CLASSES.items() if noun in nouns)


def combinations() -> list[tuple[str, str]]:
    """Every verb with every noun that can be its object."""
    return [(verb, noun) for verb, (_, classes) in VERBS.items() for c in classes for noun in NOUN_CLASSES.get(c, ())]


def held_out(combination: tuple[str, str]) -> bool:
    """Whether training never sees this verb with this noun; both are seen with others."""
    digest = hashlib.sha256(" ".join(combination).encode()).digest()
    return digest[0] < 256 * HELD_OUT_SHARE and combination in _COMBINATIONS


_COMBINATIONS = frozenset(combinations())


def _adjectives(noun: str) -> dict[str, str]:
    return FOOD_ADJECTIVES if noun_class(noun) in ("food", "drink") else THING_ADJECTIVES


def person_phrases() -> list[Phrase]:
    """Pronouns, kin and persons; names come on top."""
    kin = [Phrase("kin", head, owner) for head, owner in product(KIN, OWNERS)]
    persons = [Phrase("person", head, adjective=a) for head in PERSONS for a in ("", *PERSON_ADJECTIVES)]
    return [Phrase("pronoun", head) for head in PRONOUNS] + kin + persons


def noun_phrases(noun: str) -> list[Phrase]:
    """All objects with this noun: with or without owner or number, with or without adjective."""
    numbers = tuple(NUMBERS) if NOUNS[noun][1] else ()
    marks = [("", "")] + [(owner, "") for owner in OWNERS] + [("", number) for number in numbers]
    return [Phrase("noun", noun, owner, a, number) for a in ("", *_adjectives(noun)) for owner, number in marks]


def count_sentences(pairs: list[tuple[str, str]] | None = None, shortest: int = 5, longest: int = 12) -> int:
    """Number of English sentences in which somebody does something to a thing, of the allowed number of words.

    Statements (plain, with really, negated) and yes/no questions without name, place or companion: a lower bound of
    the grammar's size, counted exactly by convolving the lengths of the parts. pairs: only these (verb, noun).
    """
    subjects = Counter(len(phrase_words(p, "subject").split()) for p in person_phrases())
    objects = Counter()
    for _, noun in combinations() if pairs is None else pairs:
        objects.update(len(phrase_words(p, "object").split()) for p in noun_phrases(noun))
    total = 0
    for words, tense in [("", "present"), *TIMES.values()]:
        plain = 2 if tense == "future" else 1
        negated = 2 + (tense != "future")
        for verb_words in (plain, plain + 1, negated, 2):  # statement, really, negated, yes/no question
            for (s, many), (o, more) in product(subjects.items(), objects.items()):
                total += many * more * (shortest <= s + o + verb_words + len(words.split()) <= longest)
    return total


class Drawer:
    """Draws meanings so that all concepts come about equally often; a pure function of its generator and history.

    rng: every choice comes from it.
    wanted: "trained" leaves held-out verb–noun pairs out, "held" draws nothing else, "any" does not care.
    """

    def __init__(self, rng: np.random.Generator, wanted: str = "trained"):
        self.rng, self.wanted = rng, wanted
        self.uses: Counter = Counter()
        self.pending: Counter = Counter()

    def pick(self, options) -> str:
        """One of the options, those used less being likelier."""
        options = list(options)
        weights = np.array([1.0 / (3.0 + self.uses[option]) for option in options]) ** 3
        chosen = options[self.rng.choice(len(options), p=weights / weights.sum())]
        self.pending[chosen] += 1
        return chosen

    def accept(self) -> None:
        """The last sentence is taken: its concepts count as used."""
        self.uses += self.pending

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def person(self, pronoun: float = 0.25) -> Phrase:
        kind = self.rng.choice(3, p=[pronoun, 0.58 * (1 - pronoun), 0.42 * (1 - pronoun)])
        if kind == 0:
            return Phrase("pronoun", self.pick(PRONOUNS))
        if kind == 1:
            return Phrase("kin", self.pick(KIN), self.pick(OWNERS))
        return Phrase("person", self.pick(PERSONS), adjective=self.pick(PERSON_ADJECTIVES) if self.chance(0.45) else "")

    def thing(self, verb: str, plain: bool = False) -> Phrase:
        classes = [c for c in VERBS[verb][1] if c in NOUN_CLASSES]
        nouns = [noun for c in classes for noun in NOUN_CLASSES[c]]
        if self.wanted != "any":
            nouns = [noun for noun in nouns if held_out((verb, noun)) == (self.wanted == "held")]
        noun = self.pick(nouns)
        if plain:
            return Phrase("noun", noun)
        mark = self.rng.choice(3, p=[0.35, 0.05, 0.6])
        owner = self.pick(OWNERS) if mark == 1 else ""
        number = self.pick(NUMBERS) if mark == 2 and NOUNS[noun][1] else ""
        return Phrase("noun", noun, owner, self.pick(_adjectives(noun)) if self.chance(0.6) else "", number)

    def time(self, probability: float = 0.8) -> tuple[str, ...]:
        if not self.chance(probability):
            return ()
        signs = 1 if self.chance(0.5) else 2  # half of them one sign: yesterday; half two: last week
        return self.pick([time for time in TIMES if len(time) == signs])

    def mood(self, *questions: str) -> str:
        kind = self.rng.choice(3, p=[0.62, 0.19, 0.19])
        return ("statement", "polar", self.pick(questions))[kind]

    def clause(self, family: str) -> Clause:
        """A clause of a family, yet without name."""
        make = {"weather": self._weather, "action": self._action, "place": self._place, "state": self._state}
        clause = make[family]()
        if clause.mood == "WHEN":
            clause = _changed(clause, time=())
        if clause.mood == "statement":
            colour = self.rng.choice(3, p=[0.66, 0.22, 0.12])
            clause = _changed(clause, negated=colour == 1, emphatic=colour == 2)
        return clause

    def _weather(self) -> Clause:
        mood = self.mood("WHERE", "WHEN")
        place = "" if mood == "WHERE" else self.pick(PLACES)
        return Clause("weather", mood, self.time(0.9), verb=self.pick(WEATHER), place=place)

    def _action(self) -> Clause:
        able = [v for v in VERBS if self.wanted != "held" or any(held_out(c) for c in _COMBINATIONS if c[0] == v)]
        verb = self.pick(able)
        mood = self.mood("WHAT", "WHO", "WHEN", "WHY", "HOW-MANY")
        classes = VERBS[verb][1]
        if classes[-1] == "person" and (len(classes) == 1 or (self.wanted != "held" and self.chance(0.5))):
            mood = "WHY" if mood == "HOW-MANY" else mood
            what = self.person(pronoun=0.15)
        elif mood == "HOW-MANY":
            what = self.thing(verb, plain=True)
            mood = mood if NOUNS[what.head][1] else "WHY"
        else:
            what = self.thing(verb)
        mood = "WHO" if mood == "WHAT" and what.kind != "noun" else mood
        place = self.pick(PLACES) if self.chance(0.15) else ""
        subject = None if mood == "WHO" else self.person()
        return Clause("action", mood, self.time(), subject, verb, None if mood == "WHAT" else what, place)

    def _place(self) -> Clause:
        verb = self.pick(PLACE_VERBS)
        mood = self.mood("WHO", "WHEN", "WHY", "WHERE")
        if mood == "WHERE" and PLACE_VERBS[verb][1]:
            mood = "WHY"
        subject = None if mood == "WHO" else self.person()
        companion = self.person(pronoun=0.1) if self.chance(0.3) else None
        place = "" if mood == "WHERE" else self.pick(PLACES)
        return Clause("place", mood, self.time(), subject, verb, place=place, companion=companion)

    def _state(self) -> Clause:
        mood = self.mood("WHO", "WHY")
        if mood != "WHO" and self.chance(0.4):
            noun = self.pick(NOUNS)
            subject = Phrase("noun", noun, self.pick(OWNERS) if self.chance(0.4) else "")
            time, state = self.time(), self.pick(_adjectives(noun))
            return Clause("state", mood, time, subject, state=state, very=self.chance(0.5))
        subject = None if mood == "WHO" else self.person()
        return Clause("state", mood, self.time(), subject, state=self.pick(FEELINGS), very=self.chance(0.5))

    def joined(self, rich: bool) -> Sentence:
        """Two statements under one time."""
        first = self._statement(str(self.rng.choice(("action", "place") if rich else ("state", "place"))))
        second = self._statement(str(self.rng.choice(("weather", "state", "action", "place")[: 4 if rich else 2])))
        if not rich:
            first = _changed(first, companion=None, time=first.time if len(first.time) == 1 else ())
            second = _changed(second, place="")
        return Sentence((first, _changed(second, time=())), self.pick(LINKS))

    def _statement(self, family: str) -> Clause:
        while True:
            clause = self.clause(family)
            if clause.mood == "statement":
                return clause

    def sentence(self, named: bool, long: bool = False) -> Sentence:
        """Any sentence; with a name when asked for one."""
        self.pending = Counter()
        if long:
            return self.joined(rich=True)
        family = str(self.rng.choice(list(FAMILIES), p=list(FAMILIES.values())))
        family = "action" if self.wanted == "held" else family
        if family == "joined" and not named:
            return self.joined(rich=False)
        clause = self.clause("place" if family == "joined" else family)
        return Sentence((self._named(clause),), names=()) if named else Sentence((clause,))

    def _named(self, clause: Clause) -> Clause:
        """The clause with a name, still to be filled in, for one of its persons or its place."""
        options = [part for part in ("subject", "companion") if getattr(clause, part) is not None]
        if clause.object is not None and clause.object.kind != "noun":
            options.append("object")
        if clause.place and (clause.family != "action" or not options):
            options.append("place")
        if not options:
            return clause
        part = str(self.rng.choice(options))
        if part == "place":
            return _changed(clause, place="", town=NAME)
        return _changed(clause, **{part: Phrase("name", NAME)})


NAME = "?"


def fill_name(sentence: Sentence, name: str) -> Sentence:
    """The sentence with its open name given."""
    clauses = []
    for clause in sentence.clauses:
        filled = {part: Phrase("name", name) for part in ("subject", "companion", "object")
                  if getattr(clause, part) == Phrase("name", NAME)}  # fmt: skip
        clauses.append(_changed(clause, **filled, **({"town": name} if clause.town == NAME else {})))
    return Sentence(tuple(clauses), sentence.link, (name,))


def has_open_name(sentence: Sentence) -> bool:
    """Whether a name is still to be given."""
    return any(c.town == NAME or Phrase("name", NAME) in (c.subject, c.object, c.companion) for c in sentence.clauses)


def _changed(clause: Clause, **changes) -> Clause:
    return replace(clause, **changes)
