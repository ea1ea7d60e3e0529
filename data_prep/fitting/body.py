"""Where the points lie for given angles of the joints, and about which axes they turn when an angle changes.

Angles are those of `joints`: flexion, abduction and twist of every joint that turns. Points are the 94 of the `smplx`
skeleton and a few landmarks of the head that other skeletons have (nose, ears).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from data_prep.fitting.joints import freedoms
from sign_latent.pose.face import METRES_PER_UNIT
from sign_latent.pose.kinematics import axis_angle_to_matrix
from sign_latent.pose.skeleton import get_skeleton

_SKELETON = get_skeleton("smplx")
JOINTS = len(_SKELETON.rotated)

# Landmarks of the head that the skeleton lacks, in metres from the head joint; ours, like the rest of the face.
_MARKS = {"nose": (0.0, 0.020, 0.118), "left_ear": (0.074, 0.040, 0.0), "right_ear": (-0.074, 0.040, 0.0)}
POINTS = (*_SKELETON.points, *_MARKS)
"""Names of the P points that can be fitted to."""
PARENTS = (*_SKELETON.parents, *[_SKELETON.points.index("head")] * len(_MARKS))


@dataclass
class Part:
    """What is solved for together: `free` [d] indices of degrees of freedom and `points` [p] indices of the points
    that are looked at; `chain`, all points and joints on the way to them, parents first."""

    free: list[int]
    points: list[int]
    chain: list[int]


@dataclass
class Placed:
    """Points [..., p, 3] of a part; axes [..., d, 3] about which its degrees of freedom turn, and the places
    [..., d, 3] through which those axes go."""

    points: Tensor
    axes: Tensor
    pivots: Tensor


class Body:
    """A signer's bones, and the degrees of freedom of the joints between them.

    `rest` [94, 3]: the rest pose; all arithmetic is in its precision.
    """

    def __init__(self, rest: Tensor) -> None:
        self.free = freedoms(rest.numpy())
        marks = torch.tensor(list(_MARKS.values()), dtype=rest.dtype) / METRES_PER_UNIT
        self.rest = torch.cat([rest, rest[_SKELETON.points.index("head")] + marks])
        self.joint = self.free.joint.tolist()
        self.axes = torch.from_numpy(self.free.axes[:JOINTS]).to(rest)  # [55, 3, 3]
        bounds = (self.free.least, self.free.most, self.free.usual, self.free.spread)
        self.bounds: tuple[Tensor, Tensor, Tensor, Tensor] = tuple(torch.from_numpy(x).to(rest) for x in bounds)
        """Least, most, usual and spread [D] of every angle, in radians."""
        self.moves = torch.from_numpy(_below()[self.free.joint]).to(rest)
        """[D, P] 1 where a degree of freedom moves a point."""

    @property
    def count(self) -> int:
        """D, the degrees of freedom."""
        return len(self.joint)

    def part(self, joints: list[str], points: list[str]) -> Part:
        """The degrees of freedom of some joints, seen by some points."""
        turning = {POINTS.index(name) for name in joints}
        seen = [POINTS.index(name) for name in points]
        chain: set[int] = set()
        for point in [*seen, *turning]:
            while point >= 0:
                chain.add(point)
                point = PARENTS[point]
        return Part([d for d, joint in enumerate(self.joint) if joint in turning], seen, sorted(chain))

    def rotations(self, angles: Tensor) -> Tensor:
        """Angles [..., D] -> local rotations [..., 55, 3, 3]."""
        swing, twist = self._swing(angles), self._twist(angles)
        return axis_angle_to_matrix(swing) @ axis_angle_to_matrix(twist)

    def place(self, angles: Tensor, part: Part, offsets: Tensor | None = None) -> Placed:
        """Angles [..., D] -> the points of a part and how they move. `offsets` [..., P, 3]: bones of another length."""
        offsets = self.offsets() if offsets is None else offsets
        batch = angles.shape[:-1]
        turning = [point for point in part.chain if point < JOINTS]
        slot = {joint: i for i, joint in enumerate(turning)}
        swing = self._swing(angles)[..., turning, :]
        swung = axis_angle_to_matrix(swing)
        local = swung @ axis_angle_to_matrix(self._twist(angles)[..., turning, :])
        whole, places = {-1: torch.eye(3).to(angles).expand(*batch, 3, 3)}, {}
        for point in part.chain:
            above = PARENTS[point]
            start = places[above] if above >= 0 else torch.zeros_like(self.rest[0]).expand(*batch, 3)
            offset = offsets[..., point, :] if above >= 0 else self.rest[0]
            places[point] = start + (whole[above] @ offset[..., None])[..., 0]
            if point in slot:
                whole[point] = whole[above] @ local[..., slot[point], :, :]
        points = torch.stack([places[point] for point in part.points], -2)
        if not part.free:
            return Placed(points, points[..., :0, :], points[..., :0, :])
        joints = [self.joint[d] for d in part.free]
        frames = torch.stack([whole[PARENTS[joint]] for joint in joints], -3)  # [..., d, 3, 3]
        own = self._own_axes(part, swing, swung, [slot[joint] for joint in joints])
        return Placed(
            points,
            (frames @ own[..., None])[..., 0],
            torch.stack([places[joint] for joint in joints], -2),
        )

    def offsets(self, scales: Tensor | None = None) -> Tensor:
        """[P, 3] every point from its parent at rest; `scales` [..., P] makes bones longer or shorter."""
        parents = torch.tensor(PARENTS).clamp(min=0)
        plain = self.rest - self.rest[parents]
        return plain if scales is None else plain * scales[..., None]

    def _spread_out(self, angles: Tensor) -> Tensor:
        out = angles.new_zeros(*angles.shape[:-1], JOINTS, 3)
        out[..., self.free.joint, self.free.kind] = angles
        return out

    def _swing(self, angles: Tensor) -> Tensor:
        return torch.einsum("...jk,jkc->...jc", self._spread_out(angles)[..., :2], self.axes[:, :2])

    def _twist(self, angles: Tensor) -> Tensor:
        return self._spread_out(angles)[..., 2:] * self.axes[:, 2]

    def _own_axes(self, part: Part, swing: Tensor, swung: Tensor, slots: list[int]) -> Tensor:
        """[..., d, 3] in the frame of the bone above: the axis about which each angle turns at this moment."""
        kind = self.free.kind[part.free]
        fixed = self.axes[self.free.joint[part.free], kind]  # [d, 3]
        is_twist = torch.from_numpy(kind == 2)[:, None, None]
        turned = torch.where(is_twist, swung[..., slots, :, :], _left_jacobian(swing)[..., slots, :, :])
        return (turned @ fixed[..., None])[..., 0]


def _below() -> np.ndarray:
    """[P, P] whether turning the first moves the second."""
    below = np.zeros((len(POINTS), len(POINTS)), bool)
    for point in range(len(POINTS)):
        above = PARENTS[point]
        while above >= 0:
            below[above, point] = True
            above = PARENTS[above]
    return below


def _left_jacobian(vectors: Tensor) -> Tensor:
    """[..., 3] -> [..., 3, 3]: exp(v + dv) = exp(J dv) exp(v) to first order (Barfoot 2017, eq. 7.77)."""
    angle = vectors.norm(dim=-1)[..., None, None]
    small = angle < 1e-2  # below, the series is nearer than the quotients
    safe = torch.where(small, torch.ones_like(angle), angle)
    first = torch.where(small, 0.5 - angle**2 / 24, (1 - safe.cos()) / safe**2)
    second = torch.where(small, 1 / 6 - angle**2 / 120, (safe - safe.sin()) / safe**3)
    cross = _cross_matrix(vectors)
    return torch.eye(3).to(vectors) + first * cross + second * (cross @ cross)


def _cross_matrix(v: Tensor) -> Tensor:
    zero = torch.zeros_like(v[..., 0])
    x, y, z = v.unbind(-1)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))
