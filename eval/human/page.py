"""The page of one rater: trials in order with their clips, the questions, and nothing of what the key hides."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from eval.human.design import Showing, Trial
from eval.human.key import Key
from eval.human.questions import ABOUT, CANNOT_SAY, CONSENT, FREE, HEARING, PAIR, QUESTIONS, SINGLE, Question
from sign_latent.pose.pose import Pose
from sign_latent.renderer.page import GENERATED_NOTICE, PageClip, player_assets, player_fragment
from sign_latent.text.iso639 import SIGNED

REHEARSAL_NOTICE = "Rehearsal in an invented language: nobody can judge understanding here."
REHEARSAL = (
    "This is a rehearsal: the clips are in a language that was invented for tests and that nobody knows. Nobody can "
    "judge whether it can be understood, and your answers only test this page."
)
MIXED_NOTICE = f"Recordings of people are among the clips, drawn the same way. All others: {GENERATED_NOTICE}"
_PARTS = Path(__file__).parent / "rater"
_LABELS = {"understood": "What did you understand? Write it in any language, or as glosses.", "comment": "Comment"}
_TEXT = '<p class="hr-text" tabindex="-1" hidden>The text: <q></q></p>'
_WRITE_KEYS = {"understood": "W", "comment": "C"}


def language_name(tag: str) -> str:
    """The signed language in words, with its code."""
    return f"{SIGNED[tag]} Sign Language ({tag})" if tag in SIGNED else f"invented sign language ({tag})"


@dataclass
class Pages:
    """Pages of the raters of a key. `pose_of` gives what is drawn for a showing."""

    key: Key
    pose_of: Callable[[Showing], Pose]
    contact: str
    _players: dict[tuple[Showing, str], str] = field(default_factory=dict)

    def of(self, rater: str) -> str:
        """The whole page: self-contained, one file. It differs between systems in nothing but the drawn points."""
        style, player = player_assets()
        # Players start when a trial is shown, not when the page is loaded: so their script stands in a function.
        script = f"function startPlayers() {{\n{player}\n}}\n{_asset('answers.js')}{_asset('rater.js')}"
        key = self.key
        return Template(_asset("page.html")).substitute(
            hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=style + _asset("page.css"),
            script=script,
            pack=key.pack,
            rater=rater,
            notice=escape(REHEARSAL_NOTICE if key.rehearsal else self._notice()),
            language=escape(language_name(key.signed_language)),
            text_language=escape(key.spoken_language),
            rehearsal=f"<p><strong>{escape(REHEARSAL)}</strong></p>" if key.rehearsal else "",
            contact=escape(self.contact),
            consent=escape(CONSENT),
            hearing=_radios(ABOUT, "hearing", HEARING, {}),
            single=_form(SINGLE),
            pair=_form(PAIR),
            trials="\n".join(map(self._trial, key.raters[rater])),
        )

    def _notice(self) -> str:
        return MIXED_NOTICE if "reference" in self.key.systems else GENERATED_NOTICE

    def _trial(self, trial: Trial) -> str:
        titles = ("A", "B") if trial.part == PAIR else ("Clip",)
        players = "".join(self._player(clip, title) for clip, title in zip(trial.clips, titles, strict=True))
        text = escape(self.key.items[trial.clips[0].item])
        return f'<template data-code="{trial.code}" data-part="{trial.part}" data-text="{text}">{players}</template>'

    def _player(self, showing: Showing, title: str) -> str:
        if (showing, title) not in self._players:
            self._players[showing, title] = player_fragment([PageClip(title, self.pose_of(showing))])
        return self._players[showing, title]


def _form(part: str) -> str:
    """The questions of a part. Text and second step stand first: they appear beside the clip when it is their turn."""
    steps = {step: [_fieldset(q) for q in QUESTIONS if q.part == part and q.step == step] for step in (1, 2)}
    before = [_free(part, name) for name in FREE[part] if name != "comment"]
    fields = [_TEXT, *steps[2], *before, *steps[1], _free(part, "comment")]
    return f'<form id="{part}" class="hr-form" hidden>{"".join(fields)}</form>'


def _free(part: str, name: str) -> str:
    return (
        f'<label class="hr-free">{escape(_LABELS[name])} <kbd>{_WRITE_KEYS[name]}</kbd>'
        f'<textarea name="{name}" data-question="{name}" rows="2" maxlength="2000"></textarea></label>'
    )


def _fieldset(question: Question) -> str:
    keys = {CANNOT_SAY: "0"} | {answer: answer for answer in question.answers if answer.isdigit()}
    keys |= {answer: str(place) for place, answer in enumerate(question.answers, 1) if answer not in keys}
    body = _radios(question.part, question.name, question.answers, keys)
    kind = "hr-scale" if question.scale else "hr-choice"
    return (
        f'<fieldset class="{kind}" data-question="{question.name}" data-step="{question.step}" tabindex="-1">'
        f"<legend>{escape(question.ask)}</legend>{body}</fieldset>"
    )


def _radios(group: str, name: str, answers: dict[str, str], keys: dict[str, str]) -> str:
    """One radio button an answer; `keys`: answer -> the digit that chooses it."""
    labels = []
    for answer, words in answers.items():
        key = f"<kbd>{keys[answer]}</kbd> " if answer in keys else ""
        mark = f' data-key="{keys[answer]}"' if answer in keys else ""
        labels.append(
            f'<label><input type="radio" name="{group}-{name}" value="{answer}"{mark}>'
            f"<span>{key}{escape(words)}</span></label>"
        )
    return f'<div class="hr-answers">{"".join(labels)}</div>'


@cache
def _asset(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")
