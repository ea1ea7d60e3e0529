"""Re-estimated points: by hand, in shoulder widths; and points that another extractor finds, where names meet."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data_prep.extraction.backend import Landmarks
from eval.video.extraction import Extraction
from eval.video.points import errors, warped
from eval.video.scenes import scenes_of
from sign_latent.errors import UserError
from sign_latent.evaluator.video_pose import PoseRegressor, Settings, in_picture
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.streams import taken
from sign_latent.renderer.aspect import filled


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


def test_a_regressor_sees_another_aspect_in_its_square(scenes, signed_clips, stage, tmp_path):
    """Places are those of the square; a hand that the narrow picture does not show is not asked for."""
    scene = scenes_of(signed_clips, replace(stage, size=[48, 30]), tmp_path)[0]
    model = PoseRegressor(Settings(size=16, width=8))
    places = in_picture(scene.pose.points[:, list(model.points)], scene.window).astype(np.float32)
    beside = np.abs(places[..., 0] - 0.5) > 0.5 * 30 / 48
    assert beside.any() and not beside.all()
    places[beside] += 9
    found, seen = errors(Elsewhere(places.copy()), filled(scene.real), scene)
    assert found == pytest.approx({"body": 0, "hands": 0}, abs=1e-6)
    with pytest.raises(UserError, match="squares"):
        errors(model, scene.real, scene)


def test_points_of_an_extractor_in_a_narrow_picture_by_hand(scenes, signed_clips, stage, tmp_path):
    """It is shown the picture and tells shares of that: half a shoulder width of one of two points is a quarter."""
    scene = scenes_of(signed_clips, replace(stage, size=[48, 30]), tmp_path)[0]

    class Narrow(Finder):
        def look(self, picture, milliseconds):
            assert picture.shape == (48, 30, 3)
            found = super().look(picture, milliseconds)
            found.points[:, 0] = (found.points[:, 0] * 48 - 9) / 30
            return found

    above, count = Extraction(Narrow(scene), 25.0).errors(scene.real, scene, aligned=True)["extracted"]
    names = list(scene.pose.skeleton.points)
    arm = in_picture(scene.pose.points[1:, [names.index("left_wrist"), names.index("left_elbow")]], scene.window)
    shown = np.abs(arm[..., 0] - 0.5) <= 0.5 * 30 / 48
    assert count == shown.sum() and above == pytest.approx(0.5 * shown[:, 0].sum(), abs=1e-4) and above > 0


class Finder:
    """An extractor of OpenPose's points that finds a wrist half a shoulder width off, and nobody in the first frame."""

    skeleton = "openpose67"

    def __init__(self, scene):
        self.scene, self.frame = scene, 0

    def reset(self):
        self.frame = 0

    def found(self) -> dict[str, float]:
        """Points found in this frame, and how many shoulder widths beside their places."""
        return {"left_wrist": 0.5, "left_elbow": 0.0} if self.frame > 0 else {}

    def look(self, picture, milliseconds):
        assert milliseconds == self.frame * 40
        theirs, names = (list(one.points) for one in (self.scene.pose.skeleton, get_skeleton(self.skeleton)))
        points, confidence = np.zeros((67, 3)), np.zeros(67)
        for name, off in self.found().items():
            place = in_picture(self.scene.pose.points[self.frame, theirs.index(name)], self.scene.window)
            points[names.index(name)] = place + np.array([off * self.scene.window.scale(1), 0, 0])
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
    assert found["extracted_hands"] == (0.0, 0.0) and found["extracted_near"][0] == 0 < found["extracted_near"][1]
    assert "extracted" not in Extraction(Finder(scene), 25.0).errors(scene.real, scene, aligned=False)


class HandFinder(Finder):
    """One that finds the fingers of the right hand alone, those of the first half of the frames 0.3 widths off."""

    def found(self):
        known, names = self.scene.pose.skeleton, get_skeleton(self.skeleton).points
        fingers = [known.points[i] for i in known.parts["right_hand"] if known.points[i] in names]
        return dict.fromkeys(fingers, 0.3 * (2 * self.frame < len(self.scene.real)))


def test_hands_that_are_not_found_are_not_near(scenes):
    """Of both hands one is found, and half the time beside its place: a quarter of what is shown is near."""
    scene = scenes[0]
    found = Extraction(HandFinder(scene), 25.0).errors(scene.real, scene, aligned=True)
    near, shown = found["extracted_near"]
    above, count = found["extracted_hands"]
    assert 2 * count == shown and near / shown == pytest.approx(25, abs=0.5)
    assert above / count == pytest.approx(0.15, abs=0.005)  # a few points lie beyond the picture


def test_warped_distance_by_hand(moving_pose):
    """The same motion at half the tempo is no further away; hands 0.3 beside it are 0.3 away, whatever their depth."""
    pose = moving_pose(0.0, frames=12)
    slow = taken(pose, np.arange(12).repeat(2))
    assert warped(slow, pose) == pytest.approx(0, abs=1e-6)
    points = pose.points.copy()
    points[..., 0] += 0.3
    points[..., 2] += 9
    assert warped(replace(pose, points=points), pose) == pytest.approx(0.3, abs=0.02)
    assert warped(moving_pose(2.0, frames=12), pose) > 0.2
