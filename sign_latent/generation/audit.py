"""Does the generator use the text? The audit that runs before it is published.

The denoising error of held-out clips with their own text, with another clip's text and with the empty text, at the same
steps and with the same noise. A generator that ignores the text shows no difference however well it moves.
"""

from __future__ import annotations

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

    ``texts`` are those of all batches in order. The shuffled text of a clip is that of its neighbour in the batch whose
    text differs; clips without such a neighbour are left out.
    """
    rows = {"matched": [], "shuffled": [], "empty": []}
    start = 0
    for number, batch in enumerate(batches):
        count = len(batch.mean)
        own = texts[start : start + count]
        other = [
            next((j % count for j in range(i + 1, i + count) if own[j % count] != own[i]), i) for i in range(count)
        ]
        used = np.array([i != j for i, j in enumerate(other)])
        versions = {
            "matched": batch.text,
            "shuffled": batch.text.rows(torch.tensor(other)),
            "empty": batch.text.emptied(),
        }
        for name, text in versions.items():
            found = [_errors(model, batch, text, s, step_seed(seed, number, i)) for i, s in enumerate(STEPS)]
            rows[name].append(np.stack(found)[:, used])
        start += count
    errors = {name: np.concatenate(found, 1) for name, found in rows.items()}
    audit: dict[str, Any] = {"clips": errors["matched"].shape[1], "steps": list(STEPS)}
    for name, values in errors.items():
        audit[f"error_{name}"] = [round(float(v), 5) for v in values.mean(1)]
    for name in ("shuffled", "empty"):
        gap = (errors[name] - errors["matched"]).mean(0) / errors["matched"].mean()
        audit[f"gap_{name}"] = float(gap.mean())
        audit[f"gap_{name}_interval"] = list(bootstrap_interval(gap, seed))
    return audit


def audit_warnings(audit: dict[str, Any]) -> list[str]:
    """Words for the card where the interval of the text gap touches zero."""
    low = audit["gap_shuffled_interval"][0]
    return (
        [] if low > 0 else ["this generator was not shown to use the text: the interval of its text gap touches zero"]
    )
