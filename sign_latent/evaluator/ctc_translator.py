"""A judge that recognises glosses and translates, in the manner of Sign Language Transformers (Camgöz et al. 2020).

One encoder, convolutions below and transformer layers above; a CTC head over glosses; and a text decoder, trained
together: loss = λ_gloss · CTC + λ_text · translation (their eq. 12). What the head recognises is fed back into the
states that the decoder reads (self-conditioned CTC, Nozaki & Komatsu 2021), so that the text follows from the glosses.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from sign_latent.evaluator.text_judge import TextJudge, TextJudgeSettings


@dataclass
class Settings(TextJudgeSettings):
    """Size, vocabulary and weights of the two losses."""

    shape: str = "mixed"
    """Encoder: mixed (convolutions, then transformer), transformer or convolution."""
    encoder_layers: int = 4
    """Layers of the encoder."""
    gloss_weight: float = 1.0
    """λ_gloss, weight of the gloss loss in nats a gloss."""
    text_weight: float = 1.0
    """λ_text, weight of the translation loss in nats a token."""
    fed_back: bool = True
    """Whether the decoder reads what was recognised beside the encoder states."""


class CtcTranslator(TextJudge):
    """points [B, T, K, C] in body coordinates, mask [B, T], confidence [B, T, K] -> glosses and text."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.text_weight = settings.text_weight
        self.back = nn.Linear(len(settings.glosses) + 1, settings.width) if settings.fed_back else None

    def memory_states(self, states: Tensor) -> Tensor:
        """Encoder states [B, N', W] with the probabilities of the glosses mapped onto them."""
        return states if self.back is None else states + self.back(self.gloss_scores(states).exp().to(states.dtype))
