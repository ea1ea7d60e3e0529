"""What stages that learn from texts share: the lines of clips that are read, their languages, features and marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from torch import nn

from sign_latent import registry
from sign_latent.cache import Texts, text_features
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.generation.latent import LatentToPose
from sign_latent.stage import corpus_facts
from sign_latent.text.encoder import TextEncoder, TextFeatures
from sign_latent.text.marks import GLOSS, TEXT, Pair, numbered, registered
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed

KINDS = {"text": (TEXT,), "gloss": (GLOSS,), "both": (TEXT, GLOSS)}
"""What is read -> its kinds of input, the one first that audits ask for."""
_KIND = 3
"""Stream of random numbers by which a step chooses between texts and glosses."""


@dataclass
class TextSettings:
    """What is read, and the frozen text encoder."""

    encoder: str = "all-MiniLM-L6-v2"
    """Name or path, as in sentence-transformers."""
    layers: list[int] = field(default_factory=lambda: [0, -1])
    """Hidden layers whose token vectors are concatenated: 0 keeps the spelling, -1 the meaning in context."""
    spelling: bool = False
    """Whether each letter of a spelled word is told its place in it (`text.spelling`); not the papers'."""
    minimum: int = 20
    """A word seen less often in the training texts is spelled letter by letter."""
    reads: Literal["text", "gloss", "both"] = "text"
    """What is signed: the clips' texts, their glosses, or either, a half of the clips of a step each."""

    def load(self) -> TextEncoder:
        """The encoder. UserError where it is not here."""
        return TextEncoder.load(self.encoder, layers=tuple(self.layers), spelling=self.spelling)


def lines_of(clips: ClipSet, reads: str) -> dict[str, list[str]]:
    """Kind of input -> a line for each clip, empty where it has none. UserError where glosses are missing."""
    found = {TEXT: clips.texts, GLOSS: clips.glosses}
    lines = {kind: found[kind] for kind in KINDS[reads]}
    lacking = sum(not line.strip() for line in lines.get(GLOSS, ()))
    if lacking and (reads == "gloss" or lacking == len(clips)):
        remedy = "leave text.reads out" if lacking == len(clips) else "give --text.reads both"
        raise UserError(f"corpus {clips.corpus.path}: {lacking} of {len(clips)} clips have no glosses; {remedy}")
    return lines


def vocabulary_of(clips: ClipSet, reading: TextSettings) -> Vocabulary:
    """The words that are not spelled, of all that is read."""
    lines_of(clips.corpus.split("dev"), reading.reads)  # what the audit reads, before the hours of a training
    lines = lines_of(clips, reading.reads).values()
    return Vocabulary.build([line for some in lines for line in some], minimum=reading.minimum)


def marks_of(clips: ClipSet, reading: TextSettings) -> tuple[str, ...]:
    """Marks of a model that learns from these clips."""
    return registered(clips.languages, KINDS[reading.reads])


def longest_lines(lines: Mapping[str, Iterable[str]], vocabulary: Vocabulary, begun: str | None) -> dict[str, int]:
    """Kind of input -> words and spelled letters of the longest line that a model learns, or that one learnt which its
    training begins with.
    """
    earlier = (registry.find(begun)[1].text_encoder or {}).get("longest", {}) if begun else {}
    return {
        kind: max(max(map(vocabulary.length, some), default=0), earlier.get(kind, 0)) for kind, some in lines.items()
    }


def described(encoder: TextEncoder, reads: str, longest: Mapping[str, int]) -> dict[str, Any]:
    """The text encoder for a card, with the kinds of input that are read through it and the `longest_lines`."""
    about = encoder.description | {"reads": list(KINDS[reads])}
    return about | ({"longest": dict(longest)} if longest else {})


def knowing(vocabulary: Vocabulary, encoder: TextEncoder, name: str | None) -> Vocabulary:
    """The vocabulary with the words that a published model reads whole, where a training begins with one: it must not
    spell those that its own clips have rarely.

    UserError where the published one reads through another text encoder.
    """
    if name is None:
        return vocabulary
    card = registry.find(name)[1]
    own, same = card.text_encoder, ("hash", "layers", "spelling")
    if own is not None and any(own.get(key) != encoder.description.get(key) for key in same):
        raise UserError(
            f"init_from {name}: reads texts through {own['name']} (layers {own['layers']}, spelling "
            f"{bool(own.get('spelling'))}), this is {encoder.name} (layers {list(encoder.layers)}, spelling "
            f"{encoder.spelling}); give its own settings of text"
        )
    return Vocabulary([*vocabulary.words, *(card.vocabulary or ())])


@dataclass
class Reading:
    """How a model reads the lines of clips: through which encoder, which words whole, under which marks."""

    encoder: TextEncoder
    vocabulary: Vocabulary
    reads: str = "text"
    marks: tuple[str, ...] = ()
    longest: dict[str, int] = field(default_factory=dict)
    """`longest_lines`."""

    @classmethod
    def of(cls, clips: ClipSet, settings: TextSettings, init_from: str | None = None) -> Reading:
        """That of a model that learns from these clips, and may begin with a published one.

        UserError where glosses are missing, or the encoder, and where the published one reads through another.
        """
        encoder = settings.load()
        vocabulary = knowing(vocabulary_of(clips, settings), encoder, init_from)
        longest = longest_lines(lines_of(clips, settings.reads), vocabulary, init_from)
        return cls(encoder, vocabulary, settings.reads, marks_of(clips, settings), longest)

    def sizes(self) -> dict[str, Any]:
        """Settings of a model that depend on what it reads."""
        encoder = self.encoder
        return {"text_width": encoder.width, "sentence_width": encoder.sentence_width, "marks": self.marks}

    def generator(
        self,
        kind: type[LatentToPose],
        trained: nn.Module,
        autoencoder: registry.Artefact,
        corpus: Corpus,
        **known: Any,
    ) -> LatentToPose:
        """A model that was trained so, as a generator of that kind; ``known`` are further fields of its card."""
        known |= corpus_facts(corpus) | {"text_encoder": described(self.encoder, self.reads, self.longest)}
        card = registry.Card(settings=asdict(trained.settings), vocabulary=sorted(self.vocabulary.words), **known)
        return kind(card, trained, autoencoder.model, self.encoder, self.vocabulary)


@dataclass
class Inputs:
    """Lines of rows, which are clips or copies of them, spelled where the vocabulary lacks a word."""

    lines: dict[str, list[str]]
    """Kind of input -> a line a row."""
    languages: list[Pair]
    features: Texts
    marks: tuple[str, ...] = ()

    @classmethod
    def of(cls, clips: ClipSet, rows: np.ndarray, how: Reading) -> Inputs:
        """Those of ``rows``, numbers of clips."""
        found = lines_of(clips, how.reads)
        spelled = {kind: list(map(how.vocabulary.separate, some)) for kind, some in found.items()}
        every = [line for some in spelled.values() for line in some]
        features = text_features(how.encoder, every, clips.languages * len(spelled))
        lines = {kind: [some[i] for i in rows] for kind, some in spelled.items()}
        return cls(lines, [clips.languages[i] for i in rows], features, how.marks)

    @property
    def texts(self) -> list[str]:
        """The line of each row that audits ask for."""
        return next(iter(self.lines.values()))

    def batch(self, rows: Sequence[int], kinds: Sequence[str] | None = None) -> TextFeatures:
        """Features of some rows, of the first kind unless told otherwise."""
        kinds = [next(iter(self.lines))] * len(rows) if kinds is None else kinds
        languages = [self.languages[i] for i in rows]
        lines = [self.lines[kind][i] for kind, i in zip(kinds, rows, strict=True)]
        return TextFeatures(*self.features.batch(lines, languages), numbered(self.marks, languages, kinds))

    def of_step(self, rows: Sequence[int], seed: int, step: int) -> TextFeatures:
        """Features of some rows in a training step: of several kinds, an even draw a row among those that it has."""
        if len(self.lines) == 1:
            return self.batch(rows)
        chance = np.random.default_rng(step_seed(seed, step, _KIND))
        there = [[kind for kind, lines in self.lines.items() if lines[i].strip()] for i in rows]
        return self.batch(rows, [chance.choice(kinds) if kinds else TEXT for kinds in there])

    def foreign(self, rows: Sequence[int]) -> TextFeatures | None:
        """The same texts under the marks of another pair of languages; None where there is one alone."""
        pairs = sorted(set(self.languages))
        if len(pairs) < 2:
            return None
        other = {pair: pairs[(i + 1) % len(pairs)] for i, pair in enumerate(pairs)}
        kinds = [next(iter(self.lines))] * len(rows)
        return replace(self.batch(rows), marks=numbered(self.marks, [other[self.languages[i]] for i in rows], kinds))
