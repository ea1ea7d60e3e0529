"""A judge that reads signing and writes it as text (back-translation, Saunders et al. 2020).

Encoder and decoder, with a light gloss loss on the side where the corpus has glosses. Trained on ground-truth poses
only.
"""

from dataclasses import dataclass

from sign_latent.evaluator.text_judge import TextJudge, TextJudgeSettings


@dataclass
class Settings(TextJudgeSettings):
    """Size and vocabulary of a back-translator."""


class BackTranslator(TextJudge):
    """points [B, T, K, C] in body coordinates, mask [B, T] of frames, confidence [B, T, K] -> text."""

    Settings = Settings
