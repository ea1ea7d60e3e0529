"""Connectionist temporal classification (Graves et al. 2006): its loss, and reading labels off its scores.

Label 0 is the blank everywhere.
"""

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sign_latent.evaluator.tokens import pad_ids

BLANK = 0


def frames_needed(line: list[int]) -> int:
    """Fewest states that can spell a line of labels: one a label, and a blank between two equal neighbours."""
    return len(line) + sum(a == b for a, b in itertools.pairwise(line))


def ctc_loss(scores: Tensor, mask: Tensor, lines: list[list[int]]) -> Tensor:
    """Nats a label of lines of labels given log-probabilities [B, N', V] of valid states, mask [B, N'].

    A clip with fewer states than its line needs has no path and an infinite loss: it is left out, from the sum and
    from the count of labels alike, and so is a clip whose line is empty (unknown). With every clip left out the loss
    is 0, and so is its gradient.
    """
    states = mask.sum(1)
    needed = torch.tensor([frames_needed(line) for line in lines], device=scores.device)
    fits = (needed > 0) & (needed <= states)
    lengths = torch.tensor([len(line) for line in lines], device=scores.device)
    wanted = pad_ids(lines).to(scores.device)
    each = F.ctc_loss(
        scores.transpose(0, 1), wanted, states, lengths, blank=BLANK, reduction="none", zero_infinity=True
    )
    return (each * fits).sum() / (lengths * fits).sum().clamp(min=1)


def collapsed(path: list[int]) -> list[int]:
    """A path of labels a state without repetitions and blanks."""
    return [label for before, label in zip([BLANK, *path], path, strict=False) if label not in (BLANK, before)]


def best_labels(scores: np.ndarray, beam: int = 1, most: int = 20) -> list[int]:
    """The most likely line of labels for log-probabilities [N', V] of one clip.

    A beam of 1 collapses the best path; a wider one sums over paths (prefix search, Hannun et al. 2014, without a
    language model), going on with at most ``most`` labels a state.
    """
    if beam <= 1:
        return collapsed(scores.argmax(-1).tolist())
    # prefix -> log-probability of the paths that end in a blank, and of those that end in its last label
    found: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    for row in scores:
        likely = [int(label) for label in np.argsort(-row, kind="stable")[:most] if label != BLANK]
        found = _advanced(found, row, likely)
        ranked = sorted(found.items(), key=lambda item: (-np.logaddexp(*item[1]), item[0]))
        found = dict(ranked[:beam])
    return list(next(iter(found)))


def _advanced(found: dict[tuple[int, ...], tuple[float, float]], row: np.ndarray, likely: list[int]) -> dict:
    """All prefixes after one more state with log-probabilities [V]."""
    grown: dict[tuple[int, ...], list[float]] = {}

    def add(prefix: tuple[int, ...], place: int, score: float) -> None:
        ends = grown.setdefault(prefix, [-np.inf, -np.inf])
        ends[place] = float(np.logaddexp(ends[place], score))

    for prefix, (blank, label) in found.items():
        both = float(np.logaddexp(blank, label))
        add(prefix, 0, both + row[BLANK])
        if prefix:
            add(prefix, 1, label + row[prefix[-1]])
        for new in likely:
            # after its own last label a new one needs a blank between
            add((*prefix, new), 1, (blank if prefix and new == prefix[-1] else both) + row[new])
    return {prefix: (ends[0], ends[1]) for prefix, ends in grown.items()}
