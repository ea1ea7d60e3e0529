"""Stages on a corpus of two signed languages, of texts and of glosses: what is published, signed and refused."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from sign_latent import registry
from sign_latent.aligner.aligner import AlignerSettings
from sign_latent.aligner.vectors import AlignedEncoder, loaded_aligner
from sign_latent.autoencoder.fsq import PoseFSQ, PoseFSQSettings
from sign_latent.cache import text_features
from sign_latent.corpus.read import Corpus
from sign_latent.denoiser.sald import SaldSettings
from sign_latent.denoiser.semantic import SemanticSettings
from sign_latent.denoiser.unet import UNetSettings
from sign_latent.errors import UserError
from sign_latent.generation.api import load
from sign_latent.generation.back_translation import BackTranslationSettings
from sign_latent.generation.inputs import features_of
from sign_latent.text.encoder import TextEncoder
from sign_latent.training import TrainSettings
from sign_latent.translator.settings import TokenTranslatorSettings
from stages import aligner as aligner_stage
from stages import denoiser, regression, stitching, translator
from stages.inputs import Inputs, Reading, TextSettings

SIZES = {"width": 16, "heads": 2, "text_layers": 1, "longest": 20}
UNREAD = BackTranslationSettings(clips=0)


@pytest.fixture(scope="module")
def how(tmp_path_factory):
    runs = str(tmp_path_factory.mktemp("runs"))
    return TrainSettings(steps=2, batch_size=8, warmup=1, logger="none", accelerator="cpu", runs=runs, ema=0.0)


@pytest.fixture(scope="module", autouse=True)
def shelf(tmp_path_factory):
    """A discrete autoencoder, over whose latent everything can be trained."""
    room = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        torch.manual_seed(0)
        fsq = PoseFSQ(PoseFSQSettings(width=16, joint_width=8))
        card = registry.Card(name="fsq", model="pose_fsq", settings=asdict(fsq.settings), spec=asdict(fsq.spec))
        registry.publish(card, fsq, {})
        yield


@pytest.fixture(scope="module")
def trained(two_languages, how):
    """Trains a stage's model of a name, once."""
    made = {}

    def run(stage, reads="text", **more):
        name = f"{stage}-{reads}"
        if name in made:
            return made[name]
        common = {"train": how, "text": TextSettings(minimum=1, reads=reads), "back_translation": UNREAD} | more
        corpus = (name, str(two_languages), "fsq")
        if stage == "unet":
            chosen = denoiser.DenoiserSettings("unet_denoiser", unet_denoiser=UNetSettings(**SIZES))
            made[name] = denoiser.train(*corpus, denoiser=chosen, **common)
        elif stage == "sald":
            made[name] = denoiser.train(
                *corpus, denoiser=denoiser.DenoiserSettings(sald_denoiser=SaldSettings(**SIZES, layers=1)), **common
            )
        elif stage == "translator":
            own = TokenTranslatorSettings(**SIZES, layers=1, code_width=4, place="linear")
            made[name] = translator.train(*corpus, translator=translator.Translator(token_translator=own), **common)
        else:
            own = regression.ProgressiveSettings(**SIZES, layers=1)
            made[name] = regression.train(*corpus, regression=own, **common)
        return made[name]

    return run


@torch.no_grad()
def heard(made, tag, gloss=False):
    """What a generator's reader makes of an input; after two steps, tokens may well be the same whatever it reads."""
    model = getattr(made, {"Generator": "denoiser", "Translation": "translator"}.get(type(made).__name__, "model"))
    told = {"languages": [("en", tag)], "gloss": gloss}
    return model.reader(features_of(made, model.settings, ["RAIN TOMORROW"], told))[0]


@pytest.mark.filterwarnings("ignore:model .*have no end")
@pytest.mark.parametrize("stage", ["sald", "unet", "translator", "regression"])
def test_a_corpus_of_two_languages_needs_no_option_and_makes_a_model_that_must_be_told(trained, stage):
    card = trained(stage)
    assert card.languages["pairs"] == [["en", "qaa"], ["en", "qab"]] and card.settings["marks"] == [
        "<en>",
        "<qaa>",
        "<qab>",
    ]
    made = load(card.name)
    with pytest.raises(UserError, match="knows en to qaa, en to qab; say which with --signed-language"):
        made.generate(["rain"])
    with pytest.raises(UserError, match="signed language ase"):
        made.generate(["rain"], signed_language="ase")
    together = made.generate(["rain", "rain"], frames=12, signed_language=["qab", "qaa"])
    assert (
        np.abs(made.generate(["rain"] * 2, frames=12, signed_language="qaa")[1].points - together[1].points).max()
        < 1e-3
    )
    if stage != "regression":
        assert {"gap_foreign", "gap_foreign_interval"} <= card.audit.keys()
    first, second = (heard(made, tag) for tag in ("qaa", "qab"))
    assert (first - second).abs().max() > 1e-3


@pytest.mark.parametrize("stage", ["sald", "translator"])
@pytest.mark.filterwarnings("ignore:model .*have no end")
def test_a_model_of_texts_and_glosses_is_told_which_it_is_given(trained, stage):
    card = trained(stage, "both")
    assert set(card.text_encoder["longest"]) == {"text", "gloss"} and min(card.text_encoder["longest"].values()) > 1
    assert card.text_encoder["reads"] == ["text", "gloss"] and card.settings["marks"][-2:] == ["<text>", "<gloss>"]
    made = load(card.name)
    text, gloss = (
        made.generate(["RAIN TOMORROW"], frames=12, signed_language="qaa", gloss=g)[0] for g in (False, True)
    )
    assert len(text) == len(gloss) == 12
    first, second = (heard(made, "qaa", gloss) for gloss in (False, True))
    assert (first - second).abs().max() > 1e-3
    with pytest.raises(UserError, match="was trained on text alone; leave --gloss out"):
        load(trained(stage).name).generate(["RAIN"], signed_language="qaa", gloss=True)


def test_what_begins_with_another_model_keeps_its_words_and_its_encoder(trained, two_languages):
    first = trained("sald")
    clips, rare = Corpus.open(two_languages).split("train", dominant=True), TextSettings(minimum=10**6)
    assert first.vocabulary and not Reading.of(clips, rare).vocabulary.words
    assert list(Reading.of(clips, rare, first.name).vocabulary.words) == first.vocabulary
    for other in ({"layers": [-1, 0]}, {"spelling": True}):
        with pytest.raises(UserError, match=f"init_from {first.name}: reads texts through .* its own settings of text"):
            Reading.of(clips, TextSettings(**other), first.name)


def test_corpora_that_lack_what_is_to_be_read_are_refused_before_the_training(two_languages, few_clips, how):
    with pytest.raises(UserError, match="4 of 8 clips have no glosses; give --text.reads both"):
        denoiser.train("bare", str(two_languages), "fsq", text=TextSettings(reads="gloss"), train=how)
    with pytest.raises(UserError, match="several languages .en to qaa, en to qab., which this stage cannot tell apart"):
        stitching.train("bare", str(two_languages), train=how)
    with pytest.raises(UserError, match="has marks of languages and inputs <en> <qaa> <qab>, where none is asked for"):
        settings = denoiser.DenoiserSettings(sald_denoiser=SaldSettings(**SIZES, layers=1))
        denoiser.train(
            "tuned",
            str(few_clips),
            "fsq",
            denoiser=settings,
            text=TextSettings(minimum=1),
            train=how,
            init_from="sald-text",
        )


def test_a_step_reads_texts_and_glosses_alike_and_never_a_gloss_that_is_not_there(two_languages):
    clips = Corpus.open(two_languages).split("dev")
    reading = Reading.of(clips, TextSettings(minimum=1, reads="both"))
    marks = reading.marks
    rows = np.arange(len(clips))
    inputs = Inputs.of(clips, rows, reading)
    told = torch.stack([inputs.of_step(rows, 0, step).marks[:, 2] for step in range(60)])
    gloss = (told == marks.index("<gloss>")).float().mean(0)
    bare = torch.tensor([not line for line in clips.glosses])
    assert (gloss[bare] == 0).all() and (gloss[~bare] - 0.5).abs().max() < 0.25
    again = inputs.of_step(rows, 0, 7).marks
    assert torch.equal(again[:, 2], told[7]) and not (told == told[0]).all()
    foreign = inputs.foreign(rows)
    assert torch.equal(foreign.sentence, inputs.batch(rows).sentence)
    assert {marks[i] for i in foreign.marks[: len(rows) // 2, 1]} == {"<qab>"}


def test_an_aligner_of_two_languages_conditions_texts_in_either(two_languages, how, trained):
    chosen = AlignerSettings(width=16, heads=2, inner=16, pose_layers=1, text_layers=1, space=12)
    aligner_stage.train("lead", str(two_languages), autoencoder="fsq", aligner=chosen, train=how, minimum=1)
    encoder = AlignedEncoder(TextEncoder.load(), loaded_aligner("lead"))
    pairs = [("en", "qaa"), ("en", "qab")]
    read = encoder.encode(["rain", "rain"], pairs)
    assert (read.sentence[0] - read.sentence[1]).abs().max() > 1e-3
    for languages, words in ((None, "say which languages"), ([("en", "ase")] * 2, "'ase'")):
        with pytest.raises(UserError, match=words):
            encoder.encode(["rain", "rain"], languages)
    kept = text_features(encoder, ["rain", "rain", "no rain"], [*pairs, pairs[0]])
    sentence, _, _ = kept.batch(["rain", "rain"], pairs[::-1])
    torch.testing.assert_close(sentence, read.sentence.flip(0), atol=1e-5, rtol=1e-4)
    led = {"aligner": "lead", "semantic": SemanticSettings(weight=0.1, condition=True)}
    settings = denoiser.DenoiserSettings(sald_denoiser=SaldSettings(**SIZES, layers=1))
    more = {"text": TextSettings(minimum=1), "train": how, "back_translation": UNREAD}
    denoiser.train("led", str(two_languages), "fsq", denoiser=settings, **led, **more)
    assert len(load("led").generate(["rain"], frames=9, signed_language="qab")[0]) == 9
