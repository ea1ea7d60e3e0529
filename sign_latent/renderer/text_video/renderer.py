"""A published model of text to video as a renderer: a text in, pictures out, with no data set and no pose present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sign_latent import registry
from sign_latent.device import AUTO, chosen_device, device_of
from sign_latent.diffusion.samplers import calls, seeded_noise
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.generation.inputs import tell_of_texts
from sign_latent.generation.precision import halved
from sign_latent.generation.request import Tags, check_request
from sign_latent.generation.sampling import Sampling, chosen, predictor
from sign_latent.progress import Progress
from sign_latent.renderer.text_video.loss import to_pictures
from sign_latent.renderer.text_video.reading import read_texts
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.unet import TextVideo
from sign_latent.stage import tell_warnings
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.installed import installed
from sign_latent.text.marks import TEXT, numbered
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed

LONGEST = 2
"""How many times the frames of its training a model may be asked for: along time it then meets places it never saw."""


@dataclass
class TextVideoRenderer:
    """``render`` makes a video of a text."""

    card: registry.Card
    model: TextVideo
    encoder: TextEncoder
    vocabulary: Vocabulary
    condition = "text"
    referenced = False

    @classmethod
    def of(cls, found: registry.Artefact, device: str = AUTO) -> TextVideoRenderer:
        """The renderer of a loaded artefact, on a device of ``chosen_device``, with the text encoder of its card."""
        card, model = found.card, found.model.to(chosen_device(device))
        return cls(card, model, installed(card.text_encoder), Vocabulary(card.vocabulary or ()))

    @property
    def settings(self) -> TextVideoSettings:
        """Of its model."""
        return self.model.settings

    @property
    def fps(self) -> float:
        """Frames a second of what is rendered."""
        return float(self.model.settings.fps)

    @property
    def longest(self) -> int:
        """Frames of the longest video that it makes."""
        return LONGEST * self.model.settings.frames

    def render(
        self, condition: str, reference: Any = None, frames: int | None = None, seed: int = 0, **options: Any
    ) -> np.ndarray:
        """A video [T, H, W, 3] uint8 of a text, at the model's own size; options are those of ``render_batch``."""
        return self.render_batch([condition], reference, frames, [seed], **options)[0]

    def render_batch(
        self,
        texts: list[str],
        reference: Any = None,
        frames: int | None = None,
        seeds: list[int] | None = None,
        spoken_language: Tags = None,
        signed_language: Tags = None,
        **how: Any,
    ) -> np.ndarray:
        """Videos [B, T, H, W, 3] uint8 of texts, each from the noise of its seed (its place, where none are given).

        frames: those of the training unless given. ``how``: arguments of ``Sampling.of``, the rest as in the settings.
        UserError for a text, a language or a number that the model cannot serve, and for a reference image.
        """
        s = self.model.settings
        pairs = check_request(self.card, texts, spoken_language, signed_language, 1.0)
        tell_of_texts(self.card, texts)
        if reference is not None:
            raise UserError(f"reference: {self.card.name} draws signers of its own from the text; leave it out")
        count = s.frames if frames is None else frames
        if not 1 <= count <= self.longest:
            raise UserError(f"frames {count}: {self.card.name} learnt {s.frames}; give 1 to {self.longest}")
        sampling = Sampling.of(s.diffusion, **chosen(how, _options(s.diffusion)))
        text = read_texts([self.vocabulary.separate(t) for t in texts], self.encoder, s.text)
        text.marks = numbered(s.marks, pairs, [TEXT] * len(texts))
        shapes, device = [(count, s.size**2, 3)] * len(texts), device_of(self.model)
        numbers = [step_seed(seed, 0) for seed in (range(len(texts)) if seeds is None else seeds)]

        def drawn(numbers: list[int]) -> torch.Tensor:
            return torch.stack(seeded_noise(shapes, numbers)).to(device)

        def fresh(step: int) -> torch.Tensor:
            return drawn([step_seed(n, 1 + step) for n in numbers])

        def predict(*asked: Any) -> torch.Tensor:
            progress.advance()
            return predicted(*asked)

        progress = Progress(f"rendering {count} frames", calls(sampling.sampler, sampling.steps))
        with torch.inference_mode():
            noise, valid = drawn(numbers), torch.ones(len(texts), count, dtype=torch.bool, device=device)
            model = halved(self.model) if sampling.precision == "bf16" else self.model
            predicted = predictor(model, text.to(device), valid, sampling.precision)
            made = to_pictures(sampling.run(predict, noise, valid, s.diffusion, fresh), s.size)
        progress.close()
        return made


def _options(own: DiffusionSettings) -> dict[str, Any]:
    """What may be asked of the sampling, and what it is where nothing is asked."""
    found = {name: getattr(own, name) for name in ("sampler", "guidance", "rescale", "precision")}
    return found | {"steps": own.sampling_steps, "interval": (own.guided_from, own.guided)}


def load(name: str, device: str = AUTO) -> TextVideoRenderer:
    """A published model of text to video, on a device of ``chosen_device``; what its card warns of is said on stderr.

    UserError where it is none.
    """
    found = registry.load(name, expect={"model": "text_video"})
    tell_warnings(found.card)
    return TextVideoRenderer.of(found, device)
