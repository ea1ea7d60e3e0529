"""Laws of languages asked for: one pair that was seen, never a guess among several."""

import warnings
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.generation.inputs import check_kind, in_sentences, tell_of_texts
from sign_latent.generation.request import check_request, known_pairs, language_pair, told_languages

OLD = Card(name="old", model="x", settings={}, languages={"spoken": ["en"], "signed": ["qaa"]})
PAIRS = [["de", "gsg"], ["en", "ase"], ["en", "bfi"]]
MANY = Card(name="many", model="x", settings={}, languages={"spoken": ["de", "en"], "signed": ["x"], "pairs": PAIRS})


def test_a_model_of_one_pair_needs_not_be_told_it():
    assert language_pair(OLD) == language_pair(OLD, "en") == language_pair(OLD, "en", "qaa") == ("en", "qaa")
    assert told_languages(OLD, [("xx", "yyy")]) == {}


def test_of_several_pairs_the_tags_given_must_leave_one():
    assert language_pair(MANY, "de") == language_pair(MANY, signed="dgs") == ("de", "gsg")
    assert language_pair(MANY, "en", "asl") == ("en", "ase") and language_pair(MANY, signed="bfi") == ("en", "bfi")
    assert known_pairs(MANY) == [tuple(pair) for pair in PAIRS]
    assert told_languages(MANY, [("en", "bfi")]) == {"spoken_language": ["en"], "signed_language": ["bfi"]}


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ((None, None), "signed language: model many knows de to gsg, en to ase, en to bfi; say which"),
        (("en", None), "signed language: .* say which with --signed-language"),
        (("de", "ase"), "languages de to ase: model many knows de to gsg, en to ase, en to bfi; choose one of these"),
        ((None, "qaa"), "signed language qaa: model many knows gsg, ase, bfi"),
        (("fr", "ase"), "spoken language fr: model many knows de, en"),
        ((None, "GSL"), "German is gsg"),
    ],
)
def test_what_is_unknown_or_ambiguous_is_refused_in_a_line_that_names_what_is_known(tags, words):
    with pytest.raises(UserError, match=words) as caught:
        language_pair(MANY, *tags)
    assert "\n" not in str(caught.value)


def test_each_text_may_have_its_own_languages():
    found = check_request(MANY, ["a", "b", "c"], None, ["ase", "gsg", "bfi"], 1.0)
    assert found == [("en", "ase"), ("de", "gsg"), ("en", "bfi")]
    assert check_request(MANY, ["a", "b"], "de", None, 1.0) == [("de", "gsg")] * 2


def test_glosses_are_for_models_that_were_trained_on_them():
    both, gloss = (SimpleNamespace(name="m", text_encoder={"reads": r}) for r in (["text", "gloss"], ["gloss"]))
    for card, kind in ((both, True), (both, False), (gloss, True), (OLD, False)):
        check_kind(card, kind)
    with pytest.raises(UserError, match="old was trained on text alone; leave --gloss out"):
        check_kind(OLD, True)
    with pytest.raises(UserError, match="m was trained on gloss alone; give glosses"):
        check_kind(gloss, False)


def test_what_a_model_was_never_taught_to_spell_is_warned_of():
    latin = replace(OLD, vocabulary=["rain"])
    with pytest.warns(UserWarning, match="model old: no word that it knows is written in the script of 4 д;"):
        tell_of_texts(latin, ["rain 4", "4 д"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tell_of_texts(latin, ["Anna  rain"])
        tell_of_texts(OLD, ["4 д!"])


def test_what_a_model_has_no_use_for_is_told_of_once():
    said, latin = [], replace(OLD, vocabulary=["rain", "."])
    tell_of_texts(latin, ["Rain! ☂️", "Rain!", "rain."], said.append)
    assert said == ["leaves out characters that it has no use for: ! ☂"]
    tell_of_texts(latin, ["rain\ufe0f a\u200db"], said.append)
    assert said[1:] == ["leaves out characters that it has no use for: U+200D"]
    tell_of_texts(latin, ["rain " + "!#$%&()*+,-/"], said.append)
    assert said[2] == "leaves out characters that it has no use for: ! # $ % & ( ) * + , …"


def test_what_is_longer_than_any_training_text_is_told_of():
    card = replace(OLD, vocabulary=["rain", "."], text_encoder={"longest": {"text": 6, "gloss": 2}})
    said = []
    tell_of_texts(card, ["rain rain.", "rain rain ab."], said.append)
    assert said == []
    tell_of_texts(card, ["rain.", "rain rain abc rain."], said.append)
    assert "learnt to sign at once has 6 words and spelled letters, this 7;" in said[0]
    tell_of_texts(card, ["rain rain rain"], said.append, "gloss")
    assert "has 2 words and spelled letters, this 3;" in said[1]


def test_a_sentence_that_is_longer_than_any_training_text_is_signed_in_clauses():
    card, said = replace(OLD, vocabulary=["rain", "."], text_encoder={"longest": {"text": 3}}), []
    assert in_sentences(card, "rain rain, rain rain. Rain.", tell=said.append) == ["rain rain,", "rain rain.", "Rain."]
    assert len(said) == 1 and "at most 3 words" in said[0]
    assert in_sentences(card, "rain, rain. Rain.", tell=said.append) == ["rain, rain.", "Rain."]
    assert in_sentences(card, "rain rain, rain rain.", gloss=True, tell=said.append) == ["rain rain, rain rain."]
    assert len(said) == 1
    assert in_sentences(OLD, "rain, " * 100, tell=said.append) == [("rain, " * 100).strip()] and len(said) == 1
