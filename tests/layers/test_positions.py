"""Laws of the embeddings of places."""

import torch

from sign_latent.layers.positions import both_ends, sinusoid


def test_padding_never_changes_the_places_of_valid_entries():
    short = both_ends(torch.ones(1, 5, dtype=torch.bool), 16)
    padded = both_ends(torch.tensor([[True] * 5 + [False] * 4]), 16)
    assert torch.equal(short, padded[:, :5])


def test_the_end_is_the_same_place_in_every_length():
    widths = 16
    ends = [
        both_ends(torch.ones(1, n, dtype=torch.bool), widths)[0, -1] - sinusoid(torch.tensor(n - 1), widths)
        for n in (3, 9)
    ]
    torch.testing.assert_close(ends[0], ends[1])


def test_no_two_places_of_a_row_are_alike():
    places = both_ends(torch.ones(1, 40, dtype=torch.bool), 32)[0]
    distances = torch.cdist(places, places) + torch.eye(40) * 9
    assert float(distances.min()) > 0.05
