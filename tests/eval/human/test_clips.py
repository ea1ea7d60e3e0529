"""Clips of all systems are drawn alike."""

from dataclasses import replace

import numpy as np
import pytest

from eval.human.clips import common_drawing, find_clips, load_poses, read_texts
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert


def test_all_skeletons_end_up_with_the_same_points(signer):
    poses = [signer(np.zeros((10, 10))), convert(signer(np.zeros((10, 10))), "phoenix50")]
    drawing = common_drawing((pose.skeleton.name for pose in poses), 20.0)
    first, second = (drawing.prepared(pose) for pose in poses)
    assert first.skeleton == second.skeleton and first.skeleton.name == "phoenix50"
    assert np.array_equal(first.confidence > 0, second.confidence > 0)
    assert (first.confidence > 0).any()
    assert first.fps == second.fps == 20.0 and len(first) == len(second) == 8
    assert first.rotations is None and first.expression is None


def test_a_failure_of_one_system_is_not_hidden_in_the_others(signer):
    whole, faceless = signer(), signer()
    faceless.confidence[:, faceless.skeleton.points.index("chin")] = 0
    drawing = common_drawing(["smplx"], 25.0)
    chin = whole.skeleton.points.index("chin")
    assert drawing.prepared(whole).confidence[0, chin] and not drawing.prepared(faceless).confidence[0, chin]


def test_a_frozen_clip_does_not_move_and_a_reversed_one_moves_back(signer):
    movement = np.zeros((9, 10))
    movement[:, 0] = np.linspace(0, 1, 9)
    pose, drawing = signer(movement), common_drawing(["smplx"], 25.0)
    plain, frozen, back = (drawing.prepared(pose, change) for change in ("", "frozen", "reversed"))
    assert len(plain) == len(frozen) == len(back) == 9
    assert not np.diff(frozen.points, axis=0).any() and np.diff(plain.points, axis=0).any()
    assert np.array_equal(back.points[::-1], plain.points)
    assert np.array_equal(frozen.points[0], plain.points[4])


def test_texts_are_read_by_name_or_by_line(tmp_path):
    (tmp_path / "t.csv").write_text('text,id\n"rain, then sun",a\nsnow,b\n', encoding="utf-8-sig")
    (tmp_path / "t.txt").write_text("rain\n\nsnow\n", encoding="utf-8")
    assert read_texts(tmp_path / "t.csv") == {"a": "rain, then sun", "b": "snow"}
    assert read_texts(tmp_path / "t.txt") == {"00000": "rain", "00001": "snow"}


@pytest.mark.parametrize("content", ["", "id\na\n", "id,text\na,\n", "id,text\na,x\na,y\n", 'id,text\na,"x\n', "\0"])
def test_texts_that_name_nothing_are_refused(tmp_path, content):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(UserError, match="t.csv"):
        read_texts(tmp_path / "t.csv")


def test_a_missing_clip_is_named_and_a_broken_one_too(tmp_path, signer):
    signer().save(tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"system ours: 1 of 2 .* b\.pose"):
        find_clips({"ours": tmp_path}, ["a", "b"])
    (tmp_path / "b.pose").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"b\.pose"):
        load_poses(find_clips({"ours": tmp_path}, ["a", "b"]))


def test_points_are_shown_only_where_every_skeleton_has_them(signer):
    drawing = common_drawing(["smplx", "openpose67"], 25.0)
    flat = drawing.prepared(convert(signer(), "openpose67"))
    deep = drawing.prepared(replace(signer(), expression=None))
    assert flat.skeleton.dimensions == deep.skeleton.dimensions == 2
    assert np.array_equal(flat.confidence > 0, deep.confidence > 0)
