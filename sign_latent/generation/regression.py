"""Text → latent → pose by direct regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sign_latent.aligner.vectors import AlignedEncoder
from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.baselines.progressive import ProgressiveTransformer
from sign_latent.generation.inputs import features_of
from sign_latent.generation.latent import LatentToPose
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.vocabulary import Vocabulary


@dataclass
class Regression(LatentToPose):
    """A progressive transformer with the autoencoder and the text encoder it was trained on; it draws nothing."""

    model: ProgressiveTransformer
    autoencoder: Autoencoder
    encoder: TextEncoder | AlignedEncoder
    vocabulary: Vocabulary

    @property
    def used(self) -> frozenset[str]:
        """Names of the options that the model has a use for."""
        return frozenset({"gloss"})

    @torch.inference_mode()
    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text."""
        stride = self.autoencoder.spec.stride
        poses: list[Pose] = []
        for start in range(0, len(texts), batch_size):
            rows = slice(start, start + batch_size)
            own = {**options, "languages": options["languages"][rows]}
            found = features_of(self, self.model.settings, texts[rows], own)
            given = None if lengths is None else torch.from_numpy(lengths[rows])
            if lengths is not None:
                self.doubt(found, lengths[rows])
            counts = None if given is None else (-(-given // stride)).to(self.device)
            z, made = self.model.write(found.to(self.device), counts)
            frames = made * stride if given is None else given
            poses += self.autoencoder.poses(z * frame_mask(made, z.shape[1])[:, :, None, None], frames.tolist())
        return poses

    @property
    def network(self) -> ProgressiveTransformer:
        """The transformer."""
        return self.model

    @torch.inference_mode()
    def latents(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[torch.Tensor]:
        """The latent [N', J', D] of a sentence in one part."""
        text = features_of(self, self.model.settings, [sentence], options)
        stride, device = self.autoencoder.spec.stride, self.device
        counts = None if frames is None else torch.tensor([-(-frames // stride)]).to(device)
        z, made = self.model.write(text.to(device), counts)
        yield z[0, : int(made[0])]
