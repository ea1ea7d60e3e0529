"""Pictures for judges: squares brought to one size, and changes under which places stay where they are shown."""

import numpy as np
import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.evaluator.pictures import Changes, changed, check_video, to_input

STILL = dict(shift=0.0, zoom=0.0, colour=0.0, noise=0.0, blur=0.0, nonsense=0.0)


@pytest.mark.parametrize(
    "video, said",
    [
        (np.zeros((2, 8, 8, 3), np.float32), "uint8"),
        (np.zeros((2, 8, 8), np.uint8), "uint8"),
        (np.zeros((0, 8, 8, 3), np.uint8), "at least one frame"),
        (np.zeros((2, 8, 12, 3), np.uint8), "12×8 pixels"),
    ],
)
def test_what_is_no_square_video_is_refused(video, said):
    with pytest.raises(UserError, match=said):
        check_video(video)


def test_pictures_are_averaged_down():
    video = np.zeros((1, 32, 32, 3), np.uint8)
    video[:, :, ::2] = 255  # stripes finer than the result can show
    found = to_input(video, 8)
    assert found.shape == (1, 3, 8, 8)
    torch.testing.assert_close(found[..., 2:6, 2:6], torch.full((1, 3, 4, 4), 0.5), atol=0.02, rtol=0)
    assert to_input(video, 32)[0, 0, 0, :4].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_places_move_as_the_picture_does():
    """A bright spot is found where the map says that it went."""
    torch.manual_seed(0)
    side, at = 64, torch.tensor([0.4, 0.55])
    video = torch.zeros(8, 2, 3, side, side)
    column, row = (at * side).long().tolist()
    video[..., row - 1 : row + 2, column - 1 : column + 2] = 1
    moved, shown, there = changed(video, Changes(**STILL | {"shift": 0.1, "zoom": 0.1}))
    assert shown.all()
    middle = (torch.tensor([column, row]) + 0.5) / side
    wanted = there[:, :, :2] @ middle + there[:, :, 2]
    mass = moved[:, 1, 0] / moved[:, 1, 0].sum((1, 2), keepdim=True)
    middles = (torch.arange(side) + 0.5) / side
    found = torch.stack([(mass.sum(1) * middles).sum(-1), (mass.sum(2) * middles).sum(-1)], -1)
    torch.testing.assert_close(found, wanted, atol=0.004, rtol=0)
    torch.testing.assert_close(moved[:, 0], moved[:, 1])  # all frames of a clip alike


def test_without_changes_nothing_changes():
    video = torch.rand(3, 2, 3, 16, 16)
    moved, shown, there = changed(video, Changes(**STILL))
    torch.testing.assert_close(moved, video, atol=1e-5, rtol=0)
    torch.testing.assert_close(there, torch.eye(3)[:2].expand(3, 2, 3))


def test_nonsense_shows_nothing():
    torch.manual_seed(0)
    spot = torch.zeros(40, 1, 3, 16, 16)
    spot[..., 8, 8] = 1
    moved, shown, _ = changed(spot, Changes(**STILL | {"nonsense": 0.5}))
    assert 8 < shown.sum() < 32
    torch.testing.assert_close(moved[shown], spot[shown], atol=1e-5, rtol=0)
    assert (moved[~shown] - spot[~shown]).abs().flatten(1).mean(1).min() > 0.01
