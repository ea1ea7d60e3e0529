"""Laws of style: neutral against itself changes nothing, what is carried over is measured again, bones keep lengths."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.generation.style import Style, style_of, styled, wrist_spread
from sign_latent.pose.convert import convert
from sign_latent.pose.kinematics import rest_points


@pytest.fixture(scope="module")
def neutral(generator):
    """Arms that wave within a sign, on the canonical bones."""
    pose = generator.generate(["rain"], frames=60, steps=2)[0]
    order = {point: i for i, point in enumerate(pose.skeleton.rotated)}
    rotations = pose.rotations.mean(0, keepdims=True).repeat(60, 0) * 0.2
    for side in ("left", "right"):
        joint = order[pose.skeleton.points.index(f"{side}_elbow")]
        rotations[:, joint, 2] += 0.3 * np.sin(np.arange(60) * 2 * np.pi / 9)
    return styled(replace(pose, rotations=rotations), Style(rest=rest_points()))


def lengths(pose):
    above = np.array(pose.skeleton.parents)
    return np.linalg.norm(pose.points - pose.points[:, above.clip(min=0)], axis=-1)[:, above >= 0]


def test_neutral_signing_has_the_style_of_itself(neutral):
    found = style_of(neutral, neutral)
    assert found.tempo == found.amplitude == 1.0
    assert np.abs(styled(neutral, found).points - neutral.points).max() < 1e-4


@pytest.mark.parametrize("factor", [0.7, 1.3])
@pytest.mark.parametrize("skeleton", ["smplx", "upper79"])
def test_a_carried_over_amplitude_is_measured_again_and_bones_keep_their_lengths(neutral, factor, skeleton):
    pose = convert(neutral, skeleton)
    made = styled(pose, Style(amplitude=factor))
    assert wrist_spread(made) / wrist_spread(pose) == pytest.approx(factor, rel=0.05)
    assert np.abs(lengths(made) - lengths(pose)).max() < 1e-4
    hand = list(pose.skeleton.parts["left_hand"])
    shapes = [p.points[:, hand] - p.points[:, hand[:1]] for p in (made, pose)]
    sizes = [np.linalg.norm(shape, axis=-1) for shape in shapes]
    assert np.abs(sizes[0] - sizes[1]).max() < 1e-4


def test_proportions_are_the_references(neutral):
    rest = rest_points() * torch.tensor([1.1, 0.9, 1.2])
    reference = styled(neutral, Style(rest=rest))
    made = styled(neutral, replace(style_of(reference, neutral), amplitude=1.0))
    assert np.abs(lengths(made) - lengths(reference)).max() < 1e-3


def test_tempo_is_that_of_the_clips_at_any_rate(neutral):
    fast = replace(neutral.resampled(neutral.fps / 1.25), fps=neutral.fps)
    assert style_of(fast, neutral).tempo == pytest.approx(1.25, rel=0.03)
    assert style_of(neutral.resampled(50.0), neutral).tempo == pytest.approx(1.0, rel=0.03)


def test_what_is_no_style_is_refused(neutral):
    slow = replace(neutral, fps=10.0)
    with pytest.raises(UserError, match=r"tempo 0.40 .* what --style-text says"):
        style_of(slow, neutral)
    still = replace(neutral, rotations=np.repeat(neutral.rotations[:1], 60, 0))
    with pytest.raises(UserError, match="stand still"):
        style_of(still, neutral)
    with pytest.raises(UserError, match="upper79"):
        style_of(convert(neutral, "upper79"), neutral)
