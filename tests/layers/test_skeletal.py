"""Laws of the skeletal-temporal layers."""

import pytest
import torch

from sign_latent.layers.skeletal import (
    SkeletalPool,
    SkeletalUnpool,
    STConv,
    halved_masks,
    normalised_adjacency,
    pool_time,
    unpool_time,
)


def test_overlapping_groups_are_averaged_not_summed():
    unpool = SkeletalUnpool([[0, 1], [1, 2]], 3, 4, 5)
    slots = torch.randn(6, 2, 4)
    parts = [unpool.maps[s](slots[:, s]).view(6, 2, 5) for s in (0, 1)]
    joints = unpool(slots)
    torch.testing.assert_close(joints[0], parts[0][:, 0])
    torch.testing.assert_close(joints[1], (parts[0][:, 1] + parts[1][:, 0]) / 2)
    torch.testing.assert_close(joints[2], parts[1][:, 1])


def test_disjoint_groups_in_any_order_reach_their_joints():
    unpool = SkeletalUnpool([[2, 0], [1]], 3, 4, 5)
    slots = torch.randn(6, 2, 4)
    first = unpool.maps[0](slots[:, 0]).view(6, 2, 5)
    torch.testing.assert_close(unpool(slots), torch.stack([first[:, 1], unpool.maps[1](slots[:, 1]), first[:, 0]]))


def test_a_pooling_map_that_leaves_out_a_joint_is_refused():
    with pytest.raises(ValueError, match=r"\[1\]"):
        SkeletalUnpool([[0], [2]], 3, 4, 5)


def test_pooling_sees_its_group_only():
    pool = SkeletalPool([[0, 1], [2]], 3, 4)
    x = torch.randn(3, 5, 3)
    moved = x.clone()
    moved[2] += 1
    assert torch.equal(pool(x)[:, 0], pool(moved)[:, 0]) and not torch.allclose(pool(x)[:, 1], pool(moved)[:, 1])


def test_adjacency_is_symmetric_with_unit_spectral_radius():
    a = normalised_adjacency(4, [(0, 1), (1, 2), (1, 3)])
    assert torch.equal(a, a.T)
    assert torch.linalg.eigvalsh(a).abs().max().item() == pytest.approx(1.0, abs=1e-5)


def test_stconv_reaches_neighbours_in_graph_and_time_only():
    conv = STConv(8, 3, [(0, 1)])
    h = torch.randn(1, 6, 3, 8, requires_grad=True)
    conv(h, torch.ones(1, 6, dtype=torch.bool))[0, 3, 0].sum().backward()
    reached = h.grad.abs().sum(-1)[0] > 0
    expected = torch.zeros(6, 3, dtype=torch.bool)
    expected[2:5, 0] = True
    expected[3, 1] = True
    assert torch.equal(reached, expected)


@pytest.mark.parametrize("frames", [1, 2, 5, 8])
def test_time_pooling_ignores_padding(frames):
    h = torch.randn(1, frames, 2, 3)
    mask = torch.ones(1, frames, dtype=torch.bool)
    alone, alone_mask = pool_time(h, mask)
    padded = torch.cat([h, torch.randn(1, 4, 2, 3)], 1)
    pooled, pooled_mask = pool_time(padded, torch.cat([mask, torch.zeros(1, 4, dtype=torch.bool)], 1))
    assert alone_mask.sum() == pooled_mask.sum() == -(-frames // 2)
    torch.testing.assert_close(pooled[:, : alone.shape[1]], alone)


def test_masks_halve_as_the_frames_do():
    mask = torch.arange(11)[None] < torch.tensor([[11], [5]])
    assert [m.sum(1).tolist() for m in halved_masks(mask, 3)] == [[11, 5], [6, 3], [3, 2], [2, 1]]
    h = torch.randn(2, 6, 1, 1)
    assert unpool_time(h, mask).shape[1] == 11
