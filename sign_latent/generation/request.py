"""What every generator is asked for: texts, languages, lengths and a speed, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from numbers import Integral
from typing import Any

import numpy as np
import torch

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.pose.signs import stretched, within
from sign_latent.text.checks import check_text
from sign_latent.text.languages import validate_signed, validate_spoken
from sign_latent.text.marks import Pair
from sign_latent.training import step_seed

KINDS = ("spoken", "signed")
LONGEST_CLIP = 5000
"""Frames of one clip."""


Tags = str | Sequence[str | None] | None
"""A language tag for all texts, one for each, or none."""


def check_request(card: Card, texts: Sequence[str], spoken: Tags, signed: Tags, speed: float) -> list[Pair]:
    """The spoken and signed language of each text.

    UserError for a text, a pair of languages or a speed that the model of this card cannot serve, where it knows
    several pairs and is not told which is meant, and for no texts or another number of tags.
    """
    if not texts:
        raise UserError("there is no text; give a sentence to sign, or several")
    for text in texts:
        check_text(text)
    asked = [[tags] * len(texts) if tags is None or isinstance(tags, str) else list(tags) for tags in (spoken, signed)]
    for kind, tags in zip(KINDS, asked, strict=True):
        if len(tags) != len(texts):
            raise UserError(f"{kind} language: {len(tags)} tags of {len(texts)} texts; give one for all, or one a text")
    found = {pair: language_pair(card, *pair) for pair in dict.fromkeys(zip(*asked, strict=True))}
    if not 0.1 <= speed <= 10:
        raise UserError(f"speed {speed}: give a factor from 0.1 to 10")
    return [found[pair] for pair in zip(*asked, strict=True)]


def known_pairs(card: Card) -> list[Pair]:
    """Pairs of languages on a card; one that names none knows each spoken language with each signed one."""
    return [(a, b) for a, b in card.languages.get("pairs") or product(*(card.languages[kind] for kind in KINDS))]


def told_languages(card: Card, languages: Sequence[Pair]) -> dict[str, list[str]]:
    """Arguments of ``generate`` that say the pair of each text, for a model that must be told; else none."""
    if len(known_pairs(card)) < 2:
        return {}
    return {f"{kind}_language": [pair[place] for pair in languages] for place, kind in enumerate(KINDS)}


def language_pair(card: Card, spoken: str | None = None, signed: str | None = None) -> Pair:
    """The one pair of languages that the model of a card knows with these tags; `None` = whichever it knows.

    UserError names the known pairs.
    """
    known = known_pairs(card)
    tags = {}
    for place, (kind, tag, valid) in enumerate(
        zip(KINDS, (spoken, signed), (validate_spoken, validate_signed), strict=True)
    ):
        tags[kind] = tag if tag is None else valid(tag)
        if tag is not None and tags[kind] not in {pair[place] for pair in known}:
            there = ", ".join(dict.fromkeys(pair[place] for pair in known)) or "none"
            raise UserError(
                f"{kind} language {tag}: model {card.name} knows {there}; choose one of them or another model"
            )
    fit = [pair for pair in known if all(tag in (None, own) for tag, own in zip(tags.values(), pair, strict=True))]
    there = ", ".join(f"{a} to {b}" for a, b in known)
    if not fit and known:
        raise UserError(
            f"languages {spoken} to {signed}: model {card.name} knows {there}; choose one of these or another model"
        )
    if len(fit) > 1:
        kind = KINDS[len({pair[1] for pair in fit}) > 1]
        raise UserError(f"{kind} language: model {card.name} knows {there}; say which with --{kind}-language")
    return fit[0] if fit else ("", "")


def given_lengths(frames: int | Sequence[int], count: int) -> np.ndarray:
    """Frames of each of ``count`` texts [B]. UserError for another number of them, and outside 1 to `LONGEST_CLIP`."""
    given = list(frames) if isinstance(frames, Sequence | np.ndarray) else [frames] * count
    if len(given) != count:
        raise UserError(f"frames: {len(given)} lengths of {count} texts; give one for all, or one a text")
    if not all(isinstance(length, Integral) and 1 <= length <= LONGEST_CLIP for length in given):
        raise UserError(f"frames {frames}: give 1 to {LONGEST_CLIP} frames a clip, in whole numbers")
    return np.array(given, dtype=np.int64)


def check_length(frames: object, options: Mapping[str, Any]) -> None:
    """UserError where a length is given and is to be drawn as well."""
    if frames is not None and options.get("vary_length"):
        raise UserError("vary-length: frames say how long it is, so no length is drawn; leave out either")


def check_batch_size(batch_size: int) -> None:
    """UserError where nothing would be made at a time."""
    if batch_size < 1:
        raise UserError(f"batch size {batch_size}: give at least 1 clip at a time")


def length_levels(seed: int, rows: Iterable[int]) -> torch.Tensor:
    """Numbers in [0, 1) by which the lengths of texts at these places are drawn: the seed's and the place's alone."""
    made = [torch.Generator().manual_seed(step_seed(seed, int(row), _LENGTH)) for row in rows]
    return torch.cat([torch.rand(1, generator=generator) for generator in made])


_LENGTH = 1
"""The stream of random numbers that lengths are drawn from; 0 is that of the noise."""


def at_speed(pose: Pose, speed: float) -> Pose:
    """The same signing ``speed`` times as fast at the same frame rate."""
    if speed == 1.0:
        return pose
    made = pose.resampled(pose.fps / speed)
    return replace(made, fps=pose.fps).with_signs(made.signs)


def to_length(pose: Pose, frames: int) -> Pose:
    """The same signing in so many frames at the same frame rate, first and last frame kept."""
    if frames == len(pose):
        return pose
    made = read_at(pose, np.linspace(0, len(pose) - 1, frames))
    factor = (frames - 1) / (len(pose) - 1) if min(frames, len(pose)) > 1 else frames / len(pose)
    return made.with_signs(within(stretched(pose.signs, factor), frames))
