"""Pose scores of systems: means over clips, in which a failed clip does not help."""

import numpy as np
import pytest

from eval.bootstrap import Sample
from eval.distances import per_clip, pose_row
from eval.pose_scores import compare


def test_the_truth_is_at_no_distance(clips):
    found = pose_row([per_clip([c.pose for c in clips], [c.pose for c in clips])], Sample.of(clips, 100))
    assert found["mpjpe/all"].value == pytest.approx(0, abs=1e-6)
    assert found["motion_ratio"].value == found["duration_ratio"].value == pytest.approx(1)


def test_a_failed_clip_is_scored_as_a_body_in_one_point(clips):
    real = clips[0].pose
    found = compare(None, real)
    moving = [i for i in real.skeleton.signing]
    assert found["mpjpe/all"] == pytest.approx(np.linalg.norm(real.points[:, moving], axis=-1).mean(), rel=1e-4)
    assert found["motion_ratio"] == found["duration_ratio"] == 0
    assert set(found) == set(compare(real, real))


def test_failing_never_lowers_a_distance(clips, move, texts):
    made = [move(text, noise=0.1) for text in texts]
    real = [clip.pose for clip in clips]
    sample = Sample.of(clips, 100)
    whole = pose_row([per_clip(made, real)], sample)
    holes = pose_row([per_clip([None, *made[1:]], real)], sample)
    assert holes["mpjpe/all"].value > whole["mpjpe/all"].value
    assert holes["dtw-recommended/all"].value > whole["dtw-recommended/all"].value
