"""SignViP's autoencoder of condition embeddings: the same laws as of poses, on images."""

import pytest
import torch

from sign_latent.autoencoder.condition_fsq import ConditionFSQ, ConditionFSQSettings
from sign_latent.errors import UserError

SMALL = ConditionFSQSettings(channels=6, size=[9, 7], widths=[8, 16], blocks=1, groups=4, levels=[5, 5, 5])


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = ConditionFSQ(SMALL)
    model.train().loss(*embeddings())
    return model.eval()


def embeddings(frames=6):
    x = torch.randn(2, frames, 6, 9, 7, generator=torch.Generator().manual_seed(frames))
    mask = torch.ones(2, frames, dtype=torch.bool)
    mask[1, 4:] = False
    return x, mask


@pytest.mark.parametrize(("size", "places"), [([34, 28], 12), ([64, 64], 64)])
def test_the_paper_s_tokens(size, places):
    """12 tokens a frame of 272×224 and 64 of 512×512, of 5·5·5·5 codes."""
    with torch.device("meta"):
        model = ConditionFSQ(ConditionFSQSettings(size=size))
    assert (model.places, model.codes, model.latent_mean.shape) == (places, 625, (places, 4))


def test_the_spec_agrees_with_the_shapes(model):
    spec = model.spec
    assert (spec.domain, spec.places, spec.slots, spec.codes, spec.width) == ("condition", 12, 12, 125, 3)
    assert spec.stride == 1 and model.encode(*embeddings())[0].shape == (2, 6, spec.slots, spec.width)


def test_tokens_round_trip_and_decode_alike(model):
    x, mask = embeddings()
    with torch.no_grad():
        model.settle(lambda: [(x, mask)])
        model.fit_whitening([(x, mask)])
        z, _ = model.encode(x, mask)
        assert z.shape == (2, 6, model.places, 3) and model.places == 12
        tokens = model.tokens(z)
        assert torch.equal(model.tokens(model.from_tokens(tokens)), tokens)
        decoded = model.decode(z, [6, 4])
        assert decoded.shape == x.shape and not decoded[1, 4:].any()
        assert torch.equal(model.decode(model.from_tokens(tokens), [6, 4]), decoded)


def test_a_frame_does_not_see_its_neighbours(model):
    x, mask = embeddings()
    with torch.no_grad():
        z, alone = model.encode(x, mask)[0], model.encode(x[:1, 2:3], mask[:1, 2:3])[0]
    torch.testing.assert_close(z[:1, 2:3], alone)


def test_bad_latents_and_sizes_are_named(model):
    with pytest.raises(UserError, match="too small"):
        ConditionFSQ(ConditionFSQSettings(size=[4, 4]))
    with pytest.raises(UserError, match="NaN"):
        model.decode(torch.full((1, 2, 12, 3), float("nan")), [2])
    with pytest.raises(UserError, match="cannot be decoded to 9"):
        model.decode(torch.zeros(1, 2, 12, 3), [9])
    with pytest.raises(UserError, match="outside the book of 125"):
        model.from_tokens(torch.full((1, 1, 12), 125))
