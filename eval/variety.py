"""How different clips of the same sign or text are, and how near generated clips come to training clips."""

from collections.abc import Sequence

import numpy as np

from eval.alignment import SHOULDER_WIDTH_MM
from eval.beside import GROUPS, cleaned, failed, scored_points, stretched, stretched_seen
from sign_latent.pose.pose import Pose

SHOULDER_WIDTH_CM = SHOULDER_WIDTH_MM / 10
"""Shoulder width of an adult that turns body coordinates into centimetres (an assumption, stated in reports)."""
MOMENTS = 32
"""Moments at which time-normalised motions are compared."""
PAIRS = 2000
"""Most pairs of clips of different texts that are compared."""


def time_normalised(pose: Pose, points: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The motion at 32 even moments: points [32, P, C] float32 and which are seen [32, P]."""
    seen = stretched_seen(pose, MOMENTS)[:, points]
    return stretched(pose.points[:, points].astype(float), MOMENTS).astype(np.float32), seen


class Motions:
    """Time-normalised motions of clips, of the moving points of body and hands (or of other parts).

    One clip at least must not have failed.
    """

    def __init__(
        self, poses: Sequence[Pose | None], parts: tuple[str, ...] = ("body", "left_hand", "right_hand")
    ) -> None:
        self.lost = np.array([failed(pose) for pose in poses])
        whole = poses[int(np.argmin(self.lost))]
        rows = scored_points(whole.skeleton)
        chosen = sorted(i for part in parts for i in rows.get(part, []))
        found = [
            time_normalised(cleaned(whole if lost else pose), chosen)
            for pose, lost in zip(poses, self.lost, strict=True)
        ]
        self.points, self.seen = (np.stack(side) for side in zip(*found, strict=True))

    def __len__(self) -> int:
        return len(self.points)

    def distances(self, other: "Motions", chosen: slice | Sequence[int] = slice(None), row: int = 0) -> np.ndarray:
        """Mean distance in centimetres over moments and points seen in both, of clip `row` to chosen clips of `other`.

        nan where nothing is seen in both; 0 to and from a failed clip, so that failing never counts as variety.
        """
        seen = self.seen[row] & other.seen[chosen]
        apart = np.linalg.norm(self.points[row] - other.points[chosen], axis=-1) * seen
        count = seen.sum((1, 2))
        mean = np.where(count > 0, apart.sum((1, 2)) / np.maximum(count, 1), np.nan) * SHOULDER_WIDTH_CM
        return np.where(self.lost[row] | other.lost[chosen], 0.0, mean)


def diversity(motions: Motions, glosses: Sequence[str]) -> float:
    """Mean over glosses of the mean distance of pairs of its clips, in cm; a gloss with one clip says nothing."""
    means = []
    for gloss in dict.fromkeys(glosses):
        rows = [i for i, other in enumerate(glosses) if other == gloss]
        pairs = [motions.distances(motions, rows[n + 1 :], row) for n, row in enumerate(rows[:-1])]
        if pairs:
            means.append(np.nanmean(np.concatenate(pairs)))
    return float(np.mean(means)) if means else float("nan")


def diversity_of_texts(motions: Motions, texts: Sequence[str], most: int = PAIRS, seed: int = 0) -> float:
    """Mean distance of pairs of clips whose texts differ, in cm; of more than `most` pairs, some drawn by the seed."""
    names = np.unique(np.asarray(texts), return_inverse=True)[1]
    pairs = np.stack(np.triu_indices(min(len(names), most), 1), -1)
    if len(names) ** 2 > 4 * most:
        pairs = np.unique(np.sort(np.random.default_rng(seed).integers(0, len(names), (2 * most, 2)), 1), axis=0)
    differ = pairs[names[pairs[:, 0]] != names[pairs[:, 1]]]
    if len(differ) > most:
        differ = np.random.default_rng(seed).choice(differ, most, replace=False)
    apart = [motions.distances(motions, [j], i)[0] for i, j in differ]
    known = [value for value in apart if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def varieties(seeds: Sequence[Sequence[Pose | None]], texts: Sequence[str]) -> dict[str, float]:
    """`diversity_same_text/GROUP` and `diversity_texts/GROUP` in cm, of clips generated under several seeds.

    seeds[s][i] is the clip of text i under seed s; with a single seed the first is nan, unless texts repeat. After
    text-to-motion's multimodality and diversity (Guo et al. 2020), but of the motions themselves, time-normalised, so
    that tempo is no variety. Read both: noise is varied within a text, and copies of the recordings over texts. A
    pair with a failed clip counts as two equal clips.
    """
    poses = [pose for row in seeds for pose in row]
    if all(failed(pose) for pose in poses):
        return {f"{kind}/{group}": 0.0 for kind in ("diversity_same_text", "diversity_texts") for group in GROUPS}
    whole = next(pose for pose in poses if not failed(pose))
    names, parts, found = list(texts) * len(seeds), scored_points(whole.skeleton), {}
    for group, members in GROUPS.items():
        if any(part in parts for part in members):
            motions = Motions(poses, members)
            found[f"diversity_same_text/{group}"] = diversity(motions, names)
            found[f"diversity_texts/{group}"] = diversity_of_texts(motions, names)
    return found


def nearest(motions: Motions, train: Motions) -> np.ndarray:
    """Distance [n] of each clip to the nearest training clip of any gloss, in cm."""
    from tqdm import tqdm

    rows = tqdm(range(len(motions)), desc="nearest training clips", unit="clip", disable=None)
    return np.array([np.nanmin(motions.distances(train, row=row)) for row in rows])
