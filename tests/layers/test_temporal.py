"""Laws of the layers over frames."""

import pytest
import torch

from sign_latent.layers.temporal import TemporalBlock


@pytest.mark.parametrize("dilation", [1, 3])
def test_a_block_sees_as_far_as_its_dilation(dilation):
    block = TemporalBlock(8, 4, dilation)
    h = torch.randn(1, 12, 1, 8, requires_grad=True)
    block(h, torch.ones(1, 12, dtype=torch.bool))[0, 5].sum().backward()
    reached = h.grad.abs().sum((2, 3))[0].nonzero().flatten().tolist()
    assert reached == [5 - dilation, 5, 5 + dilation]


def test_padding_never_changes_valid_frames():
    block = TemporalBlock(8, 8, 2)
    h = torch.randn(1, 5, 1, 8)
    alone = block(h, torch.ones(1, 5, dtype=torch.bool))
    padded = torch.cat([h, torch.randn(1, 4, 1, 8)], 1)
    together = block(padded, torch.arange(9)[None] < 5)
    torch.testing.assert_close(together[:, :5], alone)
