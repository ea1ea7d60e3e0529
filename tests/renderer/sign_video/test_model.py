"""What is zero at first changes nothing, and each part of the model does what it is for."""

from dataclasses import replace

import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.renderer.sign_video import pixels as module
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.pixels import at_once
from sign_latent.renderer.sign_video.settings import PixelSettings, SignVideoSettings, UNetSettings
from sign_latent.renderer.sign_video.temporal import layers_of_time


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def predicted(model, frames=4, embeddings=None, reference=0, z=None, kept=None):
    given = noise(1, frames, 8, 8, 8, seed=5) if embeddings is None else embeddings
    bank = model.bank(noise(1, 48, 8, 8, seed=10 + reference), kept)
    return model(noise(1, frames, 48, 8, 8) if z is None else z, torch.tensor([500]), given, bank)


@torch.no_grad()
def test_an_untrained_guider_changes_nothing(fresh, awake):
    none = torch.zeros(1, 4, 8, 8, 8)
    assert torch.equal(predicted(fresh), predicted(fresh, embeddings=none))
    assert not torch.allclose(predicted(awake), predicted(awake, embeddings=none))


@torch.no_grad()
def test_step_2_starts_from_the_function_of_step_1(fresh, awake):
    """Untrained, frames of a window are what each is alone; trained, they see each other."""
    z, given = noise(1, 4, 48, 8, 8), noise(1, 4, 8, 8, 8, seed=5)
    for model, alike in ((fresh, True), (awake, False)):
        alone = torch.cat([predicted(model, embeddings=given[:, i : i + 1], z=z[:, i : i + 1]) for i in range(4)], 1)
        assert torch.allclose(predicted(model, z=z, embeddings=given), alone, atol=1e-5) == alike


def test_each_step_trains_its_own_layers(awake):
    model = SignVideo(awake.settings)
    time = {id(p) for layer in layers_of_time(model) for p in layer.parameters()}
    for temporal in (False, True):
        model.train_only(temporal)
        trained = {id(p) for p in model.parameters() if p.requires_grad}
        assert trained == (time if temporal else {id(p) for p in model.parameters()} - time)


def test_gradients_reach_all_that_is_trained(awake):
    model = SignVideo(awake.settings)
    model.load_state_dict(awake.state_dict())
    for temporal, frames in ((False, 1), (True, 3)):
        model.train_only(temporal)
        model.zero_grad()
        pictures = torch.randint(0, 255, (1, frames, 32, 32, 6), generator=torch.Generator().manual_seed(0)).byte()
        predicted(model, frames, model.embed(pictures)).square().mean().backward()
        without = [n for n, p in model.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
        # what follows the last self-attention of the Reference Net has nobody who reads it
        assert all(name.startswith("reference.up_blocks.0") for name in without), without
        assert temporal or len(without) < 20


def test_what_is_computed_anew_is_what_was_computed(awake):
    found = {}
    for checkpointing in (False, True):
        model = SignVideo(replace(awake.settings, unet=replace(awake.settings.unet, checkpointing=checkpointing)))
        model.load_state_dict(awake.state_dict())
        made = predicted(model)
        made.square().mean().backward()
        found[checkpointing] = {n: p.grad for n, p in model.named_parameters() if p.grad is not None} | {"": made}
    assert found[True].keys() == found[False].keys()
    for name, value in found[False].items():
        torch.testing.assert_close(found[True][name], value)


@torch.no_grad()
def test_the_reference_is_seen_and_can_be_left_out(awake):
    one, other = predicted(awake), predicted(awake, reference=1)
    assert not torch.allclose(one, other, atol=1e-3)
    out = torch.zeros(1)
    assert torch.equal(predicted(awake, kept=out), predicted(awake, reference=1, kept=out))
    assert torch.equal(predicted(awake, kept=torch.ones(1)), one)


@torch.no_grad()
def each_clip_is_alone(model):
    z, given, looks = noise(2, 3, 48, 8, 8), noise(2, 3, 8, 8, 8, seed=5), noise(2, 48, 8, 8, seed=10)
    t = torch.tensor([500, 20])
    both = model(z, t, given, model.bank(looks))
    for i in range(2):
        one = slice(i, i + 1)
        alone = model(z[one], t[one], given[one], model.bank(looks[one]))
        torch.testing.assert_close(both[one], alone, atol=1e-4, rtol=1e-4)


def test_clips_of_a_batch_do_not_see_each_other(awake):
    each_clip_is_alone(awake)


@torch.no_grad()
def test_a_reference_beside_adds_nothing_at_first_and_then_moves_its_own_places(awake):
    model = SignVideo(replace(awake.settings, unet=replace(awake.settings.unet, reference_beside=True))).eval()
    model.load_state_dict(awake.state_dict(), strict=False)
    torch.testing.assert_close(predicted(model), predicted(awake))
    torch.nn.init.normal_(model.beside.weight)
    assert not torch.allclose(predicted(model), predicted(awake), atol=1e-2)
    assert torch.equal(predicted(model, kept=torch.zeros(1)), predicted(awake, kept=torch.zeros(1)))
    each_clip_is_alone(model)
    looks = noise(1, 48, 8, 8)
    assert torch.equal(model.looks.pooled(model.bank(looks)), awake.looks.pooled(awake.bank(looks)))


@torch.no_grad()
def test_conditions_do_not_mix_in_the_encoder(awake):
    pictures = torch.zeros(1, 1, 32, 32, 6, dtype=torch.uint8)
    moved = pictures.clone()
    moved[..., 3:] = 200
    one, other = awake.embed(pictures), awake.embed(moved)
    assert torch.equal(one[:, :, :4], other[:, :, :4]) and not torch.allclose(one[:, :, 4:], other[:, :, 4:])
    assert one.shape == (1, 1, 8, 8, 8)


def test_patches_lose_nothing_and_stay_in_bounds(awake):
    video = torch.randint(0, 256, (1, 2, 32, 32, 3), generator=torch.Generator().manual_seed(0)).byte()
    z = awake.latents(video)
    assert z.shape == (1, 2, 48, 8, 8) and z.abs().max() <= awake.settings.diffusion.clamp
    assert torch.equal(awake.pictures(z[0]), video[0])


@torch.no_grad()
def test_an_autoencoder_of_pictures_serves_as_well(settings, monkeypatch):
    """A few pictures at a time: of large ones, together they would fill a GPU."""
    pixels = PixelSettings(kind="vae", widths=[8, 8, 8], blocks=1, groups=4)
    model = SignVideo(settings(pixels=pixels)).eval()
    z = model.latents(torch.zeros(1, 2, 32, 32, 3, dtype=torch.uint8))
    assert z.shape == (1, 2, 4, 8, 8) and model.pictures(z[0]).shape == (2, 32, 32, 3)
    assert [at_once((side, side)) for side in (96, 512, 2048)] == [113, 4, 1] and at_once((64, 64), 8) == 4
    video = torch.randint(0, 256, (1, 5, 32, 32, 3), generator=torch.Generator().manual_seed(0)).byte()
    together = model.latents(video)[0]
    shown = model.pictures(together)
    monkeypatch.setattr(module, "_PIXELS", 2 * 32 * 32)
    torch.testing.assert_close(model.latents(video)[0], together, atol=1e-5, rtol=1e-4)
    assert (model.pictures(together).int() - shown).abs().max() <= 1
    model.train_only(False)
    assert not any(p.requires_grad for p in model.pixels.parameters())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"size": [30, 30]}, "multiples of 4"),
        ({"size": [32]}, "height and width"),
        ({"encoder_widths": [8, 8]}, "halve as often"),
        ({"conditions": ["hands", "hands"]}, "at most once"),
        ({"conditions": ["depth"]}, "each of pose, hands"),
        ({"window": 40}, "1 to 32"),
        ({"overlap": 24}, "fewer shared"),
        ({"condition": "text"}, "takes pose"),
    ],
)
def test_settings_that_do_not_fit_are_named(more, said):
    with pytest.raises(UserError, match=said):
        SignVideo(SignVideoSettings(**more))


def test_the_paper_s_sizes():
    """Stable Diffusion 1.5's U-Net and autoencoder, whose sizes are known, and AnimateDiff's layers over time."""
    import yaml

    from sign_latent.registry import settings_from
    from stages.recipe import ROOT

    given = yaml.safe_load((ROOT / "configs" / "renderer" / "paper.yaml").read_text())["renderer"]
    with torch.device("meta"):
        model = SignVideo(settings_from(SignVideoSettings, given))
    assert model.settings.unet == UNetSettings(
        [320, 640, 1280, 1280], [True] * 3 + [False], 2, 8, 32, 768, checkpointing=True
    )
    time = sum(p.numel() for layer in layers_of_time(model.denoiser) for p in layer.parameters())
    assert sum(p.numel() for p in model.denoiser.parameters()) - time == 859_520_964
    assert sum(p.numel() for p in model.pixels.parameters()) == 83_653_863
    assert 0.45e9 < time < 0.46e9
