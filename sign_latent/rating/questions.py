"""What raters are asked, in plain words, and the answers that a results file may hold."""

from dataclasses import dataclass

SINGLE, PAIR = "single", "pair"
CANNOT_SAY = "na"
CONSENT = "I agree to take part"
ABOUT = "about"
"""Stands for a trial in rows that tell of the rater."""
REVEALED = "revealed"
"""Question whose answer "yes" says that the written text was shown, so that what came before is settled."""
FREE = {SINGLE: ("understood", "comment"), PAIR: ("comment",)}
"""Free text. `understood` is written before the text is shown."""
HEARING = {
    "deaf": "Deaf",
    "hard_of_hearing": "Hard of hearing",
    "hearing": "Hearing",
    "not_said": "I would rather not say",
}
MOST_YEARS = 120


@dataclass(frozen=True)
class Question:
    """A choice among `answers`: its code in the results file -> its words. `step` 2 comes after the text is shown."""

    name: str
    part: str
    step: int
    ask: str
    answers: dict[str, str]

    @property
    def scale(self) -> bool:
        """Whether the answers are points 1 to 5, and not a choice between two clips."""
        return "1" in self.answers


def _scale(name: str, step: int, ask: str, words: str) -> Question:
    points = {str(point): word for point, word in enumerate(words.split(" | "), 1)}
    return Question(name, SINGLE, step, ask, {**points, CANNOT_SAY: "cannot say"})


def _choice(name: str, step: int, ask: str) -> Question:
    answers = {"a": "A", "b": "B", "same": "no difference", "neither": "I could not understand either"}
    return Question(name, PAIR, step, ask, answers)


_ORDER = "(order, questions, negation, use of space)"
QUESTIONS: tuple[Question, ...] = (
    _scale(
        "understandability", 1, "How much did you understand?", "nothing | a little | about half | most | everything"
    ),
    _scale(
        "grammar",
        1,
        f"Grammar: is it put together as signers of this language do it {_ORDER}?",
        "all wrong | mostly wrong | half right | mostly right | all right",
    ),
    _scale(
        "hands",
        1,
        "Hands: are shapes, places and movements clear and right?",
        "never | rarely | half the time | mostly | always",
    ),
    _scale(
        "face",
        1,
        "Face: do face, mouth and head fit the signing?",
        "never | rarely | half the time | mostly | always",
    ),
    _scale(
        "fluency",
        1,
        "Fluency: does it flow as when a fluent person signs?",
        "not at all | a little | halfway | mostly | fully",
    ),
    _scale(
        "adequacy",
        2,
        "Does the signing say what the text says?",
        "nothing of it | a little | about half | most of it | all of it",
    ),
    _choice("preference", 1, "Which signing is better?"),
    _choice("meaning", 2, "Which one says this text better?"),
)


SETTLED = {
    part: frozenset(
        [REVEALED, *(name for name in FREE[part] if name != "comment")]
        + [question.name for question in QUESTIONS if question.part == part and question.step == 1]
    )
    for part in (SINGLE, PAIR)
}
"""Part -> questions whose answers stay as they are once the text was shown."""


def asked(part: str) -> dict[str, Question]:
    """The questions of a part, by name."""
    return {question.name: question for question in QUESTIONS if question.part == part}


def fault(part: str, name: str, answer: str) -> str:
    """Why this cannot be an answer to the question of that name in that part ("" if it can)."""
    allowed = asked(part)
    if name in FREE[part]:
        return ""
    if name == REVEALED:
        return "" if answer == "yes" else f"{REVEALED} is {answer!r}, not 'yes'"
    if name not in allowed:
        return f"no question {name!r} is asked about a {part}"
    if answer not in allowed[name].answers:
        return f"{name} is {answer!r}, not one of {', '.join(allowed[name].answers)}"
    return ""


def about_fault(name: str, answer: str) -> str:
    """Why a rater's line about themselves cannot be one ("" if it can)."""
    if name == "languages":
        return ""
    if name == "years":
        good = answer.isascii() and answer.isdigit() and int(answer[:4]) <= MOST_YEARS
        return "" if good else f"years is {answer!r}, not a whole number from 0 to {MOST_YEARS}"
    allowed = {"consent": ("yes",), "hearing": tuple(HEARING)}
    if name not in allowed:
        return f"no question {name!r} is asked about raters"
    return "" if answer in allowed[name] else f"{name} is {answer!r}, not one of {', '.join(allowed[name])}"
