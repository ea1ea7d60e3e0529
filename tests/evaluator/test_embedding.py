"""Vectors of clips: padding changes nothing, failures are told, nets that give none are refused."""

import numpy as np
import pytest
import torch
from torch import nn

from sign_latent.aligner.aligner import Aligner, AlignerSettings
from sign_latent.errors import UserError
from sign_latent.evaluator.back_translator import BackTranslator
from sign_latent.evaluator.back_translator import Settings as JudgeSettings
from sign_latent.evaluator.embedding import blank_pose, embed_poses, pooled
from sign_latent.evaluator.recogniser import Recogniser
from sign_latent.evaluator.recogniser import Settings as RecogniserSettings
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SMALL = {"skeleton": "upper79", "width": 8, "heads": 2, "inner": 16}


def judge() -> BackTranslator:
    return BackTranslator(JudgeSettings(**SMALL, encoder_layers=1, decoder_layers=1))


def recogniser() -> Recogniser:
    return Recogniser(RecogniserSettings(**SMALL, layers=1))


def aligner(reads: str = "points") -> Aligner:
    about = {"slots": 2, "latent_width": 4, "text_width": 8, "sentence_width": 8, "space": 6}
    return Aligner(AlignerSettings(**SMALL, reads=reads, pose_layers=1, text_layers=1, **about))


def clip(frames: int, seed: int = 0, skeleton: str = "upper79", fps: float = 25.0) -> Pose:
    found = get_skeleton(skeleton)
    points = np.random.default_rng(seed).normal(size=(frames, len(found.points), 3)).astype(np.float32)
    return Pose(points, np.ones(points.shape[:2], np.float32), fps, found)


@pytest.mark.parametrize(("make", "width"), [(judge, 8), (recogniser, 8), (aligner, 6)])
def test_company_changes_no_vector(make, width):
    torch.manual_seed(0)
    net, clips = make().eval(), [clip(9), clip(30, 1), clip(17, 2)]
    together = embed_poses(net, clips)
    assert together.shape == (3, width)
    assert together == pytest.approx(np.concatenate([embed_poses(net, [one]) for one in clips]), abs=1e-4)
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_the_vector_of_a_judge_is_the_mean_of_its_states():
    net, one = judge().eval(), clip(12)
    points, mask = torch.tensor(one.points[None]), torch.ones(1, 12, dtype=torch.bool)
    with torch.no_grad():
        states, _ = net.read(points, mask)
    assert embed_poses(net, [one])[0] == pytest.approx(states[0].mean(0).numpy(), abs=1e-5)


def test_failed_clips_are_told_and_a_blank_one_has_a_vector():
    net = judge().eval()
    broken, empty = clip(5), clip(5)
    broken.points[2] = np.nan
    empty.points, empty.confidence = empty.points[:0], empty.confidence[:0]
    found = embed_poses(net, [None, clip(5), broken, empty])
    assert np.isnan(found).all(1).tolist() == [True, False, True, True]
    assert np.isfinite(embed_poses(net, [blank_pose("upper79")])).all()
    assert np.isnan(embed_poses(net, [None, None])).all()


def test_other_frame_rates_are_resampled():
    net, slow = judge().eval(), clip(12)
    fast = slow.resampled(50.0)
    assert embed_poses(net, [fast])[0] == pytest.approx(embed_poses(net, [slow])[0], abs=0.2)


def test_other_skeletons_and_other_nets_are_refused():
    with pytest.raises(UserError, match="smplx"):
        embed_poses(judge().eval(), [clip(5, skeleton="smplx")])
    with pytest.raises(UserError, match="reads points"):
        embed_poses(aligner("latents").eval(), [clip(5)])
    with pytest.raises(UserError, match="gives no vector"):
        pooled(nn.Identity(), *[torch.zeros(1)] * 3)
