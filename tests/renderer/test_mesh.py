"""A mesh of the published file layout is posed and painted; it is made here, of an octahedron at every joint."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.rest import rest_metres
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Look, Window, dressed
from sign_latent.renderer.mesh import read_mesh

_CORNERS = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
_SIDES = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]


def arrays() -> dict[str, np.ndarray]:
    """Octahedra: large ones at the joints of the body, small ones at those of the fingers."""
    joints = rest_metres()[:55]
    half = np.where(np.arange(55) < 22, 0.06, 0.012)[:, None, None]
    half[15] = 0.1
    return {
        "v_template": (joints[:, None] + half * _CORNERS).reshape(-1, 3) + [0.0, 0.3, 0.02],
        "f": np.concatenate([6 * joint + np.array(_SIDES) for joint in range(55)]),
        "weights": np.repeat(np.eye(55), 6, axis=0),
        "posedirs": np.zeros((330, 3, 54 * 9)),
        "J_regressor": np.repeat(np.eye(55), 6, axis=1) / 6,
    }


@pytest.fixture(scope="module")
def body(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("model") / "SMPLX_NEUTRAL.npz"
    np.savez(path, **arrays())
    return str(path)


def picture(pose, body: str, **how) -> np.ndarray:
    return next(draw_pose(pose, 128, body=body, **how)).astype(int)


def test_the_joints_of_the_mesh_are_those_of_the_pose(signer, body):
    """The file has the canonical signer's bones, so each octahedron lies where the pose has its joint."""
    pose = signer(None, {"head": (0.2, 0.6, 0.1), "left_elbow": (0.0, -0.3, 1.9)})
    vertices = next(read_mesh(body).posed(pose.rotations))
    np.testing.assert_allclose(vertices.reshape(55, 6, 3).mean(axis=1), pose.points[0, :55], atol=2e-5)


def test_the_picture_shows_each_part_where_it_is(signer, body):
    look, window = Look(), Window()
    image = picture(signer(), body, look=look)
    for name, colour in (("left_wrist", look.skin), ("right_elbow", look.sleeve), ("spine3", look.clothing)):
        x, y, _ = signer().points[0, get_skeleton("smplx").points.index(name)]
        scale = window.scale(128)
        pixel = image[round(64 - (y - window.y) * scale), round(64 + (x - window.x) * scale)]
        share = pixel / np.array(colour)
        assert np.ptp(share) < 0.05 and 0.3 < share.mean() < 1.2


def test_the_same_pose_gives_the_same_pixels_and_its_mirror_the_mirrored_ones(signer, body):
    pose = signer(None, {"left_index1": (0, 0, -1.2), "left_elbow": (0.0, -0.3, 1.9)})
    plain, mirrored = picture(pose, body), picture(pose.mirrored(), body)
    assert np.array_equal(plain, picture(pose, body))
    assert (np.abs(plain - mirrored).max(axis=-1) > 30).mean() > 0.005
    assert (np.abs(plain - mirrored[:, ::-1]).max(axis=-1) > 30).mean() < 0.001


def test_colours_move_nothing(signer, body):
    marker = (0, 255, 0)
    colours = [((235, 190, 158), (66, 47, 38), (47, 58, 79)), ((72, 50, 44), (20, 20, 20), (120, 128, 140))]
    images = [picture(signer(), body, look=dressed(*some, background=marker)) for some in colours]
    assert np.array_equal(*(np.abs(image - marker).max(axis=-1) == 0 for image in images))


def test_a_pose_without_rotations_is_refused(signer, body):
    for pose in (replace(signer(), rotations=None), convert(signer(), "upper79")):
        with pytest.raises(UserError, match="rotations"):
            picture(pose, body)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("posedirs", lambda array: array[:, :2]),
        ("weights", lambda array: array[:, :24]),
        ("f", lambda array: array + 330),
        ("J_regressor", lambda array: array[:24]),
    ],
)
def test_a_file_that_is_no_such_model_is_named(signer, tmp_path, name, change):
    path: Path = tmp_path / "other.npz"
    made = arrays()
    np.savez(path, **made | {name: change(made[name])})
    with pytest.raises(UserError, match="other.npz"):
        picture(signer(), str(path))
    with pytest.raises(UserError, match="none.npz"):
        picture(signer(), str(tmp_path / "none.npz"))
