"""What is gathered of autoencoders and controls, a chunk of clips at a time: memory does not grow with the split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eval import distribution
from eval.alignment import mpjpe
from eval.autoencoder_schema import Row
from eval.beside import aligned, beside, failed, scored_groups
from eval.bootstrap import Sample
from eval.interpretation import Signs, latent_frames, signs_of
from eval.latent_statistics import Tally
from eval.rates import CODED, HALF, TOKENS, Codings
from eval.reconstruction import Scores, at_frames_of, clip_scores, decoded, encoded, estimates
from eval.rows import Reading, read_row, score_table
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.card import Card
from sign_latent.corpus.clip import Clip
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.registry import Artefact

TEXT = ("bleu4", "chrf", "wer")


@dataclass
class Instruments:
    """The frozen nets that look at what comes out; None where none was named."""

    judge: Artefact | None = None
    net: Artefact | None = None
    beam: int = 1

    def features(self, poses: Sequence[Pose | None]) -> np.ndarray:
        """Features [n, W] of clips of any skeleton that converts; UserError otherwise."""
        skeleton = self.net.model.settings.skeleton
        return distribution.features(self.net.model, [None if failed(p) else convert(p, skeleton) for p in poses])


@dataclass
class Chunk:
    """Some clips: as recorded, on a skeleton as autoencoders are given them, and their features."""

    clips: list[Clip]
    recorded: list[Pose]
    given: list[Pose]
    first: int
    """Place of the first among all clips."""
    features: dict[str, np.ndarray] = field(default_factory=dict)
    """`encoded` (as given), `recording` -> [n, W]; empty without a feature net."""


@dataclass
class Gathered:
    """The scores of one row, clip by clip."""

    encoded: list[Scores] = field(default_factory=list)
    recording: list[Scores] = field(default_factory=list)
    features: list[np.ndarray] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    failures: int = 0

    def add(self, made: Sequence[Pose | None], chunk: Chunk, instruments: Instruments, note: str) -> None:
        """Scores a chunk of clips."""
        for pose, given, recorded in zip(made, chunk.given, chunk.recorded, strict=True):
            self.encoded.append(clip_scores(pose, given))
            self.recording.append(self.encoded[-1] if given is recorded else clip_scores(pose, recorded))
            self.failures += failed(pose)
        if instruments.net is not None:
            self.features.append(instruments.features(made))
        if instruments.judge is not None:
            self.readings.append(read_row(instruments.judge.model, made, chunk.clips, instruments.beam, note))

    def row(self, sample: Sample, references: dict[str, np.ndarray]) -> Row:
        """All clips together. references: `encoded`, `recording` -> features of all clips."""
        ours = np.concatenate(self.features) if self.features else None
        return Row(
            encoded=estimates(self.encoded, sample),
            recording=estimates(self.recording, sample),
            distribution={} if ours is None else {name: _near(ours, theirs) for name, theirs in references.items()},
            text=score_table([joined(self.readings)], sample, TEXT) if self.readings else {},
            failures=self.failures,
        )


def _near(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    return {name: value for name, value in distribution.scores(ours, theirs).items() if not isinstance(value, str)}


def joined(readings: Sequence[Reading]) -> Reading:
    """Readings of chunks as one."""
    hypotheses, texts = (sum((getattr(one, name) for one in readings), []) for name in ("hypotheses", "texts"))
    return replace(readings[0], hypotheses=hypotheses, texts=texts, nll=np.concatenate([one.nll for one in readings]))


@dataclass
class Subject:
    """An autoencoder under comparison, and all that is gathered of it."""

    name: str
    model: Autoencoder
    train: Tally
    card: Card
    gathered: Gathered = field(default_factory=Gathered)
    distortions: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    """Coding -> MPJPE by part of each clip."""
    frames: list[np.ndarray] = field(default_factory=list)
    """Latent frames of each clip of the first chunk [N', J', D]."""
    signs: list[Signs] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.held_out, self.codings = Tally(self.model), Codings(self.model)

    def add(self, chunk: Chunk, instruments: Instruments) -> None:
        """Encodes, decodes and scores a chunk of clips."""
        batches = list(encoded(self.model, chunk.given))
        for batch in batches:
            self.held_out.add(batch)
        self.gathered.add(decoded(self.model, batches), chunk, instruments, self.name)
        for coding in self.codings.names(self.train.deterministic):
            made = decoded(self.model, batches, lambda b, c=coding: self.codings.latent(c, b, chunk.first))
            errors = [position_errors(a, b) for a, b in zip(made, chunk.given, strict=True)]
            self.distortions.setdefault(coding, []).extend(errors)
        latents = latent_frames(self.model, batches)
        self.signs.append(signs_of(chunk.clips, latents, self.model))
        self.frames = self.frames or latents

    def mean_distortions(self, row: Row) -> dict[str, dict[str, float | None]]:
        """Coding -> part -> MPJPE of all clips; the latent as it is has that of its row."""
        parts = {n.partition("/")[2]: e.value for n, e in row.encoded.items() if n.startswith("mpjpe/")}
        same = (TOKENS, CODED) if self.model.codes else (HALF,)
        found = {coding: _means(rows, parts) for coding, rows in self.distortions.items()}
        return {**dict.fromkeys(same, parts), **found}

    def all_signs(self) -> Signs:
        """Signs of all chunks."""
        latents = np.concatenate([some.latents for some in self.signs])
        return Signs(latents, sum((some.glosses for some in self.signs), []))


def _means(rows: Sequence[dict[str, float]], parts: Sequence[str]) -> dict[str, float]:
    return {part: float(np.nanmean([row[part] for row in rows])) for part in parts}


def position_errors(made: Pose | None, real: Pose) -> dict[str, float]:
    """MPJPE of a clip by part."""
    first, second, seen = aligned(*beside(at_frames_of(made, real), real))
    groups = scored_groups(real.skeleton).items()
    return {name: mpjpe(first[:, points], second[:, points], seen[:, points]) for name, points in groups}


Control = Callable[[Chunk], list[Pose]]
CANONICAL, MEAN = "recordings on the canonical signer", "static mean pose"


def controls(skeleton, train) -> dict[str, Control]:
    """What stands beside autoencoders: what a signer's proportions alone cost, and the pose that says nothing.

    train: the training split, of which the mean is taken.
    """
    from eval.controls import mean_pose

    mean, share = mean_pose(train)

    def static(chunk: Chunk) -> list[Pose]:
        shown = (share > 0).astype(np.float32)
        return [
            Pose(np.repeat(np.float32(mean)[None], len(p), 0), np.repeat(shown[None], len(p), 0), p.fps, p.skeleton)
            for p in chunk.recorded
        ]

    found: dict[str, Control] = {CANONICAL: lambda chunk: chunk.given} if skeleton.rotated else {}
    return found | {MEAN: static}
