"""Sign-SALD's denoiser (section 2.2): temporal, then skeletal, then cross attention in every layer.

z_t [B, N', J', D] -> prediction of the same shape. Each of the four modules of a layer is pre-normalised, modulated by
FiLM (eqs. 5 and 6; γ = 1 and β = 0 at the start) and added to the residual; mirrored layers are joined by long skip
connections.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from sign_latent.denoiser.text import LengthHead, TextReader
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.layers.attention import Attention, padding_bias
from sign_latent.layers.positions import RelativeBias, both_ends, sinusoid
from sign_latent.text.encoder import TextFeatures

KeysValues = tuple[torch.Tensor, torch.Tensor]


@dataclass
class SaldSettings:
    """Sizes of the denoiser; the paper is silent on depth, width and heads."""

    width: int = 128
    """Channels of a token."""
    layers: int = 4
    """Layers; mirrored ones are joined by skips."""
    heads: int = 4
    """Attention heads."""
    feed: int = 2
    """Width of the feed-forward module as a multiple of width."""
    text_layers: int = 3
    """Trained self-attention layers over the frozen token vectors."""
    dropout: float = 0.0
    """Dropout of whole channels after each module."""
    longest: int = 100
    """Most latent frames the length head can predict."""
    temporal_attention: bool = True
    """Off: the paper's ablation without temporal attention."""
    skeletal_attention: bool = True
    """Off: the paper's ablation without skeletal attention."""
    cross_attention: bool = True
    """Off: the paper's ablation, self-attention over the concatenated sentence vector and the poses."""
    sentence_film: bool = False
    """FiLM by the sentence vector beside the timestep; not the paper's, for texts that are a single gloss."""
    diffusion: DiffusionSettings = field(default_factory=DiffusionSettings)
    """Path, prediction and sampling."""
    latent_slots: int = 7
    """J' of the autoencoder; asked of its spec by the stage."""
    latent_width: int = 16
    """D of the autoencoder; asked of its spec by the stage."""
    text_width: int = 768
    """Width of the token vectors; asked of the text encoder by the stage."""
    sentence_width: int = 384
    """Width of the sentence vector; asked of the text encoder by the stage."""


@dataclass
class Context:
    """What stays the same over the steps of a generation: what is read, its bias, keys and values of each layer."""

    tokens: torch.Tensor
    mask: torch.Tensor
    bias: torch.Tensor
    keys_values: list[KeysValues | None]


class FiLM(nn.Module):
    """γ_t ⊙ h + β_t from the timestep embedding."""

    def __init__(self, time_width: int, width: int):
        super().__init__()
        self.map = nn.Linear(time_width, 2 * width)
        nn.init.zeros_(self.map.weight)
        nn.init.zeros_(self.map.bias)

    def forward(self, h: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        gamma, beta = self.map(time)[:, None, None].chunk(2, -1)
        return (1 + gamma) * h + beta


class SaldLayer(nn.Module):
    """TempAttn → SkelAttn → CrossAttn → FFN on [B, N', J', C]."""

    def __init__(self, settings: SaldSettings):
        super().__init__()
        width, heads = settings.width, settings.heads
        self.settings = settings
        kinds = [("temporal", settings.temporal_attention), ("skeletal", settings.skeletal_attention)]
        kinds += [("cross", settings.cross_attention), ("feed", True)]
        self.kinds = [kind for kind, used in kinds if used]
        modules = {kind: Attention(width, heads) for kind in self.kinds if kind != "feed"}
        modules["feed"] = nn.Sequential(
            nn.Linear(width, settings.feed * width), nn.GELU(), nn.Linear(settings.feed * width, width)
        )
        self.parts = nn.ModuleDict(modules)
        self.norms = nn.ModuleDict({kind: nn.LayerNorm(width) for kind in self.kinds})
        self.films = nn.ModuleDict({kind: FiLM(width, width) for kind in self.kinds})
        if settings.temporal_attention:
            self.distance = RelativeBias(heads)

    def forward(self, h: torch.Tensor, time: torch.Tensor, frames: torch.Tensor, context: Context, kv) -> torch.Tensor:
        for kind in self.kinds:
            change = getattr(self, f"_{kind}")(self.norms[kind](h), frames, context, kv)
            change = self.films[kind](change, time)
            if self.training and self.settings.dropout:
                keep = torch.rand(len(h), 1, 1, h.shape[-1], device=h.device) >= self.settings.dropout
                change = change * keep / (1 - self.settings.dropout)
            h = h + change
        return h

    def _temporal(self, x, frames, context, kv):
        batch, count, slots, _ = x.shape
        x, prefix = x.transpose(1, 2), 0
        if not self.settings.cross_attention:
            # the ablation: the sentence takes part in self-attention as one more frame
            x, prefix = torch.cat([context.tokens[:, None, :1].expand(-1, slots, -1, -1).to(x.dtype), x], 2), 1
        bias = self.distance(count + prefix) + padding_bias(nn.functional.pad(frames, (prefix, 0), value=True))
        bias = bias[:, None].expand(-1, slots, -1, -1, -1)
        return self.parts["temporal"](x, bias)[:, :, prefix:].transpose(1, 2)

    def _skeletal(self, x, frames, context, kv):
        return self.parts["skeletal"](x)

    def _cross(self, x, frames, context, kv):
        return self.parts["cross"](x.flatten(1, 2), context.bias, kv).unflatten(1, x.shape[1:3])

    def _feed(self, x, frames, context, kv):
        return self.parts["feed"](x)


class SaldDenoiser(nn.Module):
    """Sign-SALD's denoiser over any latent; carries the length head."""

    Settings = SaldSettings

    def __init__(self, settings: SaldSettings):
        super().__init__()
        self.settings = settings
        width = settings.width
        self.inward = nn.Linear(settings.latent_width, width)
        self.slot = nn.Parameter(torch.randn(settings.latent_slots, width) * 0.02)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.reader = TextReader(
            settings.text_width, settings.sentence_width, width, settings.heads, settings.text_layers
        )
        if settings.sentence_film:
            self.sentence = nn.Linear(width, width)
        self.layers = nn.ModuleList(SaldLayer(settings) for _ in range(settings.layers))
        self.skips = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(settings.layers // 2))
        self.norm = nn.LayerNorm(width)
        self.outward = nn.Linear(width, settings.latent_width)
        nn.init.zeros_(self.outward.weight)
        nn.init.zeros_(self.outward.bias)
        self.length = LengthHead(width, settings.longest)

    def read(self, text: TextFeatures) -> Context:
        """The text side, computed once a generation."""
        tokens, mask = self.reader(text)
        keys_values = [
            layer.parts["cross"].keys_values(tokens) if "cross" in layer.kinds else None for layer in self.layers
        ]
        return Context(tokens, mask, padding_bias(mask), keys_values)

    def forward(self, z: torch.Tensor, t: torch.Tensor, frames: torch.Tensor, context: Context) -> torch.Tensor:
        """Prediction [B, N', J', D] for noisy z at steps t [B]; frames [B, N'] says which latent frames are valid."""
        width = self.settings.width
        h = self.inward(z) + self.slot + both_ends(frames, width)[:, :, None]
        time = self.time(sinusoid(t, width))
        if self.settings.sentence_film:
            time = time + self.sentence(context.tokens[:, 0])
        kept, half = [], len(self.layers) // 2
        for i, layer in enumerate(self.layers):
            if i >= len(self.layers) - half:
                h = self.skips[i - (len(self.layers) - half)](torch.cat([h, kept.pop()], -1))
            h = layer(h, time, frames, context, context.keys_values[i])
            if i < half:
                kept.append(h)
        return self.outward(self.norm(h)).float() * frames[:, :, None, None]
