"""Clips in memory are read as they are, alone, in batches and joined."""

import numpy as np
import pytest
import torch

from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.evaluator.clips import LocalClips
from sign_latent.evaluator.features import PoseFeatures
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

FEATURES = PoseFeatures("smplx")


@pytest.fixture
def clips():
    chance, about = np.random.default_rng(0), dict.fromkeys(["text", "signer", "source", "split"], "x")

    def clip(frames):
        points = chance.normal(size=(frames, 94, 3)).astype(np.float32)
        pose = Pose(points, np.ones((frames, 94), np.float32), 25.0, get_skeleton("smplx"))
        return Clip(id=str(frames), spoken_language="en", signed_language="qaa", pose=pose, **about)

    return LocalClips(FEATURES, [clip(frames) for frames in (7, 12, 5)])


def test_a_batch_holds_its_clips_and_zeros(clips):
    local, present, lengths = clips.batch(np.array([2, 1]))
    assert lengths.tolist() == [5, 12] and local.shape[1] == 12
    for row, i in enumerate((2, 1)):
        torch.testing.assert_close(local[row, : lengths[row]], clips[i][0])
        assert (local[row, lengths[row] :] == 0).all() and not present[row, lengths[row] :].any()


def test_joined_clips_follow_each_other_without_what_is_cut(clips):
    local, present, lengths = clips.joined(np.array([0, 2]), np.array([1, 0]), np.array([[2, 0], [3, 1]]))
    assert lengths.tolist() == [7 - 2 + 12 - 3, 5 + 7 - 1]
    torch.testing.assert_close(local[0, :14], torch.cat([clips[0][0][:5], clips[1][0][3:]]))
    torch.testing.assert_close(local[1, :11], torch.cat([clips[2][0], clips[0][0][1:]]))
    assert (local[1, 11:] == 0).all() and present.sum(1)[1, 0] == 11


def test_something_is_left_of_the_shortest_clip(clips):
    assert clips.joined(np.array([2]), np.array([2]), np.array([[8], [8]]))[2].tolist() == [2]


def test_no_clip_is_refused():
    with pytest.raises(UserError, match="no clip"):
        LocalClips(FEATURES, [])
