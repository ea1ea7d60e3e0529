"""Are predicted lengths as uncertain as they are wrong? Calibration of a length head on held-out clips, and its audit.

A head learns lengths that were blurred on purpose, and from clips it has seen often: its distribution may be too wide
or too narrow. One temperature mends either. Lengths are counted in latent frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from sign_latent.resampling import FEWEST_CLUSTERS, mean_intervals

LEVELS = (0.5, 0.8, 0.95)
"""Probabilities of the central intervals whose coverage is measured."""
BINS = 10
"""Of the histogram of the probability integral transform; each holds a tenth where lengths are calibrated."""
_COLDEST, _HOTTEST = math.log(0.1), math.log(10.0)


@torch.no_grad()
def length_logits(model, texts: Iterable) -> torch.Tensor:
    """Logits [n, longest] of a model's length head for batches of text features."""
    contexts = (model.read(text) for text in texts)
    return torch.cat([model.length(context.tokens, context.mask) for context in contexts])


def fitted_temperature(logits: torch.Tensor, lengths: torch.Tensor) -> float:
    """The temperature under which lengths [n] in latent frames are likeliest; 1 of too few clips to tell."""
    from scipy.optimize import minimize_scalar

    if len(lengths) < FEWEST_CLUSTERS:
        return 1.0
    target = lengths.clamp(1, logits.shape[-1]) - 1

    def nll(log: float) -> float:
        return float(torch.nn.functional.cross_entropy(logits / math.exp(log), target))

    return math.exp(minimize_scalar(nll, bounds=(_COLDEST, _HOTTEST), method="bounded").x)


def crossed_shares(logits: torch.Tensor, lengths: torch.Tensor, clusters: np.ndarray) -> np.ndarray:
    """Distributions [n, longest] under temperatures of which none was fitted to the clip itself.

    The clusters are dealt into two halves, and each half is read at the temperature of the other.
    """
    half = torch.from_numpy(np.unique(clusters, return_inverse=True)[1] % 2 == 0)
    shares = torch.empty(logits.shape, dtype=torch.float64)
    for own in (half, ~half):
        shares[own] = (logits[own].double() / fitted_temperature(logits[~own], lengths[~own])).softmax(-1)
    return shares.numpy()


def transforms(shares: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F(length - 1) and F(length) [n]: between them lies the probability integral transform of a whole number."""
    above = np.minimum(shares.cumsum(-1), 1.0)
    rows = np.arange(len(lengths))
    high = above[rows, lengths - 1]
    return np.maximum(high - shares[rows, lengths - 1], 0.0), high


def within(low: np.ndarray, high: np.ndarray, start: float, stop: float) -> np.ndarray:
    """Share [n] of each transform that lies between two probabilities (Czado, Gneiting and Held 2009).

    Its mean is the coverage of that interval, and exact for whole numbers, of which no interval holds just half.
    """
    width = np.maximum(high - low, 1e-12)
    return np.clip(np.minimum(high, stop) - np.maximum(low, start), 0, width) / width


def crps(shares: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score [n] in latent frames (Gneiting and Raftery 2007): Σ_k (F(k) - 1[n ≤ k])²."""
    reached = lengths[:, None] <= np.arange(1, shares.shape[1] + 1)
    return np.square(shares.cumsum(-1) - reached).sum(-1)


def constant_shares(lengths: np.ndarray, longest: int) -> np.ndarray:
    """The distribution [longest] of all lengths whatever the text, half a clip added to each."""
    counts = np.bincount(np.clip(lengths, 1, longest) - 1, minlength=longest) + 0.5
    return counts / counts.sum()


def length_audit(
    logits: torch.Tensor, lengths: np.ndarray, training: np.ndarray, seconds: float, clusters: np.ndarray, seed: int = 0
) -> dict[str, Any]:
    """How well the distributions of logits [n, longest] hold the lengths [n] of held-out clips.

    Coverage of central intervals, the histogram of the probability integral transform, log score and CRPS beside
    those of the distribution of all ``training`` lengths, with bootstrap intervals over ``clusters`` [n]. Figures are
    those of clips at a temperature that was fitted on others (`crossed_shares`); ``temperature`` is that of all.
    seconds: of a latent frame.
    """
    beyond = int((lengths > logits.shape[-1]).sum())
    lengths = np.clip(lengths, 1, logits.shape[-1])
    asked = torch.from_numpy(lengths)
    shares = crossed_shares(logits, asked, clusters)
    constant = np.broadcast_to(constant_shares(training, logits.shape[-1]), shares.shape)
    low, high = transforms(shares, lengths)
    rows = {f"coverage_{level:g}": within(low, high, 0.5 - level / 2, 0.5 + level / 2) for level in LEVELS}
    for name, found in (("", shares), ("_constant", constant)):
        rows[f"nll{name}"] = -np.log(np.maximum(found[np.arange(len(lengths)), lengths - 1], 1e-12))
        rows[f"crps_seconds{name}"] = seconds * crps(found, lengths)
    rows["crps_gain"] = (rows["crps_seconds_constant"] - rows["crps_seconds"]) / rows["crps_seconds_constant"].mean()
    values = np.stack(list(rows.values()))
    audit: dict[str, Any] = {"clips": len(lengths), "temperature": fitted_temperature(logits, asked)}
    for name, value, interval in zip(rows, values.mean(1), mean_intervals(values, seed, clusters), strict=True):
        audit |= {name: float(value), f"{name}_interval": interval}
    edges = np.linspace(0, 1, BINS + 1)
    audit["pit"] = [float(within(low, high, a, b).mean()) for a, b in pairwise(edges)]
    return audit | ({"beyond_longest": beyond} if beyond else {})


def calibrate(
    model, texts: Iterable, lengths: np.ndarray, training: np.ndarray, seconds: float, clusters: np.ndarray, seed: int
) -> dict[str, Any]:
    """Sets the temperature of a model's length head, in its settings too, and returns the audit of the calibrated head.

    texts: batches of text features of held-out clips whose lengths [n] these are.
    """
    model.length.temperature = 1.0
    audit = length_audit(length_logits(model, texts), lengths, training, seconds, clusters, seed)
    model.length.temperature = model.settings.length_temperature = audit["temperature"]
    return audit
