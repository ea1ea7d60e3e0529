"""Frames of another tempo are matched before they are compared."""

import numpy as np
import pytest
import torch

from eval.video import warping
from eval.video.measure import Instruments, signs_read
from sign_latent.evaluator.video_features import Settings as ClassifierSettings
from sign_latent.evaluator.video_features import VideoClassifier
from sign_latent.evaluator.video_pose import PoseRegressor, Settings, as_pose, see


@pytest.fixture(scope="module")
def tools():
    torch.manual_seed(0)
    settings = ClassifierSettings(glosses=["WAVE", "TURN"], size=16, width=8, features=2)
    return Instruments(PoseRegressor(Settings(size=32, width=8)).eval(), VideoClassifier(settings).eval(), fps=25.0)


def warped(video, scene, tools):
    seen = as_pose(see(tools.regressor, video), tools.regressor, 25.0)
    steps = warping.steps_of(tools.regressor, seen, scene)
    return steps, warping.compared(video, scene, steps)


def test_the_recording_at_half_its_tempo_scores_as_the_recording(scenes, tools):
    """Even before a regressor that was never trained: it sees the same in the same pictures."""
    scene = scenes[0]
    steps, slow = warped(np.repeat(scene.real, 2, 0), scene, tools)
    assert steps[0].tolist() == [0, 0] and steps[-1].tolist() == [2 * len(scene.real) - 1, len(scene.real) - 1]
    assert slow["psnr_dtw"] == float("inf") and slow["hand_ssim_dtw"] > 0.999


def test_another_clip_stays_another_clip(scenes, tools):
    scene = scenes[0]
    own, other = (warped(scenes[i].real, scene, tools)[1] for i in (0, 1))
    still = warped(np.repeat(scene.reference[None], len(scene.real), 0), scene, tools)[1]
    assert own["hand_ssim_dtw"] > 0.999 > 0.9 > max(other["hand_ssim_dtw"], still["hand_ssim_dtw"])


def test_windows_go_where_the_path_puts_their_middle():
    steps = np.array([[2 * i + j, i] for i in range(20) for j in (0, 1)])  # everything twice as slow
    assert warping.moved([4], 8, steps, 40) == [12]  # the middle, frame 8, is shown in frames 16 and 17
    assert warping.moved([0, 15], 8, steps, 40) == [4, 32]
    assert warping.moved([0], 8, steps[:3], 3) == [0]


def test_signs_are_read_at_another_tempo_and_not_in_too_short_a_video(scenes, tools):
    scene = scenes[0]
    steps, _ = warped(np.repeat(scene.real, 2, 0), scene, tools)
    assert signs_read(tools.classifier, np.repeat(scene.real, 2, 0), scene, steps)[1] == len(scene.signs)
    assert signs_read(tools.classifier, scene.real[:8], scene, steps) == (0.0, float(len(scene.signs)))
