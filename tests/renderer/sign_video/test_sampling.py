"""Windows: they cover all frames, agree where they overlap, shift, and cost memory by their length alone."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from jsonargparse import auto_parser

from sign_latent.diffusion.predictions import add_noise
from sign_latent.diffusion.samplers import SAMPLERS
from sign_latent.errors import UserError
from sign_latent.renderer.sign_video.sampling import faded, frame_noise, sampled, window_places
from sign_latent.renderer.sign_video.settings import BEGINNINGS
from stages import renderer as stage
from stages.recipe import ROOT


@pytest.mark.parametrize("frames", [1, 5, 6, 7, 10, 11, 23, 24, 25, 50])
def test_windows_cover_the_stretch_and_share_frames(frames):
    for shift in range(9):
        places = window_places(frames, 6, 2, shift)
        assert places[0].start == 0 and places[-1].stop == frames
        assert all(place.stop - place.start == min(6, frames) for place in places)
        assert all(a.stop - b.start >= 2 for a, b in pairwise(places))


def test_inner_edges_shift_from_step_to_step():
    edges = [{place.start for place in window_places(60, 6, 2, 4 * step)} for step in range(4)]
    shifted = [{place.start for place in window_places(60, 6, 2, step)} for step in range(4)]
    assert all(one == edges[0] for one in edges)  # a whole stride further all is the same
    assert all(a & b <= {0, 54} for i, a in enumerate(shifted) for b in shifted[:i])


def test_where_windows_agree_nothing_is_changed():
    video = torch.randn(1, 23, 2, 3, 3)
    whole = faded(23, window_places(23, 6, 2, 3), lambda place: video[:, place])
    torch.testing.assert_close(whole, video)


def test_where_they_disagree_one_fades_into_the_other():
    places = [slice(0, 6), slice(4, 10)]
    values = iter((0.0, 1.0))
    whole = faded(10, places, lambda place: torch.full((1, 6, 1, 1, 1), next(values))).flatten()
    assert (whole.diff() >= 0).all() and whole[3] == 0 and whole[6] == 1 and 0 < whole[4] < whole[5] < 1


def test_noise_of_a_frame_is_its_own():
    several = frame_noise((3, 2, 2), range(5, 9), seed=1)
    assert torch.equal(several[2], frame_noise((3, 2, 2), range(7, 8), seed=1)[0])
    assert not torch.equal(several[0], several[1])
    assert not torch.equal(several, frame_noise((3, 2, 2), range(5, 9), seed=2))


def asked(model, monkeypatch):
    """What the model is asked: z, step and embeddings of every call."""
    seen, forward = [], model.forward
    monkeypatch.setattr(model, "forward", lambda *given: seen.append(given) or forward(*given))
    return seen


@pytest.mark.parametrize("shift", [1.0, 3.0])
@pytest.mark.parametrize("sampler", SAMPLERS)
@torch.no_grad()
def test_sampling_begins_at_the_true_last_noise_level(awake, monkeypatch, sampler, shift):
    """All asked at first is pure noise of the last step, in which nothing of a clean latent is left."""
    seen = asked(awake, monkeypatch)
    how = replace(awake.settings.diffusion, sampler=sampler, shift=shift)
    sampled(awake, torch.zeros(4, 8, 8, 8), awake.bank(torch.zeros(1, 48, 8, 8)), how)
    z, t = seen[0][:2]
    assert t.tolist() == [how.steps - 1] * 2
    levels = how.levels()
    noise = frame_noise((48, 8, 8), range(4), 0)
    torch.testing.assert_close(z[0], add_noise(torch.ones_like(noise), noise, levels[-1].float()))


def shipped(name):
    """How a configuration of the renderer is diffused and sampled."""
    parser = auto_parser(stage.train, as_positional=False)
    config = ROOT / "configs" / "renderer" / f"{name}.yaml"
    given = ["--config", str(config), "--name", "x", "--corpus", "x"]
    return parser.instantiate(parser.parse_args(given)).renderer.diffusion


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "configs" / "renderer").iterdir()))
@torch.no_grad()
def test_every_shipped_renderer_begins_where_its_training_ends(awake, monkeypatch, name):
    """What is asked at first is a picture of the signer at the noise of the last step, as in training: of the paper's
    schedule seven hundredths of its amplitude are left there."""
    seen, how = asked(awake, monkeypatch), replace(shipped(name), guidance=1.0)
    picture = torch.randn(1, 48, 8, 8, generator=torch.Generator().manual_seed(3)).clamp(-2, 2)
    sampled(awake, torch.zeros(4, 8, 8, 8), awake.bank(picture), replace(how, sampling_steps=1), shown=picture)
    z, t = seen[0][:2]
    left = how.levels()[-1].float()
    assert t.tolist() == [how.steps - 1]
    assert float(left.sqrt()) == pytest.approx(0.0683 if name == "paper" else 0.0, abs=1e-4)
    torch.testing.assert_close(
        z[0], add_noise(picture.expand(4, -1, -1, -1), frame_noise((48, 8, 8), range(4), 0), left)
    )


@torch.no_grad()
def test_videos_of_a_bright_signer_are_not_begun_as_those_of_a_grey_one(awake, monkeypatch):
    """Oracle: of videos N(picture, 0.1²) the first sample has the mean of their last step; noise alone has not."""
    how, bright = replace(shipped("paper"), guidance=1.0, sampling_steps=1), torch.full((1, 48, 8, 8), 1.5)
    found = {}
    for begin in BEGINNINGS:
        seen = asked(awake, monkeypatch)
        sampled(awake, torch.zeros(6, 8, 8, 8), awake.bank(bright), replace(how, begin=begin), shown=bright)
        found[begin] = seen[0][0].mean().item()
        monkeypatch.undo()
    error = (6 * 48 * 8 * 8) ** -0.5  # of a mean of so many
    mean = 1.5 * how.levels()[-1].sqrt().item()
    assert abs(found["reference"] - mean) < 4 * error < abs(found["noise"] - mean)
    with pytest.raises(UserError, match="begin picture: unknown; give reference or noise"):
        replace(how, begin="picture").check()


@pytest.mark.parametrize("shift", [1.0, 3.0])
@torch.no_grad()
def test_a_perfect_model_is_sampled_exactly(awake, monkeypatch, shift):
    """Oracle: v of a known video leads to that video, whatever the windows."""
    # a weight of 1 asks for no other half, which has no numbers
    how = replace(awake.settings.diffusion, guidance=1.0, shift=shift)
    clean = torch.randn(1, 15, 48, 8, 8, generator=torch.Generator().manual_seed(0)).clamp(-2, 2)
    levels = how.levels()
    place = {}

    def perfect(z, t, embeddings, bank):
        where = embeddings[0, :, 0, 0, 0].long()
        level = levels[t[0]].float()
        noise = (z - level.sqrt() * clean[:, where]) / (1 - level).sqrt()
        place[int(t[0])] = len(where)
        return level.sqrt() * noise - (1 - level).sqrt() * clean[:, where]

    monkeypatch.setattr(awake, "forward", perfect)
    numbers = torch.arange(15.0)[:, None, None, None].expand(15, 8, 8, 8)
    found = sampled(awake, numbers, {}, how)
    torch.testing.assert_close(found, clean[0], atol=1e-4, rtol=1e-4)
    assert set(place.values()) == {6}


@torch.no_grad()
def test_both_halves_of_guidance_are_one_batch_and_one_reference_pass(awake, monkeypatch):
    seen = asked(awake, monkeypatch)
    passed = []
    bank = awake.bank(torch.zeros(1, 48, 8, 8))
    monkeypatch.setattr(awake, "bank", lambda *given: passed.append(given))
    sampled(awake, torch.ones(10, 8, 8, 8), bank, awake.settings.diffusion)
    assert not passed and len(seen) > awake.settings.diffusion.sampling_steps
    for z, t, embeddings, _ in seen:
        assert z.shape[:2] == (2, 6) and len(t) == 2
        assert embeddings[0].all() and not embeddings[1].any() and torch.equal(z[0], z[1])


@torch.no_grad()
def test_guidance_keeps_to_its_interval_and_to_the_contrast_that_is_left(awake, monkeypatch):
    """Outside the interval one half is asked for; rescaled, a stretch of windows has the deviation of its own half."""
    bank, numbers = awake.bank(torch.zeros(1, 48, 8, 8)), torch.ones(10, 8, 8, 8)
    seen = asked(awake, monkeypatch)
    sampled(awake, numbers, bank, replace(awake.settings.diffusion, guided=0.5))
    assert {len(t): int(t[0]) >= 500 for _, t, *_ in seen} == {1: True, 2: False}
    how = replace(awake.settings.diffusion, prediction="x0", sampling_steps=1, guidance=6.0, clamp=1e6)
    plain, strong, tamed = (
        sampled(awake, numbers, bank, replace(how, **more)).std(unbiased=False)
        for more in ({"guidance": 1.0}, {}, {"rescale": 1.0})
    )
    torch.testing.assert_close(tamed, plain, atol=1e-4, rtol=1e-4)
    assert not torch.isclose(strong, plain, rtol=1e-2)


@torch.no_grad()
def test_given_frames_stay(awake):
    before = torch.full((2, 48, 8, 8), 0.5)
    found = sampled(awake, torch.ones(6, 8, 8, 8), awake.bank(torch.zeros(1, 48, 8, 8)), awake.settings.diffusion,
                    first=4, before=before)  # fmt: skip
    assert torch.equal(found[:2], before) and not torch.equal(found[2:4], before)
