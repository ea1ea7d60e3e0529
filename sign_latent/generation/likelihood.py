"""Does a translator use the text? The audit by likelihood that runs before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from sign_latent.generation.audit import other_rows, text_gaps
from sign_latent.resampling import mean_interval
from sign_latent.training import step_seed


def likelihood_audit(
    model, batches: Sequence, texts: Sequence[str], seed: int = 0, clusters: np.ndarray | None = None
) -> dict[str, Any]:
    """Negative log-likelihoods, nats a token, with matched, shuffled and empty text; how much larger those without the
    clip's own text are, relative to the mean with it; and bootstrap intervals of all.

    batches hold ids [B, N, P], frames [B, N] and text; ``texts`` are those of all batches in order, ``clusters``
    [clips] what the bootstrap draws whole: their sources. The shuffled text of a clip is that of its neighbour in the
    batch whose text differs; clips without such a neighbour are left out.
    """
    rows: dict[str, list[np.ndarray]] = {"matched": [], "shuffled": [], "empty": []}
    start, kept = 0, []
    for number, batch in enumerate(batches):
        other = torch.tensor(other_rows(texts[start : start + len(batch.ids)]))
        used, start = other != torch.arange(len(other)), start + len(other)
        kept.append(used.numpy())
        versions = (batch.text, batch.text.rows(other), batch.text.emptied())
        for found, text in zip(rows.values(), versions, strict=True):
            found.append(model.nll(batch.ids, batch.frames, text, step_seed(seed, number))[used].numpy())
    nll = {name: np.concatenate(found) for name, found in rows.items()}
    clusters = None if clusters is None else clusters[np.concatenate(kept)]
    audit: dict[str, Any] = {"clips": len(nll["matched"])}
    for name, values in nll.items():
        audit[f"nll_{name}"] = float(values.mean())
        audit[f"nll_{name}_interval"] = list(mean_interval(values, seed, clusters))
    return audit | text_gaps(nll, seed, clusters)
