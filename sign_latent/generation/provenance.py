"""What a generated clip says of itself: by which model, of which text, in which signed language, with which seed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sign_latent.card import Card
from sign_latent.pose.pose import Pose
from sign_latent.text.languages import validate_signed


def provenance(card: Card, text: str, seed: int, signed_language: str | None = None) -> str:
    """What is written into or beside a generated file."""
    return json.dumps(origin(card, signed_language) | {"text": text, "seed": seed}, ensure_ascii=False)


def origin(card: Card, signed_language: str | None = None) -> dict[str, Any]:
    """Whatever a model makes: its reference, and the signed language where that is told, or the only one it has."""
    known = [validate_signed(signed_language)] if signed_language else card.languages.get("signed", [])
    facts = {"generated_by": card.reference, "reviewed_by_signers": False}
    return facts | ({"signed_language": known[0]} if len(known) == 1 else {})


def told(pose: Pose, about: str) -> Pose:
    """The same motion, which says so of itself whenever it is saved."""
    return replace(pose, provenance=about).with_signs(pose.signs)
