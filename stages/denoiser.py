"""Trains a latent denoiser on a published autoencoder's latents, audits that it uses the text, and publishes it.

python stages/denoiser.py --config configs/denoiser/small.yaml --corpus CORPUS --autoencoder pose-vae --name my-denoiser
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import torch

from sign_latent import registry
from sign_latent.cache import Latents, Texts, latents, text_features
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.denoiser.loss import LatentBatch, denoising_loss
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.denoiser.unet import UNetDenoiser, UNetSettings
from sign_latent.generation.audit import audit_warnings, text_audit
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.text.encoder import TextEncoder, TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings, fit


@dataclass
class DenoiserSettings:
    """Which denoiser, and its settings."""

    model: Literal["sald_denoiser", "unet_denoiser"] = "sald_denoiser"
    """Key of the models table."""
    sald_denoiser: SaldSettings = field(default_factory=SaldSettings)
    """Read when model is sald_denoiser."""
    unet_denoiser: UNetSettings = field(default_factory=UNetSettings)
    """Read when model is unet_denoiser."""


@dataclass
class TextSettings:
    """The frozen text encoder."""

    encoder: str = "all-MiniLM-L6-v2"
    """Name or path, as in sentence-transformers."""
    layers: list[int] = field(default_factory=lambda: [0, -1])
    """Hidden layers whose token vectors are concatenated: 0 keeps the spelling, -1 the meaning in context."""
    minimum: int = 20
    """A word seen less often in the training texts is spelled letter by letter."""


MODELS = {"sald_denoiser": SaldDenoiser, "unet_denoiser": UNetDenoiser}


@dataclass
class Data:
    """Latents and texts of a split."""

    latents: Latents
    texts: list[str]
    features: Texts
    alive: torch.Tensor

    def batch(self, rows: np.ndarray) -> LatentBatch:
        """Padded latents (dead channels zero, since they carry nothing) with their texts."""
        mean, frames = self.latents.mean.batch(rows)
        std, _ = self.latents.std.batch(rows)
        found = TextFeatures(*self.features.batch([self.texts[i] for i in rows]))
        return LatentBatch(mean * self.alive, std * self.alive, frames, found)

    def of_step(self, step: int, how: TrainSettings) -> LatentBatch:
        """The batch of a training step."""
        return self.batch(batch_indices(self.latents.mean.lengths, how.batch_size, how.seed, step))


def read_data(
    autoencoder, clips: ClipSet, split: str, vocabulary: Vocabulary, encoder: TextEncoder, copies: int
) -> Data:
    """Cached latents and text features of a split."""
    found = latents(autoencoder.model, autoencoder.card.reference, clips, split, copies)
    separated = [vocabulary.separate(t) for t in clips.texts]
    alive = (~autoencoder.model.latent_dead).float()
    return Data(found, [separated[i] for i in found.clips], text_features(encoder, separated), alive)


def build(settings: DenoiserSettings, spec: registry.LatentSpec, encoder: TextEncoder, init_from: str | None):
    """The model, its sizes asked of the latent and the encoder and set in ``settings``; with the weights of another."""
    chosen = getattr(settings, settings.model)
    chosen.latent_slots, chosen.latent_width = spec.slots, spec.width
    chosen.text_width, chosen.sentence_width = encoder.width, encoder.sentence_width
    model = MODELS[settings.model](chosen)
    if init_from:
        model.load_state_dict(registry.load(init_from, expect={"model": settings.model}).model.state_dict())
    return model


def audit(model, data: Data, seed: int) -> dict:
    """The text audit on up to 512 clips of a held-out split, in batches of similar length."""
    rows = np.argsort(data.latents.mean.lengths, kind="stable")[:: max(1, len(data.texts) // 512)]
    parts = [rows[i : i + 32] for i in range(0, len(rows), 32)]
    return text_audit(model, [data.batch(p) for p in parts], [data.texts[i] for i in rows], seed)


def train(
    name: str,
    corpus: str,
    autoencoder: str,
    denoiser: DenoiserSettings = DenoiserSettings(),
    text: TextSettings = TextSettings(),
    train: TrainSettings = TrainSettings(),
    copies: int = 1,
    half: bool = False,
    init_from: str | None = None,
    intended_use: str = "Signing poses from text, for research; not reviewed by signers.",
):
    """Trains and publishes a denoiser.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        autoencoder: Published autoencoder whose latents are generated.
        denoiser: Which denoiser, and its settings.
        text: The frozen text encoder.
        train: How it is trained.
        copies: Encodings a clip, all but the first at another tempo and cut; more than 1 for small corpora.
        half: Store weights in half precision.
        init_from: Published denoiser to start from.
        intended_use: A sentence for the card.
    """
    settings, reading, how = deepcopy(denoiser), text, train
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    parent = registry.load(autoencoder)
    spec = parent.card.latent
    encoder = TextEncoder.load(reading.encoder, layers=tuple(reading.layers))
    clips = data.split("train", dominant=True)
    vocabulary = Vocabulary.build(clips.texts, minimum=reading.minimum)
    found = read_data(parent, clips, "train", vocabulary, encoder, copies)
    torch.manual_seed(how.seed)
    model = build(settings, spec, encoder, init_from)
    about = {"corpus": data.hash, "autoencoder": parent.card.reference, "copies": copies, "init_from": init_from}
    about |= {"model": asdict(model.settings), "text": asdict(reading)}
    fit(name, model, denoising_loss, lambda step: found.of_step(step, how), how, about)
    stored_precision(model, half)
    held_out = read_data(parent, data.split("dev", dominant=True), "dev", vocabulary, encoder, 1)
    facts = audit(model, held_out, how.seed)
    card = registry.Card(
        name=name,
        model=settings.model,
        settings=asdict(model.settings),
        parents={"autoencoder": parent.card.reference},
        text_encoder=encoder.description,
        vocabulary=sorted(vocabulary.words),
        audit=facts,
        warnings=audit_warnings(facts),
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "autoencoder": autoencoder, "denoiser": asdict(settings), "text": asdict(reading)}
    return registry.publish(card, model, config | {"train": asdict(how), "copies": copies}, half=half)


if __name__ == "__main__":
    run_stage(train)
