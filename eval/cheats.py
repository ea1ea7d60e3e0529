"""A gallery of ways to be scored well without signing the text, each as a system made from real clips.

`eval.gallery` tries the verdict on them, and on honest variants (`eval.honest`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from eval.controls import Context, derangement, random_training, shuffled_text, static
from eval.motion_checks import tempo_range
from eval.pose_scores import stretched
from eval.reality import Reality
from eval.sanity import frame_shuffled, hand_swapped, picked, time_reversed
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import PARTS

NOISE = 0.02
"""Shoulder widths: 7 mm on an adult, a tenth of what a hand moves in a frame of fast signing."""


@dataclass
class Material:
    """What cheats are made of; lists run over the judged clips."""

    clips: Sequence[Clip]
    train: Sequence[Clip]
    generated: Sequence[Pose] | None = None
    """Honest performances of the texts: a generator's, or the same glosses signed by others."""
    given_length: Sequence[Pose] | None = None
    """The same with the recordings' lengths."""

    @property
    def truth(self) -> list[Pose]:
        """The recordings."""
        return [clip.pose for clip in self.clips]

    @cached_property
    def nearest_text(self) -> list[int]:
        """For each judged text the training clip that shares most words with it (the first of equals)."""
        from eval.text_checks import word_distances

        texts = getattr(self.train, "texts", None) or [clip.text for clip in self.train]
        return word_distances([clip.text for clip in self.clips], texts).argmin(1).tolist()


def retimed(pose: Pose, frames: int | np.ndarray) -> Pose:
    """The motion at so many even moments, or at given places [T'] in frames (points by linear interpolation)."""
    if isinstance(frames, np.ndarray):
        low = np.clip(np.floor(frames).astype(int), 0, len(pose) - 1)
        high, share = np.minimum(low + 1, len(pose) - 1), (frames - low)[:, None, None]
        points = pose.points[low] * (1 - share) + pose.points[high] * share
        return Pose(points.astype(np.float32), pose.confidence[low], pose.fps, pose.skeleton)
    places = np.linspace(0, len(pose) - 1, frames)
    confidence = np.minimum(pose.confidence[np.floor(places).astype(int)], pose.confidence[np.ceil(places).astype(int)])
    return Pose(stretched(pose.points, frames).astype(np.float32), confidence, pose.fps, pose.skeleton)


def warped_unevenly(pose: Pose, seed: int) -> Pose:
    """The same motion hurrying here and lingering there: slow changes of speed by up to some 20 %."""
    chance = np.random.default_rng(seed)
    speed = np.exp(0.2 * np.sin(2 * np.pi * (np.linspace(0, 1, len(pose)) * chance.uniform(1, 2) + chance.random())))
    places = np.concatenate([[0], np.cumsum(speed)[:-1]])
    return retimed(pose, places / places[-1] * (len(pose) - 1))


def noisy(pose: Pose, seed: int, spread: float = NOISE) -> Pose:
    """White noise on every seen coordinate."""
    noise = np.random.default_rng(seed).normal(size=pose.points.shape) * spread
    points = pose.points + noise * (pose.confidence > 0)[..., None]
    return replace(pose, points=points.astype(np.float32), rotations=None, expression=None)


def relabelled(pose: Pose) -> Pose:
    """The points of each side under the names of the other, where they are."""
    swap = list(pose.skeleton.mirror)
    points, confidence = pose.points[:, swap], pose.confidence[:, swap]
    return replace(pose, points=points, confidence=confidence, rotations=None, expression=None)


def frozen(pose: Pose, part: str) -> Pose:
    """A part that hangs on the body as in the first frame, never moving of itself."""
    rows, parents = list(pose.skeleton.parts[part]), pose.skeleton.parents
    anchor = min(rows, key=lambda point: _depth(parents, point))
    anchor = parents[anchor] if parents[anchor] >= 0 else anchor
    points = pose.points.copy()
    points[:, rows] = pose.points[:, [anchor]] + pose.points[:1, rows] - pose.points[:1, [anchor]]
    return replace(pose, points=points, rotations=None, expression=None)


def _depth(parents: Sequence[int], point: int) -> int:
    return 0 if parents[point] < 0 else 1 + _depth(parents, parents[point])


def windows_shuffled(pose: Pose, seed: int, window: int = 6) -> Pose:
    """Frames shuffled among neighbours only."""
    chance, starts = np.random.default_rng(seed), range(0, len(pose), window)
    return picked(pose, np.concatenate([s + chance.permutation(min(window, len(pose) - s)) for s in starts]))


def nearest_training(material: Material) -> list[Pose]:
    """For each text the training clip whose text shares most words with it."""
    return [material.train[i].pose for i in material.nearest_text]


def _each(change: Callable[[Pose, int], Pose], of: Callable[[Material], Sequence[Pose]]):
    """A system that changes each pose of another, given its number."""
    return lambda material: [change(pose, i) for i, pose in enumerate(of(material))]


def _blind(material: Material) -> list[Pose]:
    """Honest performances of other texts."""
    turned = derangement([clip.text for clip in material.clips])
    return [material.generated[i] for i in turned]


def _of_other_texts(material: Material) -> list[Pose]:
    """Real signing of the wrong text."""
    return shuffled_text(_context(material))


def _retrieved_at_length(material: Material) -> list[Pose]:
    """Retrieved clips stretched to the recordings' lengths."""
    pairs = zip(nearest_training(material), material.clips, strict=True)
    return [retimed(pose, len(clip.pose)) for pose, clip in pairs]


def _context(material: Material) -> Context:
    return Context(list(material.clips), material.train)


def _half_empty(material: Material) -> list[Pose | None]:
    """Every third clip missing, every third without frames."""
    return [
        None if i % 3 == 0 else picked(pose, slice(0)) if i % 3 == 1 else pose for i, pose in enumerate(material.truth)
    ]


def _truth(change: Callable[[Pose], Pose]):
    return _each(lambda pose, _: change(pose), lambda material: material.truth)


def _generated(change: Callable[[Pose], Pose]):
    return _each(lambda pose, _: change(pose), lambda material: material.generated)


@dataclass(frozen=True)
class Cheat:
    """How it is made, what the verdict must call it, and the field of the material it needs."""

    make: Callable[[Material], list[Pose | None]]
    named: str
    needs: str = ""
    part: str = ""
    """The part of the body that real clips must show."""
    factor: float = 1.0
    """The change of duration that no performer may make."""

    def unfit(self, material: Material, reality: Reality) -> str:
        """Why it cannot be tried on these clips; empty where it can."""
        if self.needs and getattr(material, self.needs) is None:
            return "no honest performances of the texts are at hand; name --generator or --honest"
        if self.part and not reality.extremes_of(f"seen/{self.part}")[1] > 0:
            return f"real clips do not show the {self.part.replace('_', ' ')}"
        low, high = tempo_range(reality)
        if self.factor != 1 and low <= np.log(self.factor) <= high:
            return "real performers of the same text differ as much in tempo"
        return ""


CHEATS: dict[str, Cheat] = {
    "static mean pose": Cheat(lambda m: static(_context(m)), "static mean pose"),
    "training-clip copy": Cheat(nearest_training, "training-clip copy"),
    "training-clip copy, warped": Cheat(_each(warped_unevenly, nearest_training), "training-clip copy"),
    "training-clip copy, noised": Cheat(
        _each(lambda p, i: noisy(p, i, NOISE / 4), nearest_training), "training-clip copy"
    ),
    "random training clip": Cheat(lambda m: random_training(_context(m)), "text-blind generator"),
    "text-blind generator": Cheat(_blind, "text-blind generator", "generated"),
    "recordings of other texts": Cheat(_of_other_texts, "text-blind generator"),
    "half-speed truth": Cheat(_truth(lambda p: retimed(p, 2 * len(p))), "half speed"),
    "double-speed truth": Cheat(_truth(lambda p: retimed(p, len(p) // 2)), "double speed"),
    "half-speed generation": Cheat(_generated(lambda p: retimed(p, 2 * len(p))), "half speed", "generated", factor=2),
    "double-speed generation": Cheat(
        _generated(lambda p: retimed(p, len(p) // 2)), "double speed", "generated", factor=1 / 2
    ),
    "time reversal": Cheat(_truth(time_reversed), "time reversal"),
    "frame shuffle": Cheat(_truth(frame_shuffled), "frame shuffle"),
    "frame shuffle within a quarter second": Cheat(_each(windows_shuffled, lambda m: m.truth), "frame shuffle"),
    "left/right swap": Cheat(_truth(hand_swapped), "left/right swap"),
    "left/right swap of labels": Cheat(_truth(relabelled), "left/right swap"),
    **{
        f"frozen {part.replace('_', ' ')}": Cheat(
            _truth(lambda p, part=part: frozen(p, part)),
            "frozen face" if part == "face" else "frozen hand",
            part=part,
        )
        for part in PARTS[1:]
    },
    "truth plus noise": Cheat(_each(noisy, lambda m: m.truth), "added noise"),
    "ground-truth length leak": Cheat(lambda m: list(m.given_length), "ground-truth length leak", "given_length"),
    "retrieved clips at the recordings' lengths": Cheat(_retrieved_at_length, "ground-truth length leak"),
    "reference copy": Cheat(lambda m: m.truth, "reference copy"),
    "empty outputs": Cheat(_half_empty, "empty outputs"),
}
"""Cheats by name."""
