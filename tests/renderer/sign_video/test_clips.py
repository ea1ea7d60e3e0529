"""Batches are cut from aligned videos and conditions by chance that depends on the seed alone."""

import numpy as np
import pytest
import torch

from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.skeleton import SKELETONS
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.rendered import rendered_clips
from sign_latent.renderer.sign_video import loss as module
from sign_latent.renderer.sign_video.clips import ConditionedClips, conditioned
from sign_latent.renderer.sign_video.conditions import condition_pictures, refuse_handless
from sign_latent.renderer.sign_video.loss import SignVideoLossSettings, video_loss
from sign_latent.renderer.sign_video.painting import painted_anew


def test_conditions_are_painted_at_the_place_of_the_signer(clips):
    clip, seen = clips.clips[0], clips.conditions[0]
    assert np.array_equal(seen, condition_pictures(clip.pose, 32, signer_look(clip.look).window()))
    assert seen.shape == (*clip.video.shape[:3], 6)
    hands = condition_pictures(clip.pose, 32, signer_look(clip.look).window(), names=["hands"])
    assert np.array_equal(hands, seen[..., 3:])


def test_each_condition_shows_its_own(signer):
    """Both hands, and the whole signer, on black; a hand that is not seen is not painted."""
    pose = signer()
    pose_picture, hands = np.split(condition_pictures(pose, 96), 2, axis=-1)
    shown = hands[0].any(-1)
    assert shown[:, :40].any() and shown[:, 56:].any() and not shown[:, 44:52].any()
    assert pose_picture[0].any(-1)[:, 44:52].any() and (pose_picture[0].any(-1) & shown).sum() > 0.3 * shown.sum()
    left = [i for i, name in enumerate(pose.skeleton.points) if name.startswith("left_index")]
    pose.confidence[:, left] = 0
    fewer = condition_pictures(pose, 96, names=["hands"])[0].any(-1)
    assert np.array_equal(fewer[:, :48], shown[:, :48]) and fewer[:, 48:].sum() < shown[:, 48:].sum()


@pytest.mark.parametrize("name", SKELETONS)
def test_a_pose_on_any_skeleton_is_a_condition(signer, name):
    """Of two dimensions too: arms and both hands are seen."""
    pose = convert(signer(), name)
    refuse_handless(pose)
    seen = condition_pictures(pose, 96)[0]
    for shown in (seen[..., :3].any(-1), seen[..., 3:].any(-1)):
        assert shown[:, :40].any() and shown[:, 56:].any()


def test_painted_conditions_are_kept(clips, tmp_path, monkeypatch):
    one = conditioned(clips.clips, tmp_path)
    again = conditioned(clips.clips, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    assert all(np.array_equal(a, b) for a, b in zip(one.conditions, again.conditions, strict=True))


@pytest.mark.parametrize("size", [32, [40, 28]], ids=str)
def test_what_is_painted_anew_is_what_was_kept(few_clips, tmp_path, size):
    """To the bit, of cut clips too, however it is read."""
    split, how = Corpus.open(few_clips).split("dev"), {"looks": 9, "frames": 11}
    found = [split[0], split[1]]
    kept, anew = conditioned(rendered_clips(found, size, tmp_path, **how), tmp_path), painted_anew(found, size, **how)
    pairs = [(ours.video, theirs.video) for ours, theirs in zip(anew.clips, kept.clips, strict=True)]
    for ours, theirs in (*pairs, *zip(anew.conditions, kept.conditions, strict=True)):
        assert len(ours) == len(theirs) == 11 and ours.shape == theirs.shape
        for index in (np.array([7, 2, 2]), -1, slice(3, 5), slice(4, 4), (slice(2), ..., [1, 2]), (3, slice(5), 0)):
            assert np.array_equal(ours[index], theirs[index]), index
    for frames, together in ((6, True), (4, False)):
        one, other = (clips.batch(5, 2, frames, together, ["pose", "hands"], 0.5) for clips in (anew, kept))
        assert all(torch.equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def counting(lengths):
    """Clips whose pictures are numbers: 10 times the clip and the frame."""
    videos = [np.full((n, 4, 4, 3), 0, np.uint8) + (10 * i + np.arange(n))[:, None, None, None] for i, n in lengths]
    videos = [video.astype(np.uint8) for video in videos]

    class Clip:
        def __init__(self, video):
            self.video = video

    return ConditionedClips([Clip(video) for video in videos], [np.concatenate([v, v], -1) for v in videos])


def test_windows_are_whole_and_of_one_clip():
    clips = counting([(1, 5), (2, 9), (3, 7)])
    batch = clips.batch(0, 2, 6, True, ["hands"])
    assert batch.video.shape == (2, 6, 4, 4, 3) and batch.conditions.shape == (2, 6, 4, 4, 3)
    first = batch.video[:, :, 0, 0, 0]
    assert (first.diff(dim=1) == 1).all() and set((first[:, 0] // 10).tolist()) == {2, 3}
    assert torch.equal(batch.conditions, batch.video)
    assert ((batch.reference[:, 0, 0, 0] // 10) == first[:, 0] // 10).all()
    assert torch.equal(clips.batch(0, 2, 6, True, ["hands"]).video, batch.video)
    assert not torch.equal(clips.batch(1, 2, 6, True, ["hands"]).video, batch.video)
    with pytest.raises(UserError, match="none has 20 frames"):
        clips.batch(0, 2, 20, True, ["hands"])


def test_conditions_are_swapped_as_often_as_asked():
    clips = counting([(i, 9) for i in range(1, 20)])
    batch = clips.batch(0, 16, 8, True, ["pose"], swapped=0.25)
    wrong = (batch.conditions != batch.video)[:, :, 0, 0, 0].float().mean()
    assert 0.1 < wrong < 0.4


def test_hands_count_more(awake, clips):
    """Places count alike where no weight is given, and those of hands more where one is."""
    batch = clips.batch(0, 2, 5, True, ["pose", "hands"])
    batch.hands[:, :, 8:16, 8:16] = True
    even = SignVideoLossSettings(hands=0.0)
    for together in (False, True):
        torch.manual_seed(0)
        found = video_loss(awake, batch, even, together)
        torch.manual_seed(0)
        weighed = video_loss(awake, batch, SignVideoLossSettings(hands=9.0), together)
        assert torch.isfinite(found["loss"])
        torch.testing.assert_close(found["loss"].detach(), found["plain"])
        assert not torch.isclose(weighed["loss"], found["loss"])
        assert torch.equal(weighed["plain"], found["plain"])


def test_noise_is_that_of_the_schedule_that_is_asked_for(settings, awake, clips, monkeypatch):
    """Its shift included: what is sampled on another schedule than was trained on is not what was learnt."""
    levels = []
    monkeypatch.setattr(module, "add_noise", lambda z, noise, level: levels.append(level.flatten()) or z)
    batch = clips.batch(0, 2, 5, True, ["pose", "hands"])
    for shift in (1.0, 3.0):
        monkeypatch.setattr(awake.settings.diffusion, "shift", shift)
        torch.manual_seed(0)
        video_loss(awake, batch, SignVideoLossSettings(), True)
    assert (levels[1] < levels[0]).all()


def test_dropped_conditions_and_references_are_not_seen(settings, clips, awake):
    """All dropped, the loss is the same whatever they are."""
    model = type(awake)(settings())
    model.load_state_dict(awake.state_dict())
    batch, other = (clips.batch(seed, 2, 5, True, ["pose", "hands"]) for seed in (0, 1))
    model.settings.diffusion.drop_text = 1.0
    losses = []
    for conditions, reference in ((batch.conditions, batch.reference), (other.conditions, other.reference)):
        batch.conditions, batch.reference = conditions, reference
        torch.manual_seed(0)
        losses.append(video_loss(model, batch, SignVideoLossSettings(drop_reference=1.0), True)["loss"])
    assert torch.equal(*losses)
