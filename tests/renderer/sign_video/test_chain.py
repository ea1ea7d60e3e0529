"""Text to tokens to embeddings to video, and text to poses to video, by name; each refuses what is not its own."""

import os
import time
from contextlib import ExitStack
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from eval.renderer import parse, task_of
from eval.video.chain import RECORDED, SHUFFLED
from eval.video.page import facts_of
from eval.video.report import compose
from eval.video.systems import as_pictured
from sign_latent import registry
from sign_latent.autoencoder.condition_fsq import ConditionFSQSettings
from sign_latent.autoencoder.condition_plain import ConditionPlainSettings
from sign_latent.autoencoder.condition_vq import ConditionVQSettings
from sign_latent.baselines.progressive import ProgressiveSettings
from sign_latent.corpus.read import Corpus
from sign_latent.denoiser.sald import SaldSettings
from sign_latent.device import device_of
from sign_latent.errors import UserError
from sign_latent.generation import rendering
from sign_latent.generation.api import Picture, load, refusal
from sign_latent.generation.back_translation import BackTranslationSettings
from sign_latent.generation.rendering import rendered_file
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.sign_video import render
from sign_latent.renderer.sign_video.conditions import condition_pictures
from sign_latent.renderer.sign_video.embeddings import (
    condition_latents,
    condition_tokens,
    embeddings_of,
    renderer_of,
    spread,
)
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.render import Renderer
from sign_latent.renderer.video import read_comment
from sign_latent.training import TrainSettings
from sign_latent.translator.settings import TokenTranslatorSettings
from stages import condition_autoencoder, denoiser, regression, translator

SIZES = {"width": 16, "layers": 1, "heads": 2, "code_width": 4, "place": "linear", "longest": 8}

KINDS = {"codes": "condition_fsq", "codes-vq": "condition_vq", "latents": "condition_plain"}
"""Autoencoders of conditions: quantised twice, and SignViP's ablation without."""
RATES = ("painter", "slow")
"""Renderers of 25 and 20 frames a second."""
WRITERS = {"writer": "codes", "writer-vq": "codes-vq", "direct": "latents"}


@pytest.fixture(scope="module")
def shelf(awake, few_clips, tmp_path_factory):
    """A renderer twice under two names, codes and continuous latents of its conditions, and what writes these."""
    room = tmp_path_factory.mktemp("shelf")
    how = TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=str(room / "runs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        for name in ("painter", "other"):
            card = registry.Card(name=name, model="sign_video", settings=asdict(awake.settings))
            registry.publish(card, awake, {})
        slow = SignVideo(replace(awake.settings, fps=20.0)).eval()
        slow.load_state_dict(awake.state_dict())
        registry.publish(registry.Card(name="slow", model="sign_video", settings=asdict(slow.settings)), slow, {})
        sizes = {"widths": [8, 8], "blocks": 1, "groups": 4}
        kinds = condition_autoencoder.ConditionAutoencoders(
            condition_fsq=ConditionFSQSettings(**sizes),
            condition_vq=ConditionVQSettings(**sizes, bits=4),
            condition_plain=ConditionPlainSettings(**sizes),
        )
        for name, model in KINDS.items():
            chosen = replace(kinds, model=model)
            condition_autoencoder.train(name, str(few_clips), "painter", chosen, how, clips=8, frames=4)
        chosen = translator.Translator(token_translator=TokenTranslatorSettings(**SIZES))
        reading, unread = translator.TextSettings(minimum=1), BackTranslationSettings(clips=0)
        for name, codes in {"writer": "codes", "writer-vq": "codes-vq"}.items():
            translator.train(name, str(few_clips), codes, chosen, reading, how, most=5, back_translation=unread)
        direct = ProgressiveSettings(width=16, layers=1, heads=2, longest=8)
        regression.train("direct", str(few_clips), "latents", direct, reading, how, most=5)
        yield room


def test_codes_are_of_the_renderer_s_embeddings(shelf, few_clips):
    found = registry.load("codes")
    assert found.card.latent.domain == "condition" and found.card.latent.places == 16
    assert found.card.audit["variance_lost"] > 0 and 0 < found.card.audit["codes_used"] <= 1
    painter = renderer_of(found)
    assert painter.card.name == "painter" and found.card.parents == {"renderer": painter.card.reference}
    clips = Corpus.open(few_clips).split("dev", dominant=True)
    ids = condition_tokens(found, clips, "dev", 2)
    assert ids.clips.tolist() == [0, 2] and ids.ids.lengths.tolist() == [len(clips[i].pose) for i in (0, 2)]
    with torch.no_grad():
        embeddings = embeddings_of(painter.model, clips[2].pose)[None]
        z, _ = found.model.encode(embeddings, torch.ones(embeddings.shape[:2], dtype=torch.bool))
    assert np.array_equal(found.model.tokens(z)[0].numpy(), ids.ids[1])
    with pytest.raises(UserError, match="copies 2"):
        condition_tokens(found, clips, "dev", 2, copies=2)


@pytest.mark.parametrize("name", KINDS)
def test_codes_are_settled_and_audited_where_they_were_trained(shelf, other_device, monkeypatch, name):
    """To what the processor makes of them; what is published lies there again."""
    how, asked, found = TrainSettings(), [], []
    model = registry.load(name).model
    frames = torch.randn(24, model.settings.channels, *model.settings.size).half()
    with torch.no_grad():
        for value in model.latent_mean, model.latent_std:
            value.fill_(7.0)
    start = {key: value.clone() for key, value in model.state_dict().items()}
    own = model.fit_whitening
    monkeypatch.setattr(model, "fit_whitening", lambda batches: asked.append(device_of(model).type) or own(batches))
    for place in ("cpu", "meta"):
        model.load_state_dict(start)
        monkeypatch.setattr(condition_autoencoder, "training_device", lambda accelerator, at=place: torch.device(at))
        facts = condition_autoencoder.settled(model, frames[:16], frames[16:], how, half=True)
        found.append((facts, {key: value.clone() for key, value in model.state_dict().items()}))
    (wanted, held), (facts, there) = found
    assert facts == pytest.approx(wanted, rel=1e-4) and asked == ["cpu", "meta"]
    assert not torch.equal(held["latent_mean"], start["latent_mean"])
    for key, value in held.items():
        assert there[key].device.type == "cpu" and torch.allclose(value, there[key], atol=1e-3), key


@pytest.mark.parametrize("writer", WRITERS)
def test_text_becomes_conditions_and_conditions_a_video(shelf, tmp_path, writer):
    """By tokens of either book, and by latents that are predicted directly: nothing but ``--model`` changes."""
    reference, card = registry.find("painter")[1].reference, registry.find(writer)[1]
    assert card.parents["autoencoder"] == registry.find(WRITERS[writer])[1].reference
    frames, fps = rendered_file("no rain", tmp_path / "a.mp4", "painter", model=writer, frames=7)
    assert (frames, fps) == (7, 25.0)
    told = read_comment(tmp_path / "a.mp4")
    assert reference in told and card.reference in told and '"text": "no rain"' in told
    assert rendered_file("Rain. No rain.", tmp_path / "b.mp4", "painter", model=writer, frames=11)[0] == 11


@pytest.mark.parametrize("name", KINDS)
def test_an_autoencoder_of_conditions_tells_what_it_loses_and_uses(shelf, name):
    card = registry.find(name)[1]
    assert card.model == KINDS[name] and card.latent.domain == "condition" and card.latent.slots == 16
    assert card.audit["variance_lost"] > 0 and card.audit["frames"] > 0
    assert ("codes_used" in card.audit) == (card.latent.codes is not None) == (name != "latents")


def test_continuous_conditions_are_no_tokens_and_a_direct_prediction_is_audited(shelf, few_clips, tmp_path):
    found = registry.load("latents")
    clips = Corpus.open(few_clips).split("dev", dominant=True)
    latents = condition_latents(found, clips, "dev", 2)
    assert latents.clips.tolist() == [0, 2] and latents.frames.tolist() == [len(clips[i].pose) for i in (0, 2)]
    assert latents.mean[0].shape == latents.std[0].shape == (len(clips[0].pose), 16, 4) and not latents.std[0].any()
    card = registry.find("direct")[1]
    assert card.audit["clips"] > 0 and "back_translation" not in card.audit
    with pytest.raises(UserError, match="has no tokens"):
        translator.train("x", str(few_clips), "latents", train=TrainSettings(runs=str(tmp_path)))


def test_a_denoiser_of_continuous_conditions_makes_a_video_too(shelf, few_clips, tmp_path):
    sizes = denoiser.DenoiserSettings(sald_denoiser=SaldSettings(width=16, layers=1, heads=2, longest=200))
    how = TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))
    text = denoiser.TextSettings(minimum=1)
    card = denoiser.train("diffused", str(few_clips), "latents", denoiser=sizes, text=text, train=how, most=5)
    assert "back_translation" not in card.audit
    frames, _ = rendered_file("no rain", tmp_path / "a.mp4", "painter", model="diffused", frames=7, steps=1)
    assert frames == 7


def test_what_a_renderer_s_card_warns_of_is_said_when_it_renders(shelf, tmp_path, capsys):
    found = registry.load("painter")
    registry.publish(
        replace(found.card, name="of-films", warnings=["it shows people who were filmed"]), found.model, {}
    )
    rendered_file("no rain", tmp_path / "a.mp4", "of-films", frames=3, steps=2)
    assert "it shows people who were filmed" in capsys.readouterr().err


def test_frames_are_embedded_when_they_are_asked_for_where_they_are_too_many_to_keep(
    shelf, few_clips, tmp_path, monkeypatch
):
    """As the paper's size wants; batches are pure functions of the step, and frames those of whole clips."""
    monkeypatch.setattr(condition_autoencoder, "MEASURED", 24)
    model, clips = registry.load("painter").model, Corpus.open(few_clips).split("train", dominant=True)
    one, again, other = (condition_autoencoder.drawn(model, clips, 5, 3, seed) for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)
    whole = torch.cat([embeddings_of(model, clips[int(i)].pose) for i in spread(clips, 5)])
    assert all((whole - frame).abs().flatten(1).amax(1).min() < 2e-3 for frame in one.float())
    how = TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))
    sizes = ConditionFSQSettings(widths=[8, 8], blocks=1, groups=4)
    kinds = condition_autoencoder.ConditionAutoencoders(condition_fsq=sizes)
    card = condition_autoencoder.train("anew", str(few_clips), "painter", kinds, how, clips=5, kept=False)
    assert card.audit["frames"] == 24 and 0 < card.audit["codes_used"] <= 1


def test_what_reads_latents_of_poses_refuses_those_of_conditions(shelf, few_clips):
    from sign_latent.cache import latents

    found = registry.load("latents")
    with pytest.raises(UserError, match="encodes conditions, where a corpus has poses"):
        latents(found.model, found.card.reference, Corpus.open(few_clips).split("dev"), "dev")


def test_poses_become_a_video(shelf, tmp_path, monkeypatch):
    """The embedded model's signing; what is kept on the way is removed when the video is there."""
    folders = []
    monkeypatch.setattr(
        rendering.shutil, "rmtree", lambda path, real=rendering.shutil.rmtree, **how: folders.append(path) or real(path)
    )
    frames, _ = rendered_file("it will rain .", tmp_path / "a.mp4", "painter", frames=9, steps=1)
    assert frames == 9 and len(folders) == 1 and not folders[0].exists()


def test_parts_of_a_video_that_nobody_goes_on_with_are_removed_by_the_next(shelf, tmp_path, monkeypatch):
    """As a killed rendering leaves them."""
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    for name, days in (("rendering-left", rendering.KEPT_DAYS + 1), ("rendering-stopped", 1)):
        (tmp_path / "cache" / name).mkdir(parents=True)
        os.utime(tmp_path / "cache" / name, (time.time() - days * 86400,) * 2)
    rendered_file("it will rain .", tmp_path / "a.mp4", "painter", frames=3, steps=1)
    assert [folder.name for folder in (tmp_path / "cache").glob("rendering-*")] == ["rendering-stopped"]


def test_how_pictures_are_sampled_is_another_thing_than_how_is_signed(shelf, tmp_path, monkeypatch):
    seen, real = [], render.sampled

    def sampled(model, embeddings, bank, how, *more):
        seen.append((how.sampling_steps, how.precision))
        return real(model, embeddings, bank, how, *more)

    monkeypatch.setattr(render, "sampled", sampled)
    options = ["sampling_steps=1", "precision=bf16"]
    rendered_file("no rain", tmp_path / "a.mp4", "painter", frames=3, steps=2, renderer_option=options)
    assert seen == [(1, "bf16")]


def test_poses_are_shown_at_the_rate_of_the_renderer(shelf, few_clips, tmp_path):
    """What signs 25 frames a second signs as long for a renderer of 20; frames that are asked for are the video's."""
    seconds = [frames / fps for frames, fps in (rendered_file("no", tmp_path / f"{r}.mp4", r, steps=1) for r in RATES)]
    assert seconds[0] == pytest.approx(seconds[1], abs=1 / 20)
    assert rendered_file("no rain", tmp_path / "b.mp4", "slow", frames=33, steps=1) == (33, 20.0)
    given = ["--renderer", "slow", "--model", "embedded-sald", "--corpus", str(few_clips), "--out", str(tmp_path)]
    with ExitStack() as held:
        task = task_of(parse([*given, "--split", "dev", "--clips", "2", "--frames", "0"]), held)
    assert task.recordings.fps == 20
    for scene, video in zip(task.scenes, (task.systems["system"](task.scenes, i, 0) for i in range(2)), strict=True):
        assert len(video) == len(scene.real) == scene.whole


def test_conditions_of_another_rate_than_the_renderer_s_are_refused(shelf, tmp_path):
    """Such latents are not made by the stages, which ask the renderer; nothing could bring them to its rate."""
    codes, writer = registry.load("codes"), registry.load("writer")
    codes.model.settings.fps = 12.5
    made = codes.card.parents, asdict(codes.model.settings), asdict(codes.model.spec)
    card = registry.Card("slow-codes", "condition_fsq", made[1], parents=made[0], spec=made[2])
    parent = registry.publish(card, codes.model, {}).reference
    told = {"text_encoder": writer.card.text_encoder, "languages": writer.card.languages}
    card = registry.Card(
        "slow-writer", writer.card.model, writer.card.settings, parents={"autoencoder": parent}, **told
    )
    registry.publish(card, writer.model, {})
    with pytest.raises(UserError, match=r"at 12\.5 frames a second, and renderer painter was trained at 25;"):
        rendered_file("no rain", tmp_path / "a.mp4", "painter", model="slow-writer")
    assert not list(tmp_path.iterdir())


def test_frames_are_embedded_as_those_of_a_clip_at_the_renderer_s_rate(shelf, few_clips):
    """Frames that are taken first and resampled then would be mixed over half a clip."""
    model, clips = registry.load("slow").model, Corpus.open(few_clips).split("dev")
    pose = clips[0].pose.resampled(20.0)
    wanted = embeddings_of(model, pose)[[0, round((len(pose) - 1) / 2), len(pose) - 1]]
    torch.testing.assert_close(condition_autoencoder.embedded(model, clips, 1, 3).float(), wanted, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize(
    ("renderer", "more", "said"),
    [
        ("other", {"model": "writer"}, "name that one"),
        ("codes", {}, "renders nothing"),
        ("nobody", {}, "not found"),
        ("painter", {"picture": Picture(look=3)}, "--body, --look: are of drawn signers"),
        ("painter", {"style": "a.npz"}, "its model's own tempo"),
        ("painter", {"model": "writer", "speed": 2.0}, "have the tempo of their model"),
        ("painter", {"reference": "missing.png"}, "no such file"),
        ("painter", {"beam": 3}, "no use for it"),
        ("painter", {"renderer_option": ["sampling_steps"]}, "is not NAME=VALUE"),
        ("painter", {"renderer_option": ["colour=red"]}, "no such option"),
        ("painter", {"renderer_option": ["sampling_steps=few"]}, "give a number"),
    ],
)
def test_what_does_not_go_together_is_refused_and_nothing_is_written(shelf, tmp_path, renderer, more, said):
    with pytest.raises(UserError, match=said):
        rendered_file("no rain", tmp_path / "a.mp4", renderer, **more)
    assert not list(tmp_path.iterdir())


def test_tokens_of_conditions_become_no_pose(shelf):
    for name in WRITERS:
        with pytest.raises(UserError, match="become a video alone") as refused:
            load(name)
        assert refusal(registry.find(name)[1]) == str(refused.value)
    assert refusal(registry.find("embedded-sald")[1]) == ""


def test_only_a_renderer_renders(shelf):
    with pytest.raises(UserError, match="is a condition_fsq"):
        Renderer.of(registry.load("codes"))
    with pytest.raises(UserError, match="encodes no renderer's conditions"):
        renderer_of(registry.load("sald-vae"))


def test_the_report_on_renderers_judges_it(shelf, few_clips, tmp_path):
    """Beside the recording, the reference repeated, and another clip's condition."""
    given = ["--renderer", "painter", "--corpus", str(few_clips), "--out", str(tmp_path)]
    with ExitStack() as held:
        task = task_of(parse([*given, "--split", "dev", "--clips", "2", "--frames", "4", "--draws", "9"]), held)
        report, shown = compose(task, 1)
    assert report.renderer.name == registry.find("painter")[1].reference
    assert set(report.rows) == set(task.systems) and shown


@pytest.mark.parametrize(
    ("writer", "lengths"), [("writer", "given"), ("direct", "predicted"), ("embedded-sald", "given")]
)
def test_the_report_judges_the_whole_way_from_text(shelf, few_clips, tmp_path, writer, lengths):
    """By tokens, latents or poses; against others' texts under the same draws."""
    given = ["--renderer", "painter", "--model", writer, "--lengths", lengths, "--corpus", str(few_clips)]
    given += ["--out", str(tmp_path), "--split", "dev", "--clips", "2", "--frames", "4", "--draws", "9"]
    with ExitStack() as held:
        task = task_of(parse(given), held)
        report, _ = compose(task, 1)
    assert report.renderer.name == f"{registry.find(writer)[1].reference} → {registry.find('painter')[1].reference}"
    assert (report.renderer.condition, report.renderer.lengths) == ("text", lengths)
    assert report.renderer.parents["autoencoder"] == registry.find(writer)[1].parents["autoencoder"]
    assert {SHUFFLED, RECORDED} <= set(report.rows) and not any(any(lost) for lost in report.failures.values())
    assert report.against[SHUFFLED]["consistency"].interval is not None
    assert "lengths" in dict(facts_of(report))


def test_the_report_refuses_who_signs_for_another_renderer(shelf, few_clips, tmp_path):
    given = ["--renderer", "other", "--model", "writer", "--corpus", str(few_clips), "--out", str(tmp_path)]
    with pytest.raises(UserError, match="makes conditions of painter"), ExitStack() as held:
        task_of(parse(given), held)


def test_the_report_gives_poses_as_its_pictures_show_them(clips):
    """Nearer to the recording's conditions than the pose itself; lines alone have another width."""
    sizes = [abs(signer_look(clip.look).size - 1) for clip in clips.clips]
    clip, seen = clips.clips[int(np.argmax(sizes))], clips.conditions[int(np.argmax(sizes))]
    given = [as_pictured(clip.pose, signer_look(clip.look).window()), clip.pose]
    near, plain = (np.abs(condition_pictures(pose, 32).astype(int) - seen).mean() for pose in given)
    assert near < 0.5 * plain
