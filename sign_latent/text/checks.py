"""Texts that nothing can sign; without PyTorch, for exported models too."""

from sign_latent.errors import UserError

LONGEST_TEXT = 1000
"""Characters of one sentence."""


def check_text(text: str, where: str = "", longest: int | None = LONGEST_TEXT) -> None:
    """UserError for a text that is empty, wordless, undecodable or of more than ``longest`` characters, ``where`` it
    stands."""
    place = f"{where}: " if where else ""
    if not text.strip():
        raise UserError(f"{place}text is empty; give a sentence to sign")
    if any("\ud800" <= character <= "\udfff" for character in text):  # what Python makes of undecodable arguments
        raise UserError(f"{place}text {text[:20]!a} is not UTF-8; give a sentence in UTF-8")
    if not any(character.isalnum() for character in text):
        raise UserError(f"{place}text '{text[:20]}' has no words; give a sentence to sign")
    if longest is not None and len(text) > longest:
        raise UserError(f"{place}text of {len(text)} characters; give at most {longest}, a sentence at a time")
