"""A system under examination, and what was found about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps

import numpy as np

from eval.bootstrap import draw_weights, interval, mean_of
from eval.likeness import Sketches, in_step, nearest, sketches, unwarped, warped
from eval.reality import Reality
from eval.traits import trait_table
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose

ACCUSATION, NOTICE, UNEXAMINED = "accusation", "notice", "not examined"
LEVEL = 0.98
"""Of the bootstrap intervals: one in a hundred on either side."""
FEWEST = 6
"""Clips below which nothing that needs statistics is said about a system."""
IN_STEP = 0.95
"""Share of the motion in step with a recording from which a clip was made from it. By definition nearly all of it: on
the invented corpus truth through the autoencoder, smoothed, resampled or noised reaches 1.00, another performance by
the same signer 0.7, by others 0.5, a generator given the true length 0.5."""


@dataclass(frozen=True)
class Finding:
    """Something found about a system."""

    name: str
    """Of the cheat, or of what could not be examined."""
    reason: str
    """One line."""
    evidence: dict[str, float] = field(default_factory=dict)
    severity: str = ACCUSATION
    """`accusation` ranks a system below every honest one; `notice` and `not examined` do not."""


@dataclass(frozen=True)
class Measure:
    """A number beside the bound past which a check accuses."""

    what: str
    value: float
    bound: float
    above: bool = True
    """Whether what lies above the bound is accused; else what lies below."""
    factor: bool = False
    """Whether it is a positive quantity, which is compared by ratio."""

    @property
    def distance(self) -> float:
        """How far past the bound, positive on the accused side: a difference, or of a `factor` how many doublings."""
        if self.factor:
            apart = float(np.log2(max(self.value, 1e-9) / max(self.bound, 1e-9)))
        else:
            apart = float(self.value - self.bound)
        return apart if self.above else -apart


def past(measures: Sequence[Measure]) -> bool:
    """Whether a check accuses: something was measured, and all of it lies past its bound."""
    return bool(measures) and all(measure.distance > 0 for measure in measures)


@dataclass
class System:
    """What a report has of a system: a pose (or None) for each judged clip, and what is declared about it."""

    poses: Sequence[Pose | None]
    clips: Sequence[Clip]
    """The judged clips: text and recording of each pose. Poses and recordings share skeleton and view."""
    readings: Sequence[str] | None = None
    """What a judge read off the poses."""
    made_from: str = ""
    """`text`: nothing but the text was seen; `recording`: a control made from the judged recordings; empty: unknown."""
    lengths: str = "predicted"
    """`given` if it is declared that the recordings' lengths were used."""
    generate: Callable[[list[str], int], list[Pose]] | None = None
    """Texts and seed -> poses, to see what they depend on."""


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """Bootstrap interval of the mean of the finite values, 1 % on either side; nan where there is none."""
    known = np.asarray(values, float)[np.isfinite(values)]
    if len(known) == 0:
        return float("nan"), float("nan")
    return interval(mean_of(known), draw_weights(np.arange(len(known))), LEVEL)


@dataclass
class Case:
    """A system beside reality. Arrays run over its whole clips: those with frames, points and numbers in them."""

    system: System
    reality: Reality
    kept: dict[Callable, list[Measure]] = field(default_factory=dict, repr=False)
    """What `measured` functions found: checks and tables of margins ask for the same."""

    @cached_property
    def rows(self) -> list[int]:
        """Places of the whole clips. UserError for another skeleton than the recordings'."""
        shortest = min(len(clip.pose) / clip.pose.fps for clip in self.reality.held_out) / 4
        return [i for i, pose in enumerate(self.system.poses) if self._checked(pose) and _is_whole(pose, shortest)]

    def _checked(self, pose: Pose | None) -> bool:
        wanted = self.reality.held_out[0].pose.skeleton
        if pose is not None and pose.skeleton != wanted:
            raise UserError(
                f"poses of skeleton {pose.skeleton.name} cannot be examined beside {wanted.name}; convert them"
            )
        return pose is not None

    @cached_property
    def clips(self) -> list[Clip]:
        """The judged clips of the whole poses."""
        return [self.system.clips[i] for i in self.rows]

    @cached_property
    def poses(self) -> list[Pose]:
        """The whole poses at the recordings' frame rate."""
        found = [(self.system.poses[i], self.system.clips[i].pose.fps) for i in self.rows]
        return [pose if pose.fps == fps else pose.resampled(fps) for pose, fps in found]

    @cached_property
    def traits(self) -> dict[str, np.ndarray]:
        """Traits of the system's clips."""
        return trait_table(self.poses)

    def trait(self, name: str) -> float:
        """Median of a trait over the system's clips; nan where unknown."""
        values = self.traits.get(name, np.zeros(0))
        return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")

    @cached_property
    def real_traits(self) -> dict[str, np.ndarray]:
        """Traits of the recordings."""
        return trait_table([clip.pose for clip in self.clips])

    @cached_property
    def sketches(self) -> Sketches:
        """Of the system's clips."""
        return sketches(self.poses)

    @cached_property
    def real_sketches(self) -> Sketches:
        """Of the recordings."""
        return sketches([clip.pose for clip in self.clips])

    @cached_property
    def own(self) -> np.ndarray:
        """Warped distance of each clip to its recording."""
        return warped(self.sketches, self.real_sketches)

    @cached_property
    def own_unwarped(self) -> np.ndarray:
        """Distance of each clip to its recording at equal moments."""
        pairs = range(len(self.rows))
        return np.array([unwarped(self.sketches[[i]], self.real_sketches[[i]])[0, 0] for i in pairs])

    @cached_property
    def log_duration(self) -> np.ndarray:
        """Logarithm of each clip's seconds ÷ its recording's."""
        return np.log(self.traits["seconds"] / self.real_traits["seconds"])

    @cached_property
    def speed_ratio(self) -> float:
        """Speed of the hands ÷ the recordings', the median over clips."""
        return float(np.nanmedian(self.traits["speed"] / np.maximum(self.real_traits["speed"], 1e-9)))

    @cached_property
    def follow_share(self) -> float:
        """Share of the motion that is in step with the recordings."""
        return self.in_step_with([clip.pose for clip in self.clips])

    @property
    def follows(self) -> bool:
        """Whether the clips were made from the recordings: in step with them nearly throughout, at whatever tempo."""
        return self.follow_share >= IN_STEP

    @cached_property
    def nearest_training(self) -> tuple[np.ndarray, np.ndarray]:
        """Warped distance [n] to the nearest training clip, and which that is [n]."""
        return nearest(self.sketches, self.reality.train_sketches)

    @cached_property
    def steps_with_training(self) -> np.ndarray:
        """Share [n] of each clip that is in step with its nearest training clip."""
        pairs = zip(self.poses, self.nearest_training[1], strict=True)
        return np.array([in_step(pose, self.reality.train[int(i)].pose) for pose, i in pairs])

    def in_step_with(self, poses: Sequence[Pose]) -> float:
        """Median over clips of the share of the motion that is in step with these poses."""
        shares = np.array([in_step(made, real) for made, real in zip(self.poses, poses, strict=True)])
        return float(np.nanmedian(shares)) if np.isfinite(shares).any() else float("nan")


def measured(function: Callable[[Case], list[Measure]]) -> Callable[[Case], list[Measure]]:
    """Decorator: what it measures on a case is measured once."""

    @wraps(function)
    def found(case: Case) -> list[Measure]:
        if found not in case.kept:
            case.kept[found] = function(case)
        return case.kept[found]

    return found


def _is_whole(pose: Pose, shortest: float) -> bool:
    """Whether a pose has frames for more than `shortest` seconds, finite numbers and some point with confidence."""
    if len(pose) < 2 or len(pose) / pose.fps < shortest:
        return False
    return bool(np.isfinite(pose.points).all() and (pose.confidence > 0).any())
