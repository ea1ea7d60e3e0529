"""The stage trains both steps, publishes, renders, and goes on after a stop; foreign weights are a beginning."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel

from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.pretrained import begin_with
from sign_latent.renderer.sign_video.render import Renderer
from sign_latent.renderer.sign_video.settings import PixelSettings, UNetSettings
from sign_latent.training import TrainSettings
from stages import renderer as stage


@pytest.fixture
def train(settings, few_clips, sign_latent_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    how = {"batch_size": 2, "warmup": 1, "logger": "none", "accelerator": "cpu", "runs": str(tmp_path / "runs")}

    def run(name, steps=2, resume=False, frames=None, size=(32, 32), kept=True, **more):
        brief = TrainSettings(steps=steps, resume=resume, save_every=1, **how)
        video = stage.VideoSettings(clips=4, frames=frames, looks=4, targets=2, audited=2, kept=kept)
        sizes = replace(settings(), size=list(size))
        return stage.train(name, str(few_clips), sizes, video, train=brief, temporal=brief, **more)

    return run


def test_a_trained_renderer_is_published_and_renders(train):
    card = train("mine")
    assert card.condition == "pose" and card.model == "sign_video" and card.audit["clips"] == 2
    assert {"hand_error_own", "hand_error_other", "hand_error_still"} < card.audit.keys()
    assert card.audit["references_known"] == 1
    found = registry.load("mine")
    video = Renderer(found.card, found.model).render(torch.zeros(3, 8, 8, 8))
    assert video.shape == (3, 32, 32, 3)
    assert not found.model.looks.look_weight.any()  # eight pictures say nothing of what is unlike them
    with pytest.raises(UserError, match="exists already"):
        train("mine")


def test_pictures_that_are_painted_anew_teach_the_same(train, tmp_path):
    weights = train("anew", kept=False).weights_sha256
    assert not list(tmp_path.rglob("rendered-*")) and train("kept").weights_sha256 == weights
    with pytest.raises(UserError, match="video.kept: pictures of films"):
        filmed = stage.VideoSettings(source="filmed", kept=False)
        stage.pictured_clips(None, "train", None, filmed, 4)


def test_pictures_of_another_aspect_are_trained_and_rendered(train, few_clips, tmp_path):
    """Upright as the paper's of PHOENIX14T, whose sides are halved to an odd number of places, too."""
    train("upright", size=(40, 28))
    made = Renderer.of(registry.load("upright"))
    pose = Corpus.open(few_clips).split("dev")[0].pose
    shown = next(iter(draw_pose(pose, 40, signer_look(3), body="capsules")))
    video = made.render(pose, shown[:, 6:34], frames=8)
    assert video.shape == (8, 40, 28, 3)
    with pytest.raises(UserError, match="is 40×40, and the model's pictures are 28×40"):
        made.render(pose, shown, frames=8)


def test_clips_too_short_for_step_2_are_refused_before_step_1(train, tmp_path):
    with pytest.raises(UserError, match="none has 6 frames"):
        train("short", frames=5)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("stopped_in", [1, 2])
def test_a_stopped_training_ends_with_the_same_weights(train, monkeypatch, stopped_in):
    whole, fits, real = train("whole"), [], stage.fit

    def stopping(name, model, loss, *more):
        fits.append(name)
        seen = []

        def stop(*given):
            seen.append(1)
            if len(fits) == stopped_in and len(seen) == 2:
                raise KeyboardInterrupt
            return loss(*given)

        return real(name, model, stop, *more)

    monkeypatch.setattr(stage, "fit", stopping)
    with pytest.raises((UserError, KeyboardInterrupt)):
        train("halted")
    monkeypatch.setattr(stage, "fit", real)
    with pytest.raises(UserError, match="resume"):
        train("halted")
    assert train("halted", resume=True).weights_sha256 == whole.weights_sha256


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Weights in the layout of Stable Diffusion and AnimateDiff, as diffusers itself writes them."""
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("weights")
    unet = UNet2DConditionModel(
        sample_size=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=6,
        attention_head_dim=2,
    )
    unet.save_pretrained(folder / "unet")
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 8),
        norm_num_groups=4,
        scaling_factor=0.5,
    )
    vae.save_pretrained(folder / "vae")
    MotionAdapter((8, 16), 1, motion_num_attention_heads=2, motion_norm_num_groups=4).save_pretrained(folder / "time")
    return folder


@pytest.fixture
def alike(settings):
    """A model of the sizes of the foreign weights."""
    unet = UNetSettings(widths=[8, 16], attention=[False, True], groups=4, text=6)
    model = settings(pixels=PixelSettings(kind="vae", widths=[8, 8, 8], blocks=1, groups=4))
    model.unet = unet
    return SignVideo(model).eval()


@torch.no_grad()
def test_stable_diffusion_s_weights_are_a_beginning(alike, foreign):
    """What they make of a picture without conditions is what the model then makes, to rounding."""
    begin_with(alike, str(foreign))
    theirs = UNet2DConditionModel.from_pretrained(foreign, subfolder="unet")
    z, t, text = torch.randn(2, 1, 4, 8, 8), torch.tensor([400, 30]), torch.randn(1, 1, 6)
    alike.text.copy_(text)
    found = alike(z, t, torch.zeros(2, 1, 8, 8, 8), {})
    torch.testing.assert_close(found[:, 0], theirs(z[:, 0], t, text.expand(2, -1, -1)).sample, atol=1e-5, rtol=1e-4)
    vae = AutoencoderKL.from_pretrained(foreign, subfolder="vae")
    video = torch.randint(0, 256, (1, 2, 32, 32, 3)).byte()
    pixels = video[0].movedim(-1, 1) / 127.5 - 1
    torch.testing.assert_close(alike.latents(video)[0], vae.encode(pixels).latent_dist.mode() * 0.5)


@torch.no_grad()
def test_animatediff_s_layers_are_a_beginning(alike, foreign):
    z, none = torch.randn(1, 3, 4, 8, 8), torch.zeros(1, 3, 8, 8, 8)
    before = alike(z, torch.tensor([9]), none, {})
    begin_with(alike, None, str(foreign / "time"))
    assert not torch.allclose(before, alike(z, torch.tensor([9]), none, {}))


def test_weights_that_are_missing_or_of_other_sizes_are_named(fresh, alike, foreign, tmp_path):
    with pytest.raises(UserError, match=r"weights .*nowhere: cannot be read"):
        begin_with(alike, str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="is not as in this model"):
        begin_with(fresh, str(foreign))
    with pytest.raises(UserError, match="is not as in this model"):
        begin_with(SignVideo(alike.settings), None, str(_other_adapter(tmp_path)))


def _other_adapter(folder):
    MotionAdapter((8, 8), 1, motion_num_attention_heads=2, motion_norm_num_groups=4).save_pretrained(folder)
    return folder


def test_a_pickle_is_not_read(alike, tmp_path):
    torch.manual_seed(0)
    UNet2DConditionModel(
        down_block_types=("DownBlock2D",), up_block_types=("UpBlock2D",), block_out_channels=(8,), norm_num_groups=4
    ).save_pretrained(tmp_path / "unet", safe_serialization=False)
    with pytest.raises(UserError, match="cannot be read"):
        begin_with(alike, str(tmp_path))


def test_looks_are_learnt_from_enough_pictures(fresh, clips):
    many = stage.ConditionedClips(list(clips.clips) * 11, clips.conditions * 11)
    stage.learn_looks(fresh, clips, 0)
    assert stage.references_known(fresh, clips, 0) == {"references_known": 1, "signerless_known": 1}
    stage.learn_looks(fresh, many, 0)
    known = stage.references_known(fresh, clips, 0)
    assert known["references_known"] == 1 and known["signerless_known"] < 0.3


def test_steps_are_pure_functions_of_seed_and_number(clips, settings):
    how = TrainSettings(batch_size=2)
    loss = stage.SignVideoLossSettings(swapped=0.5)
    one, again, other = (stage.of_step(clips, settings(), loss, how, 3, False, step) for step in (4, 4, 5))
    assert torch.equal(one.conditions, again.conditions) and torch.equal(one.video, again.video)
    assert not np.array_equal(one.video, other.video)
