"""The generators that are installed, a few of them held, and clips that were made, until others need their place."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.generation import api
from sign_latent.generation.base import TextToPose
from sign_latent.generation.request import known_pairs
from sign_latent.pose.pose import Pose
from sign_latent.registry import list_artefacts
from sign_latent.studio.limits import KEPT_BYTES, LOADED_MODELS
from sign_latent.text.languages import signed_name


def installed() -> list[Card]:
    """Cards of the generators that are here, those included that cannot be loaded."""
    return [card for card in list_artefacts() if card.model in api.GENERATORS]


def described(card: Card) -> dict:
    """What a client needs to know of a generator; ``refused`` says why it cannot be used, "" where it can."""
    return {
        "name": card.name,
        "reference": card.reference,
        "pairs": known_pairs(card),
        "languages": [signed_name(tag) for tag in card.languages.get("signed", [])],
        "warnings": card.warnings,
        "intended_use": card.intended_use,
        "refused": api.refusal(card),
    }


class Models:
    """Generators by ``name`` or ``name@hash``, loaded when first asked for. For one thread."""

    def __init__(
        self,
        cards: Callable[[], Sequence[Card]] = installed,
        load: Callable[[str], TextToPose] = api.load,
        most: int = LOADED_MODELS,
    ) -> None:
        self.cards, self._load, self._most = cards, load, most
        self._held: OrderedDict[str, TextToPose] = OrderedDict()

    def get(self, name: str) -> TextToPose:
        """UserError for one that is not installed, or cannot be loaded."""
        held = (reference for reference in self._held if name in (reference, reference.partition("@")[0]))
        found = next(held, None) or self._installed(name)
        if found not in self._held:
            while len(self._held) >= self._most:
                self._held.popitem(last=False)
            self._held[found] = self._load(found)
        self._held.move_to_end(found)
        return self._held[found]

    def _installed(self, name: str) -> str:
        found = next((card for card in self.cards() if name in (card.name, card.reference)), None)
        if found is None:
            raise UserError("model: no generator of that name is installed; choose one of /api/models")
        if reason := api.refusal(found):
            raise UserError(reason)
        return found.reference


@dataclass(frozen=True)
class Made:
    """A generated clip and what is written into its files."""

    pose: Pose
    provenance: str

    @property
    def size(self) -> int:
        """Bytes."""
        arrays = (self.pose.points, self.pose.confidence, self.pose.rotations, self.pose.expression)
        return sum(array.nbytes for array in arrays if array is not None)


class Kept:
    """Clips by a key that cannot be guessed, up to so many bytes; the last one made stays in any case."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._size, self._guard = most, 0, threading.Lock()
        self._clips: OrderedDict[str, Made] = OrderedDict()

    def keep(self, clip: Made) -> str:
        """The key of the clip from now on."""
        key = secrets.token_urlsafe(16)
        with self._guard:
            self._clips[key] = clip
            self._size += clip.size
            while self._size > self._most and len(self._clips) > 1:
                self._size -= self._clips.popitem(last=False)[1].size
        return key

    def get(self, key: str) -> Made:
        """UserError for an unknown key, or one whose clip made room for others."""
        with self._guard:
            clip = self._clips.get(key)
        if clip is None:
            raise UserError("clip: is not held any more, or never was; sign the text again with the same seed")
        return clip
