"""Files of long texts, made by a small untrained chain."""

import io
import json

import numpy as np
import pytest

from sign_latent.cli import main
from sign_latent.errors import UserError
from sign_latent.generation import api
from sign_latent.generation.editing import Edit
from sign_latent.pose.pose import Pose
from sign_latent.renderer import draw
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.page import load_clip
from sign_latent.renderer.video import read_comment

TEXT = "Rain is here. What do you do?\n\nTomorrow it will rain in the north."


@pytest.fixture(autouse=True)
def loaded(generator, monkeypatch):
    """The small chain in place of the embedded one."""
    monkeypatch.setattr(api, "load", lambda *names: generator)
    return generator


@pytest.mark.parametrize("suffix", [".npz", ".pose", ".html", ".mp4", ".webm", ".gif"])
def test_a_paragraph_is_written_whole_in_every_format(loaded, tmp_path, monkeypatch, suffix):
    drawn = draw.draw_pose
    monkeypatch.setattr(draw, "draw_pose", lambda p, **how: drawn(p, size=64, **how))
    path = tmp_path / f"out{suffix}"
    whole = loaded.generate_long(TEXT, frames=180, seed=1)
    assert api.generate_file(TEXT, path, seed=1, frames=180) == (180, 25.0)
    if suffix == ".npz":
        assert np.array_equal(Pose.load(path).points, whole.points)
    elif suffix == ".pose":
        assert len(Pose.load(path)) == 180 and json.loads(path.with_name("out.pose.json").read_text())
    elif suffix in api.VIDEOS:
        import av

        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) == 180
        assert json.loads(read_comment(path))["text"] == TEXT


def test_a_pose_of_the_library_says_by_whom_it_was_made_whoever_saves_it(loaded, tmp_path):
    path = tmp_path / "out.pose"
    loaded.generate(["snow", "rain"], frames=8, seed=3)[1].mirrored().save(path)
    said = json.loads(json.loads(path.with_name("out.pose.json").read_text())["provenance"])
    assert said == {
        "generated_by": loaded.card.reference,
        "reviewed_by_signers": False,
        "signed_language": "qaa",
        "text": "rain",
        "seed": 3,
    }
    assert loaded.card.reference in load_clip(path).made
    chunks, whole = list(loaded.stream("rain", chunk_frames=4, frames=8)), loaded.generate_long("rain", frames=8)
    told = {pose.provenance for pose in [*chunks, whole]}
    assert len(chunks) > 1 and len(told) == 1 and json.loads(told.pop())["text"] == "rain"
    edited = loaded.edit(whole, "rain", Edit(keep=[(0, 2)]), seed=4)
    assert json.loads(edited.provenance)["seed"] == 4


def test_the_command_says_how_a_video_looks(tmp_path, monkeypatch):
    hows, drawn = [], draw.draw_pose
    monkeypatch.setattr(draw, "draw_pose", lambda p, **how: hows.append(how) or drawn(p, size=32, **how))
    path = str(tmp_path / "x.webm")
    main(["generate", "rain", "-o", path, "--frames", "8", "--body", "capsules", "--look", "3", "--caption"])
    assert {name: hows[0][name] for name in ("body", "look", "caption")} == {
        "body": "capsules",
        "look": signer_look(3),
        "caption": "rain",
    }
    main(["generate", "rain", "-o", path, "--frames", "8"])
    assert (hows[-1]["body"], hows[-1]["look"], hows[-1]["caption"]) == ("drawn", None, "")


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("x.mp4", ["--body", "wire"], "drawn, capsules"),
        ("x.mp4", ["--look", "-1"], "negative"),
        ("x.npz", ["--caption"], "has no pictures"),
    ],
)
def test_looks_that_cannot_be_are_refused_before_anything_is_made(tmp_path, capsys, name, given, said):
    with pytest.raises(SystemExit) as stopped:
        main(["generate", "rain", "-o", str(tmp_path / name), *given])
    error = capsys.readouterr().err
    assert stopped.value.code == 2 and said in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_video_is_drawn_while_the_text_is_signed(loaded, tmp_path, monkeypatch):
    events, latents, drawn = [], type(loaded).latents, draw.draw_pose
    monkeypatch.setattr(type(loaded), "latents", lambda s, *a: events.append("sentence") or latents(s, *a))
    monkeypatch.setattr(draw, "draw_pose", lambda p, **how: events.append(len(p)) or drawn(p, size=32, **how))
    api.generate_file(TEXT * 3, tmp_path / "out.mp4")
    assert events.index(api.CHUNK) < len(events) - events[::-1].index("sentence") - 1
    assert max(n for n in events if n != "sentence") == api.CHUNK


def test_the_command_takes_a_text_from_an_argument_a_file_or_standard_input(tmp_path, monkeypatch, capsys):
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    how = {"argument": [TEXT], "file": ["--text-file", str(tmp_path / "text.txt")], "input": ["-"]}
    how["input as a file"] = ["--text-file", "-"]
    points = []
    for name, given in how.items():
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        main(["generate", *given, "-o", str(tmp_path / f"{name}.npz"), "--frames", "60"])
        assert "60 frames, 2.4 s" in capsys.readouterr().out
        points.append(Pose.load(tmp_path / f"{name}.npz").points)
    assert all(np.array_equal(points[0], other) for other in points)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "either TEXT or --text-file"),
        (["rain", "--text-file", "x"], "either TEXT or --text-file"),
        (["--text-file", "{room}/none.txt"], "none.txt"),
        (["--text-file", "{room}/latin.txt"], "not UTF-8"),
    ],
)
def test_texts_that_cannot_be_read_are_named(tmp_path, capsys, given, named):
    (tmp_path / "latin.txt").write_bytes("Schön".encode("latin-1"))
    with pytest.raises(SystemExit) as stopped:
        main(["generate", *(word.format(room=tmp_path) for word in given), "-o", str(tmp_path / "x.npz")])
    error = capsys.readouterr().err
    assert stopped.value.code == 2 and named in error and error.count("\n") == 1
    assert not (tmp_path / "x.npz").exists()


def test_a_text_that_fails_on_the_way_leaves_no_file(loaded, tmp_path, monkeypatch):
    latents = type(loaded).latents

    def failing(self, sentence, *more):
        if "north" in sentence:
            raise UserError("no more")
        return latents(self, sentence, *more)

    monkeypatch.setattr(type(loaded), "latents", failing)
    with pytest.raises(UserError, match="no more"):
        api.generate_file(TEXT * 2, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
