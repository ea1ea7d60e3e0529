"""Whole reports on renderers that are what they seem: one draws the pose, one draws nothing of it, one fails."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from eval.report_file import from_json, to_json
from eval.video.identity import colours, similarity
from eval.video.measure import Ground, Instruments
from eval.video.page import html_of, lines_of
from eval.video.plugged import FrameNet, WindowNet
from eval.video.report import Task, compose, findings
from eval.video.schema import Judged, Recordings, VideoReport
from eval.video.sheet import png, sheet
from eval.video.systems import BLANK, REPEATED, SHUFFLED, systems_of
from sign_latent.errors import UserError
from sign_latent.evaluator.video_features import Settings as ClassifierSettings
from sign_latent.evaluator.video_features import VideoClassifier
from sign_latent.evaluator.video_pose import PoseRegressor, Settings
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Window, signer_look


class Drawer:
    """Draws the pose, in the look out of those it knows whose colours are nearest to the reference's."""

    condition = "pose"
    settings = SimpleNamespace(size=[48, 48], fps=25.0)

    def __init__(self, scenes):
        self.looks = sorted({scene.look for scene in scenes})

    def render(self, condition, reference=None, frames=None, seed=0):
        wanted, like = colours(reference[None]), []
        for look in self.looks:
            tried = next(iter(draw_pose(condition, reference.shape[0], signer_look(look), body="capsules")))
            like.append(similarity(colours(tried[None]), wanted))
        look = signer_look(self.looks[int(np.argmax(like))])
        # the pose comes as the pictures show it; its look says how large this signer is
        pose = replace(condition, points=condition.points * np.float32(look.window().half / Window().half))
        pose.points[..., 1] += Window().y * (1 - look.window().half / Window().half)
        return np.stack(list(draw_pose(pose, reference.shape[0], look, body="capsules")))[:frames]


class Still(Drawer):
    """Shows the reference image and moves nothing."""

    def render(self, condition, reference=None, frames=None, seed=0):
        return np.repeat(reference[None], frames, 0)


class Broken(Drawer):
    """Gives a frame too few of every second clip, and refuses one."""

    def __init__(self, scenes):
        super().__init__(scenes)
        self.calls = 0

    def render(self, condition, reference=None, frames=None, seed=0):
        self.calls += 1
        if self.calls == 2:
            raise UserError("reference: shows nobody; give another")
        return np.repeat(reference[None], frames - self.calls % 2, 0)


class Teller(Drawer):
    """Draws what a text says, by heart."""

    condition = "text"

    def __init__(self, known):
        self.known = known

    def render(self, condition, reference=None, frames=None, seed=0):
        pictures = draw_pose(self.known[condition], 48, signer_look(5), body="capsules")
        return np.stack(list(pictures))[:frames]


@pytest.fixture(scope="module")
def tools():
    torch.manual_seed(0)
    settings = ClassifierSettings(glosses=["WAVE", "TURN"], size=16, width=8, features=2)
    return Instruments(PoseRegressor(Settings(size=32, width=8)).eval(), VideoClassifier(settings).eval(), fps=25.0)


def task(renderer, scenes, tools, **more) -> Task:
    recordings = Recordings("hash", ["dev"], len(scenes), 120, [48, 48], 25.0, 6, "capsules")
    aligned = renderer.condition != "text"
    about = Judged("drawer@0", renderer.condition, {}, {}, more.pop("seeds", [0]))
    ground = Ground.of(scenes, aligned, aligned)
    systems = systems_of(renderer, renderer.condition)
    return Task(about, recordings, {}, scenes, systems, tools, ground, draws=50, **more)


@pytest.fixture(scope="module")
def drawn(scenes, tools):
    return compose(task(Drawer(scenes), scenes, tools, seeds=[0, 1]), show=2)


def test_one_that_draws_the_pose_scores_as_the_recordings_do(drawn):
    rows = drawn[0].rows
    for name in ("ssim", "hand_ssim", "points_hands", "consistency", "likeness", "identified", "accuracy"):
        assert rows["system"][name].value == pytest.approx(rows["ground truth"][name].value, abs=0.005)
    assert rows["ground truth"]["psnr"].value != rows["ground truth"]["psnr"].value  # infinite: nothing differs
    assert rows["system"]["psnr"].value > 35 and rows["system"]["perceptual"].value < 0.01
    assert rows["ground truth"]["perceptual"].value == 0
    assert rows["system"]["seconds"].value > 0 and "seconds" not in rows["ground truth"]
    assert len(rows["system"]["ssim"].seeds) == 2 and drawn[0].failures["system"] == [0, 0]


def test_shuffled_conditions_and_a_still_picture_are_clearly_worse(drawn):
    for control in (SHUFFLED, REPEATED, BLANK):
        assert drawn[0].against[control]["hand_ssim"].interval[0] > 0
    assert drawn[0].against[REPEATED]["consistency"].interval[0] > 0
    shuffled = drawn[0].rows[SHUFFLED]
    assert shuffled["identified"].value == 100  # the signer stays
    assert shuffled["consistency"].value > drawn[0].rows[REPEATED]["consistency"].value


def test_noise_frozen_and_shuffled_recordings_are_ranked_below(drawn):
    values = {name: estimate.value for name, estimate in drawn[0].spoiled.items()}
    assert len(values) == 4 and max(values, key=values.get) == "ground truth"


def test_one_that_shows_the_reference_alone_is_told_to_be_no_better(scenes, tools):
    report, _ = compose(task(Still(scenes), scenes, tools))
    said = [line for line in report.findings if "not clearly better" in line]
    assert {line.partition("'")[2].rstrip("'") for line in said} == {SHUFFLED, REPEATED}
    assert report.against[REPEATED]["hand_ssim"].value == 0


def test_failed_videos_are_scored_as_blank(scenes, tools):
    report, _ = compose(task(Broken(scenes), scenes, tools))
    assert report.failures["system"] == [4]
    blank = report.rows[BLANK]["ssim"].value
    still = report.rows[REPEATED]["ssim"].value
    assert report.rows["system"]["ssim"].value == pytest.approx((2 * blank + still) / 3, abs=0.1)
    for said in ("4 videos", "shows nobody", "(19, 48, 48, 3) instead of"):
        assert any(said in line for line in report.findings)


def test_where_motion_is_open_frames_are_not_compared(scenes, signed_clips, tools):
    known = {clip.text: clip.pose for clip in signed_clips}
    report, _ = compose(task(Teller(known), scenes, tools))
    warped = {"psnr_dtw", "ssim_dtw", "hand_ssim_dtw", "points_dtw"}
    assert set(report.rows["system"]) == warped | {"consistency", "accuracy", "length", "seconds"}
    assert report.against[SHUFFLED]["hand_ssim_dtw"].interval[0] > 0
    assert report.rows["system"]["consistency"].value > report.rows[BLANK]["consistency"].value


def test_nets_of_the_user_s_measure_sets_under_their_own_names(scenes):
    """Of windows as of pictures: nothing lies between the recordings and themselves, and blanks lie farthest."""
    bright = WindowNet("bright@0", 2, 1, lambda window: window.float().mean()[None])
    colours = FrameNet("colours@0", lambda pictures: pictures.float().mean((2, 3)))
    report, _ = compose(task(Still(scenes), scenes, Instruments(nets={"I3D": bright, "CLIP": colours})))
    apart = report.distances
    assert set(apart["ground truth"]) == {"fvd/I3D", "fid/CLIP", "kid/CLIP"}
    for name in ("fvd/I3D", "fid/CLIP"):
        assert apart["ground truth"][name].value == pytest.approx(0, abs=1e-6)
        assert 0 < apart[REPEATED][name].value < apart[BLANK][name].value
    assert any(line.startswith("distances of I3D: KID in 1 dimensions needs 20") for line in report.findings)
    assert '<th scope="col">fvd/I3D' in html_of(report, b"") and any("fvd/I3D" in line for line in lines_of(report))


def test_a_weak_instrument_is_named(drawn):
    """The untrained regressor finds no hand even in the recordings."""
    assert any("re-estimated hands" in line and "too weak" in line for line in drawn[0].findings)


def test_the_file_is_read_back_whole_and_holds_no_nan(drawn):
    text = to_json(drawn[0])
    assert "NaN" not in text and json.loads(text)["rows"]["ground truth"]["psnr"]["value"] is None
    assert to_json(from_json(text, kind=VideoReport)) == text


def test_page_sheet_and_lines(drawn, scenes):
    report, shown = drawn
    picture = sheet(scenes, shown)
    assert picture.height > 2 * len(shown) * 48 and picture.width > 9 * 48
    page = html_of(report, png(picture))
    assert "<script" not in page and "data:image/png;base64," in page and "https://" not in page
    for wanted in ("hand SSIM", SHUFFLED, "Machine-generated"):
        assert wanted in page
    assert any(line.startswith("hand SSIM") for line in lines_of(report))
    # the reference stands first in the first line
    left = picture.width - 9 * 50
    np.testing.assert_array_equal(np.asarray(picture)[14:62, left : left + 48], scenes[0].reference)


def test_a_video_of_its_own_length_is_on_the_sheet_from_its_first_frame_to_its_last(scenes):
    flat = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.full((1, 48, 48, 3), 50, np.uint8)
    shown = np.asarray(sheet(scenes, {"system": {0: flat}, "ground truth": {0: scenes[0].real}}))
    left = shown.shape[1] - 9 * 50
    assert [shown[20, left + 50 * place, 0] for place in (1, 8)] == [0, 200]


def test_findings_are_those_of_the_report(drawn):
    assert set(findings(drawn[0])) <= set(drawn[0].findings)
