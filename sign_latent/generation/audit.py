"""Does the generator use the text? The audit that runs before it is published.

The error of held-out clips with their own text, with another clip's text and with the empty text: of denoisers the
denoising error at the same steps and with the same noise, of translators the negative log-likelihood. A generator that
ignores the text shows no difference however well it moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from sign_latent.denoiser.loss import LatentBatch, denoising_error
from sign_latent.text.encoder import TextFeatures
from sign_latent.training import step_seed

# Steps as shares of T; text matters most where much is still open.
STEPS = (0.1, 0.3, 0.5, 0.7, 0.9)


def bootstrap_interval(values: np.ndarray, seed: int, resamples: int = 2000) -> tuple[float, float]:
    """95 % percentile interval of the mean."""
    chance = np.random.default_rng(seed)
    means = values[chance.integers(0, len(values), (resamples, len(values)))].mean(1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


@torch.no_grad()
def _errors(model, batch: LatentBatch, text: TextFeatures, share: float, seed: int) -> np.ndarray:
    t = torch.full((len(batch.mean),), int(share * model.settings.diffusion.steps))
    noise = torch.randn(batch.mean.shape, generator=torch.Generator().manual_seed(seed))
    return denoising_error(model, batch.mean, noise, t, batch.frames, model.read(text)).numpy()


def text_audit(model, batches: list[LatentBatch], texts: list[str], seed: int = 0) -> dict[str, Any]:
    """Errors by step with matched, shuffled and empty text, the relative gaps and their bootstrap intervals.

    ``texts`` are those of all batches in order.
    """

    def measure(number: int, batch: LatentBatch, text: TextFeatures) -> np.ndarray:
        return np.stack([_errors(model, batch, text, s, step_seed(seed, number, i)) for i, s in enumerate(STEPS)])

    errors = by_text(measure, batches, texts)
    means = {f"error_{name}": [round(float(v), 5) for v in values.mean(1)] for name, values in errors.items()}
    return {"clips": errors["matched"].shape[1], "steps": list(STEPS), **means, **_gaps(errors, seed)}


def likelihood_audit(model, batches: list, texts: list[str], seed: int = 0) -> dict[str, Any]:
    """Negative log-likelihoods, nats a token, with matched, shuffled and empty text, their relative gaps, and bootstrap
    intervals of all.

    batches hold ids [B, N, P], frames [B, N] and text; ``texts`` are those of all batches in order.
    """

    def measure(number: int, batch, text: TextFeatures) -> np.ndarray:
        return model.nll(batch.ids, batch.frames, text, step_seed(seed, number)).numpy()[None]

    found = by_text(measure, batches, texts)
    audit: dict[str, Any] = {"clips": found["matched"].shape[1]}
    for name, values in found.items():
        audit[f"nll_{name}"] = float(values.mean())
        audit[f"nll_{name}_interval"] = list(bootstrap_interval(values[0], seed))
    return audit | _gaps(found, seed)


def by_text(measure: Callable, batches: Sequence, texts: list[str]) -> dict[str, np.ndarray]:
    """What ``measure(number, batch, text)`` [S, B] says of all clips with matched, shuffled and empty text, [S, clips].

    The shuffled text of a clip is that of its neighbour in the batch whose text differs; clips without such a neighbour
    are left out.
    """
    rows: dict[str, list[np.ndarray]] = {"matched": [], "shuffled": [], "empty": []}
    start = 0
    for number, batch in enumerate(batches):
        count = len(batch.frames)
        own = texts[start : start + count]
        other = [
            next((j % count for j in range(i + 1, i + count) if own[j % count] != own[i]), i) for i in range(count)
        ]
        used = np.array([i != j for i, j in enumerate(other)])
        versions = (batch.text, batch.text.rows(torch.tensor(other)), batch.text.emptied())
        for found, text in zip(rows.values(), versions, strict=True):
            found.append(measure(number, batch, text)[:, used])
        start += count
    return {name: np.concatenate(found, 1) for name, found in rows.items()}


def _gaps(errors: dict[str, np.ndarray], seed: int) -> dict[str, Any]:
    """How much larger errors [S, clips] are without the clip's own text, relative to the mean with it."""
    found: dict[str, Any] = {}
    for name in ("shuffled", "empty"):
        gap = (errors[name] - errors["matched"]).mean(0) / errors["matched"].mean()
        found[f"gap_{name}"] = float(gap.mean())
        found[f"gap_{name}_interval"] = list(bootstrap_interval(gap, seed))
    return found


def audit_warnings(audit: dict[str, Any]) -> list[str]:
    """Words for the card where the interval of the text gap touches zero."""
    low = audit["gap_shuffled_interval"][0]
    return (
        [] if low > 0 else ["this generator was not shown to use the text: the interval of its text gap touches zero"]
    )
