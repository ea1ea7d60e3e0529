"""The stage trains, audits and publishes; what it publishes signs a text from the command line."""

from dataclasses import replace
from types import SimpleNamespace

import av
import numpy as np
import pytest
import torch

from eval.video.systems import of_renderer
from sign_latent import registry
from sign_latent.cli import main
from sign_latent.corpus.clip import Tier
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.model_card import model_card
from sign_latent.renderer.text_video.renderer import load
from sign_latent.renderer.trained import load_renderer
from sign_latent.renderer.video import read_comment
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings
from stages import text_video as stage

SIZES = {"size": 16, "frames": 4, "base": 8, "multiples": [1, 2], "blocks": 1, "attention": [2], "heads": 2}
SIZES |= {"groups": 4, "context": 16, "dropout": 0.0}
WHOLE = stage.Drawn(signs=0, looks=3)


@pytest.fixture(scope="module")
def how(tmp_path_factory):
    runs = str(tmp_path_factory.mktemp("runs"))
    return TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=runs)


@pytest.fixture(scope="module", autouse=True)
def shelf(few_clips, how, tmp_path_factory):
    room = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        stage.train("signs", str(few_clips), stage.TextVideoSettings(**SIZES), WHOLE, train=how)
        yield


def test_a_published_model_is_audited_and_says_what_it_takes(few_clips):
    card = registry.find("signs")[1]
    assert (card.model, card.condition) == ("text_video", "text") and registry.verify() == []
    assert card.audit["clips"] > 0 and len(card.audit["error_shuffled"]) == len(card.audit["steps"])
    low, high = card.audit["gap_shuffled_interval"]
    assert low <= card.audit["gap_shuffled"] <= high
    assert any("not shown to use the text" in warning for warning in card.warnings)  # after two steps
    assert 'generate "a sentence" --renderer signs' in model_card(card)
    assert card.vocabulary == ["no", "rain", "tomorrow"]


def test_it_is_audited_where_it_was_trained(few_clips, how, other_device, monkeypatch):
    """With the errors that the processor finds; what is published lies there again."""
    made, asked = load("signs"), []
    clips = stage.some_clips(Corpus.open(few_clips).split("dev"), [], SIZES["frames"], 1, 0)
    shown = stage.pictured(clips, SIZES["size"], WHOLE, stage.VideoSource(), Corpus.open(few_clips))
    held = stage.videos_of(shown, made.settings, made.encoder, Vocabulary.build(["rain tomorrow no"], minimum=1))
    wanted = stage.audit(made.model, held, how)
    made.model.register_forward_pre_hook(lambda _, given: asked.append({one.device.type for one in given[:3]}))
    monkeypatch.setattr(stage, "training_device", lambda accelerator: torch.device("meta"))
    found = stage.audit(made.model, held, how)
    assert asked and all(places == {"meta"} for places in asked) and found["clips"] == wanted["clips"] > 1
    for text in ("matched", "shuffled", "empty"):
        assert found[f"error_{text}"] == pytest.approx(wanted[f"error_{text}"], abs=2e-5)
    assert {value.device.type for value in made.model.state_dict().values()} == {"cpu"}


def test_whole_clips_in_few_frames_last_as_long_as_they_did(few_clips):
    clips = Corpus.open(few_clips).split("train")
    seconds = np.mean([(len(clip.pose) - 1) / clip.pose.fps for clip in clips])
    assert (SIZES["frames"] - 1) / load("signs").fps == pytest.approx(seconds, rel=1e-2)


@pytest.mark.parametrize(
    ("reads", "kind", "said"),
    [
        ({"reads": "gloss"}, "frozen", "a sign's text is its gloss"),
        ({"spelling": True}, "own", "text.spelling"),
        ({"spelling": True, "layers": [-3]}, "last_two", "text.spelling"),
    ],
)
def test_what_is_not_read_is_refused(few_clips, how, reads, kind, said):
    text = stage.TextSettings(minimum=1, **reads)
    with pytest.raises(UserError, match=said):
        stage.train("refused", str(few_clips), stage.TextVideoSettings(**SIZES, text=kind), WHOLE, text, how)
    assert "refused" not in {card.name for card in registry.list_artefacts()}


def test_letters_are_told_their_place_where_that_is_asked(few_clips, how):
    text = stage.TextSettings(minimum=1, spelling=True)
    stage.train("spells", str(few_clips), stage.TextVideoSettings(**SIZES), WHOLE, text, replace(how, steps=1))
    made = load("spells")
    assert made.encoder.spelling and made.card.text_encoder["spelling"] is True
    assert made.render("x y z").shape[0] == SIZES["frames"]


def test_the_command_line_makes_a_video_of_a_text(tmp_path, capsys):
    out = tmp_path / "rain.mp4"
    main(["generate", "rain", "--renderer", "signs", "-o", str(out), "--steps", "2", "--frames", "8", "--seed", "3"])
    assert "8 frames" in capsys.readouterr().out
    assert registry.find("signs")[1].reference in read_comment(out) and '"seed": 3' in read_comment(out)


def test_a_caption_stands_below_what_is_made(tmp_path):
    shown = []
    for more in ([], ["--caption"]):
        out = tmp_path / f"rain{len(more)}.mp4"
        main(["generate", "rain", "--renderer", "signs", "-o", str(out), "--steps", "1", *more])
        with av.open(str(out)) as video:
            shown.append(next(video.decode(video=0)).to_ndarray(format="rgb24").astype(int))
    plain, written = shown
    assert plain.shape == (16, 16, 3) and written.shape[1:] == (16, 3) and len(written) > 26
    assert np.abs(written[:16] - plain).mean() < 12  # of what a codec makes of either


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--renderer", "signs", "-o", "{}/x.pose"], "a renderer makes videos"),
        (["--renderer", "judge-dev", "-o", "{}/x.mp4"], "renders nothing"),
        (["--renderer", "signs", "-o", "{}/x.mp4", "--beam", "3"], "--beam"),
        (["--renderer", "signs", "-o", "{}/x.mp4", "--look", "3"], "--body, --look: are of drawn signers"),
        (["--renderer", "signs", "-o", "{}/x.mp4", "--device", "cuda:99"], "device cuda:99: here PyTorch sees"),
        (
            ["--renderer", "signs", "-o", "{}/x.mp4", "--renderer-option", "clamp=1"],
            "--renderer-option: renderer signs",
        ),
        (["--renderer-option", "clamp=1", "-o", "{}/x.mp4"], "only a trained renderer has options"),
        (["--renderer", "signs", "-o", "{}/x.mp4", "--frames", "99"], "frames 99"),
    ],
)
def test_what_a_renderer_cannot_do_is_one_line_and_writes_nothing(arguments, named, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["generate", "rain", *(argument.format(tmp_path) for argument in arguments)])
    error = capsys.readouterr().err.splitlines()[-1]
    assert stopped.value.code == 2 and named in error and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["own", "none", "random", "last_two"])
def test_every_conditioning_trains_and_loads_again(text, few_clips, how):
    reading = stage.TextSettings(minimum=1, layers=[-3] if text == "last_two" else [0, -1])
    chosen = stage.TextVideoSettings(**SIZES, text=text)
    stage.train(f"by-{text}", str(few_clips), chosen, WHOLE, reading, replace(how, steps=1))
    made = load(f"by-{text}")
    videos = [made.render(words, steps=1) for words in ("rain", "no rain")]
    assert videos[0].shape == (4, 16, 16, 3)
    read = [made.model.read(stage.VideoTexts.of([w], made.encoder, text).rows(np.array([0]))) for w in ("rain", "no")]
    assert torch.equal(read[0].pooled, read[1].pooled) == (text == "none")


def test_the_last_two_layers_begin_as_the_encoders_own(few_clips):
    before, after = (stage.TextEncoder.load(layers=(layer,)) for layer in (-3, -1))
    settings = stage.TextVideoSettings(**SIZES, text="last_two")
    stage.fitted(settings, before)
    reader = stage.TextVideo(settings).reader
    reader.begin_with(before)
    lines = ["no rain tomorrow", "rain"]
    given, expected = before.encode(lines), after.encode(lines)
    with torch.no_grad():
        made = reader.hidden(given.tokens, given.mask) * given.mask[..., None]
    torch.testing.assert_close(made, expected.tokens, atol=1e-4, rtol=1e-4)
    with pytest.raises(UserError, match="give \\[-3\\]"):
        stage.fitted(settings, after)


def test_isolated_signs_are_drawn_evenly(few_clips, tmp_path):
    corpus = Corpus.open(few_clips)
    tiers = [Tier("gloss", "RAIN", 1, 5), Tier("gloss", "SUN", 6, 10)]
    clips = [replace(clip, tiers=tiers) for split in corpus.splits for clip in corpus.split(split)]
    write_corpus(tmp_path / "timed", clips, corpus.skeleton, corpus.fps, {"licence": "CC0-1.0"})
    train = Corpus.open(tmp_path / "timed").split("train")
    found = stage.some_clips(train, ["RAIN", "SUN"], 6, 3, seed=0)
    assert [clip.gloss for clip in found] == ["RAIN"] * 3 + ["SUN"] * 3
    assert {clip.text for clip in found} == {"rain", "sun"} and {len(clip.pose) for clip in found} == {6}
    assert len({clip.id.split("/")[0] for clip in found}) > 3
    assert {len(clip.pose) for clip in stage.some_clips(train, [], 7, 3, seed=0)} == {7}


def test_pure_noise_is_not_left_to_epsilon(few_clips, how):
    chosen = stage.TextVideoSettings(**SIZES)
    chosen.diffusion.prediction, chosen.diffusion.terminal = "epsilon", True
    with pytest.raises(UserError, match="pure noise"):
        stage.train("never", str(few_clips), chosen, WHOLE, train=how)


def test_it_is_judged_beside_others_texts_as_every_renderer_is():
    found, card = load_renderer("signs")
    system, shuffled = (of_renderer(found, card.condition, shuffled=other) for other in (False, True))
    real = np.zeros((4, 16, 16, 3), np.uint8)
    scenes = [SimpleNamespace(text=t, other=o, real=real, reference=real[0]) for t, o in (("rain", 1), ("no rain", 0))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(found.settings.diffusion, "sampling_steps", 2)
        made = [system(scenes, 0, 7), shuffled(scenes, 1, 7)]
    assert found.condition == card.condition == "text" and made[0].shape == real.shape
    assert found.longest == 2 * SIZES["frames"]  # more is refused before anything is rendered
    np.testing.assert_array_equal(*made)
