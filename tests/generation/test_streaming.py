"""Laws of long texts and of streams, on small untrained chains: they hold for any weights."""

import weakref
from dataclasses import replace

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.generation.base import TextToPose
from sign_latent.generation.paragraph import checked_sentences, sentence_seed, shared
from sign_latent.pose.streams import concatenated

TEXT = "tomorrow it will rain in the north. Anna is here! what do you do? It will rain here."
FRAMES = 150

pytestmark = pytest.mark.filterwarnings("ignore:model toy.*have no end")


def same(a, b):
    return np.array_equal(a.points, b.points) and np.array_equal(a.rotations, b.rotations)


@pytest.mark.parametrize("how", [{}, {"frames": FRAMES}, {"frames": FRAMES, "speed": 1.7}])
def test_chunks_are_the_long_generation_to_the_bit_whatever_their_size(signer, how):
    whole = signer.generate_long(TEXT, seed=2, **how)
    for size in (7, 10_000):
        chunks = list(signer.stream(TEXT, chunk_frames=size, seed=2, **how))
        assert {len(chunk) for chunk in chunks[:-1]} <= {size} and same(concatenated(chunks), whole)
    if "frames" in how:
        assert len(whole.validate()) == round(FRAMES / how.get("speed", 1))


def test_streams_that_take_turns_do_not_disturb_each_other(signer):
    how = [{"seed": 2, "frames": 60}, {"seed": 3, "frames": 60}]
    alone = [signer.generate_long(TEXT, **each) for each in how]
    turns = zip(*(signer.stream(TEXT, chunk_frames=20, **each) for each in how), strict=True)
    for whole, chunks in zip(alone, zip(*turns, strict=True), strict=True):
        assert same(concatenated(list(chunks)), whole)


def test_one_sentence_is_the_clip_that_generate_makes(generator, translation):
    for signer in (generator, translation):
        clip, streamed = signer.generate(["anna is here"], seed=5)[0], signer.generate_long("anna is here", seed=5)
        np.testing.assert_allclose(streamed.points, clip.points, atol=1e-5)


def test_a_window_is_asked_for_in_the_words_of_a_request(signer):
    alone = concatenated(list(signer.window("Rain.", None, 3, signer.asked(["Rain."]))))
    assert same(alone, signer.generate_long("Rain.", seed=3))
    with pytest.raises(UserError, match="signed language ase"):
        signer.asked(["Rain."], signed_language="ase")


def test_the_first_chunk_comes_before_the_second_sentence_is_begun(generator, monkeypatch):
    begun = []
    latents = type(generator).latents

    def noted(self, sentence, *more):
        begun.append(sentence)
        return latents(self, sentence, *more)

    monkeypatch.setattr(type(generator), "latents", noted)
    chunks = generator.stream(TEXT, chunk_frames=25)
    assert begun == []
    next(chunks)
    assert begun == ["tomorrow it will rain in the north."]
    list(chunks)
    assert len(begun) == 4


def test_a_translators_first_chunk_comes_while_its_first_sentence_is_written(translation, monkeypatch):
    if translation.card.model == "masked_translator":
        pytest.skip("writes a sentence at once")
    written = []
    from_tokens = translation.autoencoder.from_tokens
    monkeypatch.setattr(
        translation.autoencoder, "from_tokens", lambda ids: written.append(ids.shape[1]) or from_tokens(ids)
    )
    next(translation.stream(TEXT, chunk_frames=8, frames=800))
    assert set(written) == {1} and len(written) < 30


def test_sentences_are_the_clips_that_generate_makes_with_what_leads_to_them(generator):
    parts = checked_sentences(TEXT)
    clips = [generator.generate([part], seed=sentence_seed(4, i))[0] for i, part in enumerate(parts)]
    whole, start = generator.generate_long(TEXT, seed=4), 0
    for clip in clips:
        apart = [
            np.abs(whole.points[i : i + len(clip)] - clip.points).max()
            for i in range(start, start + 50)
            if i + len(clip) <= len(whole)
        ]
        assert min(apart) < 1e-5
        start += int(np.argmin(apart)) + len(clip)
    assert start == len(whole)


def test_equal_sentences_are_signed_differently_and_seeds_are_the_texts(generator):
    first, second = (generator.generate_long("rain. rain.", frames=80, seed=s) for s in (0, 1))
    assert not np.allclose(first.points[:30], first.points[40:70], atol=1e-3)
    assert not np.allclose(first.points, second.points, atol=1e-3)
    assert sentence_seed(7, 0) == 7 and len({sentence_seed(7, i) for i in range(100)}) == 100


def test_a_length_far_from_the_models_is_read_slower_or_faster(generator):
    parts, told = checked_sentences(TEXT), {"languages": [("en", "qaa")]}
    usual = generator.spans(parts, told)[:, 1].sum()
    for frames in (1, usual, usual * 3):
        asked = sum(generator.lengths(frames, parts, told, print))
        assert usual / 1.3 <= asked <= usual * 1.3
        assert len(generator.generate_long(TEXT, frames=frames)) == frames


@pytest.mark.parametrize("frames", [4, 17, 40, 1001])
def test_shared_lengths_add_up_and_none_is_empty(frames):
    lengths = shared(frames, [1, 7, 2, 3])
    assert sum(lengths) == frames and min(lengths) > 0
    assert frames < 1000 or lengths[1] > lengths[3] > lengths[2] > lengths[0]


@pytest.mark.parametrize(
    ("text", "how", "words"),
    [
        (" ", {}, "empty"),
        ("...", {}, "no words"),
        ("a" * 1001, {}, "text is a sentence of 1001 characters; give at most 1000 a sentence"),
        ("It rains. " + "b" * 1001 + ".", {}, "sentence 2 of 2, 'bbbbbbbbbbbbbbbbbbbb…', is of 1002 characters"),
        (TEXT, {"frames": 0}, "give 1 to 20000 frames"),
        (TEXT, {"frames": 10**9}, "give 1 to 20000 frames"),
        (TEXT, {"chunk_frames": 0}, "chunk of 0 frames"),
        (TEXT, {"speed": 11}, "speed 11"),
        (TEXT, {"frames": 90, "vary_length": True}, "leave out either"),
        (TEXT, {"signed_language": "ase"}, "knows qaa"),
        (TEXT, {"sampler": "dpm"}, "known: ddim"),
    ],
)
def test_bad_requests_are_named_before_anything_is_made(generator, text, how, words):
    with pytest.raises(UserError, match=words):
        generator.stream(text, **how)


def test_a_text_of_any_length_is_signed_sentence_by_sentence(signer):
    text = "rain. " * 200
    assert len(text) > 1000
    chunks = signer.stream(text)
    assert len(next(chunks)) == 25
    with pytest.raises(UserError, match="characters"):
        signer.generate([text])


@pytest.mark.parametrize("how", [{}, {"speed": 1.3}, {"frames": 700}])
def test_a_long_text_holds_few_of_its_sentences_at_a_time(generator, how):
    """Each is let go of when the next is led to, however many there are."""
    one, made = generator.generate("rain", frames=12, steps=1), []

    class Clips(TextToPose):
        def signed(self, texts, lengths, seed, batch_size, options):
            pose = replace(one, points=one.points.copy())
            made.append(weakref.ref(pose.points))
            return [pose]

    chunks = Clips(generator.card).stream("rain. " * 60, chunk_frames=7, **how)
    held = [sum(points() is not None for points in made) for _ in chunks]
    assert len(made) == 60 and max(held) <= 3


def test_what_a_card_has_no_use_for_is_refused_at_once(translation):
    with pytest.raises(UserError, match="sampler ddim: model toy has no use for it"):
        translation.stream(TEXT, sampler="ddim")


def test_a_sentence_longer_than_any_that_was_learnt_is_signed_clause_by_clause(generator):
    about = {"longest": {"text": 4}}
    learnt = replace(generator, card=replace(generator.card, text_encoder=about, vocabulary=generator.vocabulary.words))
    said = []
    asked = learnt.generate_long("it will rain, rain is here.", seed=2, tell=said.append)
    assert same(asked, generator.generate_long("it will rain,\n\nrain is here.", seed=2))
    assert sum("clause by clause" in doubt for doubt in said) == 1
    assert not same(asked, generator.generate_long("it will rain, rain is here.", seed=2))
    with pytest.warns(UserWarning, match="has 4 words and spelled letters, this 6"):
        learnt.generate("it will rain, rain is here.")
