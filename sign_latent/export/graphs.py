"""A generator taken apart into graphs of tensors alone, each exported with batch and lengths left open.

``reader``: what a text encoder says of texts -> what the denoiser reads, and logits of the length [B, longest].
``step``: a noisy latent at a step t, and what is read -> the prediction. ``decoder``: a latent -> poses, in body
coordinates. ``encoder``, for text encoders of the BERT kind: token ids -> what the text encoder says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.geometry import unpack
from sign_latent.denoiser.base import Denoiser
from sign_latent.text.encoder import TextEncoder, TextFeatures


class Reader(nn.Module):
    """sentence [B, S], tokens [B, L, W], mask [B, L] and, of models of several languages, marks [B, M] -> read
    [B, L', C], its mask [B, L'], length logits [B, longest]. A row without valid tokens is the empty text."""

    def __init__(self, denoiser: Denoiser):
        super().__init__()
        self.reader, self.length = denoiser.reader, denoiser.length

    def forward(self, sentence: Tensor, tokens: Tensor, mask: Tensor, marks: Tensor | None = None) -> Any:
        read, valid = self.reader(TextFeatures(sentence, tokens, mask, marks))
        return read, valid, self.length(read, valid)


class DenoisingStep(nn.Module):
    """z [B, N', J', D], t [B], valid frames [B, N'], and what the reader read -> the prediction [B, N', J', D]."""

    def __init__(self, denoiser: Denoiser):
        super().__init__()
        self.denoiser = denoiser

    def forward(self, z: Tensor, t: Tensor, frames: Tensor, read: Tensor, read_mask: Tensor) -> Tensor:
        found: Tensor = self.denoiser(z, t, frames, self.denoiser.context(read, read_mask))
        return found


class Decoder(nn.Module):
    """z [B, N', J', D] and lengths [B] in frames -> points [B, T, K, C] in shoulder widths and confidence [B, T, K],
    T = N' × stride; where the skeleton has them, rotation matrices [B, T, R, 3, 3] and expression [B, T, E]."""

    def __init__(self, autoencoder: Autoencoder):
        super().__init__()
        self.autoencoder = autoencoder
        self.whole = bool(autoencoder.seen.all())
        self.face = bool(autoencoder.seen[list(autoencoder.layout.skeleton.parts["face"])].any())

    def forward(self, z: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        own = self.autoencoder
        mask = torch.arange(z.shape[1] * own.settings.stride) < lengths[:, None]  # frame_mask would fix the number
        made = unpack(own.layout, own.decode_features(z, mask), mask)
        made = made if self.whole else made.without(own.seen, self.face)
        parts = (made.points, made.confidence, made.matrices, made.expression)
        return tuple(part for part in parts if part is not None)


class Encoder(nn.Module):
    """ids [B, L] and mask [B, L] of the tokenizer -> sentence [B, S] and tokens [B, L, W]."""

    def __init__(self, encoder: TextEncoder):
        super().__init__()
        whole = encoder._model
        self.inner, self.rest, self.layers = whole[0].model, nn.ModuleList(list(whole)[1:]), encoder.layers

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        found = self.inner(input_ids=ids, attention_mask=mask.long())
        tokens = torch.cat([found.hidden_states[layer].float() for layer in self.layers], -1)
        features = {"token_embeddings": found.last_hidden_state, "attention_mask": mask.long()}
        for module in self.rest:
            features = module(features)
        return features["sentence_embedding"].float(), tokens * mask[..., None]


@dataclass
class Graph:
    """A module, inputs to trace it with, and which of their dimensions stay open."""

    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]
    open: dict[str, dict[int, str]]
    """Input -> dimension -> its name; dimensions of one name are equal."""
    longest: int | None = None
    """Most of any such dimension."""

    def program(self) -> ExportedProgram:
        """The graph as PyTorch exports it.

        It is traced as in training, where no value decides what is done.
        """
        names = {name: Dim(name, min=2, max=self.longest) for dims in self.open.values() for name in dims.values()}
        shapes = {key: {i: names[n] for i, n in self.open.get(key, {}).items()} for key in self.inputs}
        with torch.enable_grad():
            return torch.export.export(self.module.eval(), (), self.inputs, dynamic_shapes=shapes)


def graphs_of(denoiser: Denoiser, autoencoder: Autoencoder) -> dict[str, Graph]:
    """Name -> graph of a denoiser with its length head, and of its autoencoder."""
    s, words = denoiser.settings, {0: "batch", 1: "words"}
    mask, read_mask = torch.ones(2, 5, dtype=torch.bool), torch.ones(2, 6, dtype=torch.bool)
    text = {"sentence": torch.zeros(2, s.sentence_width), "tokens": torch.zeros(2, 5, s.text_width), "mask": mask}
    if s.marks:
        text["marks"] = torch.zeros(2, 3, dtype=torch.long)
    z, frames = torch.zeros(2, 6, s.latent_slots, s.latent_width), torch.ones(2, 6, dtype=torch.bool)
    read = {"read": torch.zeros(2, 6, s.width), "read_mask": read_mask}
    step = {"z": z, "t": torch.zeros(2, dtype=torch.long), "frames": frames, **read}
    latent, tokens = {0: "batch", 1: "frames"}, {0: "batch", 1: "tokens"}
    poses = ["points", "confidence", *(n for n in ("rotations", "expression") if n in autoencoder.spec.features)]
    decoded = {"z": z, "lengths": torch.tensor([24, 23])}
    batch = {0: "batch"}
    return {
        "reader": Graph(
            Reader(denoiser),
            text,
            ("read", "read_mask", "length"),
            {"sentence": batch, "tokens": words, "mask": words, "marks": batch},
        ),
        "step": Graph(
            DenoisingStep(denoiser),
            step,
            ("prediction",),
            {"z": latent, "t": batch, "frames": latent, "read": tokens, "read_mask": tokens},
        ),
        "decoder": Graph(Decoder(autoencoder), decoded, tuple(poses), {"z": latent, "lengths": batch}),
    }


def encoder_graph(encoder: TextEncoder) -> Graph:
    """The graph of a text encoder of the BERT kind."""
    ids, open_ = torch.ones(2, 5, dtype=torch.long), {0: "batch", 1: "tokens"}
    inputs = {"ids": ids, "mask": torch.ones(2, 5, dtype=torch.bool)}
    return Graph(
        Encoder(encoder), inputs, ("sentence", "tokens"), {"ids": open_, "mask": open_}, encoder._model.max_seq_length
    )
