"""Sentences in windows that overlap in latent space, beside those that are led into each other: where they meet, and
what a judge reads of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from eval.bootstrap import Sample, minus
from eval.rows import STATISTICS, read_row
from sign_latent.autoencoder.pieces import decoded
from sign_latent.corpus.clip import Clip
from sign_latent.generation.generator import Generator
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import concatenated, cut

TRUTH = "recordings"


def in_windows(
    generator: Generator, sentences: Sequence[str], seed: int, options: dict, overlap: int
) -> tuple[Pose, list[int], list[Pose]]:
    """Sentences as ``generate_long`` signs them with that overlap; the first frame after each joint, and each sentence
    with the frames that it shares with the one before.
    """
    given = generator.asked(sentences[:1], options=options)
    stride = generator.autoencoder.spec.stride
    parts = list(generator.windows(sentences, None, seed, given, overlap))
    whole = concatenated(list(decoded(generator.autoencoder, parts, None, generator.around)))
    ends = np.cumsum([len(part) for part in parts]) * stride
    starts = [0, *(int(end) - overlap * stride for end in ends[:-1])]
    return whole, ends[:-1].tolist(), [cut(whole, max(0, a), int(b)) for a, b in zip(starts, ends, strict=True)]


def read(judge, rows: Mapping[str, Sequence[Pose]], clips: Sequence[Clip]) -> dict[str, dict]:
    """BLEU-4 of what a judge reads of the sentences of each row, and what the last of them gains over the others.

    judge: the model of a published one. clips: the recordings of the same sentences, in the same order.
    """
    sample = Sample.of(clips)
    scores = {name: STATISTICS["bleu4"](read_row(judge, poses, clips, 1, name)) for name, poses in rows.items()}
    found = {name: {"bleu4": asdict(sample.estimate([score]))} for name, score in scores.items()}
    last = list(scores)[-1]
    for name in [name for name in scores if name not in (TRUTH, last)]:
        gain = sample.estimate([minus(scores[last], scores[name])])
        found[last][f"gain over {name}"] = asdict(gain)
    return found
