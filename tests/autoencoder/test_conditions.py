"""SignViP's autoencoders of condition embeddings: the same laws as of poses, on images."""

import pytest
import torch

from sign_latent.autoencoder.condition_fsq import ConditionFSQ, ConditionFSQSettings
from sign_latent.autoencoder.condition_plain import ConditionPlain, ConditionPlainSettings
from sign_latent.autoencoder.condition_vq import ConditionVQ, ConditionVQSettings
from sign_latent.errors import UserError

SMALL = {"channels": 6, "size": [9, 7], "widths": [8, 16], "blocks": 1, "groups": 4}
BUILT = {
    "fsq": lambda: ConditionFSQ(ConditionFSQSettings(**SMALL, levels=[5, 5, 5])),
    "vq": lambda: ConditionVQ(ConditionVQSettings(**SMALL, bits=4, code_width=3)),
    "plain": lambda: ConditionPlain(ConditionPlainSettings(**SMALL, latent_width=3)),
}
CODES = {"fsq": 125, "vq": 16}


def embeddings(frames=6):
    x = torch.randn(2, frames, 6, 9, 7, generator=torch.Generator().manual_seed(frames))
    mask = torch.ones(2, frames, dtype=torch.bool)
    mask[1, 4:] = False
    return x, mask


def trained(form: str, steps: int = 3):
    torch.manual_seed(0)
    model = BUILT[form]().train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        optimiser.zero_grad()
        model.loss(*embeddings())["loss"].backward()
        optimiser.step()
    x, mask = embeddings()
    with torch.no_grad():
        model.eval().settle(lambda: [(x, mask)])
        model.fit_whitening([(x, mask)])
    return model


@pytest.fixture(scope="module", params=BUILT)
def form(request):
    return request.param


@pytest.fixture(scope="module")
def model(form):
    return trained(form)


@pytest.mark.parametrize(("size", "places"), [([34, 28], 12), ([64, 64], 64)])
def test_the_paper_s_tokens(size, places):
    """12 tokens a frame of 272×224 and 64 of 512×512, of 5·5·5·5 codes."""
    with torch.device("meta"):
        model = ConditionFSQ(ConditionFSQSettings(size=size))
    assert (model.places, model.codes, model.latent_mean.shape) == (places, 625, (places, 4))


def test_the_spec_agrees_with_the_shapes(model, form):
    spec = model.spec
    assert (spec.domain, spec.slots, spec.width, spec.stride) == ("condition", 12, 3, 1)
    assert (spec.codes, spec.places) == ((CODES[form], 12) if form in CODES else (None, None))
    assert model.encode(*embeddings())[0].shape == (2, 6, spec.slots, spec.width)


def test_latents_of_the_training_are_white_and_decode_to_embeddings(model):
    x, mask = embeddings()
    with torch.no_grad():
        z, _ = model.encode(x, mask)
        decoded = model.decode(z, [6, 4])
    alive = ~model.latent_dead
    assert alive.any() and z[mask].mean(0)[alive].abs().max() < 1e-3
    assert (z[mask].var(0, correction=0)[alive] - 1).abs().max() < 1e-2
    assert decoded.shape == x.shape and decoded[0].any() and not decoded[1, 4:].any()


def test_tokens_round_trip_and_decode_alike(form, model):
    if form not in CODES:
        assert not hasattr(model, "tokens")
        return
    x, mask = embeddings()
    with torch.no_grad():
        z, _ = model.encode(x, mask)
        tokens = model.tokens(z)
        assert tokens.shape == (2, 6, 12) and len(tokens.unique()) > 1
        assert torch.equal(model.tokens(model.from_tokens(tokens)), tokens)
        assert torch.equal(model.decode(model.from_tokens(tokens), [6, 4]), model.decode(z, [6, 4]))
    with pytest.raises(UserError, match=f"outside the book of {CODES[form]}"):
        model.from_tokens(torch.full((1, 1, 12), CODES[form]))


def test_without_quantisation_a_small_change_of_the_latent_is_seen(form, model):
    """Codes are snapped to, so there it is not."""
    z = model.encode(*embeddings())[0].detach()
    with torch.no_grad():
        moved = (model.decode(z + 1e-3, [6, 4]) - model.decode(z, [6, 4])).abs().max()
    assert (moved > 1e-5) == (form == "plain")


def test_a_frame_does_not_see_its_neighbours(model):
    x, mask = embeddings()
    with torch.no_grad():
        z, alone = model.encode(x, mask)[0], model.encode(x[:1, 2:3], mask[:1, 2:3])[0]
    torch.testing.assert_close(z[:1, 2:3], alone, rtol=1e-4, atol=1e-4)


def test_gradients_pass_to_the_encoder(form):
    model = BUILT[form]().train()
    losses = model.loss(*embeddings())
    losses["loss"].backward()
    assert next(model.encoder.parameters()).grad.abs().sum() > 0
    assert ("commitment" in losses) == (form == "vq")


def test_bad_latents_and_sizes_are_named(model):
    with pytest.raises(UserError, match="too small"):
        type(model)(type(model).Settings(size=[4, 4]))
    with pytest.raises(UserError, match="NaN"):
        model.decode(torch.full((1, 2, 12, 3), float("nan")), [2])
    with pytest.raises(UserError, match="cannot be decoded to 9"):
        model.decode(torch.zeros(1, 2, 12, 3), [9])
