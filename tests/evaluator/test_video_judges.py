"""The stage of the judges of videos: pictures are drawn, a judge is trained, audited and published."""

import numpy as np
import pytest
import torch

from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.pictures import Changes
from sign_latent.evaluator.video_pose import PoseRegressor, Settings, see
from sign_latent.training import TrainSettings
from stages.video_judges import Drawn, JudgeChoice, painted, places_of, regressor_loss, some_frames, train


@pytest.fixture
def how(sign_latent_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    runs = str(tmp_path / "runs")
    return TrainSettings(steps=3, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=runs)


def test_a_pose_regressor_is_published_with_its_audit(how, few_clips):
    choice = JudgeChoice(pose_regressor=Settings(size=32, width=8))
    card = train("eye", str(few_clips), choice, Drawn(clips=6, frames=2, looks=4), train=how)
    assert card.model == "pose_regressor" and card.settings["skeleton"] == "smplx"
    assert {"distance/body", "distance/left_hand", "found", "confidence"} <= set(card.audit) and card.audit[
        "frames"
    ] == 2
    model = registry.load("eye").model
    assert see(model, np.zeros((2, 40, 40, 3), np.uint8)).points.shape == (2, 51, 3)


def test_a_corpus_without_timed_signs_has_nothing_to_classify(how, few_clips):
    with pytest.raises(UserError, match="no two signs"):
        train("reader", str(few_clips), JudgeChoice(model="video_classifier"), train=how)


def test_frames_are_spread_over_their_clip(few_clips):
    clips = Corpus.open(few_clips).split("train")
    found = some_frames(clips, 5, Drawn(frames=3))
    assert len({clip.id for clip in found}) == 5
    for clip in found:
        whole = clips[clips.ids.index(clip.id)].pose
        np.testing.assert_array_equal(clip.pose.points[[0, 2]], whole.points[[0, -1]])


def test_places_are_learnt_where_the_changed_picture_shows_them(few_clips, tmp_path, monkeypatch):
    """A judge that finds the truth of unchanged pictures has no loss of place; under a shift that truth is wrong."""
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path))
    clips = painted(some_frames(Corpus.open(few_clips).split("train"), 2, Drawn(frames=2)), 32, Drawn())
    model = PoseRegressor(Settings(size=32, width=8))
    truth = torch.from_numpy(np.concatenate([places_of(clip, model)[0] for clip in clips]))
    monkeypatch.setattr(PoseRegressor, "forward", lambda self, frames: (truth, torch.zeros(truth.shape[:2])))
    still = Changes(shift=0.0, zoom=0.0, colour=0.1, noise=0.1, blur=0.5, nonsense=0.0)
    loss, count = regressor_loss(clips, model, still)
    assert count == 4 and loss(model, np.arange(4))["distance"] == pytest.approx(0, abs=1e-6)
    moved, _ = regressor_loss(clips, model, Changes(shift=0.1, zoom=0.0, nonsense=0.0))
    assert 0.01 < moved(model, np.arange(4))["distance"] < 0.15
