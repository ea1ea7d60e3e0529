"""Trains an aligner: text and signing in one space of 512 dimensions.

python stages/aligner.py --config configs/aligner/small.yaml --corpus CORPUS --autoencoder pose-vae --name text-pose
python stages/aligner.py --config configs/aligner/small.yaml --corpus CORPUS --aligner.reads points --name text-pose
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from sign_latent import cache, registry
from sign_latent.aligner.aligner import Aligner, AlignerSettings, retrieval
from sign_latent.aligner.negatives import HardBatches, hard_texts
from sign_latent.baselines.retrieval import normalised
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.clips import LocalClips
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings, fit
from stages.beginning import begin_with
from stages.inputs import knowing


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
        return model.latents(z * ~self.autoencoder.latent_dead, mask)  # as denoisers make them


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
    known = corpus_facts(corpus)["languages"]
    asked = {"text_width": encoder.width, "sentence_width": encoder.sentence_width, "skeleton": corpus.skeleton.name}
    asked |= {kind: tuple(known[kind]) for kind in ("spoken", "signed")}
    return Aligner(reader.settings(replace(settings, **asked)))


@dataclass
class Sentences:
    """The texts of clips, spelled where the vocabulary lacks them, their frozen features and their languages."""

    texts: list[str]
    features: cache.Texts
    languages: list[tuple[str, str]]

    @classmethod
    def of(cls, clips: ClipSet, encoder: TextEncoder, vocabulary: Vocabulary) -> Sentences:
        texts = [vocabulary.separate(text) for text in clips.texts]
        return cls(texts, cache.text_features(encoder, texts), clips.languages)

    @property
    def names(self) -> list[str]:
        """What a clip is an answer to: its text in its languages."""
        return [" ".join((*pair, text)) for pair, text in zip(self.languages, self.texts, strict=True)]

    def embed(self, model: Aligner, chosen: np.ndarray) -> torch.Tensor:
        """Vectors [B, space] of the texts of some clips."""
        features = self.features.batch([self.texts[i] for i in chosen])
        return model.text(*features, model.tags([self.languages[i] for i in chosen]))


def batches_of(lengths: np.ndarray, sentences: Sentences, how: TrainSettings, hard: float) -> Callable:
    """``batches(step)``: clips, a share of which are of texts that are hard to tell from the others' of the batch."""
    if not 0 <= hard <= 0.5:
        raise UserError(f"hard {hard}: give the share of a batch that is hard negatives, from 0 to 0.5")
    if hard == 0:
        return lambda step: batch_indices(lengths, how.batch_size, how.seed, step)
    index = sentences.features.index
    partners = hard_texts(list(index), normalised(sentences.features.sentence))
    numbers = np.array([index[text] for text in sentences.texts])
    chosen = HardBatches(lengths, numbers, partners, hard)
    return lambda step: chosen(how.batch_size, how.seed, step)


def loss_of(reader: LatentReader | PointReader, opened, sentences: Sentences):
    """InfoNCE of the clips of a step, in which clips of the same text in the same languages are no opposites."""
    names = sentences.names
    numbers = {name: i for i, name in enumerate(dict.fromkeys(names))}

    def loss(model: Aligner, chosen: np.ndarray) -> dict[str, torch.Tensor]:
        same = torch.tensor([numbers[names[i]] for i in chosen])
        pose = reader.embed(model, opened, chosen, training=True)
        return model.loss(pose, sentences.embed(model, chosen), same)

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
    sentences = Sentences.of(clips, encoder, vocabulary)
    opened = reader.open(model, clips, split)
    pose, text = [], []
    for first in range(0, len(clips), 64):
        chosen = np.arange(first, min(first + 64, len(clips)))
        pose.append(reader.embed(model, opened, chosen, training=False))
        text.append(sentences.embed(model, chosen))
    return {**retrieval(torch.cat(pose), torch.cat(text), sentences.names), "clips": len(clips)}


def train(
    name: str,
    corpus: str,
    autoencoder: str | None = None,
    aligner: AlignerSettings = AlignerSettings(),
    augment: Augment = Augment(),
    train: TrainSettings = TrainSettings(),
    text_encoder: str = "all-MiniLM-L6-v2",
    text_layers: tuple[int, ...] = (0, -1),
    minimum: int = 20,
    hard: float = 0.25,
    half: bool = True,
    init_from: str | None = None,
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
        hard: Share of a batch that is hard negatives (0 to 0.5): clips whose texts differ from those of others in it
            by one word, or are nearest to them.
        half: Store weights in half precision.
        init_from: Published aligner to start from; the words that it knows are read whole here too.
        intended_use: A sentence for the card.
    """
    how = train
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    clips = data.split("train", dominant=True)
    reader = reader_of(aligner.reads, autoencoder, augment)
    encoder = TextEncoder.load(text_encoder, layers=text_layers)
    vocabulary = knowing(Vocabulary.build(clips.texts, minimum=minimum), encoder, init_from)
    sentences = Sentences.of(clips, encoder, vocabulary)
    torch.manual_seed(how.seed)
    model = build(aligner, reader, encoder, data)
    parents = begin_with(model, "aligner", init_from)
    opened = reader.open(model, clips, "train")
    if not parents:
        reader.prepare(model, opened)
    loss, batches = loss_of(reader, opened, sentences), batches_of(reader.lengths(opened), sentences, how, hard)
    about = {"corpus": data.hash, "autoencoder": getattr(reader, "reference", None), "model": asdict(model.settings)}
    fit(name, model, loss, batches, how, about | {"hard": hard} | parents)
    stored_precision(model, half)
    held_out = data.split("dev", dominant=True) if "dev" in data.splits else None
    facts = None if held_out is None else audit_of(model, reader, held_out, "dev", encoder, vocabulary)
    parents |= {"autoencoder": reader.reference} if isinstance(reader, LatentReader) else {}
    known = {"text_encoder": encoder.description, "vocabulary": list(vocabulary.words), **corpus_facts(data)}
    known |= {"parents": parents, "seed": how.seed, "audit": facts, "intended_use": intended_use}
    card = registry.Card(name, "aligner", asdict(model.settings), **known)
    config = {"corpus": corpus, "aligner": asdict(aligner), "train": asdict(how), "minimum": minimum, "hard": hard}
    return registry.publish(card, model, config, half=half)


if __name__ == "__main__":
    run_stage(train)
