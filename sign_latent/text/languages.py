"""Language tags: spoken ones are BCP-47, signed ones ISO 639-3. Never is one guessed from the other."""

import re

from sign_latent.errors import UserError
from sign_latent.text.iso639 import SIGNED, SPOKEN_TWO_LETTERS

# Acronyms that mean one language only.
_ALIASES = {"asl": "ase", "dgs": "gsg"}

# Acronyms that do not; the remedy is spelled out.
_AMBIGUOUS = {
    "gsl": "German is gsg, Greek gss, Ghanaian gse",
    "fsl": "French is fsl (in lower case, its ISO code), Finnish fse, Filipino psp",
    "bsl": "British is bfi, Brazilian bzs, Bulgarian bqn",
    "isl": "Irish is isg, Indian ins, Israeli isr, Icelandic icl",
    "ksl": "Korean is kvk, Kenyan xki",
    "tsl": "Turkish is tsm, Thai tsq, Taiwan tss",
    "lsf": "French is fsl",
    "lse": "Spanish is ssp",
    "libras": "Brazilian is bzs",
    "auslan": "Australian is asf",
    "ngt": "Dutch is dse",
}
_BCP47 = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)", re.I)


def validate_signed(tag: str) -> str:
    """ISO 639-3 code of a signed language, lower case (private use ``qaa``–``qtz`` included).

    Aliases are strict (asl → ase, dgs → gsg). Raises UserError for anything ambiguous or unknown.
    """
    code = _ALIASES.get(tag.lower(), tag)
    if code in SIGNED or _private(code):
        return code
    hint = _AMBIGUOUS.get(tag.lower())
    if hint is None and tag.lower() in SIGNED:
        hint = f"{SIGNED[tag.lower()]} is {tag.lower()}, in lower case"
    hint = hint or "American is ase, German gsg, British bfi; qaa to qtz are for private use"
    raise UserError(f"signed language '{tag}': not an unambiguous ISO 639-3 code of a signed language; {hint}")


def signed_name(tag: str) -> str:
    """A signed language in words, with its code; those of private codes are invented. "" for what is no such code."""
    if tag in SIGNED:
        return f"{SIGNED[tag]} Sign Language ({tag})"
    return f"invented sign language ({tag})" if _private(tag) else ""


def validate_spoken(tag: str) -> str:
    """BCP-47 tag of a spoken or written language in canonical case, such as ``en``, ``pt-BR``, ``zh-Hant-TW``.

    Raises UserError for a malformed tag, an unknown two-letter code, and the code of a signed language.
    """
    match = _BCP47.fullmatch(tag)
    if match is None:
        raise UserError(f"spoken language '{tag}': not a BCP-47 tag; write for example en, de or pt-BR")
    language, script, region, variants = match.groups()
    language = language.lower()
    if language in SIGNED or _private(language):
        raise UserError(f"spoken language '{tag}': is the code of a signed language; give it as the signed language")
    if len(language) == 2 and language not in SPOKEN_TWO_LETTERS:
        raise UserError(f"spoken language '{tag}': no such ISO 639-1 code; write for example en, de or pt-BR")
    parts = [language, script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part) + variants.lower()


def _private(code: str) -> bool:
    return re.fullmatch("q[a-t][a-z]", code) is not None
