"""Each trait sees what it is named after and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from eval.traits import limb_change, pace, roughness, shape_change, spread, togetherness, trait_table, traits, turning

ALL = np.ones((60, 4))


def test_a_part_moved_and_turned_as_a_whole_keeps_its_shape():
    chance = np.random.default_rng(0)
    shape, turn = chance.normal(size=(4, 3)), Rotation.from_rotvec(chance.normal(size=(60, 3))).as_matrix()
    rigid = np.einsum("tcd,kd->tkc", turn, shape) + chance.normal(size=(60, 1, 3))
    assert shape_change(rigid) == pytest.approx(0, abs=1e-12) and spread(rigid) > 0.5
    assert limb_change(rigid, [(0, 1), (2, 3)]) == pytest.approx(0, abs=1e-12)
    assert shape_change(rigid + chance.normal(size=rigid.shape)) > 0.5


def test_roughness_has_the_size_of_white_noise_and_sees_neither_smooth_motion_nor_cuts():
    time = np.linspace(0, 1, 60)[:, None, None]
    smooth = np.concatenate([time**3, 2 * time, 1 - time], -1).repeat(4, 1)
    noise = np.random.default_rng(0).normal(size=smooth.shape)
    assert roughness(smooth, ALL) == pytest.approx(0, abs=1e-9)
    cut = smooth + 5.0 * (np.arange(60) >= 30)[:, None, None]
    assert roughness(cut, ALL) == pytest.approx(0, abs=1e-9)
    # The length of three normal numbers is below 0.76 in a tenth of the cases.
    assert roughness(smooth + 0.02 * noise, ALL) == pytest.approx(0.02 * 0.76, rel=0.25)


def test_roughness_passes_over_missing_frames():
    points, seen = np.zeros((60, 4, 3)), ALL.copy()
    points[::6], seen[::6] = 9.0, 0
    assert roughness(points, seen) == pytest.approx(0)
    assert np.isnan(roughness(points[:4], seen[:4]))


def test_motion_goes_on_and_random_order_turns_back():
    line = np.linspace(0, 1, 50)[:, None, None] * np.ones((1, 3, 3))
    assert turning(line) == pytest.approx(1)
    walk = np.random.default_rng(0).normal(size=(400, 5, 3))
    assert turning(walk) < -0.4
    assert np.isnan(turning(line * 0))


def test_pace_is_the_step_of_the_typical_frame():
    line = np.arange(50.0)[:, None, None] * np.array([3.0, 4.0, 0.0])
    line[25:] += 100
    assert pace(line) == pytest.approx(5)


def test_traits_of_what_is_not_shown_are_unknown(signing):
    pose = signing(1)
    face = list(pose.skeleton.parts["face"])
    hidden = replace(pose, confidence=pose.confidence.copy())
    hidden.confidence[:, face] = 0
    found = traits(hidden)
    assert found["seen/face"] == 0 and np.isnan(found["shape/face"])
    assert found["shape/left_hand"] == traits(pose)["shape/left_hand"]


def test_moving_the_whole_clip_changes_no_trait(signing):
    pose = signing(2)
    moved = replace(pose, points=pose.points + np.float32(0.5))
    for name, value in traits(pose).items():
        assert traits(moved)[name] == pytest.approx(value, rel=1e-3, abs=1e-5), name


def test_a_mirror_exchanges_the_hands(signing):
    pose = signing(3)
    one, other = traits(pose), traits(pose.mirrored())
    assert one["dominance"] == pytest.approx(-other["dominance"], abs=1e-6)
    assert one["spread/left_hand"] == pytest.approx(other["spread/right_hand"], rel=1e-6)
    assert trait_table([pose, pose])["speed"].tolist() == [one["speed"]] * 2


def test_what_jumps_as_a_whole_jumps_together_and_noise_does_not():
    chance = np.random.default_rng(0)
    whole = chance.normal(size=(80, 1, 3)).repeat(21, 1)
    alone = chance.normal(size=(80, 21, 3))
    seen = np.ones((80, 21))
    assert togetherness(whole, seen) == pytest.approx(1)
    assert togetherness(alone, seen) == pytest.approx(1 / 21, abs=0.02)
    hidden = seen.copy()
    hidden[40:, 3] = 0
    assert togetherness(np.concatenate([whole[:40], alone[40:]]), hidden) == pytest.approx(1)
    assert np.isnan(togetherness(whole[:4], seen[:4])) and np.isnan(togetherness(np.ones((80, 21, 3)), seen))
