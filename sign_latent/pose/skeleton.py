"""Skeletons as data: named points, limbs, mirror pairs, parts and the slots a latent pools them into."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from sign_latent.errors import UserError

PARTS = ("body", "left_hand", "right_hand", "face")


@dataclass(frozen=True)
class Skeleton:
    """What the numbers of a pose mean. Indices count points; K is the number of points.

    `rotated` are the points that own a rotation, in the order of the rotations array; `still` are points irrelevant
    to signing (legs), neither encoded nor scored; `slots[J']` groups all other points for a latent of J' slots. One
    of the groupings is that into `parts`.
    """

    name: str
    points: tuple[str, ...]
    parents: tuple[int, ...]
    limbs: tuple[tuple[int, int], ...]
    mirror: tuple[int, ...]
    parts: dict[str, tuple[int, ...]]
    dimensions: int
    left_shoulder: int
    right_shoulder: int
    rotated: tuple[int, ...]
    expression: int
    still: tuple[int, ...]
    slots: dict[int, tuple[tuple[str, tuple[int, ...]], ...]]
    default_fps: float

    def __hash__(self) -> int:
        return hash((self.name, self.points))

    @property
    def signing(self) -> tuple[int, ...]:
        """Indices of the points that are not still: what is encoded and scored."""
        still = set(self.still)
        return tuple(i for i in range(len(self.points)) if i not in still)

    def slot_edges(self, slots: int) -> tuple[tuple[int, int], ...]:
        """Pairs (i, j), i < j, of slots joined by a bone or sharing a point (which counts for the first that has it).

        UserError when the skeleton has no such pooling.
        """
        owners: dict[int, list[int]] = {}
        for slot, (_, points) in enumerate(self.slot_points(slots)):
            for point in points:
                owners.setdefault(point, []).append(slot)
        pairs = {(slots_of[0], slot) for slots_of in owners.values() for slot in slots_of[1:]}
        for point, slots_of in owners.items():
            above = owners.get(self._nearest_slotted(point, owners), slots_of)
            pairs.add((above[0], slots_of[0]))
        return tuple(sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}))

    def slot_points(self, slots: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """((slot name, point indices), …) for J' = slots. UserError names the poolings there are."""
        if slots not in self.slots:
            known = ", ".join(str(count) for count in sorted(self.slots))
            raise UserError(f"skeleton {self.name} has no pooling to {slots} slots; it has {known}")
        return self.slots[slots]

    def _nearest_slotted(self, point: int, slotted: Collection[int]) -> int:
        """The closest ancestor that belongs to any slot, -1 at the root."""
        above = self.parents[point]
        while above >= 0 and above not in slotted:
            above = self.parents[above]
        return above


def build(
    name: str,
    tree: dict[str, str],
    limbs: Sequence[tuple[str, str]],
    parts: dict[str, Sequence[str]],
    slots: dict[int, Sequence[tuple[str, Sequence[str]]]],
    rotated: Sequence[str] = (),
    expression: int = 0,
    still: Sequence[str] = (),
    dimensions: int = 3,
    default_fps: float = 25.0,
    mirror: Mapping[str, str] | None = None,
) -> Skeleton:
    """A skeleton from names. `tree` maps each point to its parent ("" for the root), in storage order.

    Points exchange sides by name (left, right) unless `mirror` says with which.
    """
    place = {point: i for i, point in enumerate(tree)}
    moving = {part: [point for point in parts.get(part, ()) if point not in still] for part in PARTS}
    by_part = [(part, points) for part, points in moving.items() if points]

    def indices(names: Sequence[str]) -> tuple[int, ...]:
        return tuple(place[point] for point in names)

    return Skeleton(
        name=name,
        points=tuple(tree),
        parents=tuple(place.get(parent, -1) for parent in tree.values()),
        limbs=tuple((place[a], place[b]) for a, b in limbs),
        mirror=indices([(mirror or {}).get(point) or _opposite(point) for point in tree]),
        parts={part: indices(parts.get(part, ())) for part in PARTS},
        dimensions=dimensions,
        left_shoulder=place["left_shoulder"],
        right_shoulder=place["right_shoulder"],
        rotated=indices(rotated),
        expression=expression,
        still=indices(still),
        slots={
            count: tuple((slot, indices(names)) for slot, names in groups)
            for count, groups in {len(by_part): by_part, **slots}.items()
        },
        default_fps=default_fps,
    )


def _opposite(point: str) -> str:
    """The name on the other side of the body: every word "left" becomes "right" and the reverse."""
    words = {"left": "right", "right": "left"}
    return "_".join(words.get(word, word) for word in point.split("_"))


_MODULES = ("smplx", "upper79", "phoenix50", "openpose", "holistic", "slrtp")


def _read() -> dict[str, Skeleton]:
    modules = [import_module(f"sign_latent.pose.skeletons.{name}") for name in _MODULES]
    return {skeleton.name: skeleton for module in modules for skeleton in map(_built, module.definitions())}


def _built(definition: dict) -> Skeleton:
    return build(**definition)


SKELETONS: dict[str, Skeleton] = _read()


def get_skeleton(name: str) -> Skeleton:
    """The skeleton of that name. UserError lists the known ones."""
    if name not in SKELETONS:
        raise UserError(f"unknown skeleton {name!r}; known: {', '.join(SKELETONS)}")
    return SKELETONS[name]
