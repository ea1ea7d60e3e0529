"""What the reconstruction loss weighs."""

import pytest
import torch

from sign_latent.autoencoder.layout import layout_of
from sign_latent.autoencoder.reconstruction import (
    PARTS,
    ReconstructionWeights,
    feature_weights,
    point_weights,
    reconstruction_losses,
    weighted_total,
)
from sign_latent.pose.skeleton import SKELETONS


@pytest.mark.parametrize("name", SKELETONS)
def test_a_part_weighs_its_share_however_few_numbers_describe_it(name):
    layout = layout_of(name)
    points, features = point_weights(layout, PARTS), feature_weights(layout, PARTS)
    still = set(layout.skeleton.still)
    assert (points[list(still)] == 0).all() and (features[~layout.present()] == 0).all()
    for part, share in PARTS.items():
        moving = [i for i in layout.skeleton.parts[part] if i not in still]
        assert float(points[moving].sum()) == pytest.approx(share if moving else 0, abs=1e-5)
        nodes = [n for n, point in enumerate(layout.points) if point in layout.skeleton.parts[part]]
        nodes += [layout.nodes - 1] if part == "face" and layout.expression else []
        assert float(features[nodes].sum()) == pytest.approx(share if nodes else 0, abs=1e-5)


def test_every_feature_that_exists_is_weighed():
    layout = layout_of("smplx")
    assert (feature_weights(layout, PARTS)[layout.present()] > 0).all()


def rarely_open_mouth(layout, frames=100, share=0.03):
    """Normalised features in which one expression coefficient is far from rest in a few frames."""
    x = torch.zeros(1, frames, layout.nodes, layout.width)
    rare = int(share * frames)
    value = (1 / (share * (1 - share))) ** 0.5  # unit variance
    x[0, :rare, -1, 3] = value
    return x, value


@pytest.mark.parametrize(("square", "learnt"), [(0.0, False), (1.0, True)])
def test_the_square_error_calls_for_what_is_rare_and_l1_alone_hardly_does(square, learnt):
    """A decoder that knows when the mouth opens, but not yet how far, is pushed in proportion to what is missing."""
    layout = layout_of("smplx")
    x, value = rarely_open_mouth(layout)
    gain = torch.zeros((), requires_grad=True)
    weights = ReconstructionWeights(square=square, velocity=0, acceleration=0, position=0)
    losses = reconstruction_losses(layout, weights, gain * x, x, torch.ones(x.shape[:3]), None)
    (push,) = torch.autograd.grad(weighted_total(weights, losses), gain)
    # L1 pushes with the mean of |x|, small for rare events of unit variance; the square with twice their variance
    per_coefficient = float(-push) / float(feature_weights(layout, PARTS)[-1, 3])
    assert (per_coefficient > 1) is learnt
    assert per_coefficient == pytest.approx(0.03 * value + 2 * square * 1.03, rel=0.03)
