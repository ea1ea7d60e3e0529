"""What can be measured on the points of any signer: hands, their place, fingers, head and face. Right-dominant view."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from sign_latent.pose.kinematics import EXPRESSION_BASIS, rest_points
from sign_latent.pose.skeleton import get_skeleton

RIGHT_POINTS = {"wrist": 21, "index": 40, "middle": 43, "pinky": 46}
LEFT_POINTS = {"wrist": 20, "index": 25, "middle": 28, "pinky": 31}
OUTER = {  # finger joints beyond the knuckle, and tips
    21: [*(40 + 3 * finger + joint for finger in range(5) for joint in (1, 2)), *range(60, 65)],
    20: [*(25 + 3 * finger + joint for finger in range(5) for joint in (1, 2)), *range(55, 60)],
}
MIRROR = np.array([-1.0, 1.0, 1.0])
FACE_START = 65


@dataclass(frozen=True)
class Observation:
    """Measurements a frame: place [T, 2, 3], hand [T, 2, 3, 3], fingers [T, 2, 15, 3] in hand lengths, the left
    hand seen in a mirror; expression [T, 10]; head [T, 3] yaw, pitch, roll in radians."""

    place: np.ndarray
    hand: np.ndarray
    fingers: np.ndarray
    expression: np.ndarray
    head: np.ndarray

    def __len__(self) -> int:
        return len(self.place)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _hand(points: np.ndarray, names: dict[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place [T, 3], rotation [T, 3, 3] and fingers [T, 15, 3] of one hand, as of a right one."""
    seen = points * MIRROR if names is LEFT_POINTS else points
    wrist, middle = seen[:, names["wrist"]], seen[:, names["middle"]]
    fingers = _unit(middle - wrist)
    side = seen[:, names["index"]] - seen[:, names["pinky"]]
    side = _unit(side - fingers * (side * fingers).sum(-1, keepdims=True))
    frame = np.stack([-fingers, -np.cross(side, fingers), side], axis=-1)
    length = np.median(np.linalg.norm(middle - wrist, axis=-1))
    outer = (seen[:, OUTER[names["wrist"]]] - wrist[:, None]) / length
    return middle, frame, outer @ frame


@lru_cache(maxsize=1)
def _face() -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
    """Points no expression moves, their rest places, the face's rest places and the flattened basis."""
    names = get_skeleton("smplx").points
    still = [i for i, name in enumerate(names) if "eye_inner" in name or "eye_outer" in name] + [names.index("head")]
    rest = np.asarray(rest_points(), dtype=np.float64)
    basis = np.asarray(EXPRESSION_BASIS, dtype=np.float64).reshape(10, -1)
    return still, rest[still], rest[FACE_START:], basis


def observe(points: np.ndarray) -> Observation:
    """Measures points [T, 94, 3] of the `smplx` skeleton (mirror left-handed clips before)."""
    points = np.asarray(points, dtype=np.float64)
    hands = [_hand(points, names) for names in (RIGHT_POINTS, LEFT_POINTS)]
    place, hand, fingers = (np.stack(parts, axis=1) for parts in zip(*hands, strict=True))
    still, rest_still, rest_face, basis = _face()
    seen = points[:, still] - points[:, still].mean(1, keepdims=True)
    wanted = rest_still - rest_still.mean(0)
    u, _, vt = np.linalg.svd(np.einsum("tkc,kd->tcd", seen, wanted))
    u[..., -1] *= np.sign(np.linalg.det(u @ vt))[:, None]
    turn = u @ vt  # rest -> seen
    size = np.median(np.linalg.norm(seen, axis=(1, 2))) / np.linalg.norm(wanted)
    face = (points[:, FACE_START:] - points[:, still].mean(1, keepdims=True)) @ turn / size + rest_still.mean(0)
    expression = np.linalg.lstsq(basis.T, (face - rest_face).reshape(len(points), -1).T, rcond=None)[0].T
    return Observation(place, hand, fingers, expression, Rotation.from_matrix(turn).as_euler("yxz"))
