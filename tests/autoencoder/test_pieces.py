"""A latent decoded in pieces is the latent decoded whole, and the pieces need no more memory however many they are."""

import numpy as np
import pytest
import torch

from sign_latent.autoencoder import pieces
from sign_latent.autoencoder.pieces import decoded, reach
from sign_latent.errors import UserError
from sign_latent.pose.streams import concatenated


@pytest.mark.parametrize(("stride", "skeleton", "parts"), [(4, "smplx", [40, 1, 29]), (2, "phoenix50", [1] * 70)])
def test_pieces_are_the_whole(kind, stride, skeleton, parts, build):
    model = build(kind, skeleton, stride=stride)
    z = torch.randn(sum(parts), model.spec.slots, model.spec.width, generator=torch.Generator().manual_seed(1))
    for frames in (sum(parts) * stride, sum(parts) * stride - 1):
        whole = model.poses(z[None], [frames])[0]
        made = list(decoded(model, z.split(parts), frames))
        joined = concatenated(made)
        assert len(made) > 1 and len(joined) == frames
        for name in ("points", "confidence"):
            np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), atol=1e-5)


def test_a_decoded_frame_depends_on_no_latent_frame_beyond_the_reach(kind, build):
    model, count = build(kind), 60
    far = reach(model)
    z = torch.randn(1, count, model.spec.slots, model.spec.width, generator=torch.Generator().manual_seed(2))
    other = z.clone()
    other[:, 30] = -3 * other[:, 30]
    moved = (model.decode(z, [4 * count]).points - model.decode(other, [4 * count]).points).abs().amax((0, 2, 3))
    assert 0 < far < 29
    assert moved[: 4 * (30 - far)].max() == 0 and moved[4 * (31 + far) :].max() == 0


def test_a_piece_comes_before_the_next_part_is_asked_for_and_holds_few_frames(build, monkeypatch):
    model, asked, held = build("skeletal_vae"), [], []
    poses = model.poses
    monkeypatch.setattr(model, "poses", lambda z, lengths: held.append(z.shape[1]) or poses(z, lengths))

    def parts():
        for i in range(12):
            asked.append(i)
            yield torch.randn(25, model.spec.slots, model.spec.width)

    made = decoded(model, parts())
    next(made)
    assert asked == [0]
    assert sum(map(len, made)) and max(held) <= pieces.MOST + 2 * reach(model)


def test_a_decoder_that_looks_everywhere_is_refused(build):
    model = build("plain_vae")
    decode = model.raw_decode
    model.raw_decode = lambda z, mask: decode(z + z.mean(1, keepdim=True), mask)
    with pytest.raises(UserError, match="decodes by convolutions"):
        reach(model)
