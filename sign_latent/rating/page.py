"""The page of one rater: trials in order with their clips, the questions, and nothing of what the key hides."""

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from sign_latent.rating.pack import Pack, Shown
from sign_latent.rating.questions import ABOUT, CANNOT_SAY, CONSENT, FREE, HEARING, PAIR, QUESTIONS, SINGLE, Question
from sign_latent.renderer import figure
from sign_latent.renderer.page import GENERATED_NOTICE, player_assets, player_markup
from sign_latent.text.languages import signed_name

REHEARSAL_NOTICE = "Rehearsal in an invented language: nobody can judge understanding here."
REHEARSAL = (
    "This is a rehearsal: the clips are in a language that was invented for tests and that nobody knows. Nobody can "
    "judge whether it can be understood, and your answers only test this page."
)
MIXED_NOTICE = f"Recordings of people are among the clips, drawn the same way. All others: {GENERATED_NOTICE}"
_PARTS = Path(__file__).parent / "rater"
_LABELS = {"understood": "What did you understand? Write it in any language, or as glosses.", "comment": "Comment"}
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'sha256-$hash'; base-uri 'none'; form-action 'none'\">"
)
OFFLINE = {
    "traffic": "It loads nothing from elsewhere and sends nothing.",
    "stays": "Your answers stay in this browser. Nothing is sent, and nobody watches what you do. At the end you save "
    "a file (<kbd>S</kbd>), and <em>you</em> decide whether to give it to us.",
    "open": '<button type="button" class="hr-open">Go on with a saved file <kbd>O</kbd></button>',
    "finish": '<ol>\n<li>Save your answers: <button type="button" class="hr-save hr-main">Save <kbd>S</kbd></button>'
    "</li>\n<li>Give the file to $contact, if you want your answers to count.</li>\n</ol>",
    "later": "your answers stay in this browser until you delete them",
    "files": "<dt><kbd>S</kbd> <kbd>O</kbd></dt><dd>save your answers, open a saved file</dd>",
    "reopen": '<button type="button" class="hr-open">Open a saved file <kbd>O</kbd></button>',
}
"""What a page that is one file says of the answers given in it."""
SERVED = {
    "traffic": "It loads nothing from elsewhere. Your answers go to the computer that serves it, and no further.",
    "stays": "Your answers are stored on the computer that serves this page, as you give them. You may close the page: "
    "at the same address you go on where you stopped. You can delete them at any time (<kbd>X</kbd>, <kbd>D</kbd>).",
    "open": "",
    "finish": "<p>Your answers were stored as you gave them. You need do nothing more. Questions? Ask $contact.</p>",
    "later": "your answers stay stored until you delete them",
    "files": "<dt><kbd>S</kbd></dt><dd>save a copy of your answers</dd>",
    "reopen": "",
}
"""The same of a page that is served."""
_WRITE_KEYS = {"understood": "W", "comment": "C"}


def offline_page(pack: Pack, rater: str) -> str:
    """The whole page of a rater: one file, self-contained. It differs between systems in nothing but drawn points."""
    style, player = player_assets()
    # Players start when a trial is shown, not when the page is loaded: so their script stands in a function.
    script = f"function startPlayers() {{\n{player}\n}}\n{_script('offline.js')}"
    policy = Template(_POLICY).substitute(hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode())
    trials = "\n".join(_template(trial, _players(pack, trial)) for trial in pack.raters[rater])
    head = f"{policy}\n<style>{style}{_asset('page.css')}</style>"
    return _page(pack, rater, OFFLINE, head, f"{trials}\n<script>{script}</script>")


def served_page(pack: Pack, rater: str) -> str:
    """The page of a rater whose clips and answers go to and fro between it and the server, without either."""
    head = '<link rel="icon" href="data:,">\n<link rel="stylesheet" href="/rate.css">'
    player = player_markup({"model": figure.constants(), "clips": []})
    trials = "\n".join(_template(trial, "", f' data-clips="{" ".join(trial.clips)}"') for trial in pack.raters[rater])
    scripts = '<script src="/player.js"></script>\n<script src="/rate.js"></script>'
    return _page(pack, rater, SERVED, head, f'{trials}\n<template id="player">{player}</template>\n{scripts}')


def served_assets() -> dict[str, tuple[str, str]]:
    """Address -> (media type, content) of what served pages share, beside the player's script."""
    style, _ = player_assets()
    return {
        "/rate.css": ("text/css", style + _asset("page.css")),
        "/rate.js": ("text/javascript", _script("served.js")),
    }


def _script(way: str) -> str:
    return _asset("answers.js") + _asset(way) + _asset("rater.js")


def _page(pack: Pack, rater: str, way: dict[str, str], head: str, tail: str) -> str:
    contact = escape(pack.contact)
    return Template(_asset("page.html")).substitute(
        {name: Template(words).substitute(contact=contact) for name, words in way.items()},
        head=head,
        tail=tail,
        pack=pack.pack,
        rater=rater,
        notice=escape(_notice(pack)),
        language=escape(signed_name(pack.signed_language)),
        rehearsal=f"<p><strong>{escape(REHEARSAL)}</strong></p>" if pack.rehearsal else "",
        contact=contact,
        consent=escape(CONSENT),
        hearing=_radios(ABOUT, "hearing", HEARING, {}),
        single=_form(SINGLE, pack.spoken_language),
        pair=_form(PAIR, pack.spoken_language),
    )


def _notice(pack: Pack) -> str:
    if pack.rehearsal:
        return REHEARSAL_NOTICE
    return MIXED_NOTICE if pack.recordings else GENERATED_NOTICE


def _template(trial: Shown, content: str, more: str = "") -> str:
    text = escape(trial.text)
    return f'<template data-code="{trial.code}" data-part="{trial.part}" data-text="{text}"{more}>{content}</template>'


def _players(pack: Pack, trial: Shown) -> str:
    titles = ("A", "B") if trial.part == PAIR else ("Clip",)
    clips = [{**pack.clips[code], "title": title} for code, title in zip(trial.clips, titles, strict=True)]
    return "".join(player_markup({"model": figure.constants(), "clips": [clip]}) for clip in clips)


def _form(part: str, language: str) -> str:
    """The questions of a part. Text and second step stand first: they appear beside the clip when it is their turn."""
    steps = {step: [_fieldset(q) for q in QUESTIONS if q.part == part and q.step == step] for step in (1, 2)}
    before = [_free(part, name) for name in FREE[part] if name != "comment"]
    text = f'<p class="hr-text" tabindex="-1" hidden>The text: <q lang="{escape(language)}" dir="auto"></q></p>'
    fields = [text, *steps[2], *before, *steps[1], _free(part, "comment")]
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
