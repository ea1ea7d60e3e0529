"""Vectors of a published aligner: of texts, of clips; and the text encoder that a model led by it reads through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from sign_latent import registry
from sign_latent.cache import Texts, latents, text_features
from sign_latent.corpus.read import ClipSet
from sign_latent.errors import UserError
from sign_latent.evaluator.embedding import embed_poses
from sign_latent.text.encoder import TextEncoder, TextFeatures
from sign_latent.text.installed import installed
from sign_latent.text.vocabulary import Vocabulary

Languages = Sequence[tuple[str, str]]
"""Spoken and signed tag of each text."""


def loaded_aligner(name: str, reads: str | None = None, autoencoder: str | None = None) -> registry.Artefact:
    """A published aligner that reads ``points`` or ``latents``, of that ``name@hash`` where it is given.

    UserError for any other artefact, and for an aligner of something else.
    """
    found = registry.load(name, expect={"model": "aligner"})
    own = found.model.settings.reads
    if reads and own != reads:
        other = "train one with --aligner.reads points" if reads == "points" else "train one on --autoencoder NAME"
        kinds = {"points": "poses", "latents": "latents"}
        raise UserError(f"aligner {name}: reads {kinds[own]}, not {kinds[reads]}; {other}")
    parent = found.card.parents.get("autoencoder")
    if autoencoder and parent != autoencoder:
        raise UserError(f"aligner {name}: was trained on autoencoder {parent}, not on {autoencoder}; train one on it")
    return found


@torch.no_grad()
def text_vectors(
    aligner: registry.Artefact, texts: Sequence[str], languages: Languages | None = None, batch_size: int = 64
) -> np.ndarray:
    """Unit vectors [n, space] of texts, read as in its training; an aligner is what has its card and its model.

    UserError where its text encoder is not here, and for languages it does not know.
    """
    encoder, vocabulary = installed(aligner.card.text_encoder), Vocabulary(aligner.card.vocabulary)
    spelled = [vocabulary.separate(text) for text in texts]
    features: Texts = text_features(encoder, spelled)
    tags = aligner.model.tags(languages) if languages is not None else None
    found = []
    for first in range(0, len(spelled), batch_size):
        rows = slice(first, first + batch_size)
        some = features.batch(spelled[rows])
        found.append(aligner.model.text(*some, None if tags is None else tags[rows]).numpy())
    return np.concatenate(found)


@torch.no_grad()
def clip_vectors(aligner: registry.Artefact, clips: ClipSet, split: str, batch_size: int = 64) -> np.ndarray:
    """Unit vectors [n, space] of the clips of a split."""
    if aligner.model.settings.reads == "points":
        return embed_poses(aligner.model, [clip.pose for clip in clips])
    parent = registry.load(aligner.card.parents["autoencoder"])
    mean, found = latents(parent.model, parent.card.reference, clips, split).mean, []
    for first in range(0, len(mean), batch_size):
        z, mask = mean.batch(range(first, min(first + batch_size, len(mean))))
        found.append(aligner.model.latents(z * ~parent.model.latent_dead, mask).numpy())
    return np.concatenate(found)


class AlignedEncoder:
    """A frozen text encoder whose sentence vector is an aligner's vector of the text; its tokens are its own.

    What a model conditioned on an aligner reads, and what an index of signing is asked with.
    """

    def __init__(self, encoder: TextEncoder, aligner: registry.Artefact) -> None:
        """UserError where the aligner reads through another encoder."""
        card = aligner.card
        same = ("name", "hash", "layers")
        if any(card.text_encoder[k] != encoder.description[k] for k in same):
            raise UserError(
                f"aligner {card.name}: reads text encoder {card.text_encoder['name']} (layers "
                f"{card.text_encoder['layers']}), this is {encoder.name} (layers {list(encoder.layers)}); give the same"
            )
        self.encoder, self.aligner, self.vocabulary = encoder, aligner, Vocabulary(card.vocabulary)
        self.name, self.layers, self.width = encoder.name, encoder.layers, encoder.width
        self.spelling = encoder.spelling
        self.sentence_width = aligner.model.settings.space
        self.hash = f"{encoder.hash}+{card.reference}"
        known = aligner.model.settings
        self.tells_languages = len(known.spoken) > 1 or len(known.signed) > 1

    @property
    def description(self) -> dict:
        """For a card."""
        return self.encoder.description | {"aligner": self.aligner.card.reference}

    @torch.no_grad()
    def encode(self, texts: Sequence[str], languages: Languages | None = None) -> TextFeatures:
        """As the encoder's, of texts with the aligner's unknown words separated.

        languages: of each text. UserError where the aligner knows several and is not told, or does not know them.
        """
        read = self.encoder.encode([self.vocabulary.separate(text) for text in texts])
        tags = self.aligner.model.tags(languages) if languages is not None else None
        known = read.tokens[..., : self.aligner.model.settings.text_width]  # columns of spelling it has not seen
        return replace(read, sentence=self.aligner.model.text(read.sentence, known, read.mask, tags))


def encoder_of(card: registry.Card) -> TextEncoder | AlignedEncoder:
    """The text encoder that a card names. UserError where the one installed is another, or its aligner is not here."""
    encoder, aligner = installed(card.text_encoder), card.text_encoder.get("aligner")
    return AlignedEncoder(encoder, loaded_aligner(aligner)) if aligner else encoder
