"""One system, clip by clip: its videos are asked for, scored, and, but for those that are shown, forgotten."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eval.rows import SYSTEM, TRUTH
from eval.video import frames, identity, points, space, warping
from eval.video.consistency import changes, consistency, typical
from eval.video.extraction import Extraction
from eval.video.plugged import FrameNet, WindowNet
from eval.video.scenes import Scene
from eval.video.scores import Row, means
from eval.video.sets import Features
from eval.video.systems import System, blank
from sign_latent.errors import UserError
from sign_latent.evaluator.video_features import VideoClassifier, watch
from sign_latent.evaluator.video_pose import PoseRegressor, as_pose, see
from sign_latent.pose.pose import Pose
from sign_latent.renderer.aspect import filled


@dataclass
class Instruments:
    """What measures; what is None is left out of the report."""

    regressor: PoseRegressor | None = None
    classifier: VideoClassifier | None = None
    nets: dict[str, FrameNet | WindowNet] = field(default_factory=dict)
    """Names of distances between sets of pictures or windows -> nets that the user gave."""
    extraction: Extraction | None = None
    fps: float = 25.0
    keep_poses: bool = False
    """Poses are kept for a judge of texts."""


@dataclass
class Ground:
    """What videos are measured against, once for all systems."""

    courses: list[np.ndarray]
    """`changes` of each recording."""
    looks: dict[int, np.ndarray]
    """Look -> `colours` of its reference image."""
    aligned: bool
    """Whether videos are to show what the recordings show in the same frame."""
    referenced: bool
    """Whether the renderer is shown a reference image that it heeds."""

    @classmethod
    def of(cls, scenes: Sequence[Scene], aligned: bool, referenced: bool) -> Ground:
        """What the scenes say."""
        looks = {scene.look: identity.colours(scene.reference[None]) for scene in scenes}
        return cls([changes(scene.real) for scene in scenes], looks, aligned, referenced)

    def consistency(self, video: np.ndarray, number: int) -> float:
        """Beside the own recording, or where motion is open, beside recordings in general."""
        return consistency(changes(video), self.courses[number] if self.aligned else typical(self.courses))


@dataclass
class Measured:
    """What one seed of a row came to."""

    clips: list[dict[str, Any]]
    """Score -> value or (above, below), of each clip."""
    windows: Features | None
    """Of all windows of all clips, where there is a classifier."""
    pictures: dict[str, Features]
    """Net that the user gave -> those that it sees."""
    poses: list[Pose | None]
    """What was seen of each clip; None where nothing can be."""
    failures: list[str]
    """Why there is no video, of each clip that has none."""
    shown: dict[int, np.ndarray]
    """Number of a scene -> its video, of those that are shown."""

    @property
    def row(self) -> Row:
        """Its figures."""
        return means(self.clips)


def asked(
    system: System, scenes: Sequence[Scene], number: int, seed: int, aligned: bool = True
) -> tuple[np.ndarray, str]:
    """A system's video of a scene; or a blank one, and why there is none of the recording's shape.

    Where motion is open, so is the number of frames.
    """
    try:
        video = system(scenes, number, seed)
    except UserError as error:
        return blank(scenes, number, seed), str(error)
    shape = scenes[number].real.shape
    pictures = isinstance(video, np.ndarray) and video.dtype == np.uint8 and video.ndim == 4 and len(video) > 0
    if pictures and (video.shape == shape or (not aligned and video.shape[1:] == shape[1:])):
        return video, ""
    what = f"{video.dtype} {video.shape}" if isinstance(video, np.ndarray) else type(video).__name__
    return blank(scenes, number, seed), f"{what} instead of uint8 {shape}"


def measure(
    name: str, system: System, scenes: Sequence[Scene], seed: int, tools: Instruments, ground: Ground, show: int = 0
) -> Measured:
    """All scenes under one system and seed; what gives no video of the right shape is scored as a blank one."""
    from tqdm import tqdm

    result = Measured([], None, {}, [], [], {})
    windows: list[np.ndarray] = []
    pictures: dict[str, list[np.ndarray]] = {net: [] for net in tools.nets}
    for number, scene in enumerate(tqdm(scenes, desc=name, unit="clip", disable=None, leave=False)):
        started = time.perf_counter()
        video, refusal = asked(system, scenes, number, seed, ground.aligned)
        seconds = time.perf_counter() - started
        if refusal:
            result.failures.append(refusal)
        scores, pose = score(video, number, scene, tools, ground)
        if name == SYSTEM:
            scores["seconds"] = (seconds, float(len(video)))
        result.clips.append(scores)
        result.poses.append(pose)
        if tools.classifier is not None:
            windows.append(space.watched(tools.classifier, filled(video)).features)
        for net, rows in pictures.items():
            rows.append(tools.nets[net].features(filled(video)))
        if number < show:
            result.shown[number] = np.array(video)
    if len(result.failures) == len(scenes):
        raise UserError(f"{name}: not a single video was made ({result.failures[0]})")
    result.windows = Features.of(windows) if windows else None
    result.pictures = {net: Features.of(rows) for net, rows in pictures.items()}
    return result


def score(
    video: np.ndarray, number: int, scene: Scene, tools: Instruments, ground: Ground
) -> tuple[dict[str, Any], Pose | None]:
    """Scores of one video, and the pose that was seen in it where poses are kept.

    Nets see squares: pictures of another aspect are filled up to them.
    """
    found: dict[str, Any] = {"consistency": ground.consistency(video, number)}
    if ground.aligned:
        found |= compared(video, scene, tools)
    if ground.referenced:
        colours = identity.colours(video)
        found["likeness"] = identity.similarity(colours, ground.looks[scene.look])
        if len(ground.looks) > 1:
            found["identified"] = 100.0 * identity.identified(colours, scene.look, ground.looks)
    if tools.extraction is not None:
        found |= tools.extraction.errors(video, scene, ground.aligned)
    seen, steps = None, None
    if tools.regressor is not None and ground.aligned:
        errors, places = points.errors(tools.regressor, filled(video), scene)
        found |= {f"points_{part}": value for part, value in errors.items()}
        seen = as_pose(places, tools.regressor, tools.fps)
    elif tools.regressor is not None:
        seen = as_pose(see(tools.regressor, filled(video)), tools.regressor, tools.fps)
        found["points_dtw"] = points.warped(seen, scene.pose)
        steps = warping.steps_of(tools.regressor, seen, scene)
        found |= {} if steps is None else warping.compared(video, scene, steps)
    if not ground.aligned and len(scene.real) == scene.whole:
        found["length"] = abs(float(np.log2(len(video) / scene.whole)))
    if tools.classifier is not None and scene.signs and (steps is not None or len(video) == len(scene.real)):
        found["accuracy"] = signs_read(tools.classifier, filled(video), scene, steps)
    return found, seen if tools.keep_poses else None


def compared(video: np.ndarray, scene: Scene, tools: Instruments) -> dict[str, float]:
    """Scores of frame against frame."""
    alike = frames.ssim_map(video, scene.real)
    boxes = frames.hand_boxes(scene.pose, scene.window, scene.real.shape[1:3])
    found = {
        "psnr": frames.psnr(video, scene.real),
        "ssim": float(alike.mean()),
        "hand_ssim": frames.mean_in_boxes(alike, boxes),
    }
    if tools.regressor is not None:
        found["perceptual"] = space.perceptual(tools.regressor, filled(video), filled(scene.real))
    return found


def signs_read(
    model: VideoClassifier, video: np.ndarray, scene: Scene, steps: np.ndarray | None = None
) -> tuple[float, float]:
    """Hundred times the signs that are read, and how many there are.

    They are looked for where they stand in the recording, or where a path of time warping puts that; a video that is
    too short for a sign to be read has none.
    """
    window, (glosses, starts) = model.settings.frames, zip(*scene.signs, strict=True)
    if len(video) < window:
        return 0.0, float(len(glosses))
    starts = starts if steps is None else warping.moved(starts, window, steps, len(video))
    shown = [video[start : start + window] for start in starts]
    right = watch(model, shown).probabilities.argmax(-1) == model.labels(glosses).numpy()
    return 100.0 * float(right.sum()), float(len(right))


def rank_of_noise(scenes: Sequence[Scene], systems: dict[str, System], ground: Ground) -> dict[str, list[float]]:
    """Temporal consistency with recordings in general [n], of the recordings and of spoiled ones."""
    usual = typical(ground.courses)
    found = {TRUTH: [consistency(course, usual) for course in ground.courses]}
    for name, system in systems.items():
        found[name] = [consistency(changes(system(scenes, i, 0)), usual) for i in range(len(scenes))]
    return found
