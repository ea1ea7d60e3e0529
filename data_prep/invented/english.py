"""From a meaning to the small English: lower case, words apart by spaces, a full stop or a question mark at the end."""

import numpy as np

from data_prep.invented.meaning import Clause, Phrase, Sentence
from data_prep.invented.words import (
    FEELINGS,
    FOOD_ADJECTIVES,
    KIN,
    LINKS,
    NOUNS,
    NUMBERS,
    OWNERS,
    PERSON_ADJECTIVES,
    PERSONS,
    PLACE_VERBS,
    PLACES,
    PRONOUNS,
    SYNONYM_RATE,
    SYNONYMS,
    THING_ADJECTIVES,
    TIMES,
    VERBS,
    WEATHER,
)

ADJECTIVES = {**THING_ADJECTIVES, **FOOD_ADJECTIVES, **PERSON_ADJECTIVES, **FEELINGS}
QUESTION_WORDS = {"WHAT": "what", "WHO": "who", "WHERE": "where", "WHEN": "when", "WHY": "why"}
WHO = Phrase("asked", "WHO")


def tense(clause: Clause) -> str:
    """past, present or future: that of the time expression; without one present, and future when the time is asked."""
    if clause.time:
        return TIMES[clause.time][1]
    return "future" if clause.mood == "WHEN" else "present"


def phrase_words(phrase: Phrase, role: str) -> str:
    """English of a phrase as `subject` or `object`."""
    if phrase.kind == "asked":
        return "who"
    if phrase.kind == "pronoun":
        return PRONOUNS[phrase.head][role == "object"]
    if phrase.kind == "name":
        return phrase.head
    if phrase.kind == "kin":
        return f"{OWNERS[phrase.owner]} {KIN[phrase.head]}"
    adjective = f"{ADJECTIVES[phrase.adjective]} " if phrase.adjective else ""
    if phrase.kind == "person":
        return f"the {adjective}{PERSONS[phrase.head]}"
    return _noun_words(phrase, adjective, role)


def _noun_words(phrase: Phrase, adjective: str, role: str) -> str:
    one, many = NOUNS[phrase.head]
    if phrase.owner:
        return f"{OWNERS[phrase.owner]} {adjective}{one}"
    if phrase.number:
        return f"{NUMBERS[phrase.number]} {adjective}{one if phrase.number == 'ONE' else many}"
    if role == "subject":
        return f"the {adjective}{one}"
    if not many:
        return f"{adjective}{one}"
    words = f"{adjective}{one}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _person(phrase: Phrase | None) -> str:
    """Agreement of the verb: first, plural or third."""
    if phrase is not None and phrase.kind == "pronoun" and phrase.head != "SHE":
        return "first" if phrase.head == "ME" else "plural"
    return "third"


def _be(time: str, person: str) -> str:
    past = "were" if person == "plural" else "was"
    return {"past": past, "present": {"first": "am", "plural": "are", "third": "is"}[person], "future": "will"}[time]


def _do(time: str, person: str) -> str:
    return {"past": "did", "present": "does" if person == "third" else "do", "future": "will"}[time]


def _statement_verb(forms: str, time: str, person: str, clause: Clause) -> str:
    base, third, past = forms.split()
    really = "really " if clause.emphatic else ""
    if clause.negated:
        return f"{_do(time, person)} not {base}"
    if time == "future":
        return f"will {really}{base}"
    return really + (past if time == "past" else third if person == "third" else base)


def _statement_be(rest: str, time: str, person: str, clause: Clause) -> str:
    mark = " not" if clause.negated else " really" if clause.emphatic else ""
    return f"{_be(time, person)}{mark}{' be' if time == 'future' else ''} {rest}"


def _predicate(clause: Clause) -> tuple[str, str]:
    """Verb forms, or nothing and what follows "be"."""
    if clause.family == "weather":
        return WEATHER[clause.verb]
    if clause.family == "state":
        every = {**ADJECTIVES, "COLD": "cold", "WARM": "warm"}
        return "", ("very " if clause.very else "") + every[clause.state]
    return (VERBS | PLACE_VERBS)[clause.verb][0], ""


def _tail(clause: Clause) -> list[str]:
    """Object, companion and place, in English order."""
    words = [phrase_words(clause.object, "object")] if clause.object else []
    if clause.place or clause.town:
        own, noun = PLACES.get(clause.place, ("in", clause.town))
        given = PLACE_VERBS[clause.verb][1] if clause.family == "place" else ""
        words.append(f"{given or own} {'the ' if clause.place else ''}{noun}")
    if clause.companion:
        words.append(f"with {phrase_words(clause.companion, 'object')}")
    return words


def _clause_words(clause: Clause, time: str, when: str) -> str:
    subject = "it" if clause.family == "weather" else phrase_words(clause.subject or WHO, "subject")
    person = _person(clause.subject)
    forms, rest = _predicate(clause)
    if clause.mood in ("statement", "WHO"):
        verb = _statement_verb(forms, time, person, clause) if forms else _statement_be(rest, time, person, clause)
        parts = [subject, verb, *_tail(clause)]
        if clause.family == "weather" and when:
            return " ".join([when, *parts])
        return " ".join([*parts, *([when] if when else [])])
    helper = _do(time, person) if forms else _be(time, person)
    base = forms.split()[0] if forms else ("be " if time == "future" else "") + rest
    front = [QUESTION_WORDS[clause.mood]] if clause.mood in QUESTION_WORDS else []
    tail = _tail(clause)
    if clause.mood == "HOW-MANY":
        front, tail = [f"how many {NOUNS[clause.object.head][1]}"], tail[1:]
    return " ".join([*front, helper, subject, base, *tail, *([when] if when else [])])


def sentence_words(sentence: Sentence) -> str:
    """The English sentence, always with the first of two synonyms."""
    first = sentence.clauses[0]
    time = tense(first)
    when = TIMES[first.time][0] if first.time else ""
    text = _clause_words(first, time, when)
    for clause in sentence.clauses[1:]:
        text += f" {LINKS[sentence.link]} {_clause_words(clause, time, '')}"
    return text + (" ." if first.mood == "statement" else " ?")


def with_synonyms(text: str, rng: np.random.Generator) -> str:
    """Now and then the other word of a pair that means the same."""
    return " ".join(
        SYNONYMS[word] if word in SYNONYMS and rng.random() < SYNONYM_RATE else word for word in text.split()
    )
