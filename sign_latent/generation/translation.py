"""Text → tokens → latent → pose, with no data set present."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.errors import UserError
from sign_latent.generation.inputs import features_of
from sign_latent.generation.latent import LatentToPose
from sign_latent.generation.precision import autocast, check_precision, halved
from sign_latent.generation.request import length_levels
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed
from sign_latent.translator.causal import TokenTranslator
from sign_latent.translator.choice import Written, check_decoding
from sign_latent.translator.eight_bit import eight_bit
from sign_latent.translator.settings import Decoding

DECODING = ("guidance", "temperature", "top_p", "precision")
"""Options that every translator has a use for."""
ONLY = {"token_translator": "beam", "masked_translator": "steps"}
"""Model -> the option that it alone has a use for."""

LOWERED = {"32": lambda model: model, "bf16": halved, "int8": eight_bit}
"""Precision -> the model that writes in it: the fewer bytes of matrices are read at every frame, the faster."""


@dataclass
class Translation(LatentToPose):
    """A translator with the discrete autoencoder and the text encoder it was trained on."""

    translator: Any
    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

    @property
    def used(self) -> frozenset[str]:
        """Names of the options that the model has a use for."""
        return frozenset({"vary_length", "gloss", *self._decoding})

    @property
    def _decoding(self) -> tuple[str, ...]:
        return (*DECODING, ONLY[self.card.model])

    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text.

        A clip without an end is kept, cut at the most latent frames that the model writes, and a warning counts such
        clips.
        """
        how, levels = self.decoding(options), None
        if options.get("vary_length"):
            levels = length_levels(seed, range(len(texts)))
        text = features_of(self, self.translator.settings, texts, options)
        if lengths is not None:
            self.doubt(text, lengths)
        poses: list[Pose | None] = [None] * len(texts)
        order = np.argsort(text.mask.sum(1).numpy() if lengths is None else lengths, kind="stable")
        cut = 0
        for start in range(0, len(order), batch_size):
            rows = torch.from_numpy(order[start : start + batch_size])
            own = None if lengths is None else torch.from_numpy(lengths)[rows]
            drawn = None if levels is None else levels[rows]
            seeds = [step_seed(seed, row) for row in rows.tolist()]
            made, clips = self._written(text.rows(rows).cut(), how, own, drawn, seeds)
            cut += 0 if lengths is not None else int((~made.ended).sum())
            for row, pose in zip(rows.tolist(), clips, strict=True):
                poses[row] = pose
        if cut:
            self._warn_of_cuts(cut, len(texts))
        return poses

    def decoding(self, options: dict[str, Any]) -> Decoding:
        """The model's own way to write, changed as given. UserError for numbers that mean nothing."""
        settings = self.translator.settings
        how = replace(settings.decoding, **{name: options[name] for name in self._decoding if name in options})
        check_decoding(how, settings.drop_text)
        check_precision(how.precision, tuple(LOWERED))
        if how.precision == "int8" and self.device.type != "cpu":
            raise UserError("precision int8: its products are made on the processor alone; give device cpu, or bf16")
        if options.get("top_p", 1) < 1 and how.temperature == 0:
            raise UserError(
                f"top-p {how.top_p:g}: the likeliest tokens are taken, none is drawn; give a temperature above 0, such "
                "as 1, or leave --top-p out"
            )
        if options.get("vary_length") and how.beam > 1:
            raise UserError("vary_length: a beam searches for the likeliest length; leave out either")
        return how

    @torch.inference_mode()
    def _written(
        self, text: TextFeatures, how: Decoding, lengths: torch.Tensor | None, levels: torch.Tensor | None, seeds: list
    ) -> tuple[Written, list[Pose]]:
        stride = self.autoencoder.spec.stride
        counts = None if lengths is None else (-(-lengths // stride)).to(self.device)
        with autocast(how.precision, self.device):
            made = self._writer(how).write(text.to(self.device), how, counts, levels, seeds)
        z = self.autoencoder.from_tokens(made.ids) * frame_mask(made.counts)[:, :, None, None]
        frames = made.counts * stride if lengths is None else lengths
        return made, self.autoencoder.poses(z, frames.tolist())

    @property
    def network(self) -> Any:
        """The translator."""
        return self.translator

    def check(self, options: dict[str, Any]) -> Decoding:
        """How to write. UserError for numbers that mean nothing."""
        return self.decoding(options)

    @torch.inference_mode()
    def latents(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[torch.Tensor]:
        """The latent of a sentence: a frame at a time where a model writes so, else in one part."""
        how, levels = self.decoding(options), length_levels(seed, [0]) if options.get("vary_length") else None
        text = features_of(self, self.translator.settings, [sentence], options).to(self.device)
        stride, device = self.autoencoder.spec.stride, self.device
        counts = None if frames is None else torch.tensor([-(-frames // stride)]).to(device)
        apart = how.beam == 1 and isinstance(self.translator, TokenTranslator)
        written = self._frame_by_frame if apart else self._at_once
        for ids in written(text, how, counts, levels, [step_seed(seed, 0)]):
            if ids is None:
                self._warn_of_cuts(1, 1)
            else:
                yield self.autoencoder.from_tokens(ids[None])[0]

    def _frame_by_frame(self, text: TextFeatures, how: Decoding, *given: Any) -> Iterator[torch.Tensor | None]:
        """Ids [1, P] of each frame; None at last where the clip has no end."""
        writing = self._writer(how).frames(text, how, *given)
        while True:
            with autocast(how.precision, self.device):  # which must not be that of whoever takes the frames
                found = next(writing, None)
            if found is None:
                return
            yield found[0]

    def _at_once(self, text: TextFeatures, how: Decoding, counts: Any, *given: Any) -> Iterator[torch.Tensor | None]:
        """Ids [N, P] of the clip; None at last where it has no end."""
        with autocast(how.precision, self.device):
            made = self._writer(how).write(text, how, counts, *given)
        yield made.ids[0]
        if counts is None and not bool(made.ended):
            yield None

    def _warn_of_cuts(self, cut: int, clips: int) -> None:
        warnings.warn(
            f"model {self.card.name}: {cut} of {clips} clips have no end within "
            f"{self.translator.settings.longest} latent frames and are cut there",
            stacklevel=4,
        )

    def _writer(self, how: Decoding) -> Any:
        """The model in the precision that is asked for; a copy of it is made once."""
        if how.precision not in self._copies:
            self._copies[how.precision] = LOWERED[how.precision](self.translator)
        return self._copies[how.precision]

    @cached_property
    def _copies(self) -> dict[str, Any]:
        return {}
