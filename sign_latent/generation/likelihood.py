"""Does a translator use the text? The audit by likelihood that runs before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from sign_latent.generation.audit import other_rows, text_gaps
from sign_latent.resampling import mean_interval
from sign_latent.text.encoder import TextFeatures
from sign_latent.training import step_seed


def likelihood_audit(
    model,
    batches: Sequence,
    texts: Sequence[str],
    seed: int = 0,
    clusters: np.ndarray | None = None,
    foreign: Sequence[TextFeatures | None] = (),
) -> dict[str, Any]:
    """Negative log-likelihoods, nats a token, with matched, shuffled and empty text; how much larger those without the
    clip's own text are, relative to the mean with it; and bootstrap intervals of all.

    batches hold ids [B, N, P], frames [B, N] and text; ``texts`` are those of all batches in order, ``clusters``
    [clips] what the bootstrap draws whole: their sources. The shuffled text of a clip is that of its neighbour in the
    batch whose text differs; clips without such a neighbour are left out. foreign: of a model of several languages, the
    texts of each batch as if in another one.
    """
    rows: dict[str, list[np.ndarray]] = {}
    start, kept = 0, []
    for number, (batch, other_language) in enumerate(zip_longest(batches, foreign)):
        other = torch.tensor(other_rows(texts[start : start + len(batch.ids)]))
        used, start = other != torch.arange(len(other)), start + len(other)
        kept.append(used.numpy())
        versions = {"matched": batch.text, "shuffled": batch.text.of_others(other), "empty": batch.text.emptied()}
        if other_language is not None:
            versions["foreign"] = other_language
        for name, text in versions.items():
            rows.setdefault(name, []).append(
                model.nll(batch.ids, batch.frames, text, step_seed(seed, number))[used].numpy()
            )
    nll = {name: np.concatenate(found) for name, found in rows.items()}
    clusters = None if clusters is None else clusters[np.concatenate(kept)]
    audit: dict[str, Any] = {"clips": len(nll["matched"])}
    for name, values in nll.items():
        audit[f"nll_{name}"] = float(values.mean())
        audit[f"nll_{name}_interval"] = list(mean_interval(values, seed, clusters))
    return audit | text_gaps(nll, seed, clusters)
