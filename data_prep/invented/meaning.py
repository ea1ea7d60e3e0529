"""What a sentence says, before any language: clauses of phrases. English and both signed languages start from here."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrase:
    """A person or thing. `kind`: pronoun, kin, person, noun or name; `head` is a concept, of a name its letters."""

    kind: str
    head: str
    owner: str = ""
    adjective: str = ""
    number: str = ""


@dataclass(frozen=True)
class Clause:
    """One statement or question. `family`: weather, action (verb and object), place (verb and place), state.

    `mood`: statement, polar, or the concept of a question word; the phrase asked for is then absent.
    """

    family: str
    mood: str = "statement"
    time: tuple[str, ...] = ()
    subject: Phrase | None = None
    verb: str = ""
    object: Phrase | None = None
    place: str = ""
    town: str = ""
    state: str = ""
    very: bool = False
    companion: Phrase | None = None
    negated: bool = False
    emphatic: bool = False


@dataclass(frozen=True)
class Sentence:
    """One clause, or two joined by a concept of `words.LINKS` under the first one's time."""

    clauses: tuple[Clause, ...]
    link: str = ""
    names: tuple[str, ...] = field(default=())

    @property
    def combinations(self) -> tuple[tuple[str, str], ...]:
        """(verb, noun) of every clause whose object is a thing."""
        return tuple((c.verb, c.object.head) for c in self.clauses if c.object is not None and c.object.kind == "noun")
