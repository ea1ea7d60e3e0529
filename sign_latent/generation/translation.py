"""Text → tokens → latent → pose, with no data set present."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.errors import UserError
from sign_latent.generation.request import at_speed, check_request, given_lengths, length_levels
from sign_latent.pose.pose import Pose
from sign_latent.registry import Card
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed
from sign_latent.translator.choice import Written, check_decoding
from sign_latent.translator.settings import Decoding

UNUSED = {"token_translator": {"steps": 1}, "masked_translator": {"beam": 1}}
"""Model -> settings that it has no use for."""


@dataclass
class Translation:
    """A translator with the discrete autoencoder and the text encoder it was trained on."""

    card: Card
    translator: Any
    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

    def generate(
        self,
        texts: Sequence[str],
        frames: int | Sequence[int] | None = None,
        speed: float = 1.0,
        steps: int | None = None,
        guidance: float | None = None,
        seed: int = 0,
        spoken_language: str | None = None,
        signed_language: str | None = None,
        batch_size: int = 32,
        vary_length: bool = False,
        temperature: float | None = None,
        top_p: float | None = None,
        beam: int | None = None,
    ) -> list[Pose]:
        """Poses of texts; ``speed`` 2 signs twice as fast.

        ``frames`` fixes the lengths, else the model does: the median of what it expects, or with ``vary_length`` a draw
        from that. A clip without an end is kept, cut at the most latent frames that the model writes, and a warning
        counts such clips. What is drawn for text i depends on ``seed`` and i alone: the same seed and batch give the
        same bits, another batch size the same tokens but where two are as good to the last digits. Raises UserError for
        an empty or overlong text, a language the model does not know, or impossible numbers.
        """
        check_request(self.card, texts, spoken_language, signed_language, speed)
        given = {"steps": steps, "guidance": guidance, "temperature": temperature, "top_p": top_p, "beam": beam}
        how = self.decoding({name: value for name, value in given.items() if value is not None})
        if vary_length and how.beam > 1:
            raise UserError("vary_length: a beam searches for the likeliest length; leave out either")
        text = self.encoder.encode([self.vocabulary.separate(t) for t in texts])
        lengths = None if frames is None else given_lengths(frames, len(texts))
        levels = length_levels(seed, range(len(texts))) if vary_length else None
        poses: list[Pose | None] = [None] * len(texts)
        order = np.argsort(text.mask.sum(1).numpy() if lengths is None else lengths, kind="stable")
        cut = 0
        for start in range(0, len(order), batch_size):
            rows = torch.from_numpy(order[start : start + batch_size])
            own = None if lengths is None else torch.from_numpy(lengths)[rows]
            drawn = None if levels is None else levels[rows]
            seeds = [step_seed(seed, row) for row in rows.tolist()]
            made, clips = self._written(text.rows(rows).cut(), how, own, drawn, seeds)
            cut += 0 if frames is not None else int((~made.ended).sum())
            for row, pose in zip(rows.tolist(), clips, strict=True):
                poses[row] = at_speed(pose, speed)
        if cut:
            warnings.warn(
                f"model {self.card.name}: {cut} of {len(texts)} clips have no end within "
                f"{self.translator.settings.longest} latent frames and are cut there",
                stacklevel=2,
            )
        return poses

    def decoding(self, given: dict[str, Any]) -> Decoding:
        """The model's own way to write, changed as given. UserError for what means nothing to this model."""
        settings = self.translator.settings
        for name, none in UNUSED[self.card.model].items():
            if given.get(name, none) != none:
                raise UserError(f"{name} {given[name]}: model {self.card.name} has no use for it; leave --{name} out")
        how = replace(settings.decoding, **given)
        check_decoding(how, settings.drop_text)
        return how

    @torch.inference_mode()
    def _written(
        self, text: TextFeatures, how: Decoding, lengths: torch.Tensor | None, levels: torch.Tensor | None, seeds: list
    ) -> tuple[Written, list[Pose]]:
        stride = self.autoencoder.spec.stride
        counts = None if lengths is None else -(-lengths // stride)
        with torch.autocast("cpu", torch.bfloat16) if how.precision == "bf16" else nullcontext():
            model = self._halved if how.precision == "bf16" else self.translator
            made = model.write(text, how, counts, levels, seeds)
        z = self.autoencoder.from_tokens(made.ids) * frame_mask(made.counts)[:, :, None, None]
        frames = made.counts * stride if lengths is None else lengths
        return made, self.autoencoder.poses(z, frames.tolist())

    @cached_property
    def _halved(self) -> Any:
        """The model with matrices in bf16: half as much to read from memory at every frame."""
        return halved(self.translator)


def halved(model: torch.nn.Module) -> torch.nn.Module:
    """A copy of a model with its matrices in bf16, for use under autocast."""
    copy = deepcopy(model)
    for parameter in copy.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.bfloat16()
    return copy
