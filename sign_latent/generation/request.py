"""What every generator is asked for: texts, languages, lengths and a speed, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.text.languages import validate_signed, validate_spoken
from sign_latent.training import step_seed

LONGEST_TEXT = 1000
"""Characters of one sentence."""
LONGEST_CLIP = 5000
"""Frames of one clip."""


def check_text(text: str, where: str = "", longest: int | None = LONGEST_TEXT) -> None:
    """UserError for a text that is empty, wordless, undecodable or of more than ``longest`` characters, ``where`` it
    stands."""
    place = f"{where}: " if where else ""
    if not text.strip():
        raise UserError(f"{place}text is empty; give a sentence to sign")
    if any("\ud800" <= character <= "\udfff" for character in text):  # what Python makes of undecodable arguments
        raise UserError(f"{place}text {text[:20]!a} is not UTF-8; give a sentence in UTF-8")
    if not any(character.isalnum() for character in text):
        raise UserError(f"{place}text '{text[:20]}' has no words; give a sentence to sign")
    if longest is not None and len(text) > longest:
        raise UserError(f"{place}text of {len(text)} characters; give at most {longest}, a sentence at a time")


def check_request(card: Card, texts: Sequence[str], spoken: str | None, signed: str | None, speed: float) -> None:
    """UserError for a text, a language or a speed that the model of this card cannot serve."""
    for text in texts:
        check_text(text)
    for kind, tag, valid in (("spoken", spoken, validate_spoken), ("signed", signed, validate_signed)):
        known = card.languages.get(kind, [])
        if tag is not None and valid(tag) not in known:
            raise UserError(
                f"{kind} language {tag}: model {card.name} knows {', '.join(known)}; "
                "choose one of them or another model"
            )
    if not 0.1 <= speed <= 10:
        raise UserError(f"speed {speed}: give a factor from 0.1 to 10")


def given_lengths(frames: int | Sequence[int], count: int) -> np.ndarray:
    """Frames of each of ``count`` texts [B]. UserError outside 1 to `LONGEST_CLIP`."""
    given = np.broadcast_to(np.asarray(frames), (count,))  # of Python's numbers where one is huge
    if given.min() < 1 or given.max() > LONGEST_CLIP:
        raise UserError(f"frames {frames}: give 1 to {LONGEST_CLIP} frames a clip")
    return given.astype(np.int64)


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
    return replace(pose.resampled(pose.fps / speed), fps=pose.fps)


def to_length(pose: Pose, frames: int) -> Pose:
    """The same signing in so many frames at the same frame rate, first and last frame kept."""
    return pose if frames == len(pose) else read_at(pose, np.linspace(0, len(pose) - 1, frames))
