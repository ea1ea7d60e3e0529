"""Pose scores of rows: sums over clips, in which a failed clip does not help, and no still recording decides."""

import numpy as np
import pytest

from eval.bootstrap import Sample
from eval.distances import pose_row
from eval.pose_scores import compare, per_clip, table
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton


def test_the_truth_is_at_no_distance(clips):
    found = pose_row([per_clip([(clip.pose, clip.pose) for clip in clips])], Sample.of(clips, 100))
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
    whole, holes = (
        pose_row([per_clip(list(zip(poses, real, strict=True)))], sample) for poses in (made, [None, *made[1:]])
    )
    assert holes["mpjpe/all"].value > whole["mpjpe/all"].value
    assert holes["dtw-recommended/all"].value > whole["dtw-recommended/all"].value


def sliding(step: float) -> Pose:
    """The body slides along x by so many shoulder widths a frame, four times."""
    real = np.zeros((5, 94, 3), np.float32)
    real[..., 0] = step * np.arange(5)[:, None]
    return Pose(real, np.ones((5, 94), np.float32), 25.0, get_skeleton("smplx"))


def test_ratios_are_of_sums_and_draws_weigh_clips():
    # Travelled 4 × 1 and 4 × 3 against 4 × 2 and 4 × 0.5: 16 ÷ 10, not the mean of 1/2 and 6.
    rows = per_clip([(sliding(1), sliding(2)), (sliding(3), sliding(0.5))])
    draws = np.array([[2, 0], [1, 1], [0, 2]])
    found = pose_row([rows], Sample("clip", np.arange(2), draws))["motion_ratio"]
    assert found.value == pytest.approx(1.6)
    low, high = np.quantile([0.5, 1.6, 6], [0.025, 0.975])
    assert found.interval == pytest.approx([low, high])


def test_a_row_says_what_the_table_of_one_system_says(clips, move, texts):
    pairs = [(move(text, 9, 0.1), clip.pose) for text, clip in zip(texts, clips, strict=True)]
    row, whole = pose_row([per_clip(pairs)], Sample.of(clips, 100)), table(pairs)
    assert {name: estimate.value for name, estimate in row.items()} == pytest.approx(
        {name: whole[name] for name in row}
    )
    assert set(whole) - set(row) == {"missing"}
