"""Extraction in processes that die. A package called mediapipe, made here, takes the place of the real one: it sees a
body in every picture, slowly if told so, and takes its process down on a white one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sign_latent.renderer.video import write_video

_SOLUTION = """
import os, time
from types import SimpleNamespace as Some

class Holistic:
    def __init__(self, **options): pass
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def reset(self): pass

    def process(self, picture):
        time.sleep(float(os.environ["NAP"]))
        if picture.mean() > 240:
            os._exit(1)
        body = Some(landmark=[Some(x=0.3 + i / 100, y=0.5, z=0.0, visibility=1.0) for i in range(33)])
        return Some(pose_landmarks=body, face_landmarks=None, left_hand_landmarks=None, right_hand_landmarks=None,
                    pose_world_landmarks=None)
"""
WHITE = (2, 5)


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    for i in range(8):
        picture = np.full((48, 64, 3), 255 if i in WHITE else 100, np.uint8)
        write_video(folder / f"{i}.mp4", [picture] * 5, 20.0)
    return folder


@pytest.fixture(scope="module")
def double(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("double")
    package = root / "mediapipe" / "python" / "solutions"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").touch()
    (package / "holistic.py").write_text(_SOLUTION)
    return root


def start(videos: Path, double: Path, out: Path, nap: float) -> subprocess.Popen:
    here = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(double), str(here)]), "NAP": str(nap)}
    command = [sys.executable, "-m", "data_prep.extract", str(videos), "--out", str(out), "--jobs", "2"]
    return subprocess.Popen(
        command, env=environment, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def undisturbed(videos, double, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    run = start(videos, double, out, 0)
    said = run.communicate()[0].decode()
    assert run.returncode == 0, said
    return out


def test_a_video_that_takes_its_process_down_is_dropped_and_no_other(undisturbed):
    drops = (undisturbed / "drops.csv").read_text()
    assert [line.split(",")[0] for line in drops.splitlines()[1:]] == [f"{i}.mp4" for i in WHITE]
    good = {f"{i}.pose" for i in range(8) if i not in WHITE}
    assert set(content(undisturbed)) == good | {"index.csv", "drops.csv", "extraction.json"}


@pytest.mark.slow
def test_killed_and_started_again_it_ends_as_if_undisturbed(videos, double, undisturbed, tmp_path):
    out = tmp_path / "out"
    run = start(videos, double, out, 0.1)
    while not list(out.glob("[0-9].pose")):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, 9)
    run.wait()
    assert not (out / "index.csv").exists()
    again = start(videos, double, out, 0)
    said = again.communicate()[0].decode()
    assert again.returncode == 0, said
    assert content(out) == content(undisturbed)
