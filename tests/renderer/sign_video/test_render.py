"""A renderer: its contract, stretches of bounded memory, going on after a stop, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from sign_latent.device import chosen_device
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut
from sign_latent.progress import Progress
from sign_latent.registry import Artefact
from sign_latent.renderer.sign_video import render as module
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.reference import reference_picture
from sign_latent.renderer.sign_video.render import Renderer
from sign_latent.renderer.sign_video.signerless import signerless


def numbered(frames):
    """Embeddings of which each frame's differ."""
    return torch.randn(frames, 8, 8, 8, generator=torch.Generator().manual_seed(0))


def test_a_pose_becomes_a_video_of_its_length(renderer, clips):
    pose = clips.clips[0].pose
    video = renderer.render(pose)
    assert video.shape == (len(pose), 32, 32, 3) and video.dtype == np.uint8
    assert renderer.render(pose, frames=3).shape[0] == 3


@pytest.mark.parametrize("share", [0.5, 0.8, 1.2, 2.0])
def test_a_pose_of_another_rate_is_brought_to_the_model_s_however_it_is_parted(renderer, clips, share):
    """Each chunk by itself would repeat frames where it ends; frames that are asked for are those of the video."""
    pose = replace(clips.clips[0].pose, fps=share * renderer.settings.fps)
    whole = renderer.render(pose)
    assert len(whole) == round(len(pose) / share)
    np.testing.assert_array_equal(whole, renderer.render(pose.resampled(renderer.settings.fps)))
    chunks = [cut(pose, start, min(start + 7, len(pose))) for start in range(0, len(pose), 7)]
    np.testing.assert_array_equal(np.concatenate(list(renderer.stream(chunks))), whole)
    assert len(renderer.render(pose, frames=5)) == 5


def test_the_same_seed_gives_the_same_bits(renderer, clips):
    look = np.array(clips.clips[0].video[0])
    one, again, other = (renderer.render(numbered(9), look, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_two_references_give_two_appearances_of_one_motion(renderer, clips):
    looks = [np.array(clip.video[0]) for clip in clips.clips[:2]]
    one, other = (renderer.render(numbered(6), look) for look in looks)
    assert np.abs(one.astype(float) - other).mean() > 0.3
    moved = renderer.render(numbered(7)[1:], looks[0])
    assert not np.array_equal(one, moved)


def test_a_single_frame_and_every_length_around_a_stretch(renderer):
    for frames in (1, 2, 6, 11, 12, 13, 14, 22, 23, 24):
        assert renderer.render(numbered(frames)).shape[0] == frames


def test_stretches_lead_on_from_each_other_and_do_not_depend_on_chunks(renderer):
    """What a stretch shows of the one before is that one's, to the bit; so all frames are given once."""
    whole = renderer.render(numbered(30))
    chunks = [numbered(30)[i : i + 7] for i in range(0, 30, 7)]
    stretches = list(renderer.stream(chunks))
    assert [len(some) for some in stretches] == [12, 10, 8]
    assert np.array_equal(np.concatenate(stretches), whole)
    assert np.array_equal(renderer.render(numbered(12)), whole[:12])


def test_a_perfect_model_shows_one_video_across_all_seams(renderer, monkeypatch):
    """Oracle: v of a known video gives it back to the picture, wherever stretches and windows meet."""
    model = renderer.model
    video = torch.randint(0, 256, (30, 32, 32, 3), generator=torch.Generator().manual_seed(0)).byte()
    clean, levels = model.latents(video[None]), model.settings.diffusion.levels()

    def perfect(z, t, embeddings, bank):
        where, level = embeddings[0, :, 0, 0, 0].long(), levels[t[0]].float()
        noise = (z - level.sqrt() * clean[:, where]) / (1 - level).sqrt()
        return level.sqrt() * noise - (1 - level).sqrt() * clean[:, where]

    monkeypatch.setattr(model, "forward", perfect)
    frames = torch.arange(30.0)[:, None, None, None].expand(30, 8, 8, 8)
    assert np.abs(renderer.render(frames, guidance=1.0).astype(int) - video.numpy()).max() <= 1


def test_a_bar_says_which_frames_are_rendered(renderer, monkeypatch):
    told = {}

    class Bar(Progress):
        def close(self):
            told[self.name] = (self.done, self.total)

    monkeypatch.setattr(module, "Progress", Bar)
    renderer.render(numbered(20))
    assert told == {"rendering frames 0 to 11": (3, 3), "rendering frames 10 to 19": (3, 3)}


def test_memory_does_not_grow_with_the_length(renderer, monkeypatch):
    """The model never sees more than two windows, and no more than a stretch is sampled at once."""
    seen, sampled, forward = [], [], renderer.model.forward
    monkeypatch.setattr(renderer.model, "forward", lambda z, *more: seen.append(z.shape[:2]) or forward(z, *more))
    real = module.sampled
    monkeypatch.setattr(module, "sampled", lambda m, e, *more: sampled.append(len(e)) or real(m, e, *more))
    for frames in (20, 60):
        endless = (numbered(1) for _ in range(frames))
        assert sum(len(some) for some in renderer.stream(endless)) == frames
    assert set(seen) == {(2, 6)} and max(sampled) == 12


def test_what_was_rendered_is_not_rendered_again(renderer, tmp_path, monkeypatch):
    whole = renderer.render(numbered(30))
    stopped = renderer.stream([numbered(30)], kept=tmp_path)
    next(stopped), next(stopped)
    stopped.close()
    calls, real = [], module.sampled
    monkeypatch.setattr(module, "sampled", lambda *given: calls.append(1) or real(*given))
    again = list(renderer.stream([numbered(30)], kept=tmp_path))
    assert len(calls) == 1 and np.array_equal(np.concatenate(again), whole)
    list(renderer.stream([numbered(30)], kept=tmp_path, seed=1))
    assert len(calls) == 4  # of another seed nothing is there
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:50])
    assert np.array_equal(np.concatenate(list(renderer.stream([numbered(30)], kept=tmp_path))), whole)


@pytest.mark.usefixtures("bf16")
def test_options_of_sampling_are_taken_and_others_refused(renderer):
    assert not np.array_equal(renderer.render(numbered(3), guidance=1.0), renderer.render(numbered(3)))
    assert not np.array_equal(renderer.render(numbered(3), sampling_steps=1), renderer.render(numbered(3)))
    low, full = (renderer.render(numbered(3), guidance=1.0, precision=name) for name in ("bf16", "32"))
    assert not np.array_equal(low, full) and np.abs(low.astype(float) - full).mean() < 5
    with pytest.raises(UserError, match="precision 8"):
        renderer.render(numbered(3), precision="8")
    with pytest.raises(UserError, match="no such option"):
        renderer.render(numbered(3), colour=1)
    with pytest.raises(UserError, match="unknown sampler"):
        renderer.render(numbered(3), sampler="magic")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sampling_steps", 0, "0 sampling steps"),
        ("sampling_steps", 2.5, "sampling_steps 2.5: give a number, such as 3"),
        ("sampling_steps", "few", "sampling_steps few: give a number, such as 3"),
        ("guidance", float("inf"), "finite weight"),
        ("rescale", 2, "share from 0 to 1"),
    ],
)
def test_impossible_numbers_are_refused(renderer, name, value, said):
    with pytest.raises(UserError, match=said):
        renderer.sampling(**{name: value})


def test_a_number_is_taken_as_the_settings_have_it(renderer):
    how = renderer.sampling(precision=32, guidance=2)
    assert (how.precision, how.guidance) == ("32", 2.0)


def test_conditions_that_cannot_be_rendered_are_refused(renderer, clips):
    for condition, frames in ((clips.clips[0].pose, 0), (numbered(3), -1), (numbered(0), None)):
        with pytest.raises(UserError, match="nothing to render"):
            renderer.render(condition, frames=frames)
    with pytest.raises(UserError, match="embeddings of 8 × 4 × 8: tiny takes 8 × 8 × 8 a frame"):
        renderer.render(torch.zeros(3, 8, 4, 8))
    with pytest.raises(UserError, match="embeddings hold NaN"):
        renderer.render(torch.full((3, 8, 8, 8), float("nan")))
    pose = clips.clips[0].pose
    with pytest.raises(UserError, match="NaN"):
        renderer.render(replace(pose, points=np.full_like(pose.points, np.nan)))


def test_a_model_that_never_missed_its_condition_is_not_guided(renderer, awake, monkeypatch):
    monkeypatch.setattr(awake.settings.diffusion, "drop_text", 0.0)
    assert len(renderer.render(numbered(2), guidance=1.0)) == 2
    with pytest.raises(UserError, match="leave guidance at 1"):
        renderer.render(numbered(2))


def test_a_pose_without_hands_is_refused(renderer, clips):
    pose = clips.clips[0].pose
    hands = [i for i, name in enumerate(pose.skeleton.points) if "index" in name]
    confidence = pose.confidence.copy()
    confidence[:, hands] = 0
    unseen = Pose(pose.points, confidence, pose.fps, pose.skeleton)
    with pytest.raises(UserError, match="no hands"):
        renderer.render(unseen)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((64, 32, 3), np.uint8), "32×64"),
        (np.zeros((8, 8, 3), np.uint8), "only 8×8"),
        (np.zeros((32, 32, 3), np.uint8), "one colour"),
        (np.zeros((32, 32), np.uint8), r"give uint8 \[H, W, 3\]"),
        ("missing.png", "no such file"),
    ],
)
def test_pictures_that_cannot_be_a_reference_are_refused(renderer, picture, said):
    with pytest.raises(UserError, match=said):
        renderer.render(numbered(2), picture)


def test_a_photograph_is_seen_upright(tmp_path):
    """Telephones write pictures as their sensor lies, and beside them how they were held."""
    upright = np.zeros((64, 48, 3), np.uint8)
    upright[:20] = (250, 200, 150)
    turned = Image.Exif()
    turned[0x0112] = 6  # its top is the right-hand side of what was held upright
    Image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(tmp_path / "a.png", exif=turned)
    np.testing.assert_array_equal(reference_picture(tmp_path / "a.png", (64, 48)), upright)


def test_a_file_that_is_no_picture_is_refused(renderer, clips, tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    Image.fromarray(clips.clips[0].video[0]).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:400])
    for path in (tmp_path / "a.png", tmp_path / "b.png", tmp_path):
        with pytest.raises(UserError, match=r"cannot be read as a picture.*; give a \.png"):
            renderer.render(numbered(2), path)


def test_a_picture_unlike_all_signers_is_refused(awake, renderer, clips, tmp_path):
    """Noise and stripes are, another frame of a known signer is not; before looks are known, everything is."""
    chance = np.random.default_rng(0)
    foreign = [chance.integers(0, 256, (32, 32, 3)), np.indices((32, 32)).sum(0)[..., None] % 2 * [[[255, 0, 90]]]]
    foreign = [picture.astype(np.uint8) for picture in foreign]
    renderer.render(numbered(1), foreign[0])
    known = type(awake)(awake.settings)
    known.load_state_dict(awake.state_dict())
    frames = np.concatenate([clip.video[1:] for clip in clips.clips])
    others = signerless(frames, chance)
    known.looks.fit(*(known.look_features(torch.from_numpy(some)) for some in (frames, others)))
    strict = Renderer(renderer.card, known.eval())
    Image.fromarray(clips.clips[0].video[0]).resize((64, 64)).save(tmp_path / "signer.png")
    assert strict.render(numbered(1), tmp_path / "signer.png").shape[0] == 1
    for picture in foreign:
        with pytest.raises(UserError, match="looks like none of the signers"):
            strict.render(numbered(1), picture)


def there(model):
    """A copy of the model on the device that is pretended."""
    made = SignVideo(model.settings).eval()
    made.load_state_dict(model.state_dict())
    return made.to("meta")


@pytest.mark.parametrize("sampler", ["dpm_solver", "ddpm"])
def test_all_is_computed_where_the_weights_lie(renderer, clips, tmp_path, other_device, sampler):
    """Of poses and embeddings, with and without a reference, led on and gone on with; with the pictures of a CPU."""
    moved, look = replace(renderer, model=there(renderer.model)), np.array(clips.clips[0].video[0])
    assert moved.device.type == "meta" and renderer.device.type == "cpu"
    for condition, reference in ((numbered(16), look), (clips.clips[0].pose, None)):
        wanted = renderer.render(condition, reference, sampler=sampler)
        assert np.array_equal(moved.render(condition, reference, sampler=sampler), wanted)
    stopped = moved.stream([numbered(16)], look, kept=tmp_path)
    next(stopped)
    stopped.close()
    went_on = np.concatenate(list(moved.stream([numbered(16)], look, kept=tmp_path)))
    assert np.array_equal(went_on, renderer.render(numbered(16), look))


def test_a_device_that_is_not_here_is_refused(renderer):
    found = Artefact(renderer.card, renderer.model, None)
    assert Renderer.of(found, "cpu").device.type == "cpu"
    for name, said in (("cuda:99", "PyTorch sees"), ("gpu", "unknown; give auto"), ("cpu:1", "unknown")):
        with pytest.raises(UserError, match=f"device {name}.*{said}"):
            Renderer.of(found, name)


def test_a_gpu_is_taken_where_there_is_one(monkeypatch):
    for there, taken in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert chosen_device().type == taken
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert chosen_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(UserError, match="sees 2"):
        chosen_device("cuda:2")
