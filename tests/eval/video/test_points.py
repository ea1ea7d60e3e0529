"""Re-estimated points: by hand, in shoulder widths; and points that another extractor finds, where names meet."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data_prep.extraction.backend import Landmarks
from eval.video.extraction import Extraction
from eval.video.points import errors
from sign_latent.evaluator.video_pose import PoseRegressor, Settings, in_picture
from sign_latent.pose.skeleton import get_skeleton


class Elsewhere(PoseRegressor):
    """Finds every point where it is told."""

    def __init__(self, places):
        super().__init__(Settings(size=16, width=8))
        self.places = torch.from_numpy(places)

    def forward(self, frames):
        found = self.places[: len(frames)]
        self.places = self.places[len(frames) :]
        return found, torch.zeros(found.shape[:2])


def test_errors_by_hand(scenes):
    scene = scenes[0]
    model = PoseRegressor(Settings(size=16, width=8))
    places = in_picture(scene.pose.points[:, list(model.points)], scene.window).astype(np.float32)
    found, _ = errors(Elsewhere(places.copy()), scene.real, scene)
    assert found == pytest.approx({"body": 0, "hands": 0}, abs=1e-6)
    places[:, model.parts["left_hand"], 0] += 0.3 * scene.window.scale(1)  # 0.3 shoulder widths, of one of two hands
    places[:, model.parts["right_hand"], 2] += 5  # depth is not seen in a picture
    found, _ = errors(Elsewhere(places.copy()), scene.real, scene)
    assert found == pytest.approx({"body": 0, "hands": 0.15}, abs=1e-5)


def test_what_is_unknown_is_not_scored(scenes):
    scene = scenes[0]
    nothing = replace(scene, pose=replace(scene.pose, confidence=np.zeros_like(scene.pose.confidence)))
    found, _ = errors(PoseRegressor(Settings(size=16, width=8)).eval(), nothing.real, nothing)
    assert np.isnan(list(found.values())).all()


class Finder:
    """An extractor of OpenPose's points that finds a wrist half a shoulder width off, and nobody in the first frame."""

    skeleton = "openpose67"

    def __init__(self, scene):
        self.scene, self.frame = scene, 0

    def reset(self):
        self.frame = 0

    def look(self, picture, milliseconds):
        assert milliseconds == self.frame * 40
        names = list(get_skeleton(self.skeleton).points)
        points, confidence = np.zeros((67, 3)), np.zeros(67)
        if self.frame > 0:
            theirs = list(self.scene.pose.skeleton.points)
            for name, off in (("left_wrist", 0.5), ("left_elbow", 0.0)):
                places = in_picture(self.scene.pose.points[self.frame, theirs.index(name)], self.scene.window)
                points[names.index(name)] = places + np.array([off * self.scene.window.scale(1), 0, 0])
                confidence[names.index(name)] = 1
        self.frame += 1
        return Landmarks(points, confidence)


def test_points_of_another_extractor_by_hand(scenes):
    scene = scenes[0]
    found = Extraction(Finder(scene), 25.0).errors(scene.real, scene, aligned=True)
    frames = len(scene.real)
    assert found["extracted_frames"] == (100.0 * (frames - 1), frames)
    above, count = found["extracted"]
    assert count == 2 * (frames - 1) and above / count == pytest.approx(0.25, abs=1e-5)
    assert "extracted" not in Extraction(Finder(scene), 25.0).errors(scene.real, scene, aligned=False)
