"""The gloss loss and its decoding, against all paths written out."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sign_latent.evaluator.ctc import best_labels, collapsed, ctc_loss, frames_needed

LINES = st.lists(st.integers(1, 3), max_size=6)


def likelihoods(scores: np.ndarray) -> dict[tuple[int, ...], float]:
    """Probability of every line of labels: the sum over all its paths."""
    found: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(scores.shape[1]), repeat=len(scores)):
        line = tuple(collapsed(list(path)))
        found[line] = found.get(line, 0.0) + math.exp(sum(scores[i, label] for i, label in enumerate(path)))
    return found


def random_scores(states: int, labels: int, seed: int) -> np.ndarray:
    return torch.randn(states, labels, generator=torch.Generator().manual_seed(seed)).log_softmax(-1).numpy()


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_finds_the_most_likely_line(seed):
    scores = random_scores(4, 4, seed)
    every = likelihoods(scores)
    assert tuple(best_labels(scores, beam=400)) == max(every, key=every.get)


def test_a_beam_of_one_collapses_the_best_path():
    scores = random_scores(12, 4, 0)
    assert best_labels(scores) == collapsed(scores.argmax(-1).tolist())


@given(LINES)
def test_a_line_is_spelled_by_as_few_states_as_needed(line):
    path = []
    for before, label in zip([0, *line], line, strict=False):
        path += [0, label] if label == before else [label]
    assert len(path) == frames_needed(line) and collapsed(path) == line


def test_the_loss_is_the_mean_over_labels_of_minus_the_likelihood_of_all_paths():
    scores = np.stack([random_scores(5, 4, seed) for seed in range(2)])
    lines, mask = [[1, 2], [3, 3, 1]], torch.ones(2, 5, dtype=torch.bool)
    by_hand = -sum(math.log(likelihoods(row)[tuple(line)]) for row, line in zip(scores, lines, strict=True)) / 5
    assert ctc_loss(torch.from_numpy(scores), mask, lines).item() == pytest.approx(by_hand, rel=1e-4)


def test_a_clip_too_short_for_its_line_changes_nothing():
    torch.manual_seed(0)
    logits = torch.randn(3, 5, 4, requires_grad=True)
    mask = torch.arange(5) < torch.tensor([5, 3, 5])[:, None]
    lines = [[1, 2], [2, 2, 1], []]  # the second needs four states, the third is unknown
    loss = ctc_loss(logits.log_softmax(-1), mask, lines)
    alone = ctc_loss(logits[:1].log_softmax(-1), mask[:1], lines[:1])
    assert loss.item() == pytest.approx(alone.item(), rel=1e-5)
    loss.backward()
    assert torch.isfinite(logits.grad).all() and logits.grad[1:].abs().max() == 0


def test_with_every_clip_too_short_the_loss_is_zero_and_finite():
    logits = torch.randn(1, 2, 4, requires_grad=True)
    loss = ctc_loss(logits.log_softmax(-1), torch.ones(1, 2, dtype=torch.bool), [[1, 1, 1]])
    loss.backward()
    assert loss.item() == 0 and logits.grad.abs().max() == 0
