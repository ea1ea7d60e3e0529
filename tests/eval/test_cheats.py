"""The cheats are what they are called: made of real clips, changed in one way."""

import numpy as np
import pytest

from eval.cheats import CHEATS, Material, frozen, nearest_training, noisy, relabelled, retimed, warped_unevenly
from eval.text_checks import word_distances
from eval.traits import traits


@pytest.fixture
def material(clips):
    poses = [clip.pose for clip in clips]
    return Material(clips, clips[::-1], generated=poses, given_length=poses)


def test_every_cheat_makes_a_pose_for_every_clip(material):
    for name, cheat in CHEATS.items():
        made = cheat.make(material)
        assert len(made) == len(material.clips), name
        frames = [len(pose) for pose in made if pose is not None]
        assert frames and (min(frames) > 0 or cheat.named == "empty outputs"), name


def test_making_a_cheat_changes_no_clip(material):
    before = [clip.pose.points.copy() for clip in material.clips]
    for cheat in CHEATS.values():
        cheat.make(material)
    assert all((clip.pose.points == points).all() for clip, points in zip(material.clips, before, strict=True))


def test_retiming_keeps_the_ends_and_the_way(signing):
    pose = signing(0)
    slow = retimed(pose, 2 * len(pose))
    assert len(slow) == 2 * len(pose)
    assert slow.points[[0, -1]] == pytest.approx(pose.points[[0, -1]], abs=1e-6)
    assert (retimed(pose, len(pose)).points == pose.points).all()
    uneven = warped_unevenly(pose, 1)
    assert len(uneven) == len(pose) and uneven.points[0] == pytest.approx(pose.points[0], abs=1e-6)


def test_a_point_missing_on_one_side_of_a_new_moment_is_missing_there(signing):
    pose = signing(0, 10)
    pose.confidence[4] = 0
    assert retimed(pose, 19).confidence[:, 0].tolist() == [1] * 7 + [0] * 3 + [1] * 9


def test_a_frozen_part_hangs_on_the_body(signing):
    pose = signing(0)
    rows, wrist = list(pose.skeleton.parts["left_hand"]), pose.skeleton.points.index("left_wrist")
    still = frozen(pose, "left_hand").points
    assert np.ptp(still[:, rows] - still[:, [wrist]], axis=0).max() < 1e-5
    others = [i for i in range(94) if i not in rows]
    assert (still[:, others] == pose.points[:, others]).all()
    assert traits(frozen(pose, "face"))["shape/face"] < 1e-6


def test_noise_spares_points_that_are_not_seen(signing):
    pose = signing(0)
    pose.confidence[:, 3] = 0
    changed = noisy(pose, 0).points - pose.points
    assert (changed[:, 3] == 0).all() and changed[:, 4].std() == pytest.approx(0.02, rel=0.2)


def test_exchanged_labels_twice_are_the_same(signing):
    pose = signing(0)
    assert (relabelled(relabelled(pose)).points == pose.points).all()


def test_the_nearest_training_clip_shares_the_words(material):
    found = nearest_training(material)
    assert all(pose is clip.pose for pose, clip in zip(found, material.clips, strict=True))


def test_words_are_shared_as_often_as_both_texts_have_them():
    apart = word_distances(["rain and rain", "snow", ""], ["Rain rain rain", "the snow falls", ""])
    assert apart == pytest.approx(np.array([[1 - 4 / 6, 1, 1], [1, 0.5, 1], [1, 1, 1]]))
