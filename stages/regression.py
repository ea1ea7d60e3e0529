"""Trains a direct regression of a published autoencoder's latents, a baseline; audits that it uses the text.

python stages/regression.py --config configs/regression/small.yaml --corpus CORPUS --autoencoder pose-vae --name direct
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from sign_latent import registry
from sign_latent.baselines.progressive import ProgressiveSettings, ProgressiveTransformer
from sign_latent.corpus.read import Corpus
from sign_latent.denoiser.loss import LatentBatch, masked_square
from sign_latent.generation.back_translation import BackTranslationSettings, check_judge, with_audit
from sign_latent.generation.regression import Regression
from sign_latent.resampling import mean_interval
from sign_latent.stage import refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit
from stages.denoiser import Data, read_data
from stages.inputs import Reading, TextSettings


def loss(model: ProgressiveTransformer, batch: LatentBatch) -> dict[str, torch.Tensor]:
    """Loss of a batch; the target is the posterior mean, since a regression has no noise to explain."""
    return model.losses(batch.mean, batch.frames, batch.text)


@torch.no_grad()
def audit(model: ProgressiveTransformer, data: Data, seed: int, most: int = 256) -> dict[str, Any]:
    """Square error of generated latents of true length with the clip's own and another clip's text; predicted lengths.

    Clips are those of a held-out split in batches of similar length, in which the other text is the next clip's.
    """
    rows = np.argsort(data.latents.mean.lengths, kind="stable")[:: max(1, len(data.clusters) // most)]
    errors: dict[str, list] = {"matched": [], "shuffled": []}
    ratios = []
    for start in range(0, len(rows), 32):
        batch = data.batch(rows[start : start + 32])
        counts = batch.frames.sum(1)
        turned = batch.text.of_others(torch.arange(len(counts)).roll(-1))
        for name, text in (("matched", batch.text), ("shuffled", turned)):
            errors[name].append(masked_square(model.write(text, counts)[0], batch.mean, batch.frames))
        ratios.append(model.write(batch.text)[1] / counts)
    own, other = (torch.cat(errors[name]).numpy() for name in ("matched", "shuffled"))
    gap, ratio = (other - own) / own.mean(), torch.cat(ratios).numpy()
    return {
        "clips": len(own),
        "error_matched": float(own.mean()),
        "error_shuffled": float(other.mean()),
        "gap_shuffled": float(gap.mean()),
        "gap_shuffled_interval": list(mean_interval(gap, seed, data.clusters[rows])),
        "length_ratio_quantiles": np.quantile(ratio, [0.1, 0.5, 0.9]).tolist(),
    }


def train(
    name: str,
    corpus: str,
    autoencoder: str,
    regression: ProgressiveSettings = ProgressiveSettings(),
    text: TextSettings = TextSettings(),
    train: TrainSettings = TrainSettings(),
    most: int | None = None,
    half: bool = True,
    back_translation: BackTranslationSettings = BackTranslationSettings(),
    intended_use: str = "A baseline that generators of signing are compared with.",
):
    """Trains and publishes a direct regression.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        autoencoder: Published autoencoder whose latents are regressed.
        regression: Sizes of the model and what it reads.
        text: The frozen text encoder.
        train: How it is trained.
        most: Of a renderer's conditions, which are painted: at most so many clips of a split.
        half: Store weights in half precision.
        back_translation: Who reads its clips before it is published; `clips: 0` switches that off.
        intended_use: A sentence for the card.
    """
    how = train
    refuse_taken(name, how)
    check_judge(back_translation)
    data, parent = Corpus.open(corpus), registry.load(autoencoder)
    clips, dev = (data.split(split, dominant=True) for split in ("train", "dev"))
    spec, reading = parent.card.latent, Reading.of(clips, text)
    found = read_data(parent, clips, "train", reading, most=most)
    torch.manual_seed(how.seed)
    sizes = {"latent_slots": spec.slots, "latent_width": spec.width, **reading.sizes()}
    model = ProgressiveTransformer(replace(regression, **sizes))
    parents = {"autoencoder": parent.card.reference}
    about = {"corpus": data.hash, "model": asdict(model.settings), "text": asdict(text), **parents}
    about |= {} if most is None else {"most": most}
    fit(name, model, loss, lambda step: found.of_step(step, how), how, about)
    stored_precision(model, half)
    facts = audit(model, read_data(parent, dev, "dev", reading, most=most), how.seed)
    kind = "progressive_transformer"
    known = {"model": kind, "parents": parents, "seed": how.seed, "intended_use": intended_use}
    made = reading.generator(Regression, model, parent, data, name=name, **known)
    card = with_audit(made, facts, dev, back_translation)
    config = {"corpus": corpus, "autoencoder": autoencoder, "regression": asdict(regression), "text": asdict(text)}
    return registry.publish(card, model, config | {"train": asdict(how), "most": most}, half=half)


if __name__ == "__main__":
    run_stage(train)
