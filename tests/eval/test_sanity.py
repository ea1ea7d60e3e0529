"""Spoiled truth is what it is called."""

from eval.controls import Context
from eval.sanity import SANITY, frame_shuffled, time_reversed


def test_backwards_twice_is_forwards(signing):
    pose = signing(0)
    assert (time_reversed(pose).points[0] == pose.points[-1]).all()
    assert (time_reversed(time_reversed(pose)).points == pose.points).all()


def test_shuffled_frames_are_the_same_frames_in_another_fixed_order(signing):
    pose = signing(0)
    mixed = frame_shuffled(pose)
    assert (mixed.points != pose.points).any() and (mixed.points == frame_shuffled(pose).points).all()
    assert sorted(mixed.points[:, 0, 0].tolist()) == sorted(pose.points[:, 0, 0].tolist())


def test_every_row_is_made_of_the_recordings(clips):
    for name, make in SANITY.items():
        poses = make(Context(clips, []))
        assert [len(pose) for pose in poses] == [len(clip.pose) for clip in clips], name
        assert all((pose.points != clip.pose.points).any() for pose, clip in zip(poses, clips, strict=True)), name
