"""Where signs are is told exactly through cutting, joining, changes of speed and files, or not told at all."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sign_latent.errors import UserError
from sign_latent.generation.request import at_speed as whole_at_speed
from sign_latent.generation.request import to_length
from sign_latent.pose.pose import Pose
from sign_latent.pose.signs import read_signs, within
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.streams import at_speed, chunked, concatenated, cut

FRAMES = 60
PLACES = st.tuples(st.sampled_from("NA"), st.integers(0, FRAMES - 1), st.integers(1, 20))
SIGNS = st.lists(PLACES.map(lambda sign: (sign[0], sign[1], min(sum(sign[1:]), FRAMES))), max_size=6)
WRONG = [{}, "x", [["A", 0]], [["A", 0, 61]], [["A", 3, 3]], [["A", -1, 3]], [["", 0, 1]], [[1, 0, 1]], [["A", 0.0, 1]]]


def pose(frames=FRAMES):
    """A pose that tells its time: the first coordinate is the number of the frame."""
    skeleton = get_skeleton("upper79")
    points = np.zeros((frames, len(skeleton.points), 3), np.float32)
    points[..., 0] = np.arange(frames)[:, None]
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton)


@settings(max_examples=200, deadline=None)
@example(signs=[("N", 58, 59), ("N", 58, 60)], size=1, speed=1.3)
@given(signs=SIGNS, size=st.integers(1, FRAMES), speed=st.sampled_from([0.25, 0.7, 1.3, 1.5, 2.0, 4.0]))
def test_parts_tell_together_what_the_whole_does(signs, size, speed):
    whole = pose().with_signs(signs)
    parts = [cut(whole, start, min(start + size, FRAMES)) for start in range(0, FRAMES, size)]
    assert concatenated(parts).signs == whole.signs == concatenated(list(chunked(parts, 7))).signs
    faster = concatenated(list(chunked(at_speed(parts, speed), 7)))  # whose last sign may end within a frame after it
    assert within(faster.signs, len(faster)) == whole_at_speed(whole, speed).signs


@settings(max_examples=200, deadline=None)
@given(sign=PLACES, speed=st.sampled_from([0.25, 0.7, 1.3, 2.0]), frames=st.integers(30, 100))
def test_a_sign_is_in_the_frames_that_show_its_time(sign, speed, frames):
    gloss, start, end = sign[0], sign[1], min(sum(sign[1:]), FRAMES)
    known = pose().with_signs([(gloss, start, end)])
    for changed in (whole_at_speed(known, speed), to_length(known, frames)):
        times = changed.points[:, 0, 0].astype(np.float64).round(3)
        told = [place for _, a, b in changed.signs for place in range(a, b)]
        assert {name for name, _, _ in changed.signs} <= {gloss}
        assert told == [j for j, time in enumerate(times) if start <= time < end]


def test_whoever_changes_a_motion_otherwise_makes_its_signs_unknown():
    known = pose().with_signs([("A", 3, 9)])
    assert replace(known, points=known.points[::-1]).signs == ()
    assert known.mirrored().signs == known.signs


@pytest.mark.parametrize("suffix", ["npz", "pose"])
def test_files_keep_them(tmp_path, suffix):
    path = tmp_path / f"clip.{suffix}"
    pose().with_signs([("Ä", 3, 9), ("B", 9, 12)]).save(path, "made")
    assert Pose.load(path).signs == (("Ä", 3, 9), ("B", 9, 12))
    pose().save(tmp_path / f"plain.{suffix}")
    assert Pose.load(tmp_path / f"plain.{suffix}").signs == ()
    cut(pose().with_signs([("A", 3, 9)]), 5, 20).save(path)
    assert Pose.load(path).signs == (("A", 0, 4),)


@pytest.mark.parametrize("rows", WRONG)
def test_what_is_no_list_of_signs_is_named(tmp_path, rows):
    with pytest.raises(UserError, match="mend or remove"):
        read_signs(rows, FRAMES)
    path = tmp_path / "clip.pose"
    pose().save(path)
    (tmp_path / "clip.pose.json").write_text(json.dumps({"signs": rows}))
    with pytest.raises(UserError, match="clip.pose: signs are not"):
        Pose.load(path)
