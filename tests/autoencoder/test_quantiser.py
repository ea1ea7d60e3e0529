"""What every quantiser must hold, apart from any autoencoder."""

import itertools

import pytest
import torch

from sign_latent.autoencoder.codebook import Codebooks, nearest
from sign_latent.autoencoder.quantiser import FSQ_LEVELS, FiniteScalar
from sign_latent.errors import UserError

SLOTS = 3
MAKE = {
    "fsq": lambda: FiniteScalar(SLOTS, [5, 4, 3], 2),
    "vq": lambda: Codebooks(SLOTS, 16, 3, 2),
    "residual": lambda: Codebooks(SLOTS, 16, 3, 2, residual=True),
    "apart": lambda: Codebooks(SLOTS, 16, 3, 2, shared=False),
}
EVERY = pytest.mark.parametrize("name", MAKE)
WHITENING = torch.zeros(SLOTS, 6), torch.ones(SLOTS, 6)


def entering(quantiser, frames=40, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, frames, SLOTS, quantiser.entered, generator=generator) * 0.2 + 3
    mask = torch.ones(2, frames, dtype=torch.bool)
    mask[1, frames // 2 :] = False
    return x, mask


def trained(name, steps=5):
    torch.manual_seed(0)
    quantiser = MAKE[name]().train()
    for step in range(steps):
        quantiser(*entering(quantiser, seed=step))
    return quantiser.eval()


@EVERY
def test_ids_and_values_are_inverse(name):
    quantiser = trained(name)
    ids = torch.randint(0, quantiser.codes, (2, 7, SLOTS, 2))
    values = quantiser.values(ids)
    assert values.shape == (2, 7, SLOTS, quantiser.width)
    assert torch.equal(quantiser.values(quantiser.ids(values, *WHITENING)), values)
    assert quantiser.merged(values).shape == (2, 7, SLOTS, quantiser.entered)


@EVERY
def test_what_is_encoded_is_a_code_to_the_bit_and_gradients_reach_what_entered(name):
    quantiser = trained(name)
    for training in (False, True):
        quantiser.train(training)
        x, mask = entering(quantiser)
        x.requires_grad_()
        before = {k: v.clone() for k, v in quantiser.state_dict().items()}
        codes, _ = quantiser(x, mask)
        quantiser.load_state_dict(before)  # books move in training
        quantiser.eval()
        again = quantiser.values(quantiser.ids(codes.detach(), *WHITENING))
        assert torch.equal(again[mask], codes.detach()[mask])
        quantiser.merged(codes)[mask].sum().backward()
        assert (x.grad[mask].abs().sum(-1) > 0).all() and not x.grad[~mask].any()


@EVERY
def test_autocast_changes_nothing(name):
    quantiser = trained(name).train()
    x, mask = entering(quantiser)
    before = {k: v.clone() for k, v in quantiser.state_dict().items()}
    torch.manual_seed(3)
    codes, _ = quantiser(x, mask)
    after = {k: v.clone() for k, v in quantiser.state_dict().items()}
    quantiser.load_state_dict(before)
    torch.manual_seed(3)
    with torch.autocast("cpu", torch.bfloat16):
        rough, _ = quantiser(x, mask)
    assert torch.equal(codes, rough)
    assert all(torch.equal(after[k], v) for k, v in quantiser.state_dict().items())


@EVERY
def test_padding_takes_no_part_in_learning(name):
    states = []
    for fill in (0.0, 50.0):
        torch.manual_seed(0)
        quantiser = MAKE[name]().train()
        for step in range(3):
            x, mask = entering(quantiser, seed=step)
            x[~mask] = fill
            torch.manual_seed(step)
            quantiser(x, mask)
        states.append(quantiser.state_dict())
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])


@EVERY
def test_a_small_spread_does_not_collapse_the_book(name):
    """FSQ without standardisation: std 0.17 around 3 would make one code of all."""
    quantiser = trained(name, steps=30)
    codes, _ = quantiser(*entering(quantiser, frames=200, seed=99))
    assert len(quantiser.ids(codes, *WHITENING)[0].unique()) > 0.7 * quantiser.codes


@EVERY
def test_codes_outside_the_book_are_refused(name):
    quantiser = MAKE[name]()
    for wrong in (-1, quantiser.codes, 10**6):
        with pytest.raises(UserError, match=f"token {wrong} outside the book of {quantiser.codes}"):
            quantiser.refuse_unknown(torch.tensor([[0, wrong]]))
    quantiser.refuse_unknown(torch.tensor([[0, quantiser.codes - 1]]))


def test_levels_by_hand():
    """Levels 5 and 4: 0 is the middle of five, and 4 have no middle."""
    quantiser = FiniteScalar(1, [5, 4], 1)
    ids = torch.arange(20).view(1, 20, 1, 1)
    values = quantiser.values(ids)[0, :, 0]
    assert values[:5, 0].tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert values[::5, 1].tolist() == [-1.0, -0.5, 0.0, 0.5]
    far = torch.tensor([[[[90.0, -90.0]]]])
    assert quantiser.ids(far, torch.zeros(1, 2), torch.ones(1, 2)).item() == 4


@pytest.mark.parametrize("bits", FSQ_LEVELS)
def test_books_of_every_size_are_about_that_size(bits):
    codes = FiniteScalar(1, FSQ_LEVELS[bits], 1).codes
    assert 0.9 * 2**bits <= codes <= 1.1 * 2**bits
    with pytest.raises(UserError, match="at least 3 levels"):
        FiniteScalar(1, [5, 2], 1)


def test_the_nearest_code_is_the_nearest_however_close_others_lie():
    book = torch.tensor([[100.0, 0.0], [100.0001, 0.0], [100.0, 0.0], [-3.0, 4.0]])
    assert nearest(book, book).tolist() == [0, 1, 0, 3]
    assert nearest(torch.tensor([[-2.0, 3.0]]), book).tolist() == [3]


def test_equal_codes_are_one():
    """K-means of fewer vectors than codes makes some twice."""
    quantiser = trained("vq")
    quantiser.books[0].codebook[5] = quantiser.books[0].codebook[2]
    mean, std = torch.randn(SLOTS, 6), torch.rand(SLOTS, 6) + 0.5
    ids = torch.tensor([5, 2]).expand(1, 1, SLOTS, 2)
    z = (quantiser.values(ids) - mean) / std
    found = quantiser.ids(z, mean, std)
    assert torch.equal(quantiser.values(found), quantiser.values(ids))
    assert torch.equal(quantiser.ids((quantiser.values(found) - mean) / std, mean, std), found)


def test_a_residual_code_is_of_what_the_first_left():
    quantiser = trained("residual")
    x, mask = entering(quantiser)
    standard = quantiser.standardise(x, mask)[mask][:, 0]
    first, second = (quantiser.books[k].codebook for k in (0, 1))
    a = first[nearest(standard, first)]
    b = second[nearest(standard - a, second)]
    codes, _ = quantiser(x, mask)
    torch.testing.assert_close(codes[mask][:, 0], torch.cat([a, b], -1))
    torch.testing.assert_close(quantiser.merged(codes)[mask][:, 0], a + b)
    assert (standard - a - b).square().mean() < (standard - a).square().mean()


@pytest.mark.parametrize("name", ["vq", "residual", "apart"])
def test_settled_codes_are_the_means_of_their_vectors(name):
    quantiser = trained(name)
    batches = [entering(quantiser, seed=s) for s in (7, 8)]
    quantiser.settle(lambda: batches)
    valid = torch.cat([x[mask] for x, mask in batches])
    torch.testing.assert_close(quantiser.standardise.mean, valid.mean(0), atol=1e-5, rtol=0)
    errors = []
    for _ in range(6):  # Lloyd's algorithm: the distance falls from step to step, unless a later book is put off
        error = sum(float(quantiser(x, mask)[1]["commitment"]) for x, mask in batches)
        errors.append(error)
        quantiser.settle(lambda: batches)
    assert errors[-1] < errors[0]
    if not quantiser.residual:
        assert max(b - a for a, b in itertools.pairwise(errors)) < 1e-4


def test_codes_that_nothing_is_near_are_replaced():
    quantiser = trained("vq", steps=2)
    book = quantiser.books[0]
    book._codebook.cluster_size[0, 3] = 0.06
    book.codebook[3] = 1e3
    book._codebook.embed_avg[0, 3] = 1e6
    quantiser.train()
    for step in range(3):
        assert book.codebook[3].abs().min() > 100
        quantiser(*entering(quantiser, seed=step))
    quantiser(*entering(quantiser, seed=4))
    assert book.codebook[3].abs().max() < 10
