"""Bits of latents and what they cost, by hand."""

from math import log2

import pytest
import torch

from eval.autoencoder_schema import RatePoint
from eval.rates import CODED, HALF, SAMPLE, TOKENS, Codings, bits_of, main_coding, quantised, rate_of, sampled
from eval.reconstruction import Encoded, encoded


def test_two_bits_are_four_cells_of_two_deviations():
    z = torch.tensor([-9.0, -2.1, -1.9, -0.5, 0.0, 0.5, 1.9, 2.1, 9.0])
    assert quantised(z, 2).tolist() == [-3, -3, -1, -1, 1, 1, 1, 3, 3]


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_so_many_bits_have_so_many_values_half_a_cell_away(bits):
    z = torch.linspace(-4, 3.999, 5000)
    found = quantised(z, bits)
    assert len(found.unique()) == 2**bits
    assert float((found - z).abs().max()) <= 4 / 2**bits + 1e-5


def test_a_token_costs_the_logarithm_of_the_book(autoencoders):
    coded = autoencoders("coded", stride=1)
    assert bits_of(coded, TOKENS, None, None) == 2 * log2(4)
    assert bits_of(coded, CODED, None, 1.5) == 1.5


def test_bits_a_frame_are_shared_by_the_frames_of_a_stride_and_follow_the_frame_rate(autoencoders):
    errors = {TOKENS: {"all": 0.1}, CODED: {"all": 0.1}}
    coded = autoencoders("coded", stride=4, fps=12.5)
    found = rate_of(coded, 25.0, errors, None, 3.0)
    # 4 bits a latent frame, of which there is one in 4 frames at 12.5 a second: one in 8 of the recording.
    assert {p.coding: p.bits_per_frame for p in found.points} == {TOKENS: 4 / 8, CODED: 3 / 8}
    assert found.points[-1].bits_per_second == 4 / 8 * 25
    assert found.main == TOKENS
    # 79 points in space, as 32-bit floats at 12.5 frames a second, are 16 a frame of the recording.
    assert found.features_per_frame == found.pose_values_per_frame == 79 * 3
    assert found.points[-1].compression == pytest.approx(79 * 3 * 16 / 0.5)


def test_with_rotations_points_are_no_information(autoencoders):
    model = autoencoders("copy", skeleton="smplx")
    found = rate_of(model, 25.0, {HALF: {"all": 0.0}}, None, None)
    nodes = len(model.layout.points)
    assert found.features_per_frame == 9 * nodes + 10
    assert found.pose_values_per_frame == 3 * nodes + 10


def test_values_that_are_dead_cost_nothing(autoencoders):
    model = autoencoders("copy")
    model.latent_dead[:, 100:] = True
    assert bits_of(model, HALF, None, None) == 1600
    assert bits_of(model, "3 bits a value", None, None) == 300
    found = Codings(model).latent("3 bits a value", batch(torch.full((1, 2, 1, 237), 0.4)), 0)
    assert found[..., :100].unique().tolist() == [0.5] and found[..., 100:].unique().tolist() == [0.0]


def test_a_latent_that_is_wholly_dead_has_no_compression(autoencoders):
    model = autoencoders("mean")
    model.latent_dead.fill_(True)
    (point,) = rate_of(model, 25.0, {HALF: {"all": 0.3}}, None, None).points
    assert point.bits_per_frame == 0 and point.compression == float("inf")


def batch(mean, std=None, lengths=None, rows=None) -> Encoded:
    std = torch.zeros_like(mean) if std is None else std
    lengths = [mean.shape[1]] * len(mean) if lengths is None else lengths
    return Encoded(list(range(len(mean))) if rows is None else rows, mean, std, lengths)


def test_a_sample_has_the_posterior_s_mean_and_std_and_does_not_depend_on_its_batch():
    mean, std = torch.full((2, 4000, 1, 3), 5.0), torch.full((2, 4000, 1, 3), 2.0)
    both = sampled(batch(mean, std), 1, seed=7)
    assert both.mean() == pytest.approx(5, abs=0.1) and both.std() == pytest.approx(2, abs=0.1)
    alone = sampled(batch(mean[1:], std[1:], rows=[1]), 1, seed=7)
    assert torch.equal(both[1], alone[0]) and not torch.equal(both[0], both[1])
    assert torch.equal(sampled(batch(mean, torch.zeros_like(std)), 1, 7), mean)


def test_codings_of_continuous_latents_are_tried_and_those_of_discrete_ones_known(autoencoders):
    assert Codings(autoencoders("coded")).names(deterministic=True) == []
    names = Codings(autoencoders("copy")).names(deterministic=False)
    assert names[0] == "2 bits a value" and names[-1] == SAMPLE
    assert SAMPLE not in Codings(autoencoders("copy")).names(deterministic=True)


def point(coding, bits, error) -> RatePoint:
    return RatePoint(coding, bits, 25 * bits, 1.0, 1.0, {"all": error})


def test_the_cheapest_coding_within_five_percent_stands_for_a_latent():
    points = [point("2 bits a value", 2, 0.2), point("4 bits a value", 4, 0.1049), point("8 bits a value", 8, 0.1)]
    whole = point(HALF, 16, 0.1)
    assert main_coding([*points, whole, point(SAMPLE, 3, 0.1)]) == "4 bits a value"
    assert main_coding([points[0], whole]) == HALF


def test_fine_cells_come_near_to_the_latent_as_it_is(autoencoders, wave):
    model = autoencoders("copy")
    (one,) = encoded(model, [wave()])
    codings = Codings(model)
    errors = [float((codings.latent(f"{b} bits a value", one, 0) - one.mean).abs().mean()) for b in (2, 4, 8)]
    assert errors[0] > errors[1] > errors[2] > 0
