"""The page that a hub shows of an artefact: what its card says, in words, and what nobody may conclude from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sign_latent.card import Card

NOT_REVIEWED = (
    "**Not reviewed by signers.** Sign languages are full languages. Nothing that this model makes has been judged by "
    "signers: do not show it to a Deaf reader as a translation, and claim no linguistic correctness for it."
)
INVENTED = (
    "`{}` are private-use tags of invented languages: nobody signs them, and the model is of no use for talking to "
    "anybody."
)
LIMITS = (
    "- It knows only the languages named above and only signing like that of the corpus it was trained on.",
    "- Scores by models that read signing say what such models can read, not what people understand.",
    "- A figure in the audit was measured when the artefact was published, on held-out clips of its own corpus.",
)


def model_card(card: Card) -> str:
    """README.md of an artefact, with the metadata that the Hugging Face Hub reads at its head.

    All of it follows from the card: the same card gives the same text.
    """
    head = {
        "library_name": "sign_latent",
        "tags": ["sign-language", "sign-language-production", card.model],
        "language": list(card.languages.get("spoken", [])),
        "sign_latent": card.reference,
    }
    sections = {
        "Intended use": [card.intended_use or "Not stated on the card."],
        "Use": _use(card),
        "Languages": _languages(card),
        "Warnings": [f"- {_line(warning)}" for warning in card.warnings] or ["None was raised when it was published."],
        "Audit": _audit(card.audit),
        "Limits": list(LIMITS),
        "Origin": _origin(card),
    }
    body = [f"# {card.name}", "", f"{_code(card.model)}, {_code(card.reference)}.", "", NOT_REVIEWED]
    for title, lines in sections.items():
        body += ["", f"## {title}", "", *lines]
    # JSON is YAML: no value of a card can break out of the head.
    yaml = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    return "\n".join(["---", *yaml, "---", "", *body]) + "\n"


def _use(card: Card) -> list[str]:
    pull = ["```bash", f"sign-latent registry pull USER/REPOSITORY {card.name}", "```"]
    if card.spec is not None or not card.text_encoder:
        return pull
    if card.condition == "text":
        return [*pull, "", "```bash", f'sign-latent generate "a sentence" --renderer {card.name} -o x.mp4', "```"]
    lines = [*pull, "", "```python", "from sign_latent import load", ""]
    return [*lines, f'load("{card.name}").generate("a sentence").save("x.pose")', "```"]


def _languages(card: Card) -> list[str]:
    named = {kind: list(card.languages.get(kind, [])) for kind in ("spoken", "signed")}
    lines = [f"- {kind}: {', '.join(map(_code, tags)) or 'none'}" for kind, tags in named.items()]
    pairs = [f"{a} to {b}" for a, b in card.languages.get("pairs", [])]
    invented = [tag for tag in named["signed"] if "qaa" <= tag <= "qtz"]
    lines += [f"- seen together: {', '.join(pairs)}"] if pairs else []
    return lines + (["", INVENTED.format("`, `".join(invented))] if invented else [])


def _audit(audit: Mapping[str, Any] | None) -> list[str]:
    if not audit:
        return ["None was made when it was published."]
    rows = [f"| {_cell(name)} | {_cell(value)} |" for name, value in _flat(audit)]
    return ["| measured at publishing | value |", "|---|---|", *rows]


def _flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        found += _flat(value, f"{above}{name}.") if isinstance(value, dict) else [(above + name, value)]
    return found


def _origin(card: Card) -> list[str]:
    dirty = " (with changes that were not committed)" if card.code_dirty else ""
    rows = {
        "parents": ", ".join(f"{role} {_code(parent)}" for role, parent in card.parents.items()) or "none",
        "licence of the data": _line(card.data_licence) or "not stated",
        "corpus": _code(card.corpus_hash) if card.corpus_hash else "not stated",
        "text encoder": _code((card.text_encoder or {}).get("name", "none")),
        "weights (sha256)": _code(card.weights_sha256),
        "code": f"{_code(card.code_commit)}{dirty}" if card.code_commit else "not a checkout",
        "published": card.created or "unknown",
    }
    return [f"- {name}: {value}" for name, value in rows.items()]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return _line(str(value)).replace("|", "\\|")


def _code(value: str) -> str:
    return f"`{_line(value).replace('`', '')}`"


def _line(value: str) -> str:
    """Text of a card in one line and without markup of its own."""
    return " ".join(value.split()).replace("<", "&lt;")
