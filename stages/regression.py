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
from sign_latent.generation.audit import audit_warnings
from sign_latent.generation.back_translation import BackTranslationSettings, back_translation_audit, check_judge
from sign_latent.generation.regression import Regression
from sign_latent.resampling import mean_interval
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit
from stages.denoiser import Data, read_data
from stages.inputs import TextSettings, described, marks_of, vocabulary_of


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
    spec, encoder = parent.card.latent, text.load()
    clips = data.split("train", dominant=True)
    vocabulary, marks = vocabulary_of(clips, text), marks_of(clips, text)
    given = (vocabulary, encoder, 1, text.reads, marks, most)
    found = read_data(parent, clips, "train", *given)
    asked = {"latent_slots": spec.slots, "latent_width": spec.width}
    asked |= {"text_width": encoder.width, "sentence_width": encoder.sentence_width, "marks": marks}
    torch.manual_seed(how.seed)
    model = ProgressiveTransformer(replace(regression, **asked))
    about = {"corpus": data.hash, "autoencoder": parent.card.reference, "model": asdict(model.settings)}
    about |= {} if most is None else {"most": most}

    def batch(step: int) -> LatentBatch:
        return found.of_step(step, how)

    fit(name, model, loss, batch, how, about | {"text": asdict(text)})
    stored_precision(model, half)
    dev = data.split("dev", dominant=True)
    facts = audit(model, read_data(parent, dev, "dev", *given), how.seed)
    card = registry.Card(
        name=name,
        model="progressive_transformer",
        settings=asdict(model.settings),
        parents={"autoencoder": parent.card.reference},
        text_encoder=described(encoder, text),
        vocabulary=sorted(vocabulary.words),
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    if spec.domain == "pose":  # no judge reads conditions
        made = Regression(card, model, parent.model, encoder, vocabulary)
        facts["back_translation"] = back_translation_audit(made, spec.skeleton, dev, back_translation, how.seed)
    card = replace(card, audit=facts, warnings=audit_warnings(facts))
    config = {"corpus": corpus, "autoencoder": autoencoder, "regression": asdict(regression), "text": asdict(text)}
    return registry.publish(card, model, config | {"train": asdict(how), "most": most}, half=half)


if __name__ == "__main__":
    run_stage(train)
