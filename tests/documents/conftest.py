"""What a reader has who follows the documents: recordings, poses and videos of others, tables, a story, a picture."""

import csv
import importlib.util
import io
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from stages.recipe import ROOT

ONE_OF_SEVERAL = """
import runpy
os.chdir(argv[1])
sys.argv = argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="session")
def importing() -> ModuleType:
    """What the importers' tests make sources of foreign formats with."""
    # Test folders are no packages.
    place = Path(__file__).parents[1] / "data_prep" / "formats" / "conftest.py"
    spec = importlib.util.spec_from_file_location("format_fixtures", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def furnish(importing) -> Callable[[Path, int], Path]:
    """Puts into a folder what the documents call FOLDER, HOW2SIGN, POSES, RECORDINGS, texts.csv and so on."""

    def fill(room: Path, texts: int) -> Path:
        from data_prep.invented.clips import make_clip
        from data_prep.invented.splits import plan

        (room / "CORPUS").symlink_to("corpus")
        made = {"HOW2SIGN": importing.how2sign, "HOW2SIGN-SMPLX": importing.how2sign_smplx}
        for name, make in (made | {"PHOENIX": importing.phoenix14t}).items():
            (room / name).mkdir()
            make(room / name)
        for name in ("FOLDER", "their-poses"):  # the second is what extraction would make
            (room / name).mkdir()
            for i in range(12):
                importing.body("holistic543", seed=i).save(room / name / f"{i}.pose")
            importing.index(room / name, *(f"{i}.pose" for i in range(12)))
        clips = [make_clip(task, "qaa", 3) for task in plan(60, 3)[:texts]]
        for name, shift in (("RECORDINGS", 0), ("POSES", 1), ("THEIR-POSES", 2)):
            (room / name).mkdir()
            for clip, other in zip(clips, clips[shift:] + clips[:shift], strict=True):
                other.pose.save(room / name / f"{clip.id}.npz")
        _table(room / "texts.csv", ["id", "video", "text"], [(c.id, f"{c.id}.mp4", c.text) for c in clips])
        _table(room / "times.tsv", ["id", "start", "end", "text"], [("0", 0, 0.12, "rain"), ("1", 0.04, 0.16, "sun")])
        _seen(
            room / "VIDEOS", [make_clip(task, "qaa", 0) for task in plan(60, 0) if task.split == "test_sentences"][:2]
        )
        _seen(room, [replace(clips[0], id="SIGNER")], ".png")
        _filmed(room)
        (room / "STORY.txt").write_text("It will rain in the north. Who feeds four horses ?\n", encoding="utf-8")
        return room

    return fill


def _seen(folder: Path, clips: list, suffix: str = ".mp4") -> None:
    """Clips drawn into a folder, named by their ids; of a picture the first frame."""
    from PIL import Image

    from sign_latent.renderer.draw import draw_pose
    from sign_latent.renderer.video import write_video

    folder.mkdir(exist_ok=True)
    for clip in clips:
        frames = draw_pose(clip.pose, 96, body="capsules")
        place = folder / f"{clip.id}{suffix}"
        if suffix == ".png":
            Image.fromarray(next(frames)).save(place)
        else:
            write_video(place, frames, clip.pose.fps)


def _filmed(room: Path) -> None:
    """Videos of nobody in FILMS, and what extraction would make of them if it saw somebody there."""
    import numpy as np

    from sign_latent.pose.formats.pose_file import write_landmarks
    from sign_latent.pose.skeleton import get_skeleton
    from sign_latent.renderer.video import write_video

    skeleton, chance, names = get_skeleton("holistic543"), np.random.default_rng(0), [f"film{i}" for i in range(5)]
    for name in names:
        landmarks = chance.uniform(10, 40, (12, len(skeleton.points), 3))
        landmarks[:, skeleton.left_shoulder, :2], landmarks[:, skeleton.right_shoulder, :2] = (38, 20), (26, 20)
        write_landmarks(
            room / "film-poses" / f"{name}.pose", skeleton, landmarks, np.ones(landmarks.shape[:2]), 25.0, (64, 48)
        )
        write_video(room / "FILMS" / f"{name}.mp4", chance.integers(0, 256, (12, 48, 64, 3), dtype=np.uint8), 25.0)
    said = [("rain", "train"), ("snow", "train"), ("rain", "train"), ("rain", "dev"), ("snow", "dev")]
    rows = [(f"{name}.pose", text, f"{name}.mp4", split) for name, (text, split) in zip(names, said, strict=True)]
    _table(room / "film-poses" / "index.csv", ["path", "text", "video", "split"], rows)


def _table(path: Path, columns: list[str], rows: list[tuple]) -> None:
    told = io.StringIO()
    csv.writer(told, delimiter="\t" if path.suffix == ".tsv" else ",", lineterminator="\n").writerows([columns, *rows])
    path.write_text(told.getvalue(), encoding="utf-8")


@pytest.fixture(scope="session")
def start_together(run_apart) -> Callable[..., None]:
    """Runs a stage in a room in two processes, each with the variables that ``own(rank)`` gives it."""

    def run(room: Path, stage: list[str], own: Callable[[int], dict[str, object]]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free.getsockname()[1]}
        place |= {"SIGN_LATENT_HOME": room / "artefacts", "SIGN_LATENT_CACHE": room / ".cache" / "sign_latent"}
        given = (ONE_OF_SEVERAL, room, ROOT / stage[0], *stage[1:])
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(run_apart, *given, **place, **own(rank)) for rank in range(2)]
        for ended in [each.result() for each in runs]:
            assert ended.returncode == 0, ended.stderr[-3000:]
        assert (room / "artefacts" / stage[stage.index("--name") + 1] / "card.json").is_file()

    return run
