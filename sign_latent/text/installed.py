"""The text encoder that a card names, if it is the one installed here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sign_latent.errors import UserError
from sign_latent.text.encoder import TextEncoder


@lru_cache(maxsize=4)
def _loaded(name: str, layers: tuple[int, ...], spelling: bool, expected: str) -> TextEncoder:
    encoder = TextEncoder.load(name, layers=layers, spelling=spelling)
    if encoder.hash != expected:
        raise UserError(
            f"text encoder {name}: this one has hash {encoder.hash}, the model was trained with {expected}; "
            "install that one"
        )
    return encoder


def installed(description: Mapping[str, Any]) -> TextEncoder:
    """The frozen text encoder of a description (``TextEncoder.description``). UserError where it is another here."""
    layers, spelling = tuple(description["layers"]), description.get("spelling", False)
    return _loaded(description["name"], layers, spelling, description["hash"])
