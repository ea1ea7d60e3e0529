"""Angles of the joints from points, by Levenberg–Marquardt over all frames of many clips at once.

Minimised, for every clip: Σ ρ(‖point − target‖²/σ²) + Σ ((angle − usual)/spread)² + Σ ((angle − angle before)/step)²,
within the ranges of the joints. The first term knows only what is seen; ρ is Cauchy's, so that a point that was
detected elsewhere counts little. The Gauss–Newton system couples each frame with the next by a diagonal alone, so it
is block tridiagonal and solved exactly, forwards and backwards through time (Golub & Van Loan, §4.5).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from data_prep.fitting.body import Body, Part, Placed

_SPEED = 10.0
"""Usual change of an angle in a second, in spreads of that angle."""


@dataclass
class Targets:
    """What B clips of up to T frames show of the P points."""

    points: Tensor
    """[B, T, P, 3] body coordinates."""
    weight: Tensor
    """[B, T, P, 3] 1/σ² of each coordinate, 0 where it is not known."""
    mask: Tensor
    """[B, T] frames that exist."""
    fps: float


def solve(
    body: Body,
    offsets: Tensor,
    targets: Targets,
    angles: Tensor,
    part: Part,
    steps: int,
    outlier: float,
) -> Tensor:
    """Better angles [B, T, D], starting from `angles`; those not in `part` stay.

    `offsets` [B, 1, P, 3] are the bones of each clip; `outlier` is the distance, in shoulder widths, beyond which a
    point begins to count less. Never worse than the start, and always within the ranges of the joints.
    """
    problem = _Problem(body, offsets, targets, part, outlier)
    damping = torch.full((len(angles), 1, 1), 1e-3, dtype=angles.dtype)
    cost, system = problem.at(angles)
    for _ in range(steps):
        tried = problem.moved(angles, system, damping)
        cost_there, system_there = problem.at(tried)
        better = (cost_there <= cost)[:, None, None]
        angles = torch.where(better, tried, angles)
        cost = torch.minimum(cost, cost_there)
        system = tuple(
            torch.where(better.reshape(-1, *(1,) * (new.ndim - 1)), new, old)
            for new, old in zip(system_there, system, strict=True)
        )
        damping = torch.where(better, damping * 0.2, damping * 10).clamp(1e-6, 1e3)
    return angles


class _Problem:
    """The sum of squares and its linearisation, for the degrees of freedom of one part."""

    def __init__(self, body: Body, offsets: Tensor, targets: Targets, part: Part, outlier: float) -> None:
        self.body, self.offsets, self.part = body, offsets, part
        self.mask = targets.mask
        self.target = targets.points[..., part.points, :]
        self.root = targets.weight[..., part.points, :].sqrt()
        self.scale = (outlier**2 * targets.weight[..., part.points, :].amax(-1)).clamp(min=1e-9)  # [B, T, p]
        self.least, self.most, self.usual, self.spread = (x[part.free] for x in body.bounds)
        self.moves = body.moves[part.free][:, part.points]
        self.prior = 1 / self.spread**2  # [d]
        self.link = self.prior * (targets.fps / _SPEED) ** 2  # [d]
        self.linked = (targets.mask[:, 1:] & targets.mask[:, :-1])[..., None]  # [B, T - 1, 1]
        self.links = torch.zeros(*targets.mask.shape, len(part.free)).to(self.link)  # [B, T, d] to both neighbours
        self.links[:, 1:] += self.link * self.linked
        self.links[:, :-1] += self.link * self.linked

    def at(self, angles: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        """Cost [B] and (downhill [B, T, d], curvature [B, T, d, d], angles [B, T, d])."""
        placed = self.body.place(angles, self.part, self.offsets)
        own = angles[..., self.part.free]
        miss = self.root * (placed.points - self.target)  # [B, T, p, 3]
        ratio = (miss**2).sum(-1) / self.scale
        sure = (1 + ratio).rsqrt()[..., None]
        cost = (self.scale * torch.log1p(ratio)).sum(-1)
        slope = self._slope(placed, self.root * sure)
        downhill = -(slope @ (miss * sure).mT.flatten(-2)[..., None])[..., 0]
        curvature = slope @ slope.mT
        away = own - self.usual
        change = (own[:, 1:] - own[:, :-1]) * self.linked
        cost = cost + (self.prior * away**2).sum(-1)
        cost[:, 1:] += (self.link * change**2).sum(-1)
        downhill = downhill - self.prior * away
        downhill[:, 1:] -= self.link * change
        downhill[:, :-1] += self.link * change
        curvature.diagonal(dim1=-2, dim2=-1).add_(self.prior + self.links)
        return (cost * self.mask).sum(1), (downhill, curvature, own)

    def _slope(self, placed: Placed, root: Tensor) -> Tensor:
        """[B, T, d, 3 p] how each coordinate, weighted, changes with each angle: axis × (point − pivot)."""
        axes, points = placed.axes, placed.points.mT[..., None, :, :]  # [B, T, d, 3], [B, T, 1, 3, p]
        still = torch.linalg.cross(axes, placed.pivots)
        slope = points.new_empty(*axes.shape, points.shape[-1])  # [B, T, d, 3, p]
        for i, (j, k) in enumerate(((1, 2), (2, 0), (0, 1))):
            torch.mul(axes[..., j, None], points[..., k, :], out=slope[..., i, :])
            slope[..., i, :].addcmul_(axes[..., k, None], points[..., j, :], value=-1).sub_(still[..., i, None])
        slope *= root.mT[..., None, :, :]
        slope *= self.moves[:, None, :]
        return slope.flatten(-2)

    def moved(self, angles: Tensor, system: tuple[Tensor, Tensor, Tensor], damping: Tensor) -> Tensor:
        """A step downhill, cut at the ranges. An angle that lies at its bound and pushes outwards is held."""
        downhill, curvature, own = system
        held = ((own <= self.least) & (downhill < 0)) | ((own >= self.most) & (downhill > 0)) | ~self.mask[..., None]
        keep = (~held).to(own)
        # Frames are not damped for having neighbours, so that a body which stands still is moved as one.
        diagonal = curvature.diagonal(dim1=-2, dim2=-1) - self.links
        curvature = curvature * keep[..., None, :] * keep[..., None]
        curvature = curvature + torch.diag_embed(torch.where(held, torch.ones_like(own), damping * diagonal))
        link = self.link * self.linked * keep[:, 1:] * keep[:, :-1]
        step = _tridiagonal(curvature, link, downhill * keep)
        out = angles.clone()
        out[..., self.part.free] = torch.clamp(own + step, self.least, self.most)
        return out


def _tridiagonal(blocks: Tensor, link: Tensor, right: Tensor) -> Tensor:
    """x [B, T, d] of A x = right: A has blocks [B, T, d, d] on its diagonal, −diag(link [B, T − 1, d]) beside it."""
    inverses, carried = [], []
    for t in range(blocks.shape[1]):
        block, value = blocks[:, t], right[:, t]
        if t:
            before = link[:, t - 1]
            block = block - before[:, :, None] * inverses[-1] * before[:, None, :]
            value = value + before * (inverses[-1] @ carried[-1][..., None])[..., 0]
        inverses.append(torch.cholesky_inverse(torch.linalg.cholesky_ex(block)[0]))
        carried.append(value)
    found = [(inverses[-1] @ carried[-1][..., None])[..., 0]]
    for t in range(blocks.shape[1] - 2, -1, -1):
        value = carried[t] + link[:, t] * found[-1]
        found.append((inverses[t] @ value[..., None])[..., 0])
    return torch.stack(found[::-1], dim=1)
