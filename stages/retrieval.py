"""Builds nearest-text retrieval, a baseline: an index of the texts of a split, which points into the corpus.

python stages/retrieval.py --corpus CORPUS --name nearest-text
python stages/retrieval.py --corpus CORPUS --aligner text-pose --name nearest-signing
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sign_latent.aligner.vectors import AlignedEncoder, clip_vectors, loaded_aligner
from sign_latent.baselines.retrieval import index_of, indexed
from sign_latent.corpus.read import Corpus
from sign_latent.registry import Card, publish
from sign_latent.stage import corpus_facts, one_language, refuse_taken, run_stage
from sign_latent.text.encoder import DEFAULT, TextEncoder
from sign_latent.text.installed import installed


def train(
    name: str,
    corpus: str,
    split: str = "train",
    encoder: str = DEFAULT,
    aligner: str | None = None,
    intended_use: str = "A baseline that generators of signing are compared with; needs its corpus to sign.",
):
    """Builds and publishes a retrieval; there is nothing to train.

    Args:
        name: Name to publish under.
        corpus: Corpus folder whose clips are found.
        split: Split that is searched.
        encoder: Frozen text encoder, as in sentence-transformers.
        aligner: Aligner whose vectors of the clips are indexed in place of the texts'; it brings its own encoder.
        intended_use: A sentence for the card.
    """
    refuse_taken(name)
    data = one_language(Corpus.open(corpus))
    place, parents = str(Path(corpus).resolve()), {}
    if aligner is None:
        found = TextEncoder.load(encoder)
        model = indexed(found, data.split(split).texts, place, split)
    else:
        guide = loaded_aligner(aligner)
        found, parents = AlignedEncoder(installed(guide.card.text_encoder), guide), {"aligner": guide.card.reference}
        clips = data.split(split, dominant=True)
        model = index_of(clip_vectors(guide, clips, split), range(len(clips)), place, split)
    card = Card(
        name=name,
        model="nearest_text",
        settings=asdict(model.settings),
        parents=parents,
        text_encoder=found.description,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    return publish(card, model, {"corpus": corpus, "split": split, "encoder": encoder, "aligner": aligner})


if __name__ == "__main__":
    run_stage(train)
