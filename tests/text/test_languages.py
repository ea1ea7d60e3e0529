"""Laws of language tags: strict, canonical, never guessed."""

import re

import pytest

from sign_latent.errors import UserError
from sign_latent.text.iso639 import SIGNED, SPOKEN_TWO_LETTERS
from sign_latent.text.languages import validate_signed, validate_spoken


def test_every_signed_code_is_itself_and_no_spoken_code():
    for code in SIGNED:
        assert validate_signed(code) == code
        with pytest.raises(UserError, match="signed language"):
            validate_spoken(code)


def test_the_codes_are_those_of_the_standard():
    """All of ISO 639-3's signed languages and no others. Of ISO 639-1 the library leaves out the retired ``sh``."""
    languages = list(pytest.importorskip("iso639").iter_langs())
    signed = re.compile(r"\bsign\b|langue des signes|gebarentaal|auslan", re.IGNORECASE)
    names = {language.pt3: language.name for language in languages if language.pt3 and signed.search(language.name)}
    assert set(SIGNED) == set(names)
    assert {language.pt1 for language in languages if language.pt1} | {"sh"} == SPOKEN_TWO_LETTERS
    called_otherwise = {code for code, name in SIGNED.items() if name.split(" (")[0] not in names[code]}
    assert called_otherwise == {"asf", "esl", "sfb", "vgt"}  # by names of their own; and Egypt's


@pytest.mark.parametrize(
    "code, name", [("hds", "Honduras"), ("psc", "Iranian"), ("asf", "Australian"), ("vgt", "Flemish")]
)
def test_a_code_is_that_of_its_language(code, name):
    """Samples of the standard's table: added late, renamed, and named without the words "sign language"."""
    assert SIGNED[code] == name


def test_retired_codes_are_refused():
    """Rennellese and Yiddish, which ISO 639-3 withdrew as non-existent in 2017 and 2015."""
    for code in ("rsi", "yds"):
        with pytest.raises(UserError, match=f"signed language '{code}'"):
            validate_signed(code)


@pytest.mark.parametrize("tag, code", [("asl", "ase"), ("ASL", "ase"), ("dgs", "gsg"), ("DGS", "gsg"), ("qaa", "qaa")])
def test_aliases_and_private_use(tag, code):
    assert validate_signed(tag) == code


@pytest.mark.parametrize("tag", ["GSL", "gsl", "FSL", "BSL", "ISL", "en", "english", "", "xxx", "ASE", "ase-US", "quz"])
def test_ambiguous_and_unknown_signed_tags_are_refused_by_name(tag):
    with pytest.raises(UserError, match=f"signed language '{tag}'"):
        validate_signed(tag)


@pytest.mark.parametrize(
    "tag, canonical",
    [
        ("en", "en"),
        ("PT-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("gsw", "gsw"),
        ("und", "und"),
    ],
)
def test_spoken_tags_become_canonical_and_stay_so(tag, canonical):
    assert validate_spoken(tag) == canonical == validate_spoken(canonical)


def test_two_letter_codes_are_checked():
    assert len(SPOKEN_TWO_LETTERS) == 184
    for tag in ("xx", "english", "", "e", "en_US", "en--US", "qaa", "ase"):
        with pytest.raises(UserError, match="spoken language"):
            validate_spoken(tag)
