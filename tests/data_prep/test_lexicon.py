"""Laws of the lexicon: size, distinct letters, minimal pairs of exactly one channel, nothing else alike."""

import itertools

import numpy as np
import pytest

from data_prep.invented.forms import allowed, choose_lexicon, form_distance, hand_points, oriented_distance
from data_prep.invented.lexicon import CHANNELS, LANGUAGES, LETTERS, lexicon
from data_prep.invented.minimal_pairs import GAZES, MINIMAL_PAIRS, MOUTHS
from data_prep.invented.phonology import EXPRESSION
from data_prep.invented.words import NUMBERS, concepts
from sign_latent.errors import UserError

MANUAL = ("handshape", "location", "orientation", "movement", "hands", "base")


def manual(form) -> tuple:
    return tuple(getattr(form, channel) for channel in MANUAL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sizes(language):
    forms = lexicon(language)
    assert set(forms) == {*concepts(), *LETTERS, *NUMBERS}
    assert len(LETTERS) == 26 and len(NUMBERS) == 10
    assert len(set(concepts())) >= 150
    assert all(8 <= form.frames <= 12 for form in forms.values())
    assert {form.hands for form in forms.values()} == {"one", "both", "base"}
    used = {channel: {getattr(form, channel) for form in forms.values()} for channel in MANUAL}
    assert len(used["handshape"]) >= 20 and len(used["location"]) >= 12
    assert len(used["orientation"]) >= 6 and len(used["movement"]) >= 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_minimal_pairs_differ_in_exactly_the_named_channel(language):
    forms = lexicon(language)
    assert len(MINIMAL_PAIRS) >= 40
    assert sum(channel in ("mouth", "gaze") for _, _, channel in MINIMAL_PAIRS) >= 8
    for one, other, channel in MINIMAL_PAIRS:
        differing = {c for c in CHANNELS if getattr(forms[one], c) != getattr(forms[other], c)}
        assert differing == {channel}, (one, other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pairs_that_are_not_named_as_minimal_differ_in_two_channels_and_are_far_apart(language):
    forms = lexicon(language)
    pairs = {frozenset(pair[:2]) for pair in MINIMAL_PAIRS}
    signs = [gloss for gloss in forms if gloss not in LETTERS and gloss not in NUMBERS]
    for one, other in itertools.combinations(signs, 2):
        if frozenset((one, other)) not in pairs:
            differing = [c for c in CHANNELS if getattr(forms[one], c) != getattr(forms[other], c)]
            assert len(differing) >= 2, (one, other, differing)
            assert form_distance(forms[one], forms[other]) > 0.9, (one, other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_clearly_distinct(language):
    letters = [(lexicon(language)[letter].handshape, lexicon(language)[letter].orientation) for letter in LETTERS]
    assert len({shape for shape, _ in letters}) == 26
    assert min(oriented_distance(a, b) for a, b in itertools.combinations(letters, 2)) > 0.05


def test_the_two_languages_share_hardly_a_form():
    qaa, qab = lexicon("qaa"), lexicon("qab")
    assert np.mean([manual(qaa[gloss]) == manual(qab[gloss]) for gloss in qaa]) < 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_faces_are_those_of_the_tables(language):
    forms = lexicon(language)
    assert set(MOUTHS) == set(EXPRESSION["mouth"]) and set(GAZES) == set(EXPRESSION["gaze"])
    for channel, table in (("mouth", MOUTHS), ("gaze", GAZES)):
        for value, glosses in table.items():
            assert {g for g, form in forms.items() if getattr(form, channel) == value} == set(glosses)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_is_within_a_body_s_reach(language):
    for gloss, form in lexicon(language).items():
        if gloss not in LETTERS:
            assert allowed(form), gloss


def test_signing_a_form_keeps_every_point_finite_and_the_elbow_bent():
    for form in list(lexicon("qaa").values())[::9]:
        body, _, _ = hand_points(form)
        assert np.isfinite(body).all()
        reach = np.linalg.norm(body[:, 21] - body[:, 17], axis=-1)
        arm = np.linalg.norm(body[:, 19] - body[:, 17], axis=-1) + np.linalg.norm(body[:, 21] - body[:, 19], axis=-1)
        assert (reach < 0.99 * arm).all()


def test_another_language_is_refused():
    with pytest.raises(UserError, match="ase"):
        lexicon("ase")


@pytest.mark.slow
def test_the_stored_forms_are_those_that_are_chosen():
    assert choose_lexicon("qaa") == lexicon("qaa")
