"""Sizes of translators, and how they write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Decoding:
    """How tokens are chosen."""

    temperature: float = 0.0
    """Of the distributions that tokens are drawn from; 0 takes the likeliest."""
    top_p: float = 1.0
    """Tokens are drawn from the likeliest that together have this probability (Holtzman et al. 2020)."""
    beam: int = 1
    """Hypotheses that a search keeps; 1 = no search. Of models that write frame after frame."""
    steps: int = 12
    """Passes in which a masked model fills in a clip."""
    guidance: float = 1.0
    """Weight of the text; other than 1 only where drop_text was above 0 in training."""
    precision: Literal["32", "bf16", "int8"] = "32"
    """Of the matrices while writing. bf16 halves what is read from memory, which is what a large model waits for, int8
    quarters it; choices that are nearly even may then fall differently in another batch."""


@dataclass
class TranslatorSettings:
    """Sizes of any translator. SignViP's paper is silent on all but the tokens, the frames and the replacement."""

    width: int = 256
    """Hidden width."""
    layers: int = 6
    """Layers over frames."""
    heads: int = 4
    """Attention heads of a layer."""
    feed: int = 4
    """Width of a feed-forward module as a multiple of width."""
    code_width: int = 64
    """Width of a token's embedding, shared by all places of a frame."""
    text: Literal["prefix", "cross"] = "cross"
    """What is read of the text: its sentence vector as the first input (SignViP), or beside it the tokens of the text
    by cross-attention in every layer."""
    text_layers: int = 2
    """Trained self-attention layers over the frozen token vectors, where text is cross."""
    place: Literal["layer", "feed", "linear"] = "feed"
    """What stands before the logits of each place of a frame: a transformer layer of its own (SignViP), a feed-forward
    module, or nothing."""
    place_feed: int = 1
    """Width of the feed-forward module of a place as a multiple of width."""
    dropout: float = 0.1
    """Chance that a hidden channel is dropped in training."""
    drop_text: float = 0.1
    """Share of the texts that training replaces by the empty text; guidance needs some."""
    longest: int = 100
    """Most latent frames it writes."""
    decoding: Decoding = field(default_factory=Decoding)
    """How tokens are chosen, where the caller does not say."""
    places: int = 16
    """P: tokens a latent frame; asked of the autoencoder's spec by the stage."""
    codes: int = 625
    """Codes a token is one of; asked of the autoencoder's spec by the stage."""
    text_width: int = 768
    """Width of the token vectors; asked of the text encoder by the stage."""
    sentence_width: int = 384
    """Width of the sentence vector; asked of the text encoder by the stage."""
    marks: tuple[str, ...] = ()
    """Tags of the languages and kinds of input that it is told; registered by the stage where there are several."""


@dataclass
class TokenTranslatorSettings(TranslatorSettings):
    """A translator that writes a frame after the other."""

    replaced: float = 0.4
    """Share of the tokens read in training that are replaced by any codes, so that it learns to go on after errors."""
    told: float = 0.0
    """Share of the training clips that tell how many frames remain. Above 0, a given length is kept by pace; else by
    holding back or forcing the end. The paper has none."""
    end_weight: float = 1.0
    """Weight of the end's cross entropy beside that of the tokens."""
    length_weight: float = 0.0
    """Weight of a length head's cross entropy. Above 0 a clip's length is chosen before it is written, and told: the
    likeliest tokens alone hold a posture while going on is likelier than not, so that clips that end by themselves get
    too long. Needs told above 0; the paper has none."""
    length_temperature: float = 1.0
    """What the length head's logits are divided by; fitted on held-out clips by the stage, after the training."""
    decoding: Decoding = field(default_factory=Decoding)
    """How tokens are chosen, where the caller does not say."""


@dataclass
class MaskedTranslatorSettings(TranslatorSettings):
    """A translator that fills in all frames at once, in a few passes."""

    length_weight: float = 0.1
    """Weight of the length head's cross entropy beside that of the tokens."""
    length_temperature: float = 1.0
    """What the length head's logits are divided by; fitted on held-out clips by the stage, after the training."""
    decoding: Decoding = field(default_factory=Decoding)
    """How tokens are chosen, where the caller does not say."""
