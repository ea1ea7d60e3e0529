"""Sign-SALD's denoiser (section 2.2): temporal, then skeletal, then cross attention in every layer.

z_t [B, N', J', D] -> prediction of the same shape. Mirrored layers are joined by long skip connections. The paper's
ablations are switches; that of the number of slots, and the one without a skeletal-temporal latent, are the
autoencoder's.
"""

from dataclasses import dataclass

import torch
from torch import nn

from sign_latent.denoiser.base import CommonSettings, Denoiser, silent_linear
from sign_latent.denoiser.layer import Context, DenoiserLayer
from sign_latent.layers.positions import both_ends


@dataclass
class SaldSettings(CommonSettings):
    """Sizes of the denoiser and its ablations."""

    layers: int = 4
    """Layers; mirrored ones are joined by skips."""
    temporal_attention: bool = True
    """Off: the paper's ablation without temporal attention."""
    skeletal_attention: bool = True
    """Off: the paper's ablation without skeletal attention."""
    cross_attention: bool = True
    """Off: the paper's ablation, self-attention over the sentence vector beside the poses; no word is read."""

    @property
    def kinds(self) -> list[str]:
        """Modules of a layer, in order."""
        used = {
            "temporal": self.temporal_attention,
            "skeletal": self.skeletal_attention,
            "cross": self.cross_attention,
            "feed": True,
        }
        return [kind for kind in used if used[kind]]


class SaldDenoiser(Denoiser):
    """Sign-SALD's denoiser over any latent."""

    Settings = SaldSettings

    def __init__(self, settings: SaldSettings):
        super().__init__(settings, words=settings.cross_attention)
        width = settings.width
        self.inward = nn.Linear(settings.latent_width, width)
        self.slot = nn.Parameter(torch.randn(settings.latent_slots, width) * 0.02)
        how = (settings.kinds, width, settings.heads, settings.feed * width, settings.dropout)
        self.layers = nn.ModuleList(
            DenoiserLayer(*how, sentence=not settings.cross_attention) for _ in range(settings.layers)
        )
        self.skips = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(settings.layers // 2))
        self.norm = nn.LayerNorm(width)
        self.outward = silent_linear(width, settings.latent_width)

    def forward(self, z: torch.Tensor, t: torch.Tensor, frames: torch.Tensor, context: Context) -> torch.Tensor:
        h = self.inward(z) + self.slot + both_ends(frames, self.settings.width)[:, :, None]
        time = self.condition(t, context)
        kept, half = [], len(self.layers) // 2
        for i, layer in enumerate(self.layers):
            if i >= len(self.layers) - half:
                h = self.skips[i - (len(self.layers) - half)](torch.cat([h, kept.pop()], -1))
            h = layer(h, time, frames, context)
            if i < half:
                kept.append(h)
        return self.outward(self.norm(h)).float() * frames[:, :, None, None]
