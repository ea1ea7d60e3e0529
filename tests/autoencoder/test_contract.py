"""What every autoencoder of poses must hold, whichever it is."""

import numpy as np
import pytest
import torch

from sign_latent.autoencoder.backbone import BackboneSettings, halvings
from sign_latent.autoencoder.contract import feature_statistics, frame_mask
from sign_latent.autoencoder.fsq import PoseFSQ, PoseFSQSettings
from sign_latent.autoencoder.layout import layout_of, pack
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.errors import UserError
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SMALL = {"width": 16, "joint_width": 8}
MODELS = {"vae": (SkeletalVAE, SkeletalVAESettings), "fsq": (PoseFSQ, PoseFSQSettings)}


def moving_pose(frames, seed=0, skeleton="smplx"):
    """Smooth random motion."""
    chance = np.random.default_rng(seed)
    skeleton = get_skeleton(skeleton)
    time = np.linspace(0, 1, frames)[:, None, None]
    points = len(skeleton.points)

    def waves(count, size):
        phase, rate = chance.uniform(0, 6, (1, count, size)), chance.uniform(1, 4, (1, count, size))
        return (0.3 * np.sin(phase + 6 * rate * time)).astype(np.float32)

    confidence = np.ones((frames, points), np.float32)
    if not skeleton.rotated:
        return Pose(waves(points, skeleton.dimensions), confidence, 25.0, skeleton)
    rotations, expression = waves(len(skeleton.rotated), 3), waves(skeleton.expression, 1)[..., 0]
    place = {p: i for i, p in enumerate(skeleton.rotated)}
    rotations[:, [place[p] for p in skeleton.still if p in place]] = 0
    fk = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(rotations)), torch.from_numpy(expression))
    return Pose(fk.numpy(), confidence, 25.0, skeleton, rotations, expression)


def build(kind, skeleton="smplx", **extra):
    torch.manual_seed(0)
    cls, settings = MODELS[kind]
    model = cls(settings(skeleton=skeleton, **SMALL, **extra))
    features = [pack(model.layout, moving_pose(40, s, skeleton))[0] for s in range(4)]
    model.set_feature_statistics(*feature_statistics(features, model.present))
    return model.eval()


@pytest.mark.parametrize("skeleton", ["smplx", "phoenix50"])
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("stride", [1, 4, 8])
def test_padding_never_changes_valid_frames(kind, stride, skeleton):
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


def test_features_and_poses_are_inverse():
    """Pack then unpack gives back rotations and expression, and points by forward kinematics."""
    from sign_latent.autoencoder.geometry import unpack

    layout, pose = layout_of("smplx"), moving_pose(12)
    features, _ = pack(layout, pose)
    mask = torch.ones(1, 12, dtype=torch.bool)
    back = unpack(layout, torch.from_numpy(features)[None], mask).poses(layout, 25.0)[0].validate()
    np.testing.assert_allclose(back.rotations, pose.rotations, atol=1e-4)
    np.testing.assert_allclose(back.expression, pose.expression, atol=1e-6)
    np.testing.assert_allclose(back.points, pose.points, atol=1e-4)


@pytest.mark.parametrize("slots", [5, 7, 9])
@pytest.mark.parametrize("skeleton", ["smplx", "upper79"])
def test_every_node_is_in_a_slot(slots, skeleton):
    layout = layout_of(skeleton)
    groups = layout.groups(slots)
    assert len(groups) == slots and all(groups)
    assert {node for group in groups for node in group} == set(range(layout.nodes))


def test_whitening_is_exact_on_what_it_was_fitted_on():
    model = build("vae")
    features, mask = model.pack([moving_pose(n, n) for n in (40, 33, 25)])
    model.fit_whitening([(features, mask)])
    with torch.no_grad():
        mean, std = model.posterior(features, mask)
    valid = mask[:, ::4]
    alive = ~model.latent_dead
    mean, std = mean[valid][:, alive], std[valid][:, alive]
    torch.testing.assert_close(mean.mean(0), torch.zeros(mean.shape[1]), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        mean.var(0, unbiased=False) + std.square().mean(0), torch.ones(mean.shape[1]), atol=1e-3, rtol=0
    )


def test_dead_channels_are_listed_and_not_amplified():
    model = build("vae")
    with torch.no_grad():
        model.to_latent.weight[:3] = 0
        model.to_latent.weight[16:19] = 0
        model.to_latent.bias[16:19] = -12
    features, mask = model.pack([moving_pose(40)])
    model.fit_whitening([(features, mask)])
    assert {s * 16 + c for s in range(7) for c in range(3)} <= set(model.spec.dead)
    assert (model.latent_std[:, :3] == 1).all()


def test_tokens_round_trip_and_decode_alike():
    model = build("fsq", tokens_per_slot=2)
    features, mask = model.pack([moving_pose(40), moving_pose(22, 1)])
    with torch.no_grad():
        model.fit_whitening([(features, mask)])
        z = torch.randn(2, 10, 7, 8)
        tokens = model.tokens(z)
        assert tokens.shape == (2, 10, model.spec.places) and tokens.max() < model.spec.codes == 625
        assert torch.equal(model.tokens(model.from_tokens(tokens)), tokens)
        frames = frame_mask([40, 22])
        assert torch.equal(model.decode_features(model.from_tokens(tokens), frames), model.decode_features(z, frames))


def test_tokens_outside_the_book_and_nan_are_refused():
    model = build("fsq")
    with pytest.raises(UserError, match="625"):
        model.from_tokens(torch.full((1, 1, model.places), 625))
    with pytest.raises(UserError, match="NaN"):
        model.tokens(torch.full((1, 1, 7, 8), float("nan")))
    with pytest.raises(UserError, match="NaN"):
        model.decode(torch.full((1, 1, 7, 8), float("nan")), [4])


def test_another_frame_rate_is_resampled():
    model = build("vae")
    fast = moving_pose(50)
    fast.fps = 50.0
    z, mask = model.encode([fast])
    assert mask.sum() == pytest.approx(-(-25 // 4), abs=1)


def test_wrong_skeleton_and_missing_rotations_are_named():
    model = build("vae")
    with pytest.raises(UserError, match="phoenix50"):
        model.encode([moving_pose(8, skeleton="phoenix50")])
    bare = moving_pose(8)
    bare.rotations = None
    with pytest.raises(UserError, match="without rotations"):
        model.encode([bare])
    with pytest.raises(UserError, match="stride 3"):
        halvings(3)
    with pytest.raises(UserError, match="5"):
        SkeletalVAE(SkeletalVAESettings(slots=6))


@pytest.mark.parametrize("kind", MODELS)
def test_a_few_steps_of_training_lower_the_loss(kind):
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
    assert losses[-1] < 0.6 * losses[0]


def test_hidden_joints_do_not_enter_the_loss():
    model = build("vae")
    features, mask = model.pack([moving_pose(16)])
    confidence = torch.ones(features.shape[:3])
    confidence[:, :, 5] = 0
    torch.manual_seed(0)
    x = model.normalise(features)
    mean, _ = model.raw_encode(x, mask)
    from sign_latent.autoencoder.reconstruction import ReconstructionWeights, reconstruction_losses

    predicted = model.raw_decode(mean, mask)
    other = x.clone()
    other[:, :, 5] += 3
    weights = ReconstructionWeights(position=0)
    a, b = (reconstruction_losses(model.layout, weights, predicted, t, confidence, None) for t in (x, other))
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_backbone_settings_are_data_of_the_skeleton():
    assert BackboneSettings().slots in get_skeleton("smplx").slots
