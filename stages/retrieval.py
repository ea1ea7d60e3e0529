"""Builds nearest-text retrieval, a baseline: an index of the texts of a split, which points into the corpus.

python stages/retrieval.py --corpus CORPUS --name nearest-text
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sign_latent.baselines.retrieval import indexed
from sign_latent.corpus.read import Corpus
from sign_latent.registry import Card, publish
from sign_latent.stage import corpus_facts, refuse_taken, run_stage
from sign_latent.text.encoder import DEFAULT, TextEncoder


def train(
    name: str,
    corpus: str,
    split: str = "train",
    encoder: str = DEFAULT,
    intended_use: str = "A baseline that generators of signing are compared with; needs its corpus to sign.",
):
    """Builds and publishes a retrieval; there is nothing to train.

    Args:
        name: Name to publish under.
        corpus: Corpus folder whose clips are found.
        split: Split that is searched.
        encoder: Frozen text encoder, as in sentence-transformers.
        intended_use: A sentence for the card.
    """
    refuse_taken(name)
    data = Corpus.open(corpus)
    found = TextEncoder.load(encoder)
    model = indexed(found, data.split(split).texts, str(Path(corpus).resolve()), split)
    card = Card(
        name=name,
        model="nearest_text",
        settings=asdict(model.settings),
        text_encoder=found.description,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    return publish(card, model, {"corpus": corpus, "split": split, "encoder": encoder})


if __name__ == "__main__":
    run_stage(train)
