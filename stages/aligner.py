"""Trains an aligner: text and signing in one space of 512 dimensions.

python stages/aligner.py --config configs/aligner/small.yaml --corpus CORPUS --autoencoder pose-vae --name text-pose
python stages/aligner.py --config configs/aligner/small.yaml --corpus CORPUS --aligner.reads points --name text-pose
"""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import torch

from sign_latent import cache, registry
from sign_latent.aligner.aligner import Aligner, AlignerSettings, retrieval
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.clips import LocalClips
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings, fit


class LatentReader:
    """Gives the pose tower latents of clips, sampled in training."""

    def __init__(self, reference: str) -> None:
        found = registry.load(reference)
        self.autoencoder, self.card = found.model, found.card
        self.reference = found.card.reference

    def settings(self, settings: AlignerSettings) -> AlignerSettings:
        spec = self.card.latent
        return replace(settings, skeleton=spec.skeleton, slots=spec.slots, latent_width=spec.width)

    def open(self, model: Aligner, clips: ClipSet, split: str):
        return cache.latents(self.autoencoder, self.reference, clips, split)

    def prepare(self, model: Aligner, opened) -> None:
        """Latents are whitened already."""

    def lengths(self, opened) -> np.ndarray:
        return opened.mean.lengths

    def embed(self, model: Aligner, opened, chosen: np.ndarray, training: bool) -> torch.Tensor:
        z, mask = opened.mean.batch(chosen)
        if training:
            z = z + opened.std.batch(chosen)[0] * torch.randn(z.shape)
        return model.latents(z, mask)


class PointReader:
    """Gives the pose tower points of clips, changed in training."""

    def __init__(self, changes: Augment) -> None:
        self.changes = changes

    def settings(self, settings: AlignerSettings) -> AlignerSettings:
        return settings

    def open(self, model: Aligner, clips: ClipSet, split: str) -> LocalClips:
        return LocalClips(model.features, clips, f"clips of {split}")

    def prepare(self, model: Aligner, opened: LocalClips) -> None:
        model.features.fit_statistics(opened[i] for i in range(len(opened)))

    def lengths(self, opened: LocalClips) -> np.ndarray:
        return opened.lengths

    def embed(self, model: Aligner, opened: LocalClips, chosen: np.ndarray, training: bool) -> torch.Tensor:
        local, present, lengths = opened.batch(chosen)
        if training:
            local, present, mask = augment(local, present, lengths, opened.rows, self.changes)
        else:
            mask = torch.arange(local.shape[1]) < lengths[:, None]
        return model.local(local, present, mask)


def reader_of(reads: str, autoencoder: str | None, changes: Augment) -> LatentReader | PointReader:
    """The reader of latents or of points. UserError when latents are wanted of no autoencoder."""
    if reads == "latents":
        if autoencoder is None:
            raise UserError("an aligner of latents needs --autoencoder NAME; or give --aligner.reads points")
        return LatentReader(autoencoder)
    return PointReader(changes)


def build(
    settings: AlignerSettings, reader: LatentReader | PointReader, encoder: TextEncoder, corpus: Corpus
) -> Aligner:
    """The model; its widths are asked of the encoder, and what it reads of the corpus and the reader."""
    widths = {"text_width": encoder.width, "sentence_width": encoder.sentence_width, "skeleton": corpus.skeleton.name}
    return Aligner(reader.settings(replace(settings, **widths)))


def loss_of(reader: LatentReader | PointReader, opened, features: cache.Texts, texts: list[str]):
    """InfoNCE of the clips of a step, in which clips of the same text are no opposites."""

    def loss(model: Aligner, chosen: np.ndarray) -> dict[str, torch.Tensor]:
        same = torch.tensor([features.index[texts[i]] for i in chosen])
        text = model.text(*features.batch([texts[i] for i in chosen]))
        return model.loss(reader.embed(model, opened, chosen, training=True), text, same)

    return loss


@torch.no_grad()
def audit_of(
    model: Aligner,
    reader: LatentReader | PointReader,
    clips: ClipSet,
    split: str,
    encoder: TextEncoder,
    vocabulary: Vocabulary,
) -> dict:
    """Retrieval within a held-out split, both ways."""
    texts = [vocabulary.separate(text) for text in clips.texts]
    features = cache.text_features(encoder, texts)
    opened = reader.open(model, clips, split)
    pose, text = [], []
    for first in range(0, len(texts), 64):
        chosen = np.arange(first, min(first + 64, len(texts)))
        pose.append(reader.embed(model, opened, chosen, training=False))
        text.append(model.text(*features.batch([texts[i] for i in chosen])))
    return {**retrieval(torch.cat(pose), torch.cat(text), texts), "clips": len(texts)}


def train(
    name: str,
    corpus: str,
    autoencoder: str | None = None,
    aligner: AlignerSettings | None = None,
    augment: Augment | None = None,
    train: TrainSettings | None = None,
    text_encoder: str = "all-MiniLM-L6-v2",
    text_layers: tuple[int, ...] = (0, -1),
    minimum: int = 20,
    half: bool = True,
    intended_use: str = "Measuring and leading how well generated signing matches its text.",
):
    """Trains and publishes an aligner.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        autoencoder: Autoencoder whose latents the pose tower reads (where aligner.reads is latents).
        aligner: Size of both towers.
        augment: How points are changed in training (where aligner.reads is points).
        train: How it is trained.
        text_encoder: Frozen text encoder.
        text_layers: Its hidden layers whose vectors are read side by side.
        minimum: A word seen less often in training is separated into letters before it is encoded.
        half: Store weights in half precision.
        intended_use: A sentence for the card.
    """
    how, wanted = train or TrainSettings(), aligner or AlignerSettings()
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    clips = data.split("train", dominant=True)
    reader = reader_of(wanted.reads, autoencoder, augment or Augment())
    encoder = TextEncoder.load(text_encoder, layers=text_layers)
    vocabulary = Vocabulary.build(clips.texts, minimum=minimum)
    texts = [vocabulary.separate(text) for text in clips.texts]
    features = cache.text_features(encoder, texts)
    torch.manual_seed(how.seed)
    model = build(wanted, reader, encoder, data)
    opened = reader.open(model, clips, "train")
    reader.prepare(model, opened)
    loss, lengths = loss_of(reader, opened, features, texts), reader.lengths(opened)
    about = {"corpus": data.hash, "autoencoder": getattr(reader, "reference", None), "model": asdict(model.settings)}
    fit(name, model, loss, lambda step: batch_indices(lengths, how.batch_size, how.seed, step), how, about)
    stored_precision(model, half)
    held_out = data.split("dev", dominant=True) if "dev" in data.splits else None
    card = registry.Card(
        name=name,
        model="aligner",
        settings=asdict(model.settings),
        parents={"autoencoder": reader.reference} if isinstance(reader, LatentReader) else {},
        vocabulary=list(vocabulary.words),
        text_encoder=encoder.description,
        audit=None if held_out is None else audit_of(model, reader, held_out, "dev", encoder, vocabulary),
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "aligner": asdict(wanted), "train": asdict(how), "minimum": minimum}
    return registry.publish(card, model, config, half=half)


if __name__ == "__main__":
    run_stage(train)
