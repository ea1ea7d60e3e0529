"""What clips say of themselves, a line of JSON, when they become parts of a whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_PARTS = "parts"


def of_whole(said: Iterable[str]) -> str:
    """What a whole says of whose parts these are said: what all of them say, where that is one and the same.

    Else ``{"parts": […]}``, what its parts say, each once and word for word: text and seed of one are not those of
    all, but a whole with a generated part does not pass for a recording. "" where none says anything.
    """
    different = list(dict.fromkeys(said))
    if len(different) < 2:
        return "".join(different)
    parts = [part for one in different for part in _parts(one)]
    return json.dumps({_PARTS: list(dict.fromkeys(parts))}, ensure_ascii=False)


def facts_of(provenance: str) -> list[dict[str, Any]]:
    """What a clip says of itself, or what each of its parts does; none of what is no JSON object."""
    return [facts for part in _parts(provenance) if (facts := _read(part))]


def models_of(provenance: str) -> list[str]:
    """The models, ``name@hash``, that made a clip or parts of it, each once; none of a recording."""
    found = (facts.get("generated_by") for facts in facts_of(provenance))
    return list(dict.fromkeys(str(model) for model in found if model))


def _parts(provenance: str) -> list[str]:
    parts = _read(provenance).get(_PARTS)
    if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
        return parts
    return [provenance] if provenance else []


def _read(provenance: str) -> dict[str, Any]:
    try:
        facts = json.loads(provenance)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
