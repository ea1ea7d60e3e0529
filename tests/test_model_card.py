"""A model card says what the card says, and what may not be concluded from it."""

import re

import pytest
import yaml

from sign_latent.model_card import NOT_REVIEWED, model_card
from sign_latent.registry import Card, list_artefacts

CARDS = list_artefacts()


def parts(text):
    """The metadata and the sections of a model card."""
    _, head, body = text.split("---\n", 2)
    pieces = re.split(r"^## (.+)$", body, flags=re.MULTILINE)
    return yaml.safe_load(head), {"": pieces[0]} | dict(zip(pieces[1::2], pieces[2::2], strict=True))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_artefact_of_the_package_is_told_whole(card):
    head, found = parts(model_card(card))
    assert head["language"] == card.languages["spoken"] and head["sign_latent"] == card.reference
    assert NOT_REVIEWED in found[""]
    assert all(parent in found["Origin"] for parent in card.parents.values())
    assert card.data_licence in found["Origin"] and card.weights_sha256 in found["Origin"]
    assert all(f"`{tag}`" in found["Languages"] for tag in card.languages["signed"])
    assert ("invented" in found["Languages"]) == bool(card.languages["signed"])
    assert all(name in found["Audit"] for name in card.audit or {})
    assert card.intended_use in found["Intended use"]


def test_warnings_and_missing_audits_are_said():
    warned = Card(name="x", model="toy", settings={}, warnings=["signs\nwithout | heeding <b>text"])
    _, found = parts(model_card(warned))
    assert "- signs without | heeding &lt;b>text\n" in found["Warnings"]
    assert "None was made" in found["Audit"] and "not stated" in found["Origin"]


def test_real_languages_are_not_called_invented():
    card = Card(name="x", model="toy", settings={}, languages={"spoken": ["en"], "signed": ["ase"]})
    assert "invented" not in model_card(card)


def test_nothing_on_a_card_breaks_out_of_the_metadata():
    card = Card(name="x", model="toy\n---\nlicense: mit", settings={}, languages={"spoken": ["en: [", "#"]})
    head, _ = parts(model_card(card))
    assert head["language"] == ["en: [", "#"] and "license" not in head
