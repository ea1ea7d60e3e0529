"""Laws of a corpus on disk: exact, deterministic, whole or not at all, damage named."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sign_latent.corpus import read
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SMPLX = get_skeleton("smplx")
INFO = {"title": "noise", "licence": "CC0-1.0"}


def noise_clip(i: int, rotations: bool = True, **more) -> Clip:
    """A clip of random numbers, every array of its own length."""
    rng = np.random.default_rng(i)
    frames = 3 + i % 5
    pose = Pose(
        rng.normal(size=(frames, 94, 3)).astype(np.float32),
        rng.random((frames, 94)).astype(np.float32),
        25.0,
        SMPLX,
        rng.normal(size=(frames, 55, 3)).astype(np.float32) if rotations else None,
        rng.normal(size=(frames, 10)).astype(np.float32) if rotations else None,
    )
    facts = {
        "id": f"clip-{i}",
        "text": f"text {i} – ünïcode",
        "spoken_language": "en",
        "signed_language": "qaa",
        "signer": f"s{i % 2}",
        "source": f"video {i}",
        "split": "train" if i % 3 else "dev",
        "handedness": "left" if i % 2 else "right",
        "gloss": "RAIN TOMORROW",
        "tiers": [Tier("gloss", "RAIN", 0, 2), Tier("handshape_right", "flat", 1, 3)],
    }
    return Clip(pose=pose, **(facts | more))


def write(path: Path, clips, **more) -> str:
    return write_corpus(path, clips, SMPLX, 25.0, INFO, **more)


def assert_same(one: Clip, other: Clip) -> None:
    for name in ("points", "confidence", "rotations", "expression"):
        a, b = getattr(one.pose, name), getattr(other.pose, name)
        assert (a is None and b is None) or (a.dtype == b.dtype and np.array_equal(a, b))
    assert replace(one, pose=None) == replace(other, pose=None)
    assert one.pose.skeleton == other.pose.skeleton and one.pose.fps == other.pose.fps


def files(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in path.iterdir() if p.is_file()}


def test_what_is_read_is_what_was_written(tmp_path):
    clips = [noise_clip(i, rotations=i != 4) for i in range(300)]
    drops = [{"id": "bad", "reason": "no hands"}]
    content = write(tmp_path / "c", clips, drops=drops)
    corpus = Corpus.open(tmp_path / "c")
    assert (corpus.hash, corpus.fps, corpus.skeleton, corpus.info, corpus.drops) == (content, 25.0, SMPLX, INFO, drops)
    assert corpus.splits == ("dev", "train") and corpus.counts == {"dev": 100, "train": 200}
    for name in corpus.splits:
        expected = [clip for clip in clips if clip.split == name]
        read = corpus.split(name)
        assert len(read) == len(expected)
        for one, other in zip(read, expected, strict=True):
            assert_same(one, other)
        assert read.lengths.tolist() == [len(clip.pose) for clip in expected]
        assert read.texts == [clip.text for clip in expected] and read.ids[3] == expected[3].id
        assert_same(read[-1], expected[-1])
    corpus.verify()


def test_reading_copies_nothing(tmp_path):
    """Two readings of a clip are views of the same read-only memory."""
    write(tmp_path / "c", [noise_clip(1)])
    clips = Corpus.open(tmp_path / "c").split("train")
    one, other = clips[0].pose.points, clips[0].pose.points
    assert np.shares_memory(one, other) and not one.flags.writeable


def test_the_same_clips_give_the_same_bytes_and_other_clips_another_hash(tmp_path):
    clips = [noise_clip(i) for i in range(10)]
    first, second = write(tmp_path / "a", clips), write(tmp_path / "b", iter(clips))
    assert first == second and files(tmp_path / "a") == files(tmp_path / "b")
    clips[7].pose.points[0, 0, 0] += 1e-6
    assert write(tmp_path / "c", clips) != first
    assert write(tmp_path / "d", [replace(clip, gloss="OTHER") for clip in clips]) != first


def test_many_clips_make_several_shards_that_any_parquet_reader_finds(tmp_path, monkeypatch):
    from datasets import load_dataset

    monkeypatch.setattr("sign_latent.corpus.write._SHARD", 128)
    write(tmp_path / "c", [noise_clip(i) for i in range(450)])
    names = sorted(p.name for p in (tmp_path / "c").glob("train*"))
    assert names == [f"train-0000{i}-of-00003.parquet" for i in range(3)]
    rows = load_dataset(str(tmp_path / "c"), split="train", streaming=True)
    assert [row["id"] for row in rows] == Corpus.open(tmp_path / "c").split("train").ids


def test_dominant_shows_left_handers_in_the_mirror(tmp_path):
    clips = [noise_clip(1), noise_clip(2)]
    write(tmp_path / "c", clips)
    left, right = Corpus.open(tmp_path / "c").split("train", dominant=True)
    assert_same(right, clips[1])
    assert_same(left, clips[0].mirrored())
    assert left.handedness == "right" and left.tiers[1].channel == "handshape_left"
    assert left.mirrored().tiers == clips[0].tiers


def flawed(**change) -> Clip:
    clip = noise_clip(1)
    pose = {name: change.pop(name) for name in list(change) if hasattr(clip.pose, name)}
    return replace(clip, pose=replace(clip.pose, **pose), **change)


@pytest.mark.parametrize(
    "clip, problem",
    [
        (flawed(points=np.full((4, 94, 3), np.nan, np.float32)), "NaN"),
        (flawed(points=np.zeros((4, 93, 3), np.float32)), "shape"),
        (flawed(fps=50.0), "50.0 fps"),
        (flawed(skeleton=get_skeleton("upper79")), "clip-1"),
        (flawed(signed_language="GSL"), "GSL"),
        (flawed(spoken_language="klingon"), "klingon"),
        (flawed(split="test of names"), "test of names"),
        (flawed(handedness="both"), "both"),
        (flawed(tiers=[Tier("gloss", "A", 2, 99)]), "99"),
        (flawed(id="clip-0"), "clip-0"),
        (flawed(id=""), "id"),
    ],
)
def test_a_flawed_clip_is_named_and_nothing_is_written(tmp_path, clip, problem):
    with pytest.raises(UserError, match=problem) as caught:
        write(tmp_path / "c", [noise_clip(0), clip])
    assert "clip" in str(caught.value) and list(tmp_path.iterdir()) == []


def test_a_taken_path_and_an_empty_corpus_are_refused(tmp_path):
    write(tmp_path / "c", [noise_clip(0)])
    with pytest.raises(UserError, match="exists already"):
        write(tmp_path / "c", [noise_clip(0)])
    with pytest.raises(UserError, match="no clip"):
        write(tmp_path / "d", [])
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def damage_card(folder: Path) -> None:
    (folder / "corpus.json").write_text("{")


def lose_field(folder: Path) -> None:
    card = json.loads((folder / "corpus.json").read_text())
    del card["splits"]["train"]["shards"]
    (folder / "corpus.json").write_text(json.dumps(card))


def change_fps(folder: Path) -> None:
    text = (folder / "corpus.json").read_text()
    (folder / "corpus.json").write_text(text.replace('"fps": 25.0', '"fps": 50.0'))


def truncate(folder: Path) -> None:
    shard = next(folder.glob("train*"))
    shard.write_bytes(shard.read_bytes()[:-10])


def lose_shard(folder: Path) -> None:
    next(folder.glob("train*")).unlink()


def flip(folder: Path) -> None:
    shard = next(folder.glob("train*"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 3] ^= 1
    shard.write_bytes(data)


@pytest.mark.parametrize("harm", [damage_card, lose_field, change_fps, truncate, lose_shard, flip])
def test_damage_is_one_line_that_names_the_corpus(tmp_path, harm):
    write(tmp_path / "c", [noise_clip(i) for i in range(6)])
    harm(tmp_path / "c")
    with pytest.raises(UserError, match=f"corpus {tmp_path / 'c'}") as caught:
        Corpus.open(tmp_path / "c").split("train")
    assert "\n" not in str(caught.value)


def test_a_damaged_memory_map_is_named_with_its_remedy(tmp_path):
    write(tmp_path / "c", [noise_clip(i) for i in range(6)])
    Corpus.open(tmp_path / "c").split("train")
    mapped = next((tmp_path / "c" / ".cache").rglob("*.arrow"))
    mapped.write_bytes(mapped.read_bytes()[:100])
    with pytest.raises(UserError, match="remove that folder"):
        Corpus.open(tmp_path / "c").split("train")


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="none.*synthesise"):
        Corpus.open(tmp_path / "none")
    write(tmp_path / "c", [noise_clip(0)])
    with pytest.raises(UserError, match="'test'.*dev"):
        Corpus.open(tmp_path / "c").split("test")


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from test_corpus import noise_clip, write
def clips():
    for i in range(300):
        yield noise_clip(i)
    os.kill(os.getpid(), signal.SIGKILL)
write(sys.argv[2], clips())
"""


def test_kill_9_while_writing_leaves_no_corpus_and_no_obstacle(tmp_path):
    path = tmp_path / "c"
    command = [sys.executable, "-c", KILLED, os.path.dirname(__file__), str(path)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    assert not path.exists()
    write(path, [noise_clip(0)])
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize("large, said", [(0, 1), (10**9, 0)])
def test_the_first_reading_of_a_large_split_is_announced_in_one_line(tmp_path, monkeypatch, capsys, large, said):
    monkeypatch.setattr(read, "_LARGE", large)
    write(tmp_path / "corpus", map(noise_clip, range(6)))
    for times in (said, 0):
        Corpus.open(tmp_path / "corpus").split("train")
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == times and all("corpus: verifying and mapping train" in line for line in lines)
