"""Distances, angles and ratios of reconstructions, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from eval.reconstruction import clip_scores, decoded, encoded, estimates, geodesic, on_skeleton
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton


def moved(pose: Pose, points=slice(None), by=(0.1, 0.0, 0.0)) -> Pose:
    shifted = pose.points.copy()
    shifted[:, points] += np.float32(by)
    return replace(pose, points=shifted)


def value(scores, name):
    above, below = scores[name]
    return above / below if below else float("nan")


def test_a_shift_is_its_length_in_every_part_and_vanishes_when_aligned(wave):
    pose = wave()
    scores = clip_scores(moved(pose, by=(0.03, 0.04, 0)), pose)
    for part in ("all", "body", "left_hand", "right_hand", "hands", "face"):
        assert value(scores, f"mpjpe/{part}") == pytest.approx(0.05, rel=1e-5)
        assert value(scores, f"pa_mpjpe/{part}") == pytest.approx(0, abs=1e-6)
        for ratio in ("velocity_ratio", "acceleration_ratio", "jerk_ratio"):
            assert value(scores, f"{ratio}/{part}") == pytest.approx(1, rel=1e-4)


def test_a_shift_of_one_hand_is_told_of_that_hand(wave):
    pose = wave()
    hand = list(pose.skeleton.parts["left_hand"])
    scores = clip_scores(moved(pose, hand), pose)
    assert value(scores, "mpjpe/left_hand") == pytest.approx(0.1, rel=1e-5)
    assert value(scores, "mpjpe/hands") == pytest.approx(0.05, rel=1e-5)
    assert value(scores, "mpjpe/right_hand") == value(scores, "mpjpe/body") == value(scores, "mpjpe/face") == 0
    assert value(scores, "mpjpe/all") == pytest.approx(0.1 * 21 / 79, rel=1e-5)


def test_ratios_of_differences_by_hand(wave):
    # x = t² moves 1, 3, 5 a frame, accelerates by 2 and has no jerk; half of it does half of that.
    pose = wave(4)
    real = replace(pose, points=np.zeros_like(pose.points))
    real.points[:, :, 0] = np.arange(4.0)[:, None] ** 2
    half = replace(real, points=real.points / 2)
    scores = clip_scores(half, real)
    assert scores["velocity_ratio/all"] == pytest.approx((1.5, 3.0))
    assert scores["acceleration_ratio/all"] == pytest.approx((1.0, 2.0))
    assert scores["jerk_ratio/all"] == (0.0, 0.0)


def test_what_is_not_seen_is_not_scored(wave):
    pose = wave()
    confidence = pose.confidence.copy()
    confidence[:, list(pose.skeleton.parts["face"])] = 0
    scores = clip_scores(moved(pose), replace(pose, confidence=confidence))
    assert scores["mpjpe/face"] == (0.0, 0.0)
    assert value(scores, "mpjpe/all") == pytest.approx(0.1, rel=1e-5)


def test_a_failed_clip_is_a_body_in_one_point(wave):
    pose = wave()
    scores = clip_scores(None, pose)
    assert value(scores, "mpjpe/all") == pytest.approx(np.linalg.norm(pose.points, axis=-1).mean(), rel=1e-5)
    assert scores["velocity_ratio/all"][0] == 0 < scores["velocity_ratio/all"][1]


def still_body(frames=5) -> Pose:
    skeleton = get_skeleton("smplx")
    rotations = np.zeros((frames, len(skeleton.rotated), 3), np.float32)
    points = np.zeros((frames, len(skeleton.points), 3), np.float32)
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton, rotations)


def test_an_angle_is_shared_by_the_joints_of_its_part():
    real = still_body()
    turned = replace(real, rotations=real.rotations.copy())
    joint = list(real.skeleton.rotated).index(real.skeleton.points.index("left_index1"))
    turned.rotations[:, joint] = [0, np.pi / 6, 0]  # one of fifteen joints of the hand by 30 degrees
    angles = geodesic(turned, real)
    assert angles["left_hand"] == pytest.approx(30 / 15, rel=1e-4)
    assert angles["hands"] == pytest.approx(30 / 30, rel=1e-4)
    assert angles["right_hand"] == angles["body"] == 0
    assert "face" not in angles


def test_angles_go_the_shorter_way_and_failures_count_as_the_longest():
    real = still_body()
    turned = replace(real, rotations=real.rotations.copy())
    turned.rotations[:, :, 2] = np.radians(350)
    assert geodesic(turned, real)["all"] == pytest.approx(10, rel=1e-3)
    assert set(geodesic(None, real).values()) == {180.0}
    assert np.isnan(geodesic(replace(real, rotations=None), real)["all"])
    assert geodesic(real, replace(real, rotations=None)) == {}


def test_means_are_over_clips_that_know_and_ratios_of_sums(sample_of):
    rows = [
        {"mpjpe/all": (0.5, 1.0), "jerk_ratio/all": (2.0, 1.0)},
        {"mpjpe/all": (0.0, 0.0), "jerk_ratio/all": (0.0, 3.0)},
    ]
    found = estimates(rows, sample_of(2))
    assert found["mpjpe/all"].value == 0.5 and found["mpjpe/all"].interval == [0.5, 0.5]
    assert found["mpjpe_mm/all"].value == pytest.approx(180)
    assert found["jerk_ratio/all"].value == pytest.approx(2 / 4)
    assert found["jerk_ratio/all"].interval == pytest.approx([0, 2])
    assert "mpjpe/face" not in estimates([{"mpjpe/face": (0.0, 0.0)}], sample_of(1))


def test_a_copy_is_exact_whatever_the_batch(wave, autoencoders):
    model, poses = autoencoders("copy", slots=5), [wave(n, n) for n in (9, 4, 12)]
    made = decoded(model, list(encoded(model, poses, batch_size=2)))
    for ours, real in zip(made, poses, strict=True):
        np.testing.assert_allclose(ours.points, real.points, atol=1e-6)


def test_an_autoencoder_at_another_rate_is_scored_on_every_recorded_frame(wave, autoencoders):
    pose, model = wave(13), autoencoders("copy", fps=12.5)
    pose.points[:] = 0.1 * np.arange(13, dtype=np.float32)[:, None, None] * [1, 0, 0]
    (made,) = decoded(model, list(encoded(model, [pose])))
    # Six frames, at 0, 2, ..., 10: what moves evenly comes back between them, and stands still in the last two.
    assert len(made) == 6 and made.fps == 12.5
    scores = clip_scores(made, pose)
    assert value(scores, "mpjpe/all") == pytest.approx((0.1 + 0.2) / 13, rel=1e-4)
    assert value(scores, "velocity_ratio/all") == pytest.approx(10 / 12, rel=1e-4)


def test_rotations_are_given_on_the_canonical_signer():
    from sign_latent.pose.kinematics import rest_points

    body = still_body()
    given = on_skeleton(body, "smplx")
    np.testing.assert_allclose(given.points[0], rest_points().numpy(), atol=1e-5)
    assert given.rotations is body.rotations


def test_without_rotations_a_clip_is_given_as_it_is(wave):
    pose = wave()
    assert on_skeleton(pose, "upper79") is pose
    assert on_skeleton(pose, "phoenix50").skeleton.name == "phoenix50"
