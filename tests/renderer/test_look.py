"""Looks change what a signer looks like, never what is signed."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import HAIR, Look, Window, dressed, signer_look


def picture(pose, look, **how) -> np.ndarray:
    return next(draw_pose(pose, 128, look, **how)).astype(int)


def test_a_seed_gives_one_look_and_many_seeds_many():
    looks = [signer_look(seed) for seed in range(60)]
    assert looks == [signer_look(seed) for seed in range(60)]
    assert len({(look.skin, look.hair, look.clothing) for look in looks}) == 60
    assert {look.hair_style for look in looks} == set(HAIR)


def test_the_same_pose_and_look_give_the_same_pixels_and_another_look_others(signer):
    pose = signer()
    images = [picture(pose, signer_look(seed)) for seed in (3, 3, 4)]
    assert np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


def test_colours_move_nothing(signer):
    """Where the background is seen is the same for all colours of one style and size."""
    skins = [((235, 190, 158), (66, 47, 38), (47, 58, 79)), ((72, 50, 44), (20, 20, 20), (120, 128, 140))]
    marker = (0, 255, 0)
    images = [picture(signer(), dressed(*colours, background=marker)) for colours in skins]
    outside = [np.abs(image - marker).max(axis=-1) == 0 for image in images]
    assert np.array_equal(*outside) and 0.3 < outside[0].mean() < 0.9


@pytest.mark.parametrize("style", ["long", "bun", "bald"])
def test_hair_changes_the_head_and_nothing_else(signer, style):
    plain, other = (picture(signer(), Look(hair_style=name)) for name in ("short", style))
    rows, columns = np.nonzero((plain != other).any(axis=-1))
    top, bottom = (64 - (y - Window().y) * Window().scale(128) for y in (1.4, -0.05))
    assert len(rows) > 20 and rows.min() >= top and rows.max() <= bottom
    assert columns.min() >= 64 - 24 and columns.max() <= 64 + 24


def test_a_larger_signer_fills_more_of_the_picture(signer):
    filled = [
        (picture(signer(), replace(Look(), size=size)) != Look().background).any(axis=-1).mean()
        for size in (0.8, 1.0, 1.1)
    ]
    assert filled == sorted(filled) and filled[2] > 1.1 * filled[0]


@pytest.mark.parametrize("seed", range(8))
def test_brows_can_be_told_from_the_skin(seed):
    look = signer_look(seed)
    assert sum(look.skin) - sum(look.brow) > 60


def test_a_negative_seed_is_refused():
    with pytest.raises(UserError, match="negative"):
        signer_look(-1)
