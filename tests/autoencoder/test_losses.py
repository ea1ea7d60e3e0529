"""Every loss on numbers computed by hand."""

from math import pi, sqrt

import pytest
import torch

from sign_latent.autoencoder import losses
from sign_latent.autoencoder.losses import Weights
from sign_latent.pose.kinematics import axis_angle_to_matrix


def frames(*values):
    """One clip of one number: [1, T, 1, 1]."""
    return torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1)


def test_l1_square_and_smooth_l1():
    made, real, weights = frames(1.0, 0.05, 7.0), frames(0.0, 0.0, 0.0), frames(1.0, 1.0, 0.0)
    assert losses.l1(made, real, weights).item() == pytest.approx((1 + 0.05) / 2)
    assert losses.square(made, real, weights).item() == pytest.approx((1 + 0.0025) / 2)
    # above beta = 0.1: |d| - 0.05; below: d² / 0.2
    assert losses.smooth_l1(made, real, weights).item() == pytest.approx((0.95 + 0.0125) / 2)


def test_velocity_and_acceleration_need_all_their_frames():
    made, real = frames(0.0, 1.0, 3.0, 9.0), frames(0.0, 0.0, 0.0, 0.0)
    everything, without_last = frames(1.0, 1.0, 1.0, 1.0), frames(1.0, 1.0, 1.0, 0.0)
    assert losses.velocity_l1(made, real, everything).item() == pytest.approx((1 + 2 + 6) / 3)
    assert losses.velocity_l1(made, real, without_last).item() == pytest.approx((1 + 2) / 2)
    assert losses.acceleration_l1(made, real, everything).item() == pytest.approx((1 + 4) / 2)
    assert losses.acceleration_l1(made, real, without_last).item() == pytest.approx(1.0)
    assert losses.velocity_l1(made + 5, real, everything).item() == pytest.approx(3.0)


def test_a_part_counts_as_much_in_velocity_as_in_place():
    made, real = torch.zeros(1, 3, 2, 1), torch.tensor([[[[0.0], [0.0]], [[1.0], [1.0]], [[0.0], [4.0]]]])
    weights = torch.tensor([[0.2], [0.8]]).expand(1, 3, 2, 1)
    expected = (0.2 * (1 + 1) + 0.8 * (1 + 3)) / 2
    assert losses.velocity_l1(made, real, weights).item() == pytest.approx(expected)
    assert losses.acceleration_l1(made, real, weights).item() == pytest.approx(0.2 * 2 + 0.8 * 2)


def test_one_frame_has_no_velocity_and_no_loss_of_it():
    one = frames(2.0)
    assert losses.velocity_l1(one, one + 1, frames(1.0)).item() == 0
    assert losses.acceleration_l1(one, one + 1, frames(1.0)).item() == 0


@pytest.mark.parametrize("even", [True, False])
def test_weights_in_factors_are_their_product(even):
    torch.manual_seed(0)
    made, real = torch.randn(2, 5, 3, 4), torch.randn(2, 5, 3, 4)
    confidence, features = (torch.rand(2, 5, 1 if even else 3) > 0.3).float().expand(2, 5, 3), torch.rand(3, 4)
    assert Weights(confidence, features).even is even
    whole = confidence[..., None] * features
    for loss in (losses.l1, losses.square, losses.smooth_l1, losses.velocity_l1, losses.acceleration_l1):
        torch.testing.assert_close(loss(made, real, Weights(confidence, features)), loss(made, real, whole))


def test_a_hand_that_weighs_three_times_as_much_does():
    made, real = torch.zeros(1, 1, 2, 1), torch.tensor([[[[1.0], [5.0]]]])  # a body and a hand
    weights = Weights(torch.ones(1, 1, 2), torch.tensor([[1.0], [3.0]]))
    assert losses.l1(made, real, weights).item() == pytest.approx((1 * 1 + 3 * 5) / 4)


def test_points_are_compared_by_distance():
    made, real = torch.zeros(1, 2, 3), torch.tensor([[[3.0, 4.0, 0.0], [9.0, 9.0, 9.0]]])
    assert losses.point_distance(made, real, torch.tensor([[1.0, 0.0]])).item() == pytest.approx(5.0, abs=1e-5)
    assert losses.point_distance(made, real, torch.ones(1, 2)).item() == pytest.approx((5 + 9 * sqrt(3)) / 2, abs=1e-5)


@pytest.mark.parametrize("angle", [0.0, 1e-3, 0.3, pi / 2, 3.0])
def test_geodesic_is_the_angle_between_rotations(angle):
    turned = axis_angle_to_matrix(torch.tensor([[0.0, angle, 0.0]]))
    start = axis_angle_to_matrix(torch.tensor([[0.4, -0.2, 0.9]]))
    assert losses.geodesic(start @ turned, start, torch.ones(1)).item() == pytest.approx(angle, abs=2e-4)


def test_geodesic_has_a_gradient_everywhere():
    for angle in (0.0, 1e-4, 1.0, pi):
        vector = torch.tensor([[0.0, 0.0, angle]], requires_grad=True)
        losses.geodesic(axis_angle_to_matrix(vector), torch.eye(3)[None], torch.ones(1)).backward()
        assert torch.isfinite(vector.grad).all()
        if angle == 1.0:
            torch.testing.assert_close(vector.grad, torch.tensor([[0.0, 0.0, 1.0]]), atol=1e-3, rtol=0)


def test_bones_of_right_length_cost_nothing_wherever_they_point():
    real = torch.tensor([[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 2.0, 1.0]])
    turned = torch.tensor([[5.0, 0.0, 0.0], [7.0, 0.0, 0.0], [7.0, 1.0, 0.0]])
    limbs = ((0, 1), (1, 2))
    assert losses.bone_length(turned, real, limbs, torch.ones(3)).item() == pytest.approx(0, abs=1e-6)
    longer = torch.tensor([[0.0, 0.0, 0.0], [0.0, 2.5, 0.0], [0.0, 2.5, 4.0]])
    assert losses.bone_length(longer, real, limbs, torch.ones(3)).item() == pytest.approx((0.5 + 3) / 2)
    assert losses.bone_length(longer, real, limbs, torch.tensor([1.0, 1.0, 0.0])).item() == pytest.approx(0.5)


def test_kl_of_a_gaussian():
    mask = torch.tensor([[True, False]])
    mean, std = torch.tensor([2.0, 9.0]).view(1, 2, 1, 1), torch.tensor([0.5, 9.0]).view(1, 2, 1, 1)
    expected = 0.5 * (4 + 0.25 - 1) - torch.tensor(0.5).log().item()
    assert losses.gaussian_kl(mean, std, mask).item() == pytest.approx(expected)
    assert losses.gaussian_kl(torch.zeros(1, 2, 1, 1), torch.ones(1, 2, 1, 1), mask).item() == 0


def test_commitment_moves_vectors_and_never_codes():
    x = torch.tensor([[1.0, 3.0]], requires_grad=True)
    codes = torch.tensor([[0.0, 1.0]], requires_grad=True)
    loss = losses.commitment(x, codes)
    assert loss.item() == pytest.approx((1 + 4) / 2)
    loss.backward()
    assert codes.grad is None and torch.equal(x.grad, torch.tensor([[1.0, 2.0]]))


def test_nothing_known_costs_nothing():
    made, real = frames(1.0, 2.0), frames(0.0, 0.0)
    assert losses.l1(made, real, frames(0.0, 0.0)).item() == 0
    assert losses.l1(made, real, Weights(torch.zeros(1, 2, 1), torch.ones(1, 1))).item() == 0
