"""What every importer owes: all clips of a sound source, the same bytes each time, a reason for each one left out."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_prep.convert import FORMATS, convert
from data_prep.formats.source import Options, within
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError

ROOT = Path(__file__).resolve().parents[3]


def clips_of(corpus: Path) -> list:
    opened = Corpus.open(corpus)
    return sorted((clip for name in opened.splits for clip in opened.split(name)), key=lambda clip: clip.id)


def bytes_of(corpus: Path) -> dict[str, str]:
    files = [file for file in corpus.iterdir() if file.is_file()]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sound_source_is_read_whole(kind, tmp_path, make, options):
    (tmp_path / "in").mkdir()
    source = convert(kind, make(kind, tmp_path / "in"), tmp_path / "corpus", options)
    assert source.drops == [] and source.notes == []
    clips = clips_of(tmp_path / "corpus")
    assert len(clips) == (5 if kind == "mediapipe" else 3 if kind == "signavatars" else 2)
    assert source.count in (len(clips), 0)
    for clip in clips:
        pose, skeleton = clip.pose, clip.pose.skeleton
        assert clip.text and len(pose) == 4
        hands = [*skeleton.parts["left_hand"], *skeleton.parts["right_hand"]]
        assert (pose.confidence[:, hands] > 0).any()
        if kind not in ("wlasl_smplx", "signavatars", "how2sign_smplx", "amass", "wholebody133"):
            assert pose.points[:, skeleton.left_shoulder, 0] == pytest.approx(0.5, abs=0.01)
            assert pose.points[:, skeleton.right_shoulder, 0] == pytest.approx(-0.5, abs=0.01)


# Formats of one file a clip: one of them spoiled must not stop the others, nor tell where it lay.
SPOILED = {"signavatars": ".pkl", "how2sign": ".json", "how2sign_smplx": ".pkl", "amass": ".npz", "dgs": ".npz"}
SPOILED |= {"pose": ".pose", "openpose": ".json", "dwpose": ".npz", "wholebody133": ".pkl", "islr": ".parquet"}


@pytest.mark.parametrize("kind", SPOILED)
def test_the_same_source_gives_the_same_bytes(kind, tmp_path, make, options):
    for name in ("one", "two"):
        (tmp_path / name / "in").mkdir(parents=True)
        source = make(kind, tmp_path / name / "in")
        sorted((tmp_path / name).rglob(f"*{SPOILED[kind]}"))[0].write_bytes(b"spoiled")
        convert(kind, source, tmp_path / name / "corpus", options)
    assert bytes_of(tmp_path / "one" / "corpus") == bytes_of(tmp_path / "two" / "corpus")
    assert len(json.loads((tmp_path / "one" / "corpus" / "corpus.json").read_text())["drops"]) == 1


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "..\\b", "", "a\0b"])
def test_names_in_tables_never_leave_the_folder(tmp_path, name):
    with pytest.raises(UserError, match="does not lead into the folder"):
        within(tmp_path, name)
    assert within(tmp_path, "a/b.pose") == tmp_path / "a" / "b.pose"


def test_an_index_that_leads_out_of_the_folder_is_quarantined(tmp_path, make, options):
    folder = tmp_path / "in"
    folder.mkdir()
    make("pose", folder)
    (tmp_path / "secret.pose").write_bytes((folder / "0.pose").read_bytes())
    (folder / "index.csv").write_text("path,text\n0.pose,a\n../secret.pose,b\n")
    drops = convert("pose", folder, tmp_path / "corpus", options).drops
    assert [drop["id"] for drop in drops] == ["../secret", "1.pose"]
    assert "does not lead" in drops[0]["reason"] and "does not name it" in drops[1]["reason"]


def test_a_source_of_which_nothing_is_left_says_why_and_leaves_nothing(tmp_path, make, options):
    folder = tmp_path / "in"
    folder.mkdir()
    make("signavatars", folder)
    for file in folder.glob("*.pkl"):
        file.write_bytes(b"spoiled")
    with pytest.raises(UserError, match="not one clip can be read; the first: 0: 0.pkl: damaged"):
        convert("signavatars", folder, tmp_path / "corpus", options)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_clip_that_shows_no_hand_is_dropped(tmp_path, make, options, parts):
    folder = tmp_path / "in"
    folder.mkdir()
    make("pose", folder)
    lost = parts["body"]("holistic543")
    lost.confidence[:, [*lost.skeleton.parts["left_hand"], *lost.skeleton.parts["right_hand"]]] = 0
    lost.save(folder / "0.pose")
    assert convert("pose", folder, tmp_path / "corpus", options).drops == [
        {"id": "0", "reason": "no hand is ever seen"}
    ]


def test_a_killed_run_leaves_no_corpus_and_the_next_is_as_if_undisturbed(tmp_path, make, options):
    folder = tmp_path / "in"
    folder.mkdir()
    make("skels", folder)
    lines, texts = ((folder / f"train.{kind}").read_text().splitlines() for kind in ("skels", "text"))
    (folder / "train.skels").write_text("\n".join(lines * 2000) + "\n")
    (folder / "train.text").write_text("\n".join(texts * 2000) + "\n")
    out = tmp_path / "corpus"
    command = [sys.executable, "-m", "data_prep.convert", "skels", str(folder), "--out", str(out)]
    run = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    while run.poll() is None and not any(tmp_path.glob(".corpus.partial-*/*.parquet")):
        time.sleep(0.01)
    run.kill()
    assert run.wait() != 0 and not out.exists()
    convert("skels", folder, out)
    convert("skels", folder, tmp_path / "undisturbed")
    assert bytes_of(out) == bytes_of(tmp_path / "undisturbed")
    assert not any(tmp_path.glob(".corpus.partial-*"))


def test_what_the_user_says_fills_what_a_format_leaves_open(tmp_path, make):
    folder = tmp_path / "in"
    folder.mkdir()
    options = Options(spoken_language="de", signed_language="gsg", source_fps=60.0, fps=30.0, aspect=2.0)
    source = make("islr", folder)
    (folder / "train.csv").unlink()
    convert("islr", source, tmp_path / "corpus", options)
    clip = clips_of(tmp_path / "corpus")[0]
    assert (clip.spoken_language, clip.signed_language, clip.pose.fps, len(clip.pose)) == ("de", "gsg", 30.0, 2)
