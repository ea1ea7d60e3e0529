"""Rows of a report: what each shows, and that shuffled conditions keep the signer and take another's motion."""

from dataclasses import replace

import numpy as np
import pytest

from eval.video.scenes import scenes_of, single_signs
from eval.video.systems import BLANK, CONDITIONS, CONTROLS, REPEATED, SPOILED, as_pictured, of_renderer, retimed
from sign_latent.errors import UserError
from sign_latent.evaluator.video_pose import in_picture
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Window, signer_look


class Told:
    """Remembers what it is given."""

    def __init__(self):
        self.calls = []

    def render(self, condition, reference=None, frames=None, seed=0):
        self.calls.append((condition, reference, frames, seed))
        return np.zeros((frames, 4, 4, 3), np.uint8)


def test_a_scene_is_the_clip_in_its_look_and_another_pose_of_the_same_signer(scenes, signed_clips, stage):
    scene, other = scenes[0], signed_clips[1].pose
    pictures = np.stack(list(draw_pose(signed_clips[0].pose, 48, signer_look(scene.look), body="capsules")))
    np.testing.assert_array_equal(scene.real, pictures)
    middle = list(draw_pose(other, 48, signer_look(scene.look), body="capsules"))[len(other) // 2]
    np.testing.assert_array_equal(scene.reference, middle)
    assert scene.signs == [("WAVE", 2)]  # 16 frames around 4 to 16
    assert sorted(s.other for s in scenes) == list(range(6)) and all(s.other != i for i, s in enumerate(scenes))


def test_scenes_of_another_aspect_are_the_middle_of_the_square(scenes, signed_clips, stage, tmp_path):
    upright = scenes_of(signed_clips, replace(stage, size=[48, 30]), tmp_path, watched=16, glosses=["WAVE", "TURN"])
    for scene, square in zip(upright, scenes, strict=True):
        np.testing.assert_array_equal(scene.real, square.real[:, :, 9:39])
        np.testing.assert_array_equal(scene.reference, square.reference[:, 9:39])
        assert scene.window == square.window and scene.other == square.other


def test_shuffled_conditions_keep_the_reference(scenes):
    renderer = Told()
    of_renderer(renderer, "pose")(scenes, 2, 7)
    of_renderer(renderer, "pose", shuffled=True)(scenes, 2, 7)
    of_renderer(renderer, "text", shuffled=True)(scenes, 2, 7)
    (own, *first), (pose, *second), (text, *third) = renderer.calls
    assert own.points is not pose.points
    for given, scene in ((own, scenes[2]), (pose, scenes[scenes[2].other])):
        np.testing.assert_array_equal(given.points, as_pictured(scene.pose, scene.window).points)
    assert text == scenes[scenes[2].other].text
    for reference, frames, seed in (first, second, third):
        assert reference is scenes[2].reference and (frames, seed) == (20, 7)


def test_a_condition_has_as_many_frames_as_the_recording(moving_pose):
    pose = moving_pose(0.0, frames=10)
    np.testing.assert_array_equal(retimed(pose, 4).points, pose.points[:4])
    longer = retimed(pose, 19)
    assert len(longer) == 19
    np.testing.assert_array_equal(longer.points[[0, 18]], pose.points[[0, 9]])


def test_a_pose_as_pictured_lies_in_the_default_window_where_it_lay_in_its_own(scenes):
    scene = scenes[0]
    shown = as_pictured(scene.pose, scene.window)
    assert scene.window != Window()
    wanted = in_picture(scene.pose.points, scene.window)
    np.testing.assert_allclose(in_picture(shown.points, Window()), wanted, atol=1e-6)


def test_controls(scenes):
    scene = scenes[1]
    still = CONTROLS[REPEATED](scenes, 1, 0)
    assert still.shape == scene.real.shape and (still == scene.reference).all()
    assert (CONTROLS[BLANK](scenes, 1, 0) == 128).all()
    np.testing.assert_array_equal(CONTROLS["ground truth"](scenes, 1, 0), scene.real)
    frozen, mixed, noise = (
        SPOILED[n](scenes, 1, 0) for n in ("recording, frozen", "recording, frames shuffled", "white noise")
    )
    assert (frozen == scene.real[0]).all()
    assert (mixed != scene.real).any() and np.sort(mixed.sum((1, 2, 3))).tolist() == np.sort(
        scene.real.sum((1, 2, 3))
    ).tolist()
    assert noise.mean() == pytest.approx(127.5, abs=2)
    assert set(CONDITIONS) >= {"pose", "text"}


def test_single_signs_of_each_gloss_as_many(signed_clips):
    chosen = single_signs(signed_clips, 16, ["WAVE", "TURN"], 4)
    assert [(c.gloss, c.text, len(c.pose)) for c in chosen] == [("WAVE", "wave", 16), ("TURN", "turn", 16)] * 2


def test_one_clip_is_too_few(signed_clips, stage, tmp_path):
    with pytest.raises(UserError, match="at least 2"):
        scenes_of(signed_clips[:1], stage, tmp_path)
