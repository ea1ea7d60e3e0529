"""Trains a latent denoiser on a published autoencoder's latents, audits that it uses the text, and publishes it.

python stages/denoiser.py --config configs/denoiser/small.yaml --corpus CORPUS --autoencoder pose-vae --name my-denoiser
python stages/denoiser.py --config configs/denoiser/unet.yaml --corpus CORPUS --autoencoder pose-vae --aligner lead
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from sign_latent import registry
from sign_latent.aligner.vectors import AlignedEncoder, loaded_aligner, text_vectors
from sign_latent.cache import Latents, latents
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.denoiser.loss import LatentBatch, denoising_loss
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.denoiser.semantic import SemanticLoss, SemanticSettings
from sign_latent.denoiser.unet import UNetDenoiser, UNetSettings
from sign_latent.errors import UserError
from sign_latent.generation.audit import STEPS, text_audit
from sign_latent.generation.back_translation import BackTranslationSettings, check_judge, with_audit
from sign_latent.generation.generator import Generator
from sign_latent.generation.lengths import calibrate
from sign_latent.resampling import cluster_unit
from sign_latent.stage import refuse_taken, run_stage, stored_precision
from sign_latent.text.encoder import TextFeatures
from sign_latent.training import TrainSettings, fit
from stages.beginning import begin_with
from stages.inputs import Inputs, Reading, TextSettings


@dataclass
class DenoiserSettings:
    """Which denoiser, and its settings."""

    model: Literal["sald_denoiser", "unet_denoiser"] = "sald_denoiser"
    """Key of the models table."""
    sald_denoiser: SaldSettings = field(default_factory=SaldSettings)
    """Read when model is sald_denoiser."""
    unet_denoiser: UNetSettings = field(default_factory=UNetSettings)
    """Read when model is unet_denoiser."""


MODELS = {"sald_denoiser": SaldDenoiser, "unet_denoiser": UNetDenoiser}


@dataclass
class Data:
    """Latents and inputs of a split."""

    latents: Latents
    inputs: Inputs
    alive: torch.Tensor
    clusters: np.ndarray
    """Number [N] of what each row's clip was cut from, which the bootstrap draws whole."""
    meanings: torch.Tensor | None = None
    """An aligner's vectors [N, space] of the texts, where one supervises."""

    def batch(self, rows: np.ndarray, text: TextFeatures | None = None) -> LatentBatch:
        """Padded latents (dead channels zero, since they carry nothing) with their texts, or what is read instead."""
        mean, frames = self.latents.mean.batch(rows)
        std, _ = self.latents.std.batch(rows)
        found = self.inputs.batch(rows) if text is None else text
        meaning = None if self.meanings is None else self.meanings[torch.from_numpy(rows)]
        return LatentBatch(mean * self.alive, std * self.alive, frames, found, meaning)

    def of_step(self, step: int, how: TrainSettings) -> LatentBatch:
        """The batch of a training step."""
        rows = batch_indices(self.latents.mean.lengths, how.batch_size, how.seed, step)
        return self.batch(rows, self.inputs.of_step(rows, how.seed, step))


def read_data(
    autoencoder: registry.Artefact,
    clips: ClipSet,
    split: str,
    reading: Reading,
    copies: int = 1,
    most: int | None = None,
) -> Data:
    """Cached latents and features of what is read of a split; of conditions, of ``most`` clips."""
    if autoencoder.card.latent.domain == "condition":
        from sign_latent.renderer.sign_video.embeddings import condition_latents

        found = condition_latents(autoencoder, clips, split, most, copies)
    else:
        found = latents(autoencoder.model, autoencoder.card.reference, clips, split, copies)
    alive = (~autoencoder.model.latent_dead).float()
    clusters = cluster_unit(clips.sources, clips.signers, clips.ids)[1][found.clips]
    return Data(found, Inputs.of(clips, found.clips, reading), alive, clusters)


def build(
    settings: DenoiserSettings,
    autoencoder: registry.Artefact,
    reading: Reading,
    init_from: str | None = None,
    guide: registry.Artefact | None = None,
):
    """The model, its sizes asked of the latent and the encoder and set in ``settings``; and its parents by role."""
    spec, chosen = autoencoder.card.latent, getattr(settings, settings.model)
    chosen.diffusion.check()
    chosen.latent_slots, chosen.latent_width, chosen.length_temperature = spec.slots, spec.width, 1.0
    for name, size in reading.sizes().items():
        setattr(chosen, name, size)
    model = MODELS[settings.model](chosen)
    parents = begin_with(model, settings.model, init_from) | {"autoencoder": autoencoder.card.reference}
    return model, parents | ({} if guide is None else {"aligner": guide.card.reference})


def supervised(data: Data, clips: ClipSet, guide: registry.Artefact | None, settings: SemanticSettings):
    """The loss, and the data it needs: with the guide's vectors of the texts in their languages, if it supervises."""
    if guide is None or settings.weight == 0:
        return denoising_loss, data
    vectors = torch.from_numpy(text_vectors(guide, clips.texts, clips.languages))
    led = replace(data, meanings=vectors[torch.from_numpy(data.latents.clips)])
    return partial(denoising_loss, semantic=SemanticLoss(guide.model, settings)), led


def guided_by(aligner: str | None, parent: registry.Artefact, settings: SemanticSettings) -> registry.Artefact | None:
    """The aligner that leads the training. UserError where it reads anything but latents of this autoencoder."""
    if aligner is None:
        if settings.condition:
            raise UserError("semantic.condition: there is no aligner whose vectors could be read; give --aligner NAME")
        return None
    return loaded_aligner(aligner, reads="latents", autoencoder=parent.card.reference)


def read_through(guide: registry.Artefact | None, settings: SemanticSettings, reading: Reading) -> Reading:
    """The reading, through the aligner where that conditions."""
    conditions = guide is not None and settings.condition
    return replace(reading, encoder=AlignedEncoder(reading.encoder, guide)) if conditions else reading


def audit(
    model, data: Data, training: np.ndarray, seconds: float, seed: int, steps: Sequence[float] = STEPS
) -> dict[str, Any]:
    """The text audit on up to 512 clips of a held-out split, in batches of similar length; calibrates their lengths.

    training: latent frames of the training clips; seconds: of a latent frame.
    """
    rows = np.argsort(data.latents.mean.lengths, kind="stable")[:: max(1, len(data.clusters) // 512)]
    parts = [rows[i : i + 32] for i in range(0, len(rows), 32)]
    lengths, clusters = data.latents.mean.lengths[rows], data.clusters[rows]
    texts = (data.batch(part).text for part in parts)
    facts = {"lengths": calibrate(model, texts, lengths, training, seconds, clusters, seed)}
    batches, own = [data.batch(part) for part in parts], [data.inputs.texts[i] for i in rows]
    foreign = list(map(data.inputs.foreign, parts))
    return facts | text_audit(model, batches, own, seed, clusters, foreign, steps)


def train(
    name: str,
    corpus: str,
    autoencoder: str,
    aligner: str | None = None,
    denoiser: DenoiserSettings = DenoiserSettings(),
    semantic: SemanticSettings = SemanticSettings(),
    text: TextSettings = TextSettings(),
    train: TrainSettings = TrainSettings(),
    copies: int = 1,
    most: int | None = None,
    half: bool = False,
    init_from: str | None = None,
    back_translation: BackTranslationSettings = BackTranslationSettings(),
    intended_use: str = "Signing poses from text, for research; not reviewed by signers.",
):
    """Trains and publishes a denoiser.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        autoencoder: Published autoencoder whose latents are generated.
        aligner: Published aligner of its latents that supervises what they mean, or that the text is read through.
        denoiser: Which denoiser, and its settings.
        semantic: How the aligner supervises.
        text: The frozen text encoder.
        train: How it is trained.
        copies: Encodings a clip, all but the first at another tempo and cut; more than 1 for small corpora.
        most: Of a renderer's conditions, which are painted: at most so many clips of a split.
        half: Store weights in half precision.
        init_from: Published denoiser to start from; the words that it knows are read whole here too.
        back_translation: Who reads its clips before it is published; `clips: 0` switches that off.
        intended_use: A sentence for the card.
    """
    settings, how = deepcopy(denoiser), train
    refuse_taken(name, how)
    check_judge(back_translation)
    data, parent = Corpus.open(corpus), registry.load(autoencoder)
    guide = guided_by(aligner, parent, semantic)
    clips, dev = (data.split(split, dominant=True) for split in ("train", "dev"))
    reading = read_through(guide, semantic, Reading.of(clips, text, init_from))
    found = read_data(parent, clips, "train", reading, copies, most)
    torch.manual_seed(how.seed)
    model, parents = build(settings, parent, reading, init_from, guide)
    told = asdict(model.settings) | {"diffusion": model.settings.diffusion.of_training()}  # may be sampled otherwise
    about = {"corpus": data.hash, "copies": copies, "model": told, "text": asdict(text), **parents}
    about |= ({} if most is None else {"most": most}) | ({"semantic": asdict(semantic)} if guide else {})
    loss, led = supervised(found, clips, guide, semantic)
    fit(name, model, loss, lambda step: led.of_step(step, how), how, about)
    stored_precision(model, half)
    held_out = read_data(parent, dev, "dev", reading, most=most)
    facts = audit(model, held_out, found.latents.mean.lengths, parent.card.latent.seconds, how.seed)
    known = {"model": settings.model, "parents": parents, "seed": how.seed, "intended_use": intended_use}
    made = reading.generator(Generator, model, parent, data, name=name, **known)
    card = with_audit(made, facts, dev, back_translation)
    config = {"corpus": corpus, "autoencoder": autoencoder, "aligner": aligner, "semantic": asdict(semantic)}
    config |= {"denoiser": asdict(settings), "text": asdict(text), "most": most}
    return registry.publish(card, model, config | {"train": asdict(how), "copies": copies}, half=half)


if __name__ == "__main__":
    run_stage(train)
