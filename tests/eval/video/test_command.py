"""The command from the judges' stage to the written report, and what it says of what cannot be."""

import json
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pytest
import torch

from eval import renderer as command
from eval.report_file import from_json
from eval.rows import TRUTH
from eval.video import loading
from eval.video.measure import Measured
from eval.video.report import compose, sets
from eval.video.schema import VideoReport
from eval.video.sets import Features
from sign_latent import models, registry
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.i3d import I3D
from sign_latent.evaluator.video_features import Settings as ClassifierSettings
from sign_latent.evaluator.video_pose import Settings as RegressorSettings
from sign_latent.renderer.aspect import Size, middle, sides
from sign_latent.renderer.draw import draw_pose
from sign_latent.training import TrainSettings
from stages.video_judges import Drawn, JudgeChoice, train


@dataclass
class DrawerSettings:
    size: Size = 32
    fps: float = 25.0
    longest: int | None = None


class PoseDrawer(torch.nn.Module):
    """A renderer without weights of note, which draws the pose as it always looks."""

    Settings, condition = DrawerSettings, "pose"

    def __init__(self, settings):
        super().__init__()
        self.settings, self.longest = settings, settings.longest
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def render(self, condition, reference=None, frames=None, seed=0, bald=0):
        size = self.settings.size
        assert reference.shape == (*sides(size), 3)
        return middle(np.stack(list(draw_pose(condition, max(sides(size)), body="capsules"))), size)[:frames]


@dataclass
class Home:
    """A shelf with a renderer and two judges, and a corpus."""

    corpus: str
    judges: list[str] = field(default_factory=lambda: ["--regressor", "eye", "--classifier", "reader"])


@pytest.fixture(scope="module")
def home(signed_clips, tmp_path_factory):
    room = tmp_path_factory.mktemp("room")
    clips = [replace(c, split=s, id=f"{s}-{c.id}") for s in ("train", "test_sentences") for c in signed_clips]
    write_corpus(room / "corpus", clips, signed_clips[0].pose.skeleton, 25.0, {"licence": "CC0-1.0"})
    found = models.model_class
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        patch.setattr(models, "model_class", lambda key: PoseDrawer if key == "pose_drawer" else found(key))
        how = TrainSettings(steps=2, batch_size=2, warmup=1, logger="none", accelerator="cpu", runs=str(room / "runs"))
        few = Drawn(clips=2, frames=2, looks=4, each=2)
        train(
            "eye", str(room / "corpus"), JudgeChoice(pose_regressor=RegressorSettings(size=32, width=8)), few, train=how
        )
        reader = ClassifierSettings(size=16, width=8, features=2)
        choice = JudgeChoice(model="video_classifier", video_classifier=reader)
        train("reader", str(room / "corpus"), choice, few, train=how)
        registry.publish(registry.Card("drawer", "pose_drawer", {}), PoseDrawer(DrawerSettings()), {})
        upright = DrawerSettings([40, 28])
        registry.publish(registry.Card("upright", "pose_drawer", asdict(upright)), PoseDrawer(upright), {})
        brief = DrawerSettings(longest=12)
        registry.publish(registry.Card("brief", "pose_drawer", asdict(brief)), PoseDrawer(brief), {})
        quick = DrawerSettings(fps=50.0)
        registry.publish(registry.Card("quick", "pose_drawer", asdict(quick)), PoseDrawer(quick), {})
        taught = registry.Card("taught", "pose_drawer", {}, parents={"judge": registry.find("eye")[1].reference})
        registry.publish(taught, PoseDrawer(DrawerSettings()), {})
        yield Home(str(room / "corpus"))


def test_the_classifier_learns_the_signs_of_the_corpus(home):
    assert registry.find("reader")[1].settings["glosses"] == ["TURN", "WAVE"]


def test_a_report_is_written_whole(home, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    given = ["--renderer", "drawer", "--corpus", home.corpus, "--out", str(out), "--clips", "4", "--frames", "18"]
    given += [*home.judges, "--draws", "20", "--looks", "4", "--option", "bald=1"]
    monkeypatch.setattr("sys.argv", ["renderer", *given])
    command.main()
    text = (out / "renderer.json").read_text()
    report = from_json(text, kind=VideoReport)
    assert report.renderer.name == registry.find("drawer")[1].reference and report.renderer.settings == {"bald": 1}
    assert report.nets == {
        r: registry.find(n)[1].reference for r, n in (("regressor", "eye"), ("classifier", "reader"))
    }
    assert report.recordings.frames == 4 * 18 and report.recordings.size == [32, 32]
    assert {"hand_ssim", "points_hands", "accuracy", "identified", "seconds"} <= set(report.rows["system"])
    assert any("no --judge" in line for line in report.findings)
    assert (out / "renderer.png").read_bytes()[:4] == b"\x89PNG" and (out / "renderer.html").exists()
    said = capsys.readouterr().out
    assert "hand SSIM" in said and str(out / "renderer.html") in said
    assert json.loads(text)["version"] == 3


def test_single_signs(home, tmp_path):
    from contextlib import ExitStack

    given = ["--renderer", "drawer", "--corpus", home.corpus, "--out", str(tmp_path), "--classifier", "reader"]
    with ExitStack() as held:
        task = loading.task_of(command.parse([*given, "--signs", "--clips", "4"]), held)
    assert [len(scene.real) for scene in task.scenes] == [16] * 4
    assert [scene.signs for scene in task.scenes] == [[("WAVE", 0)], [("TURN", 0)]] * 2
    assert len(task.said) == 2


def test_a_judge_that_never_saw_a_pose_as_videos_show_it_is_told(home, tmp_path):
    from contextlib import ExitStack

    given = ["--renderer", "drawer", "--corpus", home.corpus, "--out", str(tmp_path), "--regressor", "eye"]
    with ExitStack() as held:
        task = loading.task_of(command.parse([*given, "--judge", "judge-dev", "--clips", "2"]), held)
    assert task.judge is not None and task.tools.keep_poses
    assert [line for line in task.said if line.startswith("judge judge-dev: learnt to read recorded poses")]


@pytest.mark.parametrize(
    "changes, said",
    [
        (["--renderer", "judge-ctc"], "renders nothing"),
        (["--regressor", "judge-ctc"], "model is ctc_translator"),
        (["--renderer", "taught"], "was trained on it"),
        (["--judge", "eye"], "model is pose_regressor"),
        (["--size", "8"], "at least 16"),
        (["--split", "test_none"], "no split"),
        (["--clip-weights", "nowhere"], "model.safetensors"),
        (["--i3d-weights", "nowhere.pt"], "nowhere.pt: no such file; give rgb_imagenet.pt"),
        (["--extractor", "eyes"], "unknown backend"),
        (["--option", "steps"], "NAME=VALUE"),
        (["--clips", "1"], "at least 2"),
        (["--model", "embedded-sald"], "leave --model out"),
        (
            ["--renderer", "brief"],
            "makes at most 12 frames, and 20 of a clip are judged; give --frames 12 or fewer, or",
        ),
        (["--renderer", "brief", "--frames", "0"], "makes at most 12 frames"),
        (["--renderer", "brief", "--signs"], "makes at most 12 frames, and 16"),
    ],
)
def test_what_cannot_be_is_one_line(changes, said, home, tmp_path):
    from contextlib import ExitStack

    given = ["--renderer", "drawer", "--corpus", home.corpus, "--out", str(tmp_path), *home.judges, "--clips", "2"]
    with pytest.raises(UserError, match=said) as refusal, ExitStack() as held:
        loading.task_of(command.parse([*given, *changes]), held)
    assert "\n" not in str(refusal.value)


def test_the_net_of_fvd_is_named_and_what_its_values_are_is_told(home, tmp_path):
    """Its windows are too few for FVD in 400 dimensions, which is said of it by name."""
    from contextlib import ExitStack

    torch.save(I3D().state_dict(), tmp_path / "rgb_imagenet.pt")
    given = ["--renderer", "drawer", "--corpus", home.corpus, "--out", str(tmp_path), "--clips", "2"]
    with ExitStack() as held:
        task = loading.task_of(command.parse([*given, "--i3d-weights", str(tmp_path / "rgb_imagenet.pt")]), held)
    assert task.nets["net I3D"].startswith("i3d@") and task.tools.nets["I3D"].frames == 16
    assert [line for line in task.said if line.startswith("fvd/I3D: of windows of 16 frames, one every 8; published")]
    few = Features.of([np.random.default_rng(0).normal(size=(11, 400)) for _ in range(2)])
    found, refused = sets({TRUTH: [Measured([], None, {"I3D": few}, [], [], {})]}, np.zeros((0, 2), bool))
    assert set(found[TRUTH]) == {"kvd/I3D"}
    assert refused[0].startswith("distances of I3D: FID in 400 dimensions needs 2000 feature vectors")


def test_a_renderer_of_short_videos_is_judged_on_as_many_frames(home, tmp_path):
    from contextlib import ExitStack

    given = ["--renderer", "brief", "--corpus", home.corpus, "--out", str(tmp_path), "--clips", "2", "--frames", "12"]
    with ExitStack() as held:
        task = loading.task_of(command.parse(given), held)
    assert [len(scene.real) for scene in task.scenes] == [12, 12]


def test_a_renderer_of_another_rate_is_judged_at_its_own(home, tmp_path):
    """A classifier counts frames, so it is refused; what looks at single pictures is not."""
    from contextlib import ExitStack

    given = ["--renderer", "quick", "--corpus", home.corpus, "--out", str(tmp_path), "--clips", "2"]
    with (
        pytest.raises(UserError, match="learnt signs at 25 frames a second, and the videos have 50;"),
        ExitStack() as held,
    ):
        loading.task_of(command.parse([*given, "--classifier", "reader"]), held)
    with ExitStack() as held:
        task = loading.task_of(command.parse([*given, "--regressor", "eye", "--frames", "0"]), held)
    assert [len(scene.real) for scene in task.scenes] == [40, 40] and task.tools.fps == 50
    assert not compose(task)[0].failures["system"][0]


@pytest.mark.parametrize(
    "lone, said",
    [
        (["--signs"], "--classifier"),
        (["--judge", "judge-ctc"], "--regressor"),
        (["--made-from", "text"], "--videos"),
        (["--lengths", "given"], "--model"),
        (["--model-option", "temperature=1"], "--model"),
    ],
)
def test_options_that_need_others(lone, said):
    with pytest.raises(UserError, match=said):
        command.parse(["--renderer", "a", "--corpus", "b", "--out", "c", *lone])


def test_a_device_is_for_a_renderer_or_for_nets():
    given = ["--videos", "a", "--made-from", "text", "--size", "96", "--corpus", "b", "--out", "c", "--device", "cpu"]
    assert command.parse([*given, "--i3d-weights", "w.pt"]).device == "cpu"
    with pytest.raises(UserError, match="--device: is where a renderer makes its pictures, and given nets see them"):
        command.parse(given)


def test_pictures_of_another_aspect_are_judged_and_how_is_told(home, tmp_path, monkeypatch, capsys):
    given = ["--renderer", "upright", "--corpus", home.corpus, "--out", str(tmp_path / "out"), "--clips", "3"]
    monkeypatch.setattr("sys.argv", ["renderer", *given, *home.judges, "--draws", "9", "--looks", "4"])
    command.main()
    report = from_json((tmp_path / "out" / "renderer.json").read_text(), kind=VideoReport)
    assert report.recordings.size == [40, 28] and report.failures["system"] == [0]
    assert {"hand_ssim", "perceptual", "points_hands", "accuracy"} <= set(report.rows["system"])
    (said,) = (line for line in report.findings if "28×40" in line)
    assert "regressor, classifier see squares" in said and said in capsys.readouterr().out
    assert "28×40 pixels" in (tmp_path / "out" / "renderer.html").read_text()


def test_videos_of_anybody_may_have_another_aspect(home, tmp_path):
    from contextlib import ExitStack

    for clip in Corpus.open(home.corpus).split("test_sentences"):
        np.save(tmp_path / f"{clip.id}.npy", np.zeros((len(clip.pose), 40, 28, 3), np.uint8))
    given = ["--videos", str(tmp_path), "--made-from", "pose", "--size", "40x28", "--corpus", home.corpus, "--out", "x"]
    with ExitStack() as held:
        task = loading.task_of(command.parse(given), held)
    assert task.recordings.size == [40, 28] and not any("28×40" in line for line in task.said)
    report, _ = compose(task)
    assert report.failures["system"] == [0]


@pytest.mark.parametrize("size", ["40x", "x", "0", "1x2x3", "-4", "wide"])
def test_a_size_is_a_side_or_height_and_width(size):
    with pytest.raises(UserError, match="--size"):
        command.size_of(size)
    assert (command.size_of("96"), command.size_of("96x96"), command.size_of("272x224")) == (96, 96, [272, 224])
