"""A signer whose hands move, drawn in a few looks, as scenes."""

from dataclasses import replace

import numpy as np
import pytest

from eval.video.scenes import Stage, scenes_of
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton


def moving(phase: float, frames: int = 20) -> Pose:
    """The rest pose with arms in front of the body, whose hands go half round, each clip from another phase."""
    from sign_latent.pose.kinematics import rest_points

    skeleton = get_skeleton("smplx")
    points = np.repeat(np.asarray(rest_points(), dtype=np.float32)[None], frames, 0)
    names = list(skeleton.points)
    turn = phase + np.linspace(0, np.pi, frames)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        wrist = names.index(f"{side}_wrist")
        hand = [wrist, *skeleton.parts[f"{side}_hand"]]
        place = np.stack([sign * (0.45 + 0.25 * np.cos(turn)), -0.35 + 0.35 * np.sin(turn), 0 * turn + 0.5], -1)
        points[:, hand] += (place - points[:, wrist])[:, None]
        points[:, names.index(f"{side}_elbow")] = (sign * 0.85, -0.6, 0.1)
    confidence = np.ones(points.shape[:2], np.float32)
    expression = np.zeros((frames, skeleton.expression), np.float32)
    return Pose(points, confidence, 25.0, skeleton, None, expression)


@pytest.fixture(scope="session")
def moving_pose():
    """Maker of such a clip."""
    return moving


@pytest.fixture(scope="session")
def signed_clips() -> list[Clip]:
    """Six clips of two signs."""
    clips = []
    for i in range(6):
        gloss = ("WAVE", "TURN")[i % 2]
        about = {"spoken_language": "en", "signed_language": "qaa", "signer": "a", "source": f"s{i}", "split": "dev"}
        tiers = [Tier("gloss", gloss, 4, 16)]
        pose = moving(i * 1.1 + (i % 2) * 2.0)
        clips.append(Clip(id=f"c{i}", text=f"text {i}", gloss=gloss, pose=pose, tiers=tiers, **about))
    return clips


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage(size=48, fps=25.0, looks=16, seed=3)


@pytest.fixture(scope="session")
def scenes(signed_clips, stage, tmp_path_factory):
    return scenes_of(signed_clips, stage, tmp_path_factory.mktemp("drawn"), watched=16, glosses=["WAVE", "TURN"])


@pytest.fixture(scope="session")
def still_clip(signed_clips):
    """A clip whose pose never changes."""
    pose = signed_clips[0].pose
    return replace(signed_clips[0], pose=replace(pose, points=np.repeat(pose.points[:1], len(pose), 0)))
