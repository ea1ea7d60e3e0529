"""Laws of extraction: what is finished stands and is not done again, and one bad video never stops the run."""

import csv
import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from data_prep import extract
from data_prep.extraction import backend, jobs
from data_prep.extraction.backend import Landmarks, Settings
from data_prep.extraction.jobs import Engine
from sign_latent.errors import UserError
from sign_latent.pose import Pose
from sign_latent.renderer.video import write_video

ONE = Engine(jobs=1)


class Still:
    """Sees a body that stands as high as the picture is bright; none in the dark; and falls over on white."""

    skeleton = "holistic576"
    seen = 0

    def look(self, picture: np.ndarray, milliseconds: int) -> Landmarks:
        type(self).seen += 1
        brightness = float(picture.mean()) / 255
        if brightness > 0.95:
            raise RuntimeError("graph failed")
        points = np.zeros((576, 3))
        points[11], points[12] = (0.75, brightness, 0), (0.25, brightness, 0)
        return Landmarks(points, np.full(576, float(brightness > 0.1)))

    def reset(self) -> None:
        pass


@pytest.fixture
def still(monkeypatch) -> type[Still]:
    """The extractor of these tests takes the place of MediaPipe; it runs in this process."""

    @contextmanager
    def open_extractor(settings: Settings):
        yield Still()

    monkeypatch.setattr(extract, "open_extractor", open_extractor)
    monkeypatch.setattr(jobs.extract_batch, "__defaults__", (open_extractor,))
    monkeypatch.setattr(Still, "seen", 0)
    return Still


@pytest.fixture
def videos(tmp_path) -> Path:
    """Two good videos, one in the dark, one on which the extractor fails, one that is no video."""
    folder = tmp_path / "videos"
    for name, brightness in {"b": 100, "sub/a": 150, "dark": 0, "white": 255}.items():
        picture = np.full((48, 64, 3), brightness, np.uint8)
        write_video(folder / f"{name}.mp4", [picture] * 5, 20.0)
    (folder / "torn.mp4").write_bytes(b"not a video")
    return folder


def test_a_folder_of_videos_becomes_poses_and_an_index(still, videos, tmp_path):
    drops = extract.extract_all([videos], tmp_path / "out", Settings(), ONE)
    assert {drop["video"] for drop in drops} == {"dark.mp4", "torn.mp4", "white.mp4"}
    reasons = {drop["video"]: drop["reason"] for drop in drops}
    assert "nobody" in reasons["dark.mp4"] and "graph failed" in reasons["white.mp4"]
    assert "cannot be decoded" in reasons["torn.mp4"]
    assert not any(str(tmp_path) in reason for reason in reasons.values())  # the same on every machine
    rows = list(csv.DictReader((tmp_path / "out" / "index.csv").open()))
    assert [(row["path"], row["video"]) for row in rows] == [("b.pose", "b.mp4"), ("sub/a.pose", "sub/a.mp4")]
    pose = Pose.load(tmp_path / "out" / "b.pose")
    assert len(pose) == 5 and pose.fps == 20 and pose.skeleton.name == "holistic576"
    assert np.allclose(pose.points[:, 11], [0.5, 0, 0], atol=1e-5)


def test_what_stands_is_not_done_again(still, videos, tmp_path):
    out = tmp_path / "out"
    extract.extract_all([videos], out, Settings(), ONE)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (out / "b.pose").unlink()
    seen = still.seen
    extract.extract_all([videos], out, Settings(), ONE)
    assert still.seen - seen == 5 + 5 + 1  # the one that was taken away, the dark one, and one look at the white one
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_the_order_of_the_videos_changes_nothing(still, videos, tmp_path):
    files = [path for path in videos.rglob("*") if path.is_file()]
    for out, given in (("forth", files), ("back", files[::-1])):
        extract.extract_all(given, tmp_path / out, Settings(), ONE)
    forth, back = ({p.name: p.read_bytes() for p in (tmp_path / out).rglob("*")} for out in ("forth", "back"))
    assert forth == back


def test_one_folder_is_made_in_one_way(still, videos, tmp_path):
    extract.extract_all([videos], tmp_path / "out", Settings(), ONE)
    with pytest.raises(UserError, match="other settings"):
        extract.extract_all([videos], tmp_path / "out", Settings(confidence=0.7), ONE)


def test_a_video_left_in_the_middle_is_tried_alone(still, videos, tmp_path, monkeypatch):
    out = tmp_path / "out"
    alone = []
    monkeypatch.setattr(jobs, "_alone", lambda job, settings: alone.append(job.name) or "took the process down")
    out.mkdir()
    (out / ".b.pose.trying").touch()
    drops = extract.extract_all([videos], out, Settings(), ONE)
    assert alone == ["b.mp4"] and "b.mp4" in {drop["video"] for drop in drops}
    assert (out / "sub" / "a.pose").exists()


def test_texts_are_matched_by_video(still, videos, tmp_path):
    texts = tmp_path / "texts.csv"
    texts.write_text("video,text,signed_language,start,end\nb.mp4,rain,ase,0,100\nb.mp4,snow,ase,100,250\n")
    extract.extract_all([videos], tmp_path / "out", Settings(), ONE, texts)
    rows = list(csv.DictReader((tmp_path / "out" / "index.csv").open()))
    assert [(row["id"], row["text"], row["end"]) for row in rows[:2]] == [
        ("b#1", "rain", "100"),
        ("b#2", "snow", "250"),
    ]
    texts.write_text("video,text\nother.mp4,rain\n")
    with pytest.raises(UserError, match="names none of the videos"):
        extract.extract_all([videos], tmp_path / "out", Settings(), ONE, texts)


def test_the_folder_is_read_by_convert(still, videos, tmp_path):
    from data_prep.convert import convert
    from data_prep.formats.source import Options
    from sign_latent.corpus.read import Corpus

    extract.extract_all([videos], tmp_path / "out", Settings(), ONE)
    languages = Options(spoken_language="en", signed_language="ase")
    convert("pose", tmp_path / "out", tmp_path / "corpus", languages)
    assert Corpus.open(tmp_path / "corpus").split("train").ids == ["b", "sub/a"]


def test_a_video_that_a_model_made_gives_poses_that_say_so(still, tmp_path):
    about = json.dumps({"generated_by": "toy@0123456789ab", "text": "rain"})
    for name, said in (("a", about), ("b", "filmed in the rain")):
        frames = np.full((5, 48, 64, 3), 100, np.uint8)
        write_video(tmp_path / "videos" / f"{name}.mp4", frames, 25.0, said)
    extract.extract_all([tmp_path / "videos"], tmp_path / "out", Settings(), ONE)
    assert [Pose.load(tmp_path / "out" / f"{name}.pose").provenance for name in "ab"] == [about, ""]


def test_videos_that_differ_in_their_ending_keep_it(tmp_path):
    for name in ("a.mp4", "a.gif", "b.mp4"):
        (tmp_path / name).touch()
    found = {job.name: job.target.name for job in extract.find_jobs([tmp_path], tmp_path)}
    assert found == {"a.mp4": "a.mp4.pose", "a.gif": "a.gif.pose", "b.mp4": "b.pose"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [(Settings("other"), "known: mediapipe"), (Settings(confidence=1.5), "between 0 and 1")],
)
def test_settings_that_cannot_be_are_refused_before_the_work(videos, tmp_path, settings, reason):
    with pytest.raises(UserError, match=reason):
        extract.extract_all([videos], tmp_path / "out", settings, ONE)
    assert not (tmp_path / "out").exists()


def test_groups_that_were_not_found_have_no_confidence():
    from types import SimpleNamespace

    body = [SimpleNamespace(x=0.1, y=0.2, z=0.3, visibility=0.4)]
    found = backend.gathered([(body, 1, True), (None, 2, False)])
    assert found.points.tolist() == [[0.1, 0.2, 0.3], [0, 0, 0], [0, 0, 0]]
    assert found.confidence.tolist() == [0.4, 0, 0]


def test_how_it_was_made_is_written_down(still, videos, tmp_path):
    extract.extract_all([videos], tmp_path / "out", Settings(), ONE)
    assert json.loads((tmp_path / "out" / "extraction.json").read_text())["backend"] == "mediapipe"
