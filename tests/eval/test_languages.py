"""Which language is signed: texts that are in all of them, read by the readers of the invented ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from data_prep.invented.clips import make_clip
from data_prep.invented.splits import plan
from eval.bootstrap import Sample
from eval.languages import distances, errors, in_every_language, lines_of, readers, table
from eval.systems import generate_all
from sign_latent.card import Card
from sign_latent.errors import UserError


@pytest.fixture(scope="module")
def clips():
    """Four texts in two languages, and one in one of them."""
    tasks = plan(12, 0)[:5]
    return [make_clip(task, tag, 0) for tag in ("qaa", "qab") for task in tasks][:-1]


def test_texts_that_one_language_lacks_are_left_out(clips):
    whole = in_every_language(clips)
    assert [set(text) for text in whole] == [{"qaa", "qab"}] * 4 and len(in_every_language(clips, 3)) == 3
    assert all(text["qaa"].text == text["qab"].text for text in whole)
    for some in (clips[:5], [clips[0], clips[6]]):
        with pytest.raises(UserError, match="no text is in several"):
            in_every_language(some)


def test_recordings_are_read_in_their_own_language_and_not_in_the_other(clips):
    texts = in_every_language(clips)
    made = {f"told {tag}": [text[tag].pose for text in texts] for tag in ("qaa", "qab")}
    sample = Sample.of([text["qaa"] for text in texts], draws=50)
    found = table(errors(made, texts, readers(["qaa", "qab"])), distances(made, texts), sample)
    for own, other in (("qaa", "qab"), ("qab", "qaa")):
        row = found[f"told {own}"]
        assert row[own]["gloss_wer"]["value"] < 25 and row[other]["gloss_wer"]["value"] > 60
        assert row[own]["nearest"]["value"] == 100 and row[other]["nearest"]["value"] == 0
    assert len(lines_of(found)) == 6
    with pytest.raises(UserError, match="ase"):
        readers(["ase"])


def test_edits_are_counted_against_what_a_text_is_in_the_language_read(clips):
    texts = in_every_language(clips)
    silent = errors({"told qaa": [None] * 4}, texts, {"qab": lambda pose: []})
    wrong, count = silent["told qaa"]["qab"]
    assert np.array_equal(wrong, count) and count.tolist() == [len(text["qab"].gloss.split()) for text in texts]


def test_a_generator_of_several_languages_is_told_those_of_each_clip_and_another_is_not(clips):
    asked = []

    def generate(texts, **more):
        asked.append((texts, more))
        return [None] * len(texts)

    languages = {"spoken": ["en"], "signed": ["qaa", "qab"], "pairs": [["en", "qaa"], ["en", "qab"]]}
    some = [clips[0], clips[6]]
    for pairs in (languages, {"spoken": ["en"], "signed": ["qaa"]}):
        card = Card(name="x", model="x", settings={}, languages=pairs)
        generate_all(SimpleNamespace(card=card, generate=generate), some, None, {"seed": 3, "gloss": True})
    (lines, told), (_, untold) = asked
    assert lines == [clip.gloss for clip in some] and told["gloss"] and told["seed"] == 3
    assert told["signed_language"] == ["qaa", "qab"] and "signed_language" not in untold
