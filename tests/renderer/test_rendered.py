"""Clips as pictures: painted once, looks by chance and not by signer, kept whole or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.renderer import rendered
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.rendered import look_of, rendered_clips
from sign_latent.renderer.sign_video.clips import conditioned


@pytest.fixture(scope="module")
def clips(few_clips):
    found = Corpus.open(few_clips).split("dev")
    return [found[0], found[1]]


def test_each_picture_is_what_drawing_gives(clips, tmp_path):
    made = rendered_clips(clips, 24, tmp_path, looks=5, seed=3)
    for clip, one in zip(clips, made, strict=True):
        assert (one.id, one.text, one.gloss, one.signer) == (clip.id, clip.text, clip.gloss, clip.signer)
        assert one.look == look_of(clip.id, 5, 3) and one.pose.fps == clip.pose.fps
        pictures = np.stack(list(draw_pose(clip.pose, 24, signer_look(one.look), body="capsules")))
        np.testing.assert_array_equal(one.video, pictures)
        assert not one.video.flags.writeable


def test_the_first_frames_are_those_of_the_whole(clips, tmp_path):
    whole, short = rendered_clips(clips, 24, tmp_path), rendered_clips(clips, 24, tmp_path, frames=5)
    for long, few in zip(whole, short, strict=True):
        assert len(few.video) == len(few.pose) == 5
        np.testing.assert_array_equal(few.video, long.video[:5])


def test_pictures_that_are_there_are_not_painted_again(clips, tmp_path, monkeypatch):
    painted = []
    monkeypatch.setattr(
        rendered, "draw_pose", lambda pose, *a, **k: painted.append(len(pose)) or draw_pose(pose, *a, **k)
    )
    first = rendered_clips(clips, 24, tmp_path)
    assert sum(painted) == 1 + sum(len(clip.pose) for clip in clips)  # the one by which the painter is known
    painted.clear()
    again = rendered_clips(clips, 24, tmp_path)
    assert painted == [1]
    np.testing.assert_array_equal(first[1].video, again[1].video)
    (file,) = tmp_path.iterdir()
    half = file.read_bytes()[:500]
    file.unlink()  # those who have it mapped keep what they have
    file.write_bytes(half)
    np.testing.assert_array_equal(rendered_clips(clips, 24, tmp_path)[1].video, first[1].video)


def test_what_pictures_depend_on_is_told_apart(clips, tmp_path):
    moved = replace(clips[0], pose=replace(clips[0].pose, points=clips[0].pose.points + np.float32(0.01)))
    for some, how in ((clips, {}), (clips, {"seed": 1}), (clips, {"body": "drawn"}), ([moved, clips[1]], {})):
        rendered_clips(some, 24, tmp_path, **how)
    assert len(list(tmp_path.iterdir())) == 4


def test_looks_depend_on_id_and_seed_alone():
    found = np.array([look_of(str(i), 8, 0) for i in range(800)])
    assert np.bincount(found, minlength=8).min() > 60  # each of the eight about a hundred times
    assert found.tolist() == [look_of(str(i), 8, 0) for i in range(800)]
    assert found.tolist() != [look_of(str(i), 8, 1) for i in range(800)]


def test_a_painting_that_fails_leaves_nothing(clips, tmp_path):
    with pytest.raises(UserError, match="body clay"):
        rendered_clips(clips, 24, tmp_path, body="clay")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [{"looks": 0}, {"frames": 0}])
def test_nothing_to_paint_is_refused(how, clips, tmp_path):
    with pytest.raises(UserError, match="0: nothing can be painted"):
        rendered_clips(clips, 24, tmp_path, **how)
    with pytest.raises(UserError, match="no clip"):
        rendered_clips([], 24, tmp_path)


def test_pictures_that_are_no_squares_are_the_middle_of_the_square(clips, tmp_path):
    """Drawn, and the conditions of a renderer painted over them."""
    square, wide = (rendered_clips(clips, size, tmp_path) for size in (24, (16, 24)))
    np.testing.assert_array_equal(wide[0].video, square[0].video[:, 4:20])
    seen, more = (conditioned(some, tmp_path).conditions[0] for some in (wide, square))
    np.testing.assert_array_equal(seen, more[:, 4:20])
    same = rendered_clips(clips, (24, 24), tmp_path)
    np.testing.assert_array_equal(same[0].video, square[0].video)
    assert len(list(tmp_path.glob("rendered-*"))) == 2  # a square is one, however it is given
