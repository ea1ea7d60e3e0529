"""Does the generator use the text? The audit that runs before it is published.

The denoising error of held-out clips with their own text, with another clip's text and with the empty text, at the same
steps and with the same noise, which is drawn on the processor wherever the model computes. A generator that ignores the
text shows no difference however well it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from sign_latent.denoiser.loss import LatentBatch, denoised
from sign_latent.device import device_of
from sign_latent.generation.gaps import by_step, touching_zero, unheard
from sign_latent.resampling import mean_interval
from sign_latent.text.encoder import TextFeatures
from sign_latent.training import step_seed

# Steps as shares of T; text matters most where much is still open.
STEPS = (0.1, 0.3, 0.5, 0.7, 0.9)


def other_rows(texts: Sequence[str]) -> list[int]:
    """For each text of a batch the row of the next one that differs, in a circle; its own row where there is none."""
    count = len(texts)
    return [next((j % count for j in range(i + 1, i + count) if texts[j % count] != texts[i]), i) for i in range(count)]


def text_gaps(errors: dict[str, np.ndarray], seed: int, clusters: np.ndarray | None = None) -> dict[str, Any]:
    """How much larger errors [clips] are without the clip's own text, relative to the mean with it, and intervals."""
    found: dict[str, Any] = {}
    for name in (name for name in errors if name != "matched"):
        gap = (errors[name] - errors["matched"]) / errors["matched"].mean()
        found[f"gap_{name}"] = float(gap.mean())
        found[f"gap_{name}_interval"] = list(mean_interval(gap, seed, clusters))
    return found


@torch.no_grad()
def _errors(model, batch: LatentBatch, text: TextFeatures, share: float, seed: int) -> np.ndarray:
    there = device_of(model)
    clean, frames = batch.mean.to(there), batch.frames.to(there)
    t = torch.full((len(clean),), round(share * model.settings.diffusion.steps)).to(there)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed)).to(there)
    return denoised(model, clean, noise, t, frames, model.read(text.to(there))).error(frames).cpu().numpy()


def text_audit(
    model,
    batches: list[LatentBatch],
    texts: list[str],
    seed: int = 0,
    clusters: np.ndarray | None = None,
    foreign: Sequence[TextFeatures | None] = (),
    steps: Sequence[float] = STEPS,
) -> dict[str, Any]:
    """Errors by step with matched, shuffled and empty text, the relative gaps and their bootstrap intervals.

    ``texts`` are those of all batches in order, ``clusters`` [clips] what the bootstrap draws whole: their sources. The
    shuffled text of a clip is that of its neighbour in the batch whose text differs; clips without such a neighbour
    are left out. foreign: of a model of several languages, the texts of each batch as if in another one.
    """
    rows: dict[str, list[np.ndarray]] = {}
    start, kept = 0, []
    for number, (batch, other_language) in enumerate(zip_longest(batches, foreign)):
        other = other_rows(texts[start : start + len(batch.mean)])
        used = np.array([i != j for i, j in enumerate(other)])
        versions = {
            "matched": batch.text,
            "shuffled": batch.text.of_others(torch.tensor(other)),
            "empty": batch.text.emptied(),
        }
        if other_language is not None:
            versions["foreign"] = other_language
        for name, text in versions.items():
            found = [_errors(model, batch, text, s, step_seed(seed, number, i)) for i, s in enumerate(steps)]
            rows.setdefault(name, []).append(np.stack(found)[:, used])
        start += len(other)
        kept.append(used)
    errors = {name: np.concatenate(found, 1) for name, found in rows.items()}
    clusters = None if clusters is None else clusters[np.concatenate(kept)]
    audit: dict[str, Any] = {"clips": errors["matched"].shape[1], "steps": list(steps)}
    for name, values in errors.items():
        audit[f"error_{name}"] = [round(float(v), 5) for v in values.mean(1)]
    audit |= by_step(errors, seed, clusters)
    return audit | text_gaps({name: values.mean(0) for name, values in errors.items()}, seed, clusters)


def audit_warnings(audit: dict[str, Any]) -> list[str]:
    """Words for the card where the interval of a text gap touches zero: over all steps, at some, or to a judge."""
    found = []
    if not audit["gap_shuffled_interval"][0] > 0:
        found.append("this generator was not shown to use the text: the interval of its text gap touches zero")
    if not audit.get("gap_empty_interval", (1,))[0] > 0:
        found.append("a text was not shown to serve it better than no text: the interval of that gap touches zero")
    if not audit.get("gap_foreign_interval", (1,))[0] > 0:
        found.append("this generator was not shown to sign in the language it is told: that gap touches zero")
    lost = touching_zero(audit.get("steps", ()), audit.get("gap_shuffled_by_step_intervals", ()))
    if lost:
        found.append(f"the text was not shown to matter at these shares of noise steps: {', '.join(map(str, lost))}")
    return found + unheard(audit.get("back_translation", {}))
