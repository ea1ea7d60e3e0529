"""Laws of inverse kinematics: known bodies are met again, within the ranges of their joints."""

import numpy as np
import pytest
import torch

from data_prep.fitting.body import POINTS, Body
from data_prep.fitting.bones import scales
from data_prep.fitting.fit import fit
from data_prep.fitting.joints import joints
from data_prep.fitting.targets import Seen, seen
from sign_latent.pose import get_skeleton
from sign_latent.pose.kinematics import forward_kinematics, rest_points
from sign_latent.pose.pose import Pose

SMPLX = get_skeleton("smplx")
FRAMES = 12


@pytest.fixture(scope="module")
def body() -> Body:
    return Body(rest_points())


def motion(body: Body, seed: int = 0, swing: float = 0.3) -> torch.Tensor:
    """Smooth angles [T, D] within the ranges: each joint about a place of its own near where it usually is."""
    chance = torch.Generator().manual_seed(seed)
    least, most, usual, spread = body.bounds
    middle = usual + 0.6 * spread * torch.randn(body.count, generator=chance)
    sway = swing * spread * torch.randn(body.count, generator=chance)
    turn = torch.linspace(0, torch.pi, FRAMES)[:, None]
    return torch.clamp(middle + sway * torch.sin(turn), least, most)


def pose_of(body: Body, angles: torch.Tensor, rest: torch.Tensor | None = None) -> Pose:
    points = forward_kinematics(body.rotations(angles), rest=rest).numpy()
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, SMPLX)


def apart(points: torch.Tensor, pose: Pose) -> np.ndarray:
    return np.linalg.norm(points[:, :94].numpy() - pose.points, axis=-1)


def within(body: Body, angles: torch.Tensor) -> bool:
    least, most, _, _ = body.bounds
    return bool(((angles >= least - 1e-6) & (angles <= most + 1e-6)).all())


def test_every_joint_that_turns_is_one_of_smplx():
    assert set(joints()) <= set(SMPLX.points[:55])


def test_points_are_those_of_forward_kinematics(body):
    angles = motion(body)
    placed = body.place(angles, body.part([], list(POINTS))).points
    assert torch.allclose(placed[:, :94], forward_kinematics(body.rotations(angles)), atol=1e-5)


def test_mirrored_angles_are_a_mirrored_body(body):
    angles = motion(body)
    place = {(joint, kind): d for d, (joint, kind) in enumerate(zip(body.joint, body.free.kind, strict=True))}
    swapped = [place[SMPLX.mirror[joint], kind] for joint, kind in place]
    middle = torch.tensor([SMPLX.mirror[joint] == joint and kind > 0 for joint, kind in place])
    mirrored = torch.where(middle, -1.0, 1.0) * angles[:, swapped]  # a lean or a turn of the trunk changes its side
    assert np.allclose(pose_of(body, mirrored).points, pose_of(body, angles).mirrored().points, atol=1e-5)


def test_axes_say_how_points_move(body):
    body = Body(rest_points().double())
    angles = motion(body).double()[:1]
    part = body.part(list(joints()), list(POINTS))
    placed, nudge = body.place(angles, part), 1e-6
    for d in range(0, body.count, 7):
        moved = angles.clone()
        moved[:, d] += nudge
        change = (body.place(moved, part).points - placed.points) / nudge
        arm = placed.points - placed.pivots[:, d, None]
        expected = torch.linalg.cross(placed.axes[:, d, None].expand_as(arm), arm) * body.moves[d, :, None]
        assert torch.allclose(change, expected, atol=1e-4)


def test_known_bodies_are_met_in_space(body):
    poses = [pose_of(body, motion(body, seed)) for seed in (1, 2, 3)]
    for pose, found in zip(poses, fit(body, [seen(pose) for pose in poses], 25.0), strict=True):
        assert np.median(apart(found.points, pose)) < 0.015 and np.percentile(apart(found.points, pose), 95) < 0.06
        assert within(body, found.angles)


def test_known_bodies_are_met_in_the_picture(body):
    pose = pose_of(body, motion(body, 1))
    [found] = fit(body, [seen(pose, plane=True)], 25.0)
    flat = np.linalg.norm((found.points[:, :94].numpy() - pose.points)[..., :2], axis=-1)
    assert np.median(flat) < 0.02 and np.median(apart(found.points, pose)) < 0.2
    assert within(body, found.angles)


def test_a_still_body_is_fitted_still(body):
    pose = pose_of(body, motion(body, 4)[:1].expand(FRAMES, -1))
    [found] = fit(body, [seen(pose, plane=True)], 25.0)
    assert (found.points - found.points[:1]).norm(dim=-1).max() < 1e-3


def test_a_clip_is_fitted_alike_beside_longer_ones(body):
    short, long = (pose_of(body, motion(body, seed)) for seed in (5, 6))
    short = Pose(short.points[:5], short.confidence[:5], 25.0, SMPLX)
    [alone] = fit(body, [seen(short)], 25.0)
    beside = fit(body, [seen(short), seen(long)], 25.0)[0]
    assert torch.allclose(alone.points, beside.points, atol=1e-3)


def test_a_lost_hand_changes_little_of_the_rest(body):
    pose = pose_of(body, motion(body, 7))
    lost = Pose(pose.points.copy(), pose.confidence.copy(), 25.0, SMPLX)
    hand = list(SMPLX.parts["left_hand"])
    lost.points[:, hand], lost.confidence[:, hand] = 0, 0
    whole, without = fit(body, [seen(pose), seen(lost)], 25.0)
    others = [i for i in range(94) if i not in hand]
    assert (whole.points - without.points)[:, others].norm(dim=-1).max() < 0.03
    assert within(body, without.angles)


def test_a_frame_that_was_lost_lies_between_its_neighbours(body):
    pose = pose_of(body, motion(body, 8))
    gap = Pose(pose.points.copy(), pose.confidence.copy(), 25.0, SMPLX)
    gap.confidence[5] = 0
    gap.points[5] = 0
    [found] = fit(body, [seen(gap)], 25.0)
    assert np.median(apart(found.points, pose)[5]) < 0.03


def test_a_point_detected_elsewhere_counts_little(body):
    pose = pose_of(body, motion(body, 9))
    stray = Pose(pose.points.copy(), pose.confidence, 25.0, SMPLX)
    tip = SMPLX.points.index("left_index_tip")
    stray.points[6, tip] += 1.5
    [found] = fit(body, [seen(stray)], 25.0)
    others = [i for i in range(94) if "left_index" not in SMPLX.points[i]]
    assert apart(found.points, pose)[6, others].max() < 0.1


def test_impossible_fingers_stay_within_their_range(body):
    pose = pose_of(body, motion(body, 10))
    for i in range(1, 5):  # fold the hand onto the forearm
        name = "left_index_tip" if i == 4 else f"left_index{i}"
        pose.points[:, SMPLX.points.index(name)] = pose.points[:, SMPLX.points.index("left_elbow")]
    [found] = fit(body, [seen(pose)], 25.0)
    assert within(body, found.angles) and torch.isfinite(found.points).all()


def test_longer_arms_are_measured(body):
    factors = np.ones(len(POINTS), np.float32)
    for side in ("left", "right"):
        factors[[POINTS.index(f"{side}_elbow"), POINTS.index(f"{side}_wrist")]] = 1.2
    offsets = body.offsets(torch.from_numpy(factors))
    points = body.place(motion(body, 11), body.part([], list(POINTS)), offsets).points[:, :94].numpy()
    shown = seen(Pose(points, np.ones(points.shape[:2], np.float32), 25.0, SMPLX))
    assert np.allclose(scales(shown, body), factors, atol=1e-3)
    [found] = fit(body, [shown], 25.0)
    assert np.median(np.linalg.norm(found.points[:, :94].numpy() - points, axis=-1)) < 0.02


@pytest.mark.parametrize("name", ["phoenix50", "openpose67", "openpose137", "holistic576", "upper79"])
def test_every_skeleton_shows_shoulders_arms_and_hands(name):
    skeleton = get_skeleton(name)
    points = np.ones((2, len(skeleton.points), skeleton.dimensions), np.float32)
    found = seen(Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton))
    wanted = [f"{side}_{point}" for side in ("left", "right") for point in ("shoulder", "elbow", "wrist", "pinky_tip")]
    assert found.confidence[:, [POINTS.index(point) for point in wanted]].all()


@pytest.mark.parametrize(("sure", "taken"), [(0.9, 1.0), (0.3, 1.0), (0.1, 2.0), (0.0, 2.0)])
def test_the_hand_s_root_stands_for_the_wrist_unless_it_is_hardly_seen(sure, taken):
    skeleton = get_skeleton("openpose67")
    root, wrist = (skeleton.points.index(f"left_{name}") for name in ("hand_root", "wrist"))
    pose = Pose(np.zeros((1, 67, 2), np.float32), np.zeros((1, 67), np.float32), 25.0, skeleton)
    pose.points[:, root], pose.points[:, wrist] = 1.0, 2.0
    pose.confidence[:, root], pose.confidence[:, wrist] = sure, 0.5
    assert seen(pose).points[0, POINTS.index("left_wrist"), 0] == taken


def test_what_is_not_seen_has_no_weight():
    pose = Pose(np.zeros((2, 94, 3), np.float32), np.zeros((2, 94), np.float32), 25.0, SMPLX)
    found: Seen = seen(pose)
    assert not found.weight.any() and not found.confidence.any()
