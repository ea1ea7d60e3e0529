"""PSNR, SSIM and hand SSIM on cases computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from eval.video.frames import MARGIN, hand_boxes, mean_in_boxes, psnr, ssim_map
from sign_latent.errors import UserError
from sign_latent.renderer.look import Window


def test_psnr_by_hand():
    real = np.full((2, 12, 12, 3), 100, np.uint8)
    assert psnr(real, real) == float("inf")
    assert psnr(real + 10, real) == pytest.approx(10 * np.log10(255**2 / 100))
    half = real.copy()
    half[0] += 20  # a mean square of 200
    assert psnr(half, real) == psnr(real, half) == pytest.approx(10 * np.log10(255**2 / 200))


def test_ssim_of_flat_pictures_is_the_term_of_brightness():
    """Without variance SSIM is (2ab + c1) / (a² + b² + c1), c1 = 0.01² (Wang et al. 2004, eq. 6)."""
    a, b = 51 / 255, 204 / 255
    pair = (np.full((1, 24, 24, 3), round(255 * level), np.uint8) for level in (a, b))
    np.testing.assert_allclose(ssim_map(*pair), (2 * a * b + 1e-4) / (a**2 + b**2 + 1e-4), atol=1e-4)


def test_ssim_is_one_where_equal_and_falls_where_something_differs():
    chance = np.random.default_rng(0)
    real = chance.integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
    made = real.copy()
    made[1, :10, :10] = 0
    found = ssim_map(made, real)
    np.testing.assert_allclose(found[0], 1, atol=1e-3)
    np.testing.assert_allclose(found[1, 20:, 20:], 1, atol=1e-3)
    assert found[1, 2:8, 2:8].max() < 0.2
    with pytest.raises(UserError, match="at least 11"):
        ssim_map(made[:, :8, :8], real[:, :8, :8])


def test_boxes_by_hand(moving_pose):
    """Points of the left hand in a square from (0, 0) to (0.5, 0.5): its corners, a margin around them, in pixels."""
    pose = moving_pose(0.0, frames=2)
    points, confidence = pose.points.copy(), pose.confidence.copy()
    left, right = (list(pose.skeleton.parts[f"{side}_hand"]) for side in ("left", "right"))
    points[:, left] = 0.25
    points[:, left[0], :2], points[:, left[1], :2] = (0.0, 0.0), (0.5, 0.5)
    confidence[:, right] = 0
    confidence[1, left[1]] = 0  # what is not seen does not count
    boxes = hand_boxes(replace(pose, points=points, confidence=confidence), Window(0.0, 0.0, 1.0), 100)
    margin = MARGIN * 50
    assert boxes[0, 0].tolist() == [
        np.floor(50 - margin),
        np.floor(25 - margin),
        np.ceil(75 + margin),
        np.ceil(50 + margin),
    ]
    assert boxes[1, 0].tolist()[2] == np.ceil(62.5 + margin)
    assert not boxes[:, 1].any()


def test_a_hand_outside_the_picture_has_no_box(moving_pose):
    boxes = hand_boxes(moving_pose(0.0, frames=1), Window(10.0, 0.0, 1.0), 64)
    assert not boxes.any()


def test_boxes_of_another_aspect_are_those_of_the_square_where_it_is_shown(moving_pose):
    """A picture 20 pixels narrower shows 10 fewer on either side: boxes move by as much, and end at its edges."""
    pose, window = moving_pose(0.0), Window(0.0, 0.0, 1.0)
    square, tall, wide = (hand_boxes(pose, window, size) for size in (100, (100, 80), (60, 100)))
    assert square[..., 0].min() < 10 and square[..., 2].max() > 90  # hands go beyond the narrow picture
    np.testing.assert_array_equal(tall, np.clip(square - (10, 0, 10, 0), 0, (80, 100, 80, 100)))
    np.testing.assert_array_equal(wide[..., 1::2], np.clip(square[..., 1::2] - 20, 0, 60))
    np.testing.assert_array_equal(wide[..., ::2], square[..., ::2])


def test_a_hand_beside_a_narrow_picture_has_no_box(moving_pose):
    pose = moving_pose(0.0, frames=2)
    points = pose.points.copy()
    points[:, list(pose.skeleton.parts["left_hand"]), 0] = 0.9
    boxes = hand_boxes(replace(pose, points=points), Window(0.0, 0.0, 1.0), (100, 40))
    assert not boxes[:, 0].any() and hand_boxes(replace(pose, points=points), Window(0.0, 0.0, 1.0), 100)[:, 0].any()


def test_a_box_lies_on_the_drawn_hand(scenes):
    """A hand of another clip in the same place would be seen: within boxes pictures of two scenes differ most."""
    scene = scenes[0]
    boxes = hand_boxes(scene.pose, scene.window, 48)
    moved = np.abs(np.diff(scene.real.astype(int), axis=0)).sum(-1)
    inside = mean_in_boxes(moved, boxes[1:])
    assert inside > 3 * moved.mean()


def test_means_in_boxes_by_hand():
    values = np.arange(2 * 4 * 4, dtype=float).reshape(2, 4, 4)
    boxes = np.zeros((2, 2, 4), int)
    assert np.isnan(mean_in_boxes(values, boxes))
    boxes[0, 0] = (0, 0, 2, 2)  # 0, 1, 4, 5
    boxes[1, 1] = (3, 3, 4, 4)  # 31
    assert mean_in_boxes(values, boxes) == pytest.approx((2.5 + 31) / 2)
