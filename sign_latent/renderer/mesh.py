"""The signer as the mesh of a licensed SMPL-X model file, posed by the rotations of a pose.

Vertices follow Pavlakos et al. 2019, eq. 2–4 (mean shape, pose correctives, linear blend skinning). The model's learned
expressions mean something else than ours, so the face of the mesh stays at rest but for the jaw and the eyes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError
from sign_latent.pose.face import METRES_PER_UNIT
from sign_latent.pose.kinematics import (
    axis_angle_to_matrix,
    forward_kinematics,
    global_rotations,
    rest_from_smplx_model,
)
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.renderer.look import Look, Window
from sign_latent.renderer.raster import shade, to_pixels
from sign_latent.renderer.triangles import rasterise, vertex_normals

_FINE = 2
_JOINTS = get_skeleton("smplx").rotated
_NAMES = [get_skeleton("smplx").points[i] for i in _JOINTS]
_SLEEVED = ("shoulder", "elbow")
_BARE = ("neck", "head", "jaw", "wrist", "index", "middle", "ring", "pinky", "thumb")
_ARRAYS = ("v_template", "f", "weights", "posedirs", "J_regressor")
_HAIRLINE = (0.8, 0.115, 0.6, 0.075)  # metres from the head joint: hair is where 0.8 (y - 0.115) > 0.6 (z - 0.075)
_PUPIL = 0.92  # of the way to the foremost point of the eyeball, from where on it is iris


@dataclass(frozen=True)
class Mesh:
    """A body at rest in body coordinates: `vertices` [V, 3], `faces` [F, 3], skinning `weights` [V, 55], pose
    correctives `posedirs` [V, 3, 486] and `rest` [94, 3], the points of the skeleton."""

    vertices: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    posedirs: np.ndarray
    rest: np.ndarray

    def posed(self, rotations: np.ndarray) -> Iterator[np.ndarray]:
        """Vertices [V, 3] for each of the axis-angle rotations [T, 55, 3]; the pelvis stays where it rests."""
        local = axis_angle_to_matrix(torch.as_tensor(rotations, dtype=torch.float32))
        joints = forward_kinematics(local, rest=torch.tensor(self.rest))[:, : len(_JOINTS)].numpy()
        turned = global_rotations(local).numpy()  # [T, 55, 3, 3]
        bent = (local[:, 1:].numpy() - np.eye(3, dtype=np.float32)).reshape(len(local), -1)  # [T, 486]
        for place, turn, by in zip(joints, turned, bent, strict=True):
            shaped = self.vertices + self.posedirs @ by
            shift = place - np.einsum("kij,kj->ki", turn, self.rest[: len(_JOINTS)])
            blended = (self.weights @ turn.reshape(-1, 9)).reshape(-1, 3, 3)
            yield np.einsum("vij,vj->vi", blended, shaped) + self.weights @ shift

    def colours(self, look: Look) -> np.ndarray:
        """[V, 3] by the joint that moves a vertex most: the mesh has no texture."""
        owner = self.weights.argmax(axis=1)
        found = np.tile(np.array(look.clothing, dtype=np.float32), (len(owner), 1))
        for joint, name in enumerate(_NAMES):
            part = name.removeprefix("left_").removeprefix("right_").rstrip("123")
            if part in _SLEEVED or part in _BARE:
                found[owner == joint] = look.sleeve if part in _SLEEVED else look.skin
        head = _NAMES.index("head")
        _, y, z = ((self.vertices - self.rest[head]) * METRES_PER_UNIT).T
        a, height, b, depth = _HAIRLINE
        if look.hair_style != "bald":
            found[(owner == head) & (a * (y - height) > b * (z - depth))] = look.hair
        for joint in (_NAMES.index(f"{side}_eye") for side in ("left", "right")):
            ball = owner == joint
            ahead = self.vertices[:, 2] - self.rest[joint, 2]
            found[ball] = look.eye
            found[ball & (ahead > _PUPIL * ahead[ball].max(initial=np.inf if not ball.any() else 0))] = look.iris
        return found


@lru_cache(maxsize=1)
def read_mesh(path: str) -> Mesh:
    """A SMPL-X model file (npz) as its owner provides it. UserError if it is missing or no such model."""
    model, rest = read_arrays(path, _ARRAYS), rest_from_smplx_model(path).numpy()
    vertices, faces = model["v_template"], model["f"]
    count = len(vertices)
    expected = {"v_template": (count, 3), "weights": (count, 55), "f": (len(faces), 3), "posedirs": (count, 3, 54 * 9)}
    for name, shape in expected.items():
        if model[name].shape != shape:
            raise UserError(f"{path}: {name} has shape {model[name].shape}, not {shape}; give a SMPL-X model npz")
    if faces.min() < 0 or faces.max() >= count:
        raise UserError(f"{path}: has faces of vertices that it lacks; give a SMPL-X model npz")
    joints = model["J_regressor"] @ vertices
    left, right = (joints[_NAMES.index(f"{side}_shoulder")] for side in ("left", "right"))
    unit = np.linalg.norm(left - right)
    placed, correctives = (vertices - (left + right) / 2) / unit, model["posedirs"] / unit
    arrays = (array.astype(np.float32) for array in (model["weights"], correctives))
    return Mesh(placed.astype(np.float32), faces.astype(np.int64), *arrays, rest.astype(np.float32))


def paint(path: str, pose: Pose, size: int, look: Look, window: Window, gauge: Pose | None) -> Iterator[np.ndarray]:
    """The mesh of a file at twice the size, reduced; pictures [size, size, 3] uint8.

    Its shoulders lie where those of `gauge` (default: the pose) are on average. UserError for a pose without the
    rotations of SMPL-X.
    """
    pose.validate()
    if pose.rotations is None or pose.skeleton.name != "smplx":
        raise UserError(f"{path}: a mesh is moved by rotations, which this pose lacks; give drawn or capsules as body")
    mesh, fine = read_mesh(path), size * _FINE
    colours, shift = mesh.colours(look), _shift(mesh, gauge or pose)
    for vertices in mesh.posed(pose.rotations):
        yield _picture(to_pixels(vertices + shift, window, fine), mesh.faces, colours, fine, look)


def _shift(mesh: Mesh, pose: Pose) -> np.ndarray:
    """[3] from the middle of the mesh's shoulders to that of the pose's, in the median frame."""
    local = axis_angle_to_matrix(torch.as_tensor(pose.rotations, dtype=torch.float32))
    own = forward_kinematics(local, rest=torch.tensor(mesh.rest)).numpy()
    both = [pose.skeleton.left_shoulder, pose.skeleton.right_shoulder]
    return np.median((pose.points - own)[:, both].mean(axis=1), axis=0)


def _picture(vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray, fine: int, look: Look) -> np.ndarray:
    hits = rasterise(vertices, faces, fine)
    corners = faces[hits.faces]  # [P, 3]
    shares = hits.shares[..., None]
    normal = (vertex_normals(vertices, faces)[corners] * shares).sum(axis=1)
    normal *= np.where(normal[:, 2:] < 0, -1, 1) / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    picture = np.tile(np.array(look.background, dtype=np.float32), (fine * fine, 1))
    picture[hits.pixels] = shade(*normal.T)[:, None] * (colours[corners] * shares).sum(axis=1)
    blocks = picture.reshape(fine // _FINE, _FINE, fine // _FINE, _FINE, 3)
    return np.clip(blocks.mean(axis=(1, 3)) + 0.5, 0, 255).astype(np.uint8)
