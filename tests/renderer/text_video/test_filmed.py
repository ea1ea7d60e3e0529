"""Text2Sign on filmed clips: pictures are those of the frames that are learnt, and the card warns of the people."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.corpus.clip import Tier
from sign_latent.corpus.isolated import isolated_signs
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose.placement import Placement
from sign_latent.renderer.video import write_video
from sign_latent.training import TrainSettings
from stages import text_video as stage
from stages.filmed import PEOPLE, VideoSource, told_clips

WIDTH, HEIGHT = 64, 48
SIZES = {"size": 16, "frames": 4, "base": 8, "multiples": [1, 2], "blocks": 1, "attention": [2], "heads": 2}
SIZES |= {"groups": 4, "context": 16, "dropout": 0.0}


def film(path, frames):
    """Pictures that tell their number by how bright they are, and left from right."""
    shades = np.linspace(40, 200, frames).astype(np.uint8)
    pictures = np.broadcast_to(shades[:, None, None, None], (frames, HEIGHT, WIDTH, 3)).copy()
    pictures[:, :, : WIDTH // 2] += 40
    write_video(path, pictures, 25.0)


@pytest.fixture(scope="module")
def filmed(few_clips, tmp_path_factory):
    """A corpus whose clips name a film each, but one of training that has none; two signs are timed in each."""
    room = tmp_path_factory.mktemp("films")
    known = Corpus.open(few_clips)
    there = Placement("pose", (WIDTH / 2, -HEIGHT / 2, 0.0), 18.0, {"width": float(WIDTH), "height": float(HEIGHT)})
    clips = []
    for split in ("train", "dev"):
        for i, clip in enumerate(known.split(split)):
            film(room / f"{clip.id}.mp4", len(clip.pose))
            tiers = [Tier("gloss", "RAIN", 1, 5), Tier("gloss", "SUN", 6, 10)]
            about = {"video": f"{clip.id}.mp4", "tiers": tiers, "handedness": "left" if i == 1 else "right"}
            clips.append(replace(clip, pose=replace(clip.pose, placement=there), **about))
    (room / f"{clips[0].id}.mp4").unlink()
    write_corpus(room / "corpus", clips, known.skeleton, known.fps, {"licence": "CC0-1.0"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        yield Corpus.open(room / "corpus"), VideoSource("filmed", str(room))


@pytest.fixture(scope="module")
def how(tmp_path_factory):
    runs = str(tmp_path_factory.mktemp("runs"))
    return TrainSettings(steps=2, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=runs)


def test_whole_clips_are_pictures_evenly_spread_over_them(filmed):
    corpus, source = filmed
    clips = list(corpus.split("train"))
    whole = {clip.id: clip.video for clip in told_clips(clips, 16, source, corpus)}
    shown = stage.pictured(stage.some_clips(clips, [], 5, 9, 0), 16, stage.Drawn(), source, corpus)
    assert {clip.id for clip, _ in shown} == whole.keys() == {clip.id for clip in clips[1:]}
    for clip, pictures in shown:
        every = whole[clip.id]
        rows = np.round(np.linspace(0, len(every) - 1, 5)).astype(int)
        np.testing.assert_array_equal(pictures, every[rows])


def test_signs_are_the_pictures_of_their_frames(filmed):
    corpus, source = filmed
    clips = list(corpus.split("train"))
    whole = {clip.id: clip.video for clip in told_clips(clips, 16, source, corpus)}
    signs = isolated_signs(clips, 4)
    shown = stage.pictured(signs, 16, stage.Drawn(), source, corpus)
    assert [clip.gloss for clip, _ in shown] == ["RAIN", "SUN"] * (len(clips) - 1)
    for clip, pictures in shown:
        first = {"RAIN": 1, "SUN": 6}[clip.gloss]
        np.testing.assert_array_equal(pictures, whole[clip.id.split("/")[0]][first : first + 4])


def test_left_handed_signers_are_shown_in_the_mirror_as_drawn_ones_are(filmed):
    corpus, source = filmed
    plain, turned = (
        told_clips(list(corpus.split("train", dominant=dominant)), 16, source, corpus) for dominant in (False, True)
    )
    np.testing.assert_array_equal(turned[0].video, plain[0].video[:, :, ::-1])
    np.testing.assert_array_equal(turned[1].video, plain[1].video)
    assert not np.array_equal(turned[0].video, plain[0].video)


@pytest.mark.parametrize("signs", [0, 2])
def test_a_model_is_trained_on_films_and_warns_of_the_people(filmed, how, signs, capsys):
    corpus, source = filmed
    name, drawn = f"of-{signs}", stage.Drawn(signs=signs)
    card = stage.train(name, str(corpus.path), stage.TextVideoSettings(**SIZES), drawn, train=how, video=source)
    assert PEOPLE in card.warnings and card.audit["clips"] > 0
    said = capsys.readouterr().err
    assert PEOPLE in said and f"left out {2 if signs else 1} of" in said and "no such file" in said
    assert registry.find(name)[1].vocabulary == (["rain", "sun"] if signs else ["no", "rain", "tomorrow"])


def test_films_that_are_not_there_are_told_before_anything_is_trained(filmed, how, tmp_path):
    corpus, _ = filmed
    sizes, elsewhere = stage.TextVideoSettings(**SIZES), replace(how, runs=str(tmp_path / "runs"))
    with pytest.raises(UserError, match="not one clip can be cut out"):
        stage.train(
            "never", str(corpus.path), sizes, stage.Drawn(signs=0), train=elsewhere, video=VideoSource("filmed")
        )
    assert not (tmp_path / "runs").exists()
