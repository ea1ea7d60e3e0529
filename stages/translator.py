"""Trains a translator of text to a discrete autoencoder's tokens, audits that it uses the text, and publishes it.

python stages/translator.py --config configs/translator/small.yaml --corpus CORPUS --autoencoder pose-fsq --name mine
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from sign_latent import cache, registry
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.denoiser.loss import drop_texts
from sign_latent.errors import UserError
from sign_latent.generation.back_translation import BackTranslationSettings, check_judge, with_audit
from sign_latent.generation.lengths import calibrate
from sign_latent.generation.likelihood import likelihood_audit
from sign_latent.generation.translation import Translation
from sign_latent.resampling import cluster_unit
from sign_latent.stage import refuse_taken, run_stage, stored_precision
from sign_latent.text.encoder import TextFeatures
from sign_latent.training import TrainSettings, fit
from sign_latent.translator.causal import TokenTranslator
from sign_latent.translator.choice import check_decoding
from sign_latent.translator.masked import MaskedTranslator
from sign_latent.translator.settings import MaskedTranslatorSettings, TokenTranslatorSettings
from stages.beginning import begin_with
from stages.inputs import Inputs, Reading, TextSettings

MODELS = {"token_translator": TokenTranslator, "masked_translator": MaskedTranslator}


@dataclass
class Translator:
    """Which translator, and its settings."""

    model: Literal["token_translator", "masked_translator"] = "token_translator"
    """Key of the models table."""
    token_translator: TokenTranslatorSettings = field(default_factory=TokenTranslatorSettings)
    """Read when model is token_translator."""
    masked_translator: MaskedTranslatorSettings = field(default_factory=MaskedTranslatorSettings)
    """Read when model is masked_translator."""


@dataclass
class TokenBatch:
    """Ids [B, N', P], valid latent frames [B, N'], and the texts."""

    ids: torch.Tensor
    frames: torch.Tensor
    text: TextFeatures


@dataclass
class Data:
    """Tokens and inputs of a split."""

    tokens: cache.Tokens
    inputs: Inputs
    clusters: np.ndarray
    """Number [N] of what each row's clip was cut from, which the bootstrap draws whole."""

    def batch(self, rows: np.ndarray, text: TextFeatures | None = None) -> TokenBatch:
        """Padded ids with their texts, or what is read instead."""
        ids, frames = self.tokens.ids.batch(rows)
        return TokenBatch(ids.long(), frames, self.inputs.batch(rows) if text is None else text)

    def of_step(self, step: int, how: TrainSettings) -> TokenBatch:
        """The batch of a training step."""
        rows = batch_indices(self.tokens.ids.lengths, how.batch_size, how.seed, step)
        return self.batch(rows, self.inputs.of_step(rows, how.seed, step))

    def spread(self, most: int, size: int = 32) -> list[np.ndarray]:
        """Rows of at most about so many clips, spread over all lengths, in batches of similar length."""
        rows = np.argsort(self.tokens.ids.lengths, kind="stable")[:: -(-len(self.clusters) // most)]
        return [rows[i : i + size] for i in range(0, len(rows), size)]


def read_data(
    autoencoder: registry.Artefact,
    clips: ClipSet,
    split: str,
    reading: Reading,
    copies: int = 1,
    most: int | None = None,
) -> Data:
    """Cached tokens and features of what is read of a split."""
    if autoencoder.card.latent.domain == "condition":
        from sign_latent.renderer.sign_video.embeddings import condition_tokens

        found = condition_tokens(autoencoder, clips, split, most, copies)
    else:
        found = cache.tokens(autoencoder.model, autoencoder.card.reference, clips, split, copies)
    clusters = cluster_unit(clips.sources, clips.signers, clips.ids)[1][found.clips]
    return Data(found, Inputs.of(clips, found.clips, reading), clusters)


def discrete(name: str) -> registry.Artefact:
    """A published autoencoder of poses or conditions with tokens. UserError for any other artefact."""
    found = registry.load(name)
    spec = found.card.latent
    if spec.codes is None:
        raise UserError(f"autoencoder {name}: has no tokens, its latent is continuous; name a discrete one")
    if spec.domain not in ("pose", "condition"):
        raise UserError(f"autoencoder {name}: encodes {spec.domain}, where a corpus has poses; name one of poses")
    return found


def build(settings: Translator, autoencoder: registry.Artefact, reading: Reading, init_from: str | None = None):
    """The model, its sizes asked of the latent and the encoder and set in ``settings``; and its parents by role."""
    spec, chosen = autoencoder.card.latent, getattr(settings, settings.model)
    chosen.places, chosen.codes = spec.places, spec.codes
    for name, size in reading.sizes().items():
        setattr(chosen, name, size)
    check_decoding(chosen.decoding, chosen.drop_text)
    if chosen.length_weight and not getattr(chosen, "told", 1):
        raise UserError("length_weight: a length that is not told is kept by cutting; give told above 0, such as 0.3")
    chosen.length_temperature = 1.0
    model = MODELS[settings.model](chosen)
    return model, begin_with(model, settings.model, init_from) | {"autoencoder": autoencoder.card.reference}


def loss(model, batch: TokenBatch) -> dict[str, torch.Tensor]:
    """The model's own loss; some texts are dropped."""
    text, _ = drop_texts(batch.text, model.settings.drop_text)
    return model.loss(batch.ids, batch.frames, text)


def audit(
    model, data: Data, training: np.ndarray, seconds: float, seed: int, most: int = 512, written: int = 64
) -> dict[str, Any]:
    """Does it use the text (likelihoods of up to ``most`` held-out clips), and does it end where the signing ends?

    A length head is calibrated on the same clips; training: latent frames of the training clips; seconds: of a latent
    frame. For the second question, up to ``written`` clips are written: the share that ended by itself, and lengths as
    multiples of the recordings' (quantiles 0.1, 0.5, 0.9).
    """
    parts = data.spread(most)
    rows = np.concatenate(parts)
    batches, texts = [data.batch(part) for part in parts], [data.inputs.texts[i] for i in rows]
    foreign = list(map(data.inputs.foreign, parts))
    facts = likelihood_audit(model, batches, texts, seed, data.clusters[rows], foreign)
    if hasattr(model, "length"):
        texts, own = (data.batch(part).text for part in parts), data.clusters[rows]
        facts["lengths"] = calibrate(model, texts, data.tokens.ids.lengths[rows], training, seconds, own, seed)
    ended, ratio = [], []
    for batch in map(data.batch, data.spread(written)):
        seeds = range(seed, seed + len(batch.ids))
        made = model.write(batch.text, model.settings.decoding, seeds=seeds)
        ended.append(made.ended)
        ratio.append(made.counts / batch.frames.sum(1))
    facts["ended"] = float(torch.cat(ended).float().mean())
    facts["length_ratio_quantiles"] = np.quantile(torch.cat(ratio).numpy(), [0.1, 0.5, 0.9]).tolist()
    return facts


def train(
    name: str,
    corpus: str,
    autoencoder: str,
    translator: Translator = Translator(),
    text: TextSettings = TextSettings(),
    train: TrainSettings = TrainSettings(),
    copies: int = 1,
    most: int | None = None,
    half: bool = False,
    init_from: str | None = None,
    back_translation: BackTranslationSettings = BackTranslationSettings(),
    intended_use: str = "Signing poses from text, for research; not reviewed by signers.",
):
    """Trains and publishes a translator.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        autoencoder: Published discrete autoencoder whose tokens are written.
        translator: Which translator, and its settings.
        text: The frozen text encoder.
        train: How it is trained.
        copies: Encodings a clip, all but the first at another tempo and cut; more than 1 for small corpora.
        most: Of a renderer's conditions, which are painted: at most so many clips of a split.
        half: Store weights in half precision.
        init_from: Published translator to start from; the words that it knows are read whole here too.
        back_translation: Who reads its clips before it is published; `clips: 0` switches that off.
        intended_use: A sentence for the card.
    """
    settings, how = deepcopy(translator), train
    refuse_taken(name, how)
    check_judge(back_translation)
    data, parent = Corpus.open(corpus), discrete(autoencoder)
    clips, dev = (data.split(split, dominant=True) for split in ("train", "dev"))
    reading = Reading.of(clips, text, init_from)
    torch.manual_seed(how.seed)
    model, parents = build(settings, parent, reading, init_from)
    found = read_data(parent, clips, "train", reading, copies, most)
    about = {"corpus": data.hash, "copies": copies, "model": asdict(model.settings), "text": asdict(text), **parents}
    about |= {} if most is None else {"most": most}
    fit(name, model, loss, lambda step: found.of_step(step, how), how, about)
    stored_precision(model, half)
    held_out = read_data(parent, dev, "dev", reading, most=most)
    facts = audit(model, held_out, found.tokens.ids.lengths, parent.card.latent.seconds, how.seed)
    known = {"model": settings.model, "parents": parents, "seed": how.seed, "intended_use": intended_use}
    made = reading.generator(Translation, model, parent, data, name=name, **known)
    card = with_audit(made, facts, dev, back_translation)
    config = {"corpus": corpus, "autoencoder": autoencoder, "most": most, "translator": asdict(settings)}
    config |= {"text": asdict(text), "train": asdict(how), "copies": copies}
    return registry.publish(card, model, config, half=half)


if __name__ == "__main__":
    run_stage(train)
