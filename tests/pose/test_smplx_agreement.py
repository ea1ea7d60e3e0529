"""Our kinematics agree with the `smplx` package on a body model of the published file layout."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sign_latent.pose import get_skeleton
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics, rest_from_smplx_model, rest_points
from sign_latent.renderer.mesh import read_mesh

VERTICES = 120
PARENTS = get_skeleton("smplx").parents[:55]


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A made-up body: its first 55 vertices are its joints, in metres and away from the origin."""
    random = np.random.default_rng(0)
    vertices = random.normal(0, 0.5, (VERTICES, 3))
    vertices[:55] = rest_points()[:55].numpy() * 0.33 + random.normal(0, 0.01, (55, 3)) + [0.05, -0.1, 0.02]
    regressor = np.zeros((55, VERTICES))
    regressor[:, :55] = np.eye(55)
    faces = np.stack([np.arange(VERTICES - 2) + i for i in range(3)], axis=1)
    tree = np.stack([np.array(PARENTS), np.arange(55)])
    tree[0, 0] = 2**32 - 1
    weights = random.random((VERTICES, 55))
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    hands = {f"hands_components{side}": np.eye(45) for side in "lr"} | {
        f"hands_mean{side}": np.ones(45) for side in "lr"
    }
    np.savez(
        path,
        v_template=vertices,
        shapedirs=random.normal(0, 0.01, (VERTICES, 3, 400)),
        posedirs=random.normal(0, 0.01, (VERTICES, 3, 54 * 9)),
        J_regressor=regressor,
        weights=weights / weights.sum(1, keepdims=True),
        kintree_table=tree,
        f=faces.astype(np.int64),
        lmk_faces_idx=np.arange(51),
        lmk_bary_coords=np.full((51, 3), 1 / 3),
        **hands,
    )
    return path


def smplx_body(model_file: Path, rotations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Joints [T, 55, 3] and vertices [T, V, 3] of the package for axis-angle rotations [T, 55, 3], in body
    coordinates."""
    smplx = pytest.importorskip("smplx", reason="the smplx package is not installed (extra `smplx`)")
    model = smplx.SMPLX(str(model_file), batch_size=1, use_pca=False, flat_hand_mean=True, num_betas=10, ext="npz")
    # The package expects 10,475 vertices for its extra joints; ours has fewer and they are not looked at.
    selector = model.vertex_joint_selector
    selector.extra_joints_idxs = selector.extra_joints_idxs % VERTICES
    frames = len(rotations)
    pieces = torch.split(rotations.flatten(1), [3, 63, 3, 3, 3, 45, 45], dim=1)
    names = ("global_orient", "body_pose", "jaw_pose", "leye_pose", "reye_pose", "left_hand_pose", "right_hand_pose")
    other = {"betas": torch.zeros(frames, 10), "expression": torch.zeros(frames, 10), "transl": torch.zeros(frames, 3)}
    with torch.no_grad():
        made = model(**dict(zip(names, pieces, strict=True)), **other)
    left, right = torch.tensor(np.load(model_file)["v_template"][[16, 17]], dtype=torch.float32)
    return tuple(
        (places - (left + right) / 2) / (left - right).norm() for places in (made.joints[:, :55], made.vertices)
    )


def test_joints_agree_with_the_smplx_package(model_file):
    rotations = torch.randn(16, 55, 3) * 0.7
    theirs, _ = smplx_body(model_file, rotations)
    rest = rest_from_smplx_model(model_file)
    ours = forward_kinematics(axis_angle_to_matrix(rotations), rest=rest)
    assert torch.allclose(ours[:, :55], theirs, atol=2e-5)


def test_the_mesh_agrees_with_the_smplx_package(model_file):
    rotations = torch.randn(8, 55, 3) * 0.7
    _, theirs = smplx_body(model_file, rotations)
    ours = np.stack(list(read_mesh(str(model_file)).posed(rotations.numpy())))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_canonical_bones_agree_with_the_smplx_package_s_chain():
    lbs = pytest.importorskip("smplx.lbs", reason="the smplx package is not installed (extra `smplx`)")
    matrices, rest = axis_angle_to_matrix(torch.randn(16, 55, 3)), rest_points()
    parents = torch.tensor(PARENTS)
    theirs, _ = lbs.batch_rigid_transform(matrices, rest[:55].expand(16, 55, 3).contiguous(), parents)
    assert torch.allclose(forward_kinematics(matrices)[:, :55], theirs, atol=1e-5)
