"""Files given beside a text: what is written says of which clip, and what cannot be is refused before a model loads."""

import json

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.files import file_hash
from sign_latent.generation import clips
from sign_latent.generation.base import TextToPose
from sign_latent.pose.pose import Pose


@pytest.fixture
def room(generator, tmp_path, monkeypatch):
    """A folder with a clip of 30 frames; the tiny generator is what is loaded."""
    generator.generate(["rain"], frames=30, steps=2)[0].save(tmp_path / "clip.npz")
    monkeypatch.setattr(clips, "load", lambda model, autoencoder, device: generator)
    return tmp_path


@pytest.mark.parametrize(("text", "wanted"), [("0:20", (0, 20)), (":7", (0, 7)), ("60:", (60, None)), (":", (0, None))])
def test_ranges_read_as_python_reads_them(text, wanted):
    assert clips.read_range(text) == wanted


@pytest.mark.parametrize("text", ["", "7", "a:b", "-3:", "1:2:3", "0.5:2"])
def test_other_ranges_are_named(text):
    with pytest.raises(UserError, match="not a range of frames"):
        clips.read_range(text)


def test_an_edited_file_keeps_what_was_asked_and_says_of_which_clip(room):
    clips.edit_file(room / "clip.npz", "rain", room / "out.npz", keep=["0:10", "20:"], parts=["face"], steps=2)
    given, made = (Pose.load(room / name) for name in ("clip.npz", "out.npz"))
    assert np.array_equal(made.points[:10], given.points[:10])
    said = json.loads(Pose.load(room / "out.npz").provenance)
    assert said["edited_clip"] == "clip.npz" and said["edited_clip_sha256"] == file_hash(room / "clip.npz")
    assert said["kept_frames"] == ["0:10", "20:"] and said["regenerated_parts"] == ["face"] and said["text"] == "rain"


def test_an_edited_file_says_nothing_of_the_one_that_it_replaces(room):
    Pose.load(room / "clip.npz").with_signs([("RAIN", 12, 18)]).save(room / "known.npz")
    for name, signs in (("known.npz", (("RAIN", 12, 18),)), ("clip.npz", ())):
        clips.edit_file(room / name, "rain", room / "out.pose", keep=["10:20"], steps=2)
        assert Pose.load(room / "out.pose").signs == signs
        assert json.loads(Pose.load(room / "out.pose").provenance)["edited_clip"] == name


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"keep": ["0:99"]}, "0 to 30"),
        ({"keep": ["x"]}, "not a range"),
        ({}, "nothing of the clip stays"),
        ({"keep": ["0:9"], "jumps": -1}, "0 or more"),
    ],
)
def test_what_cannot_be_edited_writes_nothing(room, how, words):
    with pytest.raises(UserError, match=words):
        clips.edit_file(room / "clip.npz", "rain", room / "out.npz", **how)
    assert not (room / "out.npz").exists()


def test_a_model_without_a_denoiser_cannot_edit(room, generator, monkeypatch):
    class Other(TextToPose):
        def signed(self, *given):
            return []

    monkeypatch.setattr(clips, "load", lambda model, autoencoder, device: Other(generator.card))
    with pytest.raises(UserError, match="cannot edit"):
        clips.edit_file(room / "clip.npz", "rain", room / "out.npz", keep=["0:9"])


def test_a_generated_file_in_a_style_says_so_and_has_its_tempo(room, generator):
    neutral = generator.generate(["rain"], steps=2)[0]
    slow = neutral.resampled(neutral.fps * 1.25)
    slow.fps = neutral.fps
    slow.save(room / "slow.npz")
    how = {"style": room / "slow.npz", "style_text": "rain", "steps": 2}
    frames, _ = clips.generate_in_style("what do you eat ?", room / "out.npz", **how)
    plain = generator.generate(["what do you eat ?"], steps=2)[0]
    assert frames == pytest.approx(1.25 * len(plain), abs=1.5)
    said = json.loads(Pose.load(room / "out.npz").provenance)
    assert said["style_of"] == "slow.npz" and said["style_tempo"] == pytest.approx(0.8, abs=0.02)
    assert clips.generate_in_style("rain", room / "out.npz", frames=33, **how)[0] == 33


def test_texts_of_many_sentences_have_a_style_as_those_of_one(room, generator):
    story = ("rain in the north " * 14 + ". ") * 4
    assert len(story) > 1000
    neutral = generator.generate_long(story, steps=1)
    neutral.save(room / "story.npz")
    how = {"style": room / "story.npz", "style_text": story, "steps": 1}
    frames, _ = clips.generate_in_style(story, room / "out.npz", **how)
    said = json.loads(Pose.load(room / "out.npz").provenance)
    assert frames == len(neutral) and said["style_tempo"] == 1.0 and said["style_amplitude"] == 1.0
