"""From a meaning to signs: two invented grammars over the same meanings.

`qaa`: time, place, topic, companion, object, verb, question word last; nouns before adjective before number; owners
first. Negation is a head shake over object and verb, without a sign of its own.
`qab`: time, question word, object, topic, verb, companion, place; number before adjective before noun; owners last.
Negation is a sign NOT after the verb, with a head shake over verb and NOT.
In both a raised brow spans a yes/no question, a furrowed brow a question with a question word, a nod the verb of an
emphatic statement (`really`), a tilted head the topic; names are spelled letter by letter.
"""

from dataclasses import dataclass

from data_prep.invented.meaning import Clause, Phrase, Sentence


@dataclass(frozen=True)
class Scope:
    """A non-manual over the signs first..last (both included)."""

    channel: str
    value: str
    first: int
    last: int


@dataclass(frozen=True)
class Signing:
    """Glosses in order (letters are single characters) and what face and head do over them."""

    glosses: tuple[str, ...]
    scopes: tuple[Scope, ...]


@dataclass(frozen=True)
class Order:
    """The order rules of a language: roles in a clause, parts in a phrase, and its negation."""

    roles: tuple[str, ...]
    parts: tuple[str, ...]
    negated_roles: tuple[str, ...]
    negation_sign: bool
    topic: str


ORDERS = {
    "qaa": Order(
        roles=("time", "place", "subject", "companion", "object", "very", "verb", "question"),
        parts=("owner", "head", "adjective", "number"),
        negated_roles=("object", "very", "verb"),
        negation_sign=False,
        topic="subject",
    ),
    "qab": Order(
        roles=("time", "question", "object", "subject", "verb", "very", "negation", "companion", "place"),
        parts=("number", "adjective", "head", "owner"),
        negated_roles=("verb", "very", "negation"),
        negation_sign=True,
        topic="object",
    ),
}


def phrase_signs(phrase: Phrase | None, order: Order) -> list[str]:
    """Glosses of a phrase; a name is spelled."""
    if phrase is None:
        return []
    if phrase.kind == "name":
        return list(phrase.head.upper())
    parts = {name: getattr(phrase, name) for name in order.parts}
    return [parts[name] for name in order.parts if parts[name]]


def _role_signs(clause: Clause, order: Order, with_time: bool) -> dict[str, list[str]]:
    asked = clause.mood not in ("statement", "polar")
    return {
        "time": list(clause.time) if with_time else [],
        "place": [clause.place] if clause.place else list(clause.town.upper()),
        "subject": phrase_signs(clause.subject, order),
        "object": phrase_signs(clause.object, order),
        "companion": ["WITH", *phrase_signs(clause.companion, order)] if clause.companion else [],
        "very": ["VERY"] if clause.very else [],
        "verb": [clause.verb or clause.state],
        "negation": ["NOT"] if clause.negated and order.negation_sign else [],
        "question": [clause.mood] if asked else [],
    }


def _clause_signing(clause: Clause, order: Order, start: int) -> Signing:
    signs = _role_signs(clause, order, with_time=True)
    glosses, spans = [], {}
    for role in order.roles:
        if signs[role]:
            spans[role] = (start + len(glosses), start + len(glosses) + len(signs[role]) - 1)
            glosses += signs[role]
    scopes = []
    if clause.mood == "polar":
        scopes.append(Scope("brows", "raise", start, start + len(glosses) - 1))
    elif clause.mood != "statement":
        scopes.append(Scope("brows", "furrow", start, start + len(glosses) - 1))
    if clause.negated:
        within = [spans[role] for role in order.negated_roles if role in spans]
        scopes.append(Scope("head", "shake", within[0][0], within[-1][1]))
    if clause.emphatic:
        scopes.append(Scope("head", "nod", *spans["verb"]))
    topic = clause.object if order.topic == "object" else clause.subject
    if topic is not None and topic.kind != "pronoun":
        scopes.append(Scope("head", "tilt", *spans[order.topic]))
    return Signing(tuple(glosses), tuple(scopes))


def sign(sentence: Sentence, language: str) -> Signing:
    """What a signer of `language` (qaa or qab) does to say the sentence."""
    order = ORDERS[language]
    glosses, scopes = (), ()
    for number, clause in enumerate(sentence.clauses):
        if number:
            glosses += (sentence.link,)
        part = _clause_signing(clause, order, len(glosses))
        glosses, scopes = glosses + part.glosses, scopes + part.scopes
    return Signing(glosses, scopes)
