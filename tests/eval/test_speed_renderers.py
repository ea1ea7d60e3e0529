"""What the pace of pictures is measured on is a signer that moves and is seen."""

import numpy as np
import pytest

from eval.speed import ENTRIES, Bench
from eval.speed_renderers import moving_signer, rendering
from sign_latent.renderer.look import Window


def test_the_signer_stays_in_the_picture_and_moves():
    pose, window = moving_signer(20), Window()
    hands = pose.points[:, [pose.skeleton.points.index(f"{side}_middle1") for side in ("left", "right")]]
    assert (np.abs(hands[..., :2] - (window.x, window.y)) < window.half).all()
    assert (np.ptp(hands, axis=0).max(axis=-1) > 0.1).all()


@pytest.mark.parametrize("body", ["drawn", "capsules"])
def test_a_body_is_measured(monkeypatch, body):
    monkeypatch.setattr("eval.speed_renderers.moving_signer", lambda: moving_signer(3))
    cost = rendering(32, body)(Bench("", repeats=1))
    assert cost.seconds > 0 and cost.cpu_seconds > 0


def test_the_table_has_them():
    assert {"draw_512", "draw_256", "capsules_96", "capsules_256"} <= set(ENTRIES)
