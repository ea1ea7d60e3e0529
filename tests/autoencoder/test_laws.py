"""What every autoencoder of poses must hold, whichever it is; ``kind`` runs over all of them."""

import numpy as np
import pytest
import torch

from sign_latent.autoencoder.contract import frame_mask
from sign_latent.autoencoder.whitening import DEAD_VARIANCE


@pytest.mark.parametrize(("stride", "skeleton"), [(1, "phoenix50"), (4, "smplx"), (8, "phoenix50")])
def test_a_clip_alone_is_the_clip_in_a_longer_batch(kind, stride, skeleton, build, moving_pose):
    model = build(kind, skeleton, stride=stride)
    short, long = moving_pose(21, 1, skeleton), moving_pose(50, 2, skeleton)
    with torch.no_grad():
        alone, _ = model.encode([short])
        together, mask = model.encode([short, long])
        assert mask.sum(1).tolist() == [-(-21 // stride), -(-50 // stride)]
        torch.testing.assert_close(together[0, : alone.shape[1]], alone[0], atol=1e-4, rtol=1e-4)
        decoded = model.decode(alone, [21]).points[0]
        batched = model.decode(together, [21, 50])
    torch.testing.assert_close(batched.points[0, :21], decoded, atol=1e-4, rtol=1e-4)
    assert batched.mask.sum(1).tolist() == [21, 50]


def test_what_stands_in_the_padding_is_never_read(kind, build, moving_pose):
    model = build(kind)
    features, mask = model.pack([moving_pose(13), moving_pose(30, 1)])
    other = features.clone()
    other[~mask] = 7.0
    with torch.no_grad():
        (mean, std), (mean_other, std_other) = model.posterior(features, mask), model.posterior(other, mask)
        assert torch.equal(mean, mean_other) and torch.equal(std, std_other)
        z = mean.clone()
        z[~model.latent_frames(mask)] = 3.0
        decoded, decoded_other = model.decode_features(mean, mask), model.decode_features(z, mask)
    assert torch.equal(decoded[mask], decoded_other[mask])


@pytest.mark.parametrize("frames", [1, 3, 5, 1000])
def test_clips_of_any_length_have_latents(kind, frames, build, moving_pose):
    model = build(kind)
    with torch.no_grad():
        z, mask = model.encode([moving_pose(frames)])
        assert z.shape[1] == mask.sum() == -(-frames // 4) and torch.isfinite(z).all()
        pose = model.poses(z, [frames])[0].validate()
    assert len(pose) == frames and np.isfinite(pose.points).all()


def test_what_is_far_away_in_time_changes_nothing(kind, build, moving_pose):
    """So a long clip cannot drift: the start of 400 frames is the start of 200."""
    model = build(kind)
    features, mask = model.pack([moving_pose(400)])
    with torch.no_grad():
        whole, _ = model.posterior(features, mask)
        half, _ = model.posterior(features[:, :200], mask[:, :200])
    torch.testing.assert_close(whole[:, :20], half[:, :20], atol=1e-4, rtol=1e-4)


def test_whitening_is_exact_on_what_it_was_fitted_on(kind, build, moving_pose):
    model = build(kind)
    features, mask = model.pack([moving_pose(n, n) for n in (40, 33, 25)])
    model.fit_whitening([(features[:2], mask[:2]), (features[2:], mask[2:])])
    with torch.no_grad():
        mean, std = model.posterior(features, mask)
    valid, alive = model.latent_frames(mask), ~model.latent_dead
    mean, std = mean[valid][:, alive], std[valid][:, alive]
    assert alive.any()
    torch.testing.assert_close(mean.mean(0), torch.zeros(mean.shape[1]), atol=1e-4, rtol=0)
    total = mean.var(0, unbiased=False) + std.square().mean(0)
    torch.testing.assert_close(total, torch.ones(mean.shape[1]), atol=1e-3, rtol=0)


def test_dead_channels_are_listed_and_not_amplified(kind, build, moving_pose):
    """Of clips that stand still, no channel moves."""
    model = build(kind)
    still = moving_pose(1)
    features, mask = model.pack([still])
    model.fit_whitening([(features.expand(3, 40, -1, -1).clone(), mask.expand(3, 40))])
    # the edges of a clip are seen, so not every channel stands entirely still
    with torch.no_grad():
        _, std = model.posterior(features, mask)
    spec = model.spec
    assert set(spec.dead) == set(model.latent_dead.flatten().nonzero().flatten().tolist()) and spec.dead
    assert (model.latent_std >= DEAD_VARIANCE**0.5 * 0.999).all()
    if model.codes:
        assert (model.latent_std[model.latent_dead] == 1).all() and not std.any()


def test_the_spec_agrees_with_the_shapes(kind, build, moving_pose):
    for stride in (1, 2, 4, 8):
        model = build(kind, stride=stride)
        z, _ = model.encode([moving_pose(16)])
        spec = model.spec
        assert spec.domain == "pose" and spec.skeleton == "smplx" and spec.fps == 25.0
        assert z.shape == (1, -(-16 // spec.stride), spec.slots, spec.width)
        assert (spec.codes is None) == (spec.places is None) == ("vae" in kind)
        if spec.codes:
            assert model.tokens(z).shape == (1, -(-16 // spec.stride), spec.places)
            assert int(model.tokens(z).max()) < spec.codes


def test_bf16_autocast_is_close_to_fp32(kind, build, moving_pose):
    model = build(kind)
    features, mask = model.pack([moving_pose(40), moving_pose(29, 1)])
    model.fit_whitening([(features, mask)])
    with torch.no_grad():
        z, _ = model.posterior(features, mask)
        decoded = model.decode(z, [40, 29])
        with torch.autocast("cpu", torch.bfloat16):
            rough, _ = model.posterior(features, mask)
            decoded_rough = model.decode(z, [40, 29])
    assert (decoded.points - decoded_rough.points)[decoded.mask].norm(dim=-1).mean() < 0.01
    if model.codes:
        assert (model.tokens(z) == model.tokens(rough))[model.latent_frames(mask)].float().mean() > 0.85
    else:
        assert (z - rough).square().mean().sqrt() < 0.05 * z.square().mean().sqrt()


def test_weights_in_bf16_encode_and_decode(kind, build, moving_pose):
    model = build(kind).to(torch.bfloat16)
    with torch.no_grad():
        z, _ = model.encode([moving_pose(9)])
        assert z.dtype == torch.float32 and torch.isfinite(z).all()
        assert np.isfinite(model.poses(z, [9])[0].points).all()


def test_numbers_of_missing_joints_are_not_encoded(kind, build, moving_pose):
    model = build(kind)
    pose, other = moving_pose(12), moving_pose(12)
    for clip in (pose, other):
        clip.confidence = clip.confidence.copy()
        clip.confidence[3:7, list(clip.skeleton.parts["left_hand"])] = 0
    other.rotations[3:7, 25:40] = 1.0
    with torch.no_grad():
        (z, _), (z_other, _) = model.encode([pose]), model.encode([other])
    assert torch.equal(z, z_other)
    pose.confidence[:] = 1
    with torch.no_grad():
        assert not torch.equal(model.encode([pose])[0], z)


def test_a_few_steps_of_training_lower_the_loss(kind, build, moving_pose):
    model = build(kind).train()
    features, mask = model.pack([moving_pose(40, s) for s in range(4)])
    confidence = torch.ones(features.shape[:3])
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        loss = model.loss(features, confidence, mask)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_hidden_joints_do_not_enter_the_loss(kind, build, moving_pose):
    model = build(kind)
    features, mask = model.pack([moving_pose(16)])
    confidence = torch.ones(features.shape[:3])
    confidence[:, :, 5] = 0
    gradient = torch.zeros_like(features, requires_grad=True)
    plain = model.raw_decode

    def watched(z, mask):
        return plain(z, mask) + gradient

    model.raw_decode = watched
    # of rotations, a parent's error moves its children; features of the node itself are weighed by its confidence
    model.settings.loss.position = 0
    model.loss(features, confidence, mask)["loss"].backward()
    reached = gradient.grad.abs().sum((0, 1, 3)) > 0
    assert not reached[5] and reached[[4, 6]].all()


def test_tokens_round_trip_and_decode_alike(discrete, build, moving_pose):
    model = build(discrete)
    features, mask = model.pack([moving_pose(40), moving_pose(22, 1)])
    with torch.no_grad():
        model.fit_whitening([(features, mask)])
        z = torch.randn(2, 10, model.spec.slots, model.spec.width)
        tokens = model.tokens(z)
        assert tokens.shape == (2, 10, model.spec.places) and int(tokens.max()) < model.spec.codes
        assert torch.equal(model.tokens(model.from_tokens(tokens)), tokens)
        frames = frame_mask([40, 22])
        assert torch.equal(model.decode_features(model.from_tokens(tokens), frames), model.decode_features(z, frames))
        encoded, _ = model.posterior(features, mask)
        again = model.from_tokens(model.tokens(encoded))
        assert torch.equal(again[model.latent_frames(mask)], encoded[model.latent_frames(mask)])


def test_gradients_pass_the_snapping_of_a_decoder(discrete, build):
    model = build(discrete)
    z = torch.randn(1, 5, model.spec.slots, model.spec.width, requires_grad=True)
    model.decode_features(z, frame_mask([20])).square().sum().backward()
    assert z.grad.abs().sum() > 0 and torch.isfinite(z.grad).all()
    # what is decoded is the same; the decoder's own products may be summed in another order without gradients
    assert torch.equal(model.unwhitened(z.detach()), model.unwhitened(z))
