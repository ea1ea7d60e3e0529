"""Laws of forward kinematics and of the rotation formats."""

import numpy as np
import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.kinematics import (
    axis_angle_to_matrix,
    forward_kinematics,
    matrix_from_6d,
    matrix_to_6d,
    matrix_to_axis_angle,
    rest_from_smplx_model,
    rest_points,
)

SKELETON = get_skeleton("smplx")


def index(name: str) -> int:
    return SKELETON.points.index(name)


def test_rest_is_a_t_pose_in_body_coordinates():
    rest = rest_points()
    left, right = rest[SKELETON.left_shoulder], rest[SKELETON.right_shoulder]
    assert torch.allclose(left - right, torch.tensor([1.0, 0, 0])) and torch.allclose(left + right, torch.zeros(3))
    assert rest[index("left_wrist"), 0] > 1.5 and abs(rest[index("left_wrist"), 1]) < 0.2
    assert rest[index("head"), 1] > 0.3 > -1 > rest[index("pelvis"), 1]
    assert rest[index("lip_upper"), 2] > rest[index("head"), 2] + 0.2  # the face looks forward
    flip = torch.tensor([-1.0, 1, 1])
    assert torch.allclose(rest[list(SKELETON.mirror)] * flip, rest)


def test_no_rotation_is_the_rest_pose():
    assert torch.allclose(
        forward_kinematics(torch.eye(3).expand(4, 55, 3, 3)), rest_points().expand(4, 94, 3), atol=1e-6
    )


def test_bone_lengths_never_change():
    matrices = axis_angle_to_matrix(torch.randn(5, 55, 3))
    points, rest = forward_kinematics(matrices), rest_points()
    bones = [(i, p) for i, p in enumerate(SKELETON.parents) if p >= 0]
    children, parents = map(list, zip(*bones, strict=True))
    lengths = (points[:, children] - points[:, parents]).norm(dim=-1)
    assert torch.allclose(lengths, (rest[children] - rest[parents]).norm(dim=-1).expand_as(lengths), atol=1e-5)


def test_a_joint_moves_only_what_hangs_on_it():
    vectors = torch.zeros(55, 3)
    vectors[index("left_elbow")] = torch.tensor([0.0, 0, 1.2])
    moved = (forward_kinematics(axis_angle_to_matrix(vectors)) - rest_points()).norm(dim=-1) > 1e-6
    names = {SKELETON.points[i] for i in moved.nonzero().flatten()}
    assert names == {"left_wrist"} | {SKELETON.points[i] for i in SKELETON.parts["left_hand"]}


def test_raising_the_left_arm_lifts_the_left_hand():
    vectors = torch.zeros(55, 3)
    vectors[index("left_shoulder")] = torch.tensor([0.0, 0, 1.0])
    points = forward_kinematics(axis_angle_to_matrix(vectors))
    assert points[index("left_wrist"), 1] > 1 and points[index("right_wrist"), 1] < 0.1


def test_the_jaw_moves_the_lower_lip_and_chin_alone():
    vectors = torch.zeros(55, 3)
    vectors[index("jaw")] = torch.tensor([0.3, 0, 0])
    change = forward_kinematics(axis_angle_to_matrix(vectors)) - rest_points()
    moved = {SKELETON.points[i] for i in (change.norm(dim=-1) > 1e-6).nonzero().flatten()}
    assert moved == {"lip_lower", "lip_lower_left", "lip_lower_right", "lip_lower_inner", "chin"}
    assert change[index("chin"), 1] < -0.02  # a positive turn about x opens the mouth, as in SMPL-X


def test_mirrored_rotations_give_mirrored_points(moving_signer):
    pose = moving_signer()
    mirrored = pose.mirrored()
    matrices = axis_angle_to_matrix(torch.from_numpy(mirrored.rotations))
    points = forward_kinematics(matrices, torch.from_numpy(mirrored.expression))
    assert np.allclose(points.numpy(), mirrored.points, atol=1e-5)


def test_expression_follows_the_head():
    vectors, expression = torch.zeros(55, 3), torch.zeros(10)
    vectors[index("head")] = torch.tensor([0.0, torch.pi / 2, 0])  # the signer looks to the left
    expression[9] = 1.0
    matrices = axis_angle_to_matrix(vectors)
    change = forward_kinematics(matrices, expression) - forward_kinematics(matrices)
    assert change[index("lip_upper"), 0] > 0.02 and abs(change[index("lip_upper"), 2]) < 1e-6


def test_one_clip_may_have_another_rest_than_the_next():
    matrices = axis_angle_to_matrix(torch.randn(2, 3, 55, 3) * 0.3)
    rests = torch.stack([rest_points(), rest_points() * 1.1])[:, None]  # [2, 1, 94, 3]
    together = forward_kinematics(matrices, torch.zeros(2, 3, 10), rests)
    assert torch.allclose(together[1], forward_kinematics(matrices[1], rest=rests[1, 0]), atol=1e-6)


def test_gradients_reach_every_rotation_that_moves_something():
    matrices = axis_angle_to_matrix(torch.randn(55, 3)).requires_grad_()
    forward_kinematics(matrices).square().sum().backward()
    still = {index(name) for name in ("left_foot", "right_foot", "left_eye", "right_eye")}
    alive = {i for i in range(55) if matrices.grad[i].abs().max() > 0}
    assert alive == set(range(55)) - still


def test_six_numbers_hold_a_rotation():
    matrices = axis_angle_to_matrix(torch.randn(100, 3) * 2)
    assert torch.allclose(matrix_from_6d(matrix_to_6d(matrices)), matrices, atol=1e-5)
    free = matrix_from_6d(torch.randn(50, 6))
    assert torch.allclose(free @ free.mT, torch.eye(3).expand(50, 3, 3), atol=1e-5)
    assert torch.allclose(torch.linalg.det(free), torch.ones(50), atol=1e-5)


def test_the_first_two_columns_are_the_six_numbers():
    matrix = axis_angle_to_matrix(torch.randn(3))
    assert torch.equal(matrix_to_6d(matrix), torch.cat([matrix[:, 0], matrix[:, 1]]))


def test_axis_angles_come_back():
    axes = torch.nn.functional.normalize(torch.randn(100, 3, dtype=torch.float64), dim=-1)
    vectors = axes * torch.linspace(0, 3.14, 100)[:, None]
    assert torch.allclose(matrix_to_axis_angle(axis_angle_to_matrix(vectors)), vectors, atol=1e-6)


def test_a_model_s_own_joints_take_the_place_of_ours(tmp_path):
    random, rest = np.random.default_rng(0), rest_points().numpy()
    joints = rest[:55] * 0.31 + random.normal(0, 0.002, (55, 3)) + [0.1, 0.2, 0.3]
    np.savez(tmp_path / "model.npz", J_regressor=np.eye(55), v_template=joints)
    own = rest_from_smplx_model(tmp_path / "model.npz")
    left, right = own[SKELETON.left_shoulder], own[SKELETON.right_shoulder]
    assert (left - right).norm() == pytest.approx(1) and (left + right).norm() < 1e-5
    head = index("head")
    face = list(SKELETON.parts["face"])
    assert torch.allclose(own[face] - own[head], rest_points()[face] - rest_points()[head], atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_something_else_than_a_model_is_refused(tmp_path, content):
    path = tmp_path / "model.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="model.npz"):
        rest_from_smplx_model(path)


@pytest.mark.parametrize("regressor", [np.eye(54), np.eye(55)[:3], np.full((55, 55), np.nan), np.full((55, 55), "a")])
def test_arrays_that_give_no_joints_are_refused(tmp_path, regressor):
    np.savez(tmp_path / "model.npz", J_regressor=regressor, v_template=np.ones((55, 3)))
    with pytest.raises(UserError, match="model.npz: has no joints of shape"):
        rest_from_smplx_model(tmp_path / "model.npz")
