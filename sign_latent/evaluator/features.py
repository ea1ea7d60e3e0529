"""What a judge sees of a pose: part-local coordinates and their velocities, normalised."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.pose.skeleton import Skeleton, get_skeleton

# Below these spreads a channel carries noise only (shoulder widths; ~1 mm on an adult).
POSITION_FLOOR, VELOCITY_FLOOR = 0.003, 0.001


def read_points(skeleton: Skeleton, parts: tuple[str, ...]) -> tuple[int, ...]:
    """Indices of the points that are read: those of the named parts that are not still."""
    unknown = set(parts) - set(skeleton.parts)
    if unknown:
        raise UserError(f"unknown part {sorted(unknown)[0]!r}: a skeleton has {', '.join(skeleton.parts)}")
    chosen = {i for part in parts for i in skeleton.parts[part]} - set(skeleton.still)
    if not chosen:
        raise UserError(f"skeleton {skeleton.name!r} has no moving point in the parts {', '.join(parts)}")
    return tuple(sorted(chosen))


def anchors(skeleton: Skeleton) -> tuple[int, ...]:
    """The point each point is measured from, -1 for the body's origin.

    Body points are measured from the origin; a hand from its wrist, the face from the head: the first point up the
    tree that belongs to another part, or the part's own root where the part hangs on nothing.
    """
    part_of = {i: part for part, members in skeleton.parts.items() for i in members}
    found = []
    for point in range(len(skeleton.points)):
        part, at = part_of.get(point, "body"), point
        if part == "body":
            found.append(-1)
            continue
        while skeleton.parents[at] >= 0 and part_of.get(at, "body") == part:
            at = skeleton.parents[at]
        found.append(at if at != point else -1)
    return tuple(found)


@dataclass(frozen=True)
class Rows:
    """Where things are among the points that are read."""

    parts: dict[str, list[int]]
    """Part -> its rows."""
    mirror: list[int]
    """Row -> the row on the other side of the body."""
    anchors: list[int]
    """Rows from which those of another part are measured."""


def rows_of(skeleton: Skeleton, read: tuple[int, ...]) -> Rows:
    """Rows of parts and mirror pairs. UserError where a part is read without the one opposite."""
    place = {point: row for row, point in enumerate(read)}
    if any(skeleton.mirror[point] not in place for point in read):
        raise UserError("a judge reads both hands or none; name left_hand and right_hand together")
    parts = {part: [place[i] for i in members if i in place] for part, members in skeleton.parts.items()}
    mirror, hung_on = [place[skeleton.mirror[i]] for i in read], set(anchors(skeleton))
    return Rows({part: rows for part, rows in parts.items() if rows}, mirror, [place[i] for i in read if i in hung_on])


class PoseFeatures(nn.Module):
    """Turns points in body coordinates into network inputs.

    `local` is linear in the points and can be cached; `forward` adds velocities and normalises with the statistics
    of the training split, which live in buffers.
    """

    def __init__(self, skeleton: str, parts: tuple[str, ...] = ("body", "left_hand", "right_hand", "face")) -> None:
        super().__init__()
        found = get_skeleton(skeleton)
        read, anchor = read_points(found, tuple(parts)), anchors(found)
        self.points, self.dimensions = len(found.points), found.dimensions
        self.skeleton = skeleton
        self.register_buffer("read", torch.tensor(read), persistent=False)
        self.register_buffer("anchor", torch.tensor([max(anchor[i], 0) for i in read]), persistent=False)
        self.register_buffer("hung", torch.tensor([anchor[i] >= 0 for i in read]), persistent=False)
        self.half = len(read) * found.dimensions
        self.width = 2 * self.half
        self.register_buffer("mean", torch.zeros(self.half))
        self.register_buffer("std", torch.ones(self.width))
        self.rows = rows_of(found, read)

    def local(self, points: Tensor, confidence: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Part-local coordinates [..., T, R, C] of points [..., T, K, C] and their presence [..., T, R].

        A point is present where its own and its anchor's confidence exceed 0; absent ones are 0.
        """
        if points.shape[-2:] != (self.points, self.dimensions):
            raise UserError(
                f"these poses have {points.shape[-2]} points of {points.shape[-1]} numbers, the judge reads skeleton "
                f"{self.skeleton!r} with {self.points} of {self.dimensions}: convert them first"
            )
        chosen, base = points[..., self.read, :], points[..., self.anchor, :]
        moved = torch.where(self.hung[:, None], chosen - base, chosen)
        if confidence is None:
            return moved, torch.ones(moved.shape[:-1], dtype=torch.bool, device=points.device)
        present = (confidence[..., self.read] > 0) & (~self.hung | (confidence[..., self.anchor] > 0))
        return moved * present[..., None], present

    def forward(self, local: Tensor, present: Tensor) -> Tensor:
        """Normalised positions and velocities [B, T, 2·R·C] of `local` [B, T, R, C]; absent entries are 0."""
        shown = present[..., None].expand_as(local).flatten(-2)
        flat = local.flatten(-2)
        velocity = torch.zeros_like(flat)
        velocity[:, 1:] = (flat[:, 1:] - flat[:, :-1]) * (shown[:, 1:] & shown[:, :-1])
        position = (flat - self.mean) * shown
        return torch.cat([position, velocity], -1) / self.std

    def fit_statistics(self, clips: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Sets mean and std from clips of `local` output (each [T, R, C], [T, R]); spreads are floored."""
        total = torch.zeros(5, self.half, dtype=torch.float64)  # n, Σx, Σx², nv, Σv²
        for local, present in clips:
            shown = present[..., None].expand_as(local).flatten(-2)
            flat = local.flatten(-2).double() * shown
            both = shown[1:] & shown[:-1]
            velocity = (flat[1:] - flat[:-1]) * both
            total += torch.stack([shown.sum(0), flat.sum(0), (flat**2).sum(0), both.sum(0), (velocity**2).sum(0)])
        count, paired = total[0].clamp(min=1), total[3].clamp(min=1)
        mean = total[1] / count
        spread = (total[2] / count - mean**2).clamp(min=0).sqrt().clamp(min=POSITION_FLOOR)
        speed = (total[4] / paired).sqrt().clamp(min=VELOCITY_FLOOR)
        self.mean.copy_(mean.float())
        self.std.copy_(torch.cat([spread, speed]).float())
