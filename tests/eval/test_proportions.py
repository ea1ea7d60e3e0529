"""Bodies stretched, flattened or with points in another order are told from sound ones of other people."""

from dataclasses import replace

import numpy as np
import pytest

from eval.axes import body_of
from eval.inputs import received
from eval.proportions import axis_scales, disorder_of, limb_lengths, resting_points
from sign_latent.errors import UserError
from sign_latent.pose.normalise import normalise

NAMES = [f"clip{i}" for i in range(6)]
SKELETONS = ["smplx", "phoenix50", "upper79", "openpose67", "holistic543"]


@pytest.fixture(scope="module")
def sides(upright):
    """Made and real clips of a skeleton."""
    return lambda skeleton="smplx": [
        [upright(seed + first, skeleton=skeleton) for seed in range(6)] for first in (20, 0)
    ]


def stretched(poses, *by):
    """Stretched along the axes, and measured by the shoulders again."""
    grown = [pose.points * np.array(by, np.float32)[: pose.points.shape[-1]] for pose in poses]
    return [replace(p, points=normalise(x, p.confidence, p.skeleton)) for p, x in zip(poses, grown, strict=True)]


def reordered(poses):
    """The points of each hand in reverse order."""
    order = np.arange(len(poses[0].skeleton.points))
    for side in ("left_hand", "right_hand"):
        own = list(poses[0].skeleton.parts[side])
        order[own] = own[::-1]
    return [replace(p, points=p.points[:, order], confidence=p.confidence[:, order]) for p in poses]


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_other_people_have_the_references_proportions(sides, skeleton):
    made, real = sides(skeleton)
    assert received(made, real, NAMES, "refuse").faults == []
    scales = axis_scales(*([body_of(p) for p in side] for side in (made, real)), made[0].skeleton)
    assert scales[np.isfinite(scales)] == pytest.approx(1, abs=0.1) and np.isfinite(scales[:2]).all()


@pytest.mark.parametrize("skeleton", ["smplx", "upper79", "openpose67", "holistic543"])
@pytest.mark.parametrize("width, said", [(16 / 9, "0.56"), (9 / 16, "1.78")])
def test_pictures_measured_by_width_and_height_apart_are_named(sides, skeleton, width, said):
    made, real = sides(skeleton)
    for policy in ("refuse", "mend"):  # by how much is a guess: it cannot be mended
        with pytest.raises(UserError, match=f"proportions: y is {said[:3]}.* times as long.*put them right$"):
            received(stretched(made, width, 1, 1), real, NAMES, policy)


def test_depth_that_is_missing_or_in_another_unit_is_named(sides):
    made, real = sides()
    with pytest.raises(UserError, match="depth: all points lie in one plane"):
        received(stretched(made, 1, 1, 0), real, NAMES, "refuse")
    with pytest.raises(UserError, match="proportions: z is 3.0"):
        received(stretched(made, 1, 1, 3), real, NAMES, "refuse")


@pytest.mark.parametrize("skeleton", ["smplx", "upper79", "openpose67"])
def test_hands_in_another_order_or_apart_from_their_wrists_are_noted(sides, skeleton):
    made, real = sides(skeleton)
    (fault,) = received(reordered(made), real, NAMES, "refuse").faults
    assert (fault.name, fault.action) == ("points", "noted") and "limbs of hands are too long" in fault.line
    away = [replace(pose, points=pose.points.copy()) for pose in made]
    for pose in away:
        for side in ("left", "right"):
            hand, wrist = list(pose.skeleton.parts[f"{side}_hand"]), pose.skeleton.points.index(f"{side}_wrist")
            pose.points[:, hand] -= pose.points[:, wrist, None]
    assert any("far from their wrists" in fault.line for fault in received(away, real, NAMES, "refuse").faults)


def test_blurred_hands_are_not_called_disordered(sides):
    """Averages over many signs have short fingers."""
    made, real = sides()
    blurred = [replace(pose, points=pose.points.copy()) for pose in made]
    for pose in blurred:
        for side in ("left", "right"):
            hand = list(pose.skeleton.parts[f"{side}_hand"])
            middle = pose.points[:, hand].mean(1, keepdims=True)
            pose.points[:, hand] = middle + 0.3 * (pose.points[:, hand] - middle)
    assert disorder_of(blurred, real) == ""


def test_limbs_by_hand(upright):
    pose = upright(0, frames=3)
    a, b = pose.skeleton.limbs[0]
    pose.points[:, a], pose.points[:, b] = 0, [[3, 4, 0], [0, 0, 0], [0, 1, 0]]
    assert limb_lengths(pose)[0] == pytest.approx(1)  # median of 5, 0 and 1
    pose.confidence[2, b] = 0
    assert limb_lengths(pose)[0] == pytest.approx(2.5)  # of 5 and 0
    pose.confidence[:, a] = 0
    assert np.isnan(limb_lengths(pose)[0])


def test_arms_and_hands_are_not_at_rest():
    from sign_latent.pose.skeleton import get_skeleton

    skeleton = get_skeleton("upper79")
    still = {name for name, rests in zip(skeleton.points, resting_points(skeleton), strict=True) if rests}
    assert {"left_shoulder", "neck"} <= still and not still & {"left_wrist", "right_elbow"}
