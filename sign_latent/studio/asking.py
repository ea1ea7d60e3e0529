"""What a request to sign holds, and what of it is refused before any model is asked."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sign_latent.generation.api import DEFAULT_MODEL
from sign_latent.generation.base import TextToPose
from sign_latent.generation.sampling import Sampling
from sign_latent.studio.limits import LARGEST_SEED, LONGEST_TEXT, MOST_FRAMES, MOST_STEPS

FEW: dict[str, Any] = {"sampler": "dpm_solver", "steps": 8}
"""How a denoiser of more steps samples where the request does not say: signing is to begin at once."""
Tag = Annotated[str, Field(max_length=35)]


class Ask(BaseModel):
    """A text and how to sign it; what is None is as the model has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(max_length=LONGEST_TEXT)
    model: str = Field(DEFAULT_MODEL, max_length=200)
    seed: int = Field(0, ge=0, le=LARGEST_SEED)
    steps: int | None = Field(None, ge=1, le=MOST_STEPS)
    guidance: float | None = Field(None, ge=0, le=20, allow_inf_nan=False)
    speed: float = Field(1.0, ge=0.25, le=4, allow_inf_nan=False)
    frames: int | None = Field(None, ge=1, le=MOST_FRAMES)
    spoken_language: Tag | None = None
    signed_language: Tag | None = None

    def options(self, generator: TextToPose) -> dict:
        """Arguments of ``generator.stream`` beside the text."""
        given = self.model_dump(exclude={"text", "model"}, exclude_none=True)
        return _hurried(generator) | given


def _hurried(generator: TextToPose) -> dict:
    """Nothing where the model's own steps are few: it, or a student, was made for its own sampler."""
    own = generator.check({})
    return FEW if isinstance(own, Sampling) and own.steps > FEW["steps"] else {}
