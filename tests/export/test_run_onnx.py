"""Laws of the numpy side of an export."""

import numpy as np
import torch

from sign_latent.denoiser.text import LengthHead
from sign_latent.export.run_onnx import axis_angles, median
from sign_latent.pose.kinematics import axis_angle_to_matrix


def test_axis_angles_turn_as_the_matrices_do():
    chance = np.random.default_rng(0)
    axes = chance.normal(size=(200, 3))
    angles = np.concatenate([np.linspace(0, np.pi, 190), np.pi - 10.0 ** -np.arange(10)])
    vectors = axes / np.linalg.norm(axes, axis=-1, keepdims=True) * angles[:, None]
    matrices = axis_angle_to_matrix(torch.from_numpy(vectors))
    found = axis_angles(matrices.numpy())
    assert (axis_angle_to_matrix(torch.from_numpy(found).double()) - matrices).abs().max() < 1e-6
    assert np.abs(found[:150] - vectors[:150]).max() < 1e-6


def test_the_median_is_that_of_the_length_head():
    logits = torch.randn(50, 30, generator=torch.Generator().manual_seed(0)) * 3
    assert np.array_equal(median(logits.numpy()), LengthHead.choose(logits).numpy())
