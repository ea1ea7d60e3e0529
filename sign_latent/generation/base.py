"""What everything that signs texts has in common: one `generate`, and the options that it may be given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypedDict, Unpack, overload

import numpy as np

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.generation.inputs import Tell, check_kind, in_sentences, tell_of_texts, warner
from sign_latent.generation.linking import linked
from sign_latent.generation.paragraph import check_frames, sentence_seed, shared, words
from sign_latent.generation.provenance import provenance, told
from sign_latent.generation.request import Tags, at_speed, check_batch_size, check_length, check_request, given_lengths
from sign_latent.pose import streams
from sign_latent.pose.pose import Pose
from sign_latent.text.marks import GLOSS, TEXT

CHUNK = 25
"""Frames of a chunk of a stream, where the caller does not say."""


class Options(TypedDict, total=False):
    """How poses are made; what is left out or None is as the generator's settings have it.

    A generator refuses what it has no use for.
    """

    vary_length: bool
    """Draw lengths from what the model expects instead of taking the median: clips differ as recordings do."""
    steps: int | None
    """Sampling steps, or passes of a masked translator."""
    guidance: float | None
    """Weight of the text; 1 is none beyond the model's own."""
    sampler: str | None
    """ddim, ddpm, dpm_solver, euler or heun."""
    guidance_rescale: float | None
    """Share of guidance's contrast that is taken back, 0 to 1."""
    guidance_interval: tuple[float, float] | None
    """Noise steps that are guided, as shares from 0 to 1."""
    precision: str | None
    """32, bf16 or, of translators, int8: faster, but their roundings depend on the batch."""
    temperature: float | None
    """Of a translator's choice of tokens; 0 takes the likeliest."""
    top_p: float | None
    """Share of the probability that a translator draws tokens from."""
    beam: int | None
    """Hypotheses that a translator's search keeps."""
    gloss: bool
    """The texts are glosses."""


class How(Options, total=False):
    """What else `TextToPose.generate` is told, with its defaults there."""

    speed: float
    seed: int
    spoken_language: Tags
    signed_language: Tags
    batch_size: int


@dataclass
class TextToPose(ABC):
    """A published model with all that it takes to sign a text, with no data set present (but for retrieval)."""

    card: Card

    @property
    def fps(self) -> float:
        """Frames a second of what it signs. UserError where the model does not say."""
        raise UserError(f"model {self.card.name}: does not say at how many frames a second it signs; leave frames out")

    @overload  # a str is a sequence of str as well: the first that fits is meant
    def generate(self, texts: str, frames: int | None = None, **how: Unpack[How]) -> Pose: ...  # type: ignore[overload-overlap]

    @overload
    def generate(
        self, texts: Sequence[str], frames: int | Sequence[int] | None = None, **how: Unpack[How]
    ) -> list[Pose]: ...

    def generate(
        self,
        texts: str | Sequence[str],
        frames: int | Sequence[int] | None = None,
        speed: float = 1.0,
        seed: int = 0,
        spoken_language: Tags = None,
        signed_language: Tags = None,
        batch_size: int = 32,
        **options: Unpack[Options],
    ) -> Pose | list[Pose]:
        """The pose of a text, or the poses of several, signed together; each text is one sentence or two, not a story
        (`generate_long`). ``frames`` fixes the lengths, else chosen by the model; ``speed`` 2 then signs twice as fast.

        What is drawn for text i depends on ``seed`` and i alone: the same seed and batch give the same bits, another
        batch size the same poses up to rounding. Languages are tags for all texts, or one for each; they may be left
        out where the model knows one pair. Raises UserError for an empty or overlong text, languages the model does not
        know or was not told, impossible numbers, and an option that the model has no use for.
        """
        several = [texts] if isinstance(texts, str) else list(texts)
        check_batch_size(batch_size)
        chosen = self.asked(several, spoken_language, signed_language, speed, options)
        check_length(frames, chosen)
        lengths = None if frames is None else given_lengths(frames, len(several))
        made = self.signed(several, lengths, seed, batch_size, chosen)
        poses = [
            told(at_speed(pose, speed), provenance(self.card, text, seed, signed))
            for pose, text, (_, signed) in zip(made, several, chosen["languages"], strict=True)
        ]
        return poses[0] if isinstance(texts, str) else poses

    def stream(
        self,
        text: str,
        chunk_frames: int = CHUNK,
        frames: int | None = None,
        speed: float = 1.0,
        seed: int = 0,
        spoken_language: str | None = None,
        signed_language: str | None = None,
        tell: Tell | None = None,
        overlap: int = 0,
        **options: Unpack[Options],
    ) -> Iterator[Pose]:
        """One signing of a text of any length, in chunks of so many frames (the last one shorter), as they are made.

        The text is split into sentences (and one that is longer than any which the model learnt, into clauses), which
        are signed one after the other and joined: neither time to the first chunk nor memory grows with their number.
        ``frames`` is the length of the whole at speed 1. With an ``overlap`` the windows of neighbouring sentences
        share so many latent frames instead of being led into each other. The chunks put together do not depend on
        ``chunk_frames``, to the bit. Refuses, at once, what ``generate`` refuses, but that any text of sentences is
        short enough. What is doubtful is said to ``tell``, also at once, else warned of.
        """
        tell = tell or warner(self.card)
        parts = in_sentences(self.card, text, spoken_language, bool(options.get("gloss")), tell)
        asked = self.asked(parts, spoken_language, signed_language, speed, options, tell)
        check_length(frames, asked)
        if chunk_frames < 1:
            raise UserError(f"chunk of {chunk_frames} frames: give at least 1")
        if frames is not None:
            check_frames(frames, len(parts))
        given = asked | {"languages": asked["languages"][:1]}
        self.check(given)
        if overlap:
            made, length = self.overlapping(parts, frames, seed, given, tell, overlap)
        else:
            made, length = self.led(parts, frames, seed, given, tell)
        for factor in (1.0 if frames is None else length / frames, speed):
            made = made if factor == 1 else streams.at_speed(made, factor)
        about = provenance(self.card, text, seed, asked["languages"][0][1])
        return (told(chunk, about) for chunk in streams.chunked(made, chunk_frames))

    def led(
        self, sentences: Sequence[str], frames: int | None, seed: int, options: dict[str, Any], tell: Tell
    ) -> tuple[Iterator[Pose], int]:
        """Sentences signed one after the other and led into each other, and the frames of that where the text is to
        have ``frames`` (else 0): as near to these as sentences are signed well.
        """
        lengths = None if frames is None else self.lengths(frames, sentences, options, tell)
        windows = (
            self.window(part, length, sentence_seed(seed, place), options)
            for place, (part, length) in enumerate(zip(sentences, lengths or repeat(None), strict=False))
        )
        return linked(windows, lengths), sum(lengths or ())

    def overlapping(
        self,
        sentences: Sequence[str],
        frames: int | None,
        seed: int,
        options: dict[str, Any],
        tell: Tell,
        overlap: int,
    ) -> tuple[Iterator[Pose], int]:
        """`led`, in windows that share so many latent frames. UserError for fewer than none, and where a model makes
        no windows that could."""
        raise UserError(
            f"overlap {overlap}: model {self.card.name} makes no windows that could begin with what others end with; "
            "leave the overlap out, or name a denoiser"
        )

    def asked(
        self,
        texts: Sequence[str],
        spoken_language: Tags = None,
        signed_language: Tags = None,
        speed: float = 1.0,
        options: Options | None = None,
        tell: Tell | None = None,
    ) -> dict[str, Any]:
        """What ``signed`` is to follow: the options that were given, and ``languages``, a pair of tags for each text.

        UserError as of ``generate``; doubtful characters are said to ``tell``, else warned of.
        """
        options = options or {}
        languages = check_request(self.card, texts, spoken_language, signed_language, speed)
        check_kind(self.card, bool(options.get("gloss")))
        tell_of_texts(self.card, texts, tell, GLOSS if options.get("gloss") else TEXT)
        return {**self.chosen(options), "languages": languages}

    def generate_long(self, text: str, **how: Any) -> Pose:
        """One pose of a text of any length; ``how`` is that of ``stream``, whose chunks it is to the bit."""
        return streams.concatenated(list(self.stream(text, **how)))

    def window(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[Pose]:
        """Consecutive parts of the signing of a sentence, of so many frames or of its own length."""
        yield self.signed([sentence], None if frames is None else np.array([frames]), seed, 1, options)[0]

    def check(self, options: dict[str, Any]) -> object:
        """How the model is to follow the options. UserError for values that mean nothing."""
        return options

    def lengths(self, frames: int, sentences: Sequence[str], options: dict[str, Any], tell: Tell) -> list[int]:
        """How long each sentence is to be for a text of so many frames; where they add up to other than these, what
        was signed is read faster or slower. A length that the model hardly expects is said to ``tell``.
        """
        return shared(max(frames, len(sentences)), words(sentences))

    def chosen(self, options: Options) -> dict[str, Any]:
        """The options that were given. UserError for one that this model has no use for."""
        given = {name: value for name, value in options.items() if value is not None and value is not False}
        for name, value in given.items():
            if name not in self.used:
                flag = name.replace("_", "-")
                raise UserError(f"{flag} {value}: model {self.card.name} has no use for it; leave --{flag} out")
        return given

    @property
    def used(self) -> frozenset[str]:
        """Names of the options that the model has a use for."""
        return frozenset()

    @abstractmethod
    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text, of the given lengths [B] in frames or of its own.

        ``options`` are those that were given, and ``languages``, a pair of tags for each text.
        """
