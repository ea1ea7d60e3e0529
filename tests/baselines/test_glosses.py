"""Names pass through the translation letter by letter, whatever they are; the rest is learnt."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sign_latent.baselines.glosses import NAMES, GlossTranslator, GlossTranslatorSettings, names_in
from sign_latent.evaluator.tokens import EOS, SPECIALS, pad_ids

LETTERS = [chr(c) for c in range(65, 91)]
SIZES = dict(width=32, layers=1, heads=2, inner=32, dropout=0.0)
SMALL = GlossTranslatorSettings(**SIZES, words=["sees", "the", "will", "rest", "."], glosses=["SEE", "REST", *LETTERS])


@pytest.fixture(scope="module")
def model() -> GlossTranslator:
    torch.manual_seed(0)
    return GlossTranslator(SMALL).eval()


NAME = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=7).filter(lambda w: w not in SMALL.words)


@given(NAME, NAME)
def test_a_spelled_name_is_one_id_and_back(model, one, other):
    ids, names = model.text_ids(f"{one} sees the {other} .")
    line = [*one.upper(), "SEE", *other.upper()]
    found = model.line_ids(" ".join(line), names)
    assert names == list(dict.fromkeys([one, other]))
    if not other.startswith(one) or one == other:
        assert len(found) == 4 and model._line(found, names) == line
    assert set(ids) & set(range(SPECIALS, SPECIALS + NAMES)) == set(range(SPECIALS, SPECIALS + len(names)))


def test_names_are_the_words_that_are_spelled():
    texts = ["is kisa here ?", "is it here ?", "it is me .", "kisa and a dog ."]
    lines = ["K I S A HERE", "IT HERE", "IT ME", "K I S A AND DOG"]
    assert names_in(texts, lines) == {"kisa"}


def test_letters_that_spell_no_name_are_glosses(model):
    _, names = model.text_ids("mark sees the will .")
    assert model._line(model.line_ids("M A R SEE A", names), names) == ["M", "A", "R", "SEE", "A"]


def test_more_names_than_places_are_unknown(model):
    ids, names = model.text_ids(" ".join(f"name{c}" for c in "abcdef"))
    assert len(names) == 6 and ids.count(3) == 2


def test_what_can_be_neither_known_nor_spelled_takes_no_place_of_a_name(model):
    assert model.text_ids("mark ! sees 😀 the — will .") == model.text_ids("mark sees the will .")


def test_letters_without_a_sign_are_left_out(model):
    assert model.spelled("zoë") == ["Z", "O"]


def test_given_glosses_are_taken_as_they_are(model):
    assert model.translate(["REST SEE A", "SEE"]) == [["REST", "SEE", "A"], ["SEE"]]
    assert model.given("REST see") == []


def test_it_learns_and_spells_names_that_it_never_saw():
    torch.manual_seed(0)
    model = GlossTranslator(SMALL)
    texts = ["{} sees the {} .", "the {} will rest .", "will {} rest {} ?"]
    lines = ["{} SEE {}", "{} REST", "REST {} {}"]
    names = [("mark", "tom"), ("anna", "x"), ("lea", "otto"), ("bo", "gus")]
    read = [model.text_ids(t.format(*n)) for t in texts for n in names]
    spelled = [line.format(*(" ".join(x.upper()) for x in n)) for line in lines for n in names]
    wanted = [model.line_ids(line, found) for line, (_, found) in zip(spelled, read, strict=True)]
    assert {len(line) for line in wanted} == {3, 4}
    batch = pad_ids([ids for ids, _ in read]), pad_ids(wanted)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(120):
        optimiser.zero_grad()
        model.losses(*batch)["loss"].backward()
        optimiser.step()
    model.eval()
    assert model.translate(["zuzi sees the quark ."]) == [[*"ZUZI", "SEE", *"QUARK"]]
    assert model.translate(["the wim will rest ."]) == [[*"WIM", "REST"]]


def test_the_batch_changes_no_translation(model):
    texts = ["mark sees the tom .", "rest", "the will will rest the the"]
    assert model.translate(texts) == [model.translate([text])[0] for text in texts]


def test_ids_end(model):
    assert model.text_ids("rest")[0][-1] == model.line_ids("REST", [])[-1] == EOS
