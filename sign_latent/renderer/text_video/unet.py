"""Text2Sign's denoiser: a 3D U-Net over the pixels of a video, with transformers at its coarse resolutions.

A video is a latent [B, T, H · W, 3] of the domain ``pixels``: values in [-1, 1], the places of a frame row by row. So
schedules, predictions, samplers, guidance and audit are those of every other denoiser.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from sign_latent.layers.attention import needed_bias
from sign_latent.layers.positions import sinusoid
from sign_latent.renderer.text_video.reading import reader_of
from sign_latent.renderer.text_video.residual import ConvolutionBlock, Double, Halve, ResidualBlock, silent
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.transformer import VideoContext, VideoTransformer
from sign_latent.text.encoder import TextFeatures


class Place(nn.Module):
    """A residual block, and at some places transformers or what stands for them."""

    def __init__(self, settings: TextVideoSettings, width_in: int, width: int, mixes: bool):
        super().__init__()
        s, condition = settings, 4 * settings.base
        self.residual = ResidualBlock(width_in, width, condition, s.groups, s.dropout)

        def mixer() -> nn.Module:
            if not s.transformer:
                return ConvolutionBlock(width, condition, s.groups)
            return VideoTransformer(width, s.heads, condition, s.context, s.factorised)

        self.mixers = nn.ModuleList(mixer() for _ in range(s.depth if mixes else 0))

    def forward(self, x: torch.Tensor, condition: torch.Tensor, context: VideoContext) -> torch.Tensor:
        x = self.residual(x, condition)
        for mixer in self.mixers:
            x = mixer(x, condition, context) if isinstance(mixer, VideoTransformer) else mixer(x, condition)
        return x


class TextVideo(nn.Module):
    """``model(z, t, frames, model.read(text))`` is the prediction [B, T, H · W, 3] for noisy videos z at steps t [B].

    frames [B, T]: all of them must be valid, since clips have one length.
    """

    Settings = TextVideoSettings

    def __init__(self, settings: TextVideoSettings):
        super().__init__()
        settings.check()
        self.settings = s = settings
        widths = [s.base * multiple for multiple in s.multiples]
        levels = list(enumerate(widths))
        self.time = nn.Sequential(nn.Linear(s.base, 4 * s.base), nn.SiLU(), nn.Linear(4 * s.base, 4 * s.base))
        self.reader = reader_of(s)
        self.text = nn.Sequential(nn.Linear(s.context, 4 * s.base), nn.SiLU(), nn.Linear(4 * s.base, 4 * s.base))
        self.stem = nn.Conv3d(3 * s.patch**2, s.base, 3, padding=1)
        kept, width, down = [s.base], s.base, []
        for level, wide in levels:
            for _ in range(s.blocks):
                down.append(Place(s, width, wide, 2**level in s.attention))
                kept.append(width := wide)
            if level < len(widths) - 1:
                down.append(Halve(wide))
                kept.append(wide)
        self.down = nn.ModuleList(down)
        self.middle = nn.ModuleList([Place(s, width, width, True), Place(s, width, width, False)])
        up: list[nn.Module] = []
        for level, wide in reversed(levels):
            for _ in range(s.blocks + 1):
                up.append(Place(s, width + kept.pop(), wide, 2**level in s.attention))
                width = wide
            if level:
                up.append(Double(wide))
        self.up = nn.ModuleList(up)
        self.norm, self.out = nn.GroupNorm(s.groups, width), silent(nn.Conv3d(width, 3 * s.patch**2, 3, padding=1))
        self.to(memory_format=torch.channels_last_3d)

    def read(self, text: TextFeatures) -> VideoContext:
        """The text side, computed once a generation: keys and values of every cross attention among it."""
        if self.settings.text == "none":
            text = text.emptied()
        tokens, mask = self.reader(text)
        parts = [p for m in self.modules() if isinstance(m, VideoTransformer) for p in m.cross()]
        return VideoContext(tokens[:, 0], needed_bias(mask), {part: part.keys_values(tokens) for part in parts})

    def forward(self, z: torch.Tensor, t: torch.Tensor, frames: torch.Tensor, context: VideoContext) -> torch.Tensor:
        condition = F.silu(self.time(sinusoid(t, self.settings.base)) + self.text(context.pooled))
        x = self.stem(self._folded(z))
        kept = [x]
        for module in self.down:
            x = module(x) if isinstance(module, Halve) else self._through(module, x, condition, context)
            kept.append(x)
        for module in self.middle:
            x = self._through(module, x, condition, context)
        for module in self.up:
            if isinstance(module, Double):
                x = module(x)
            else:
                x = self._through(module, torch.cat([x, kept.pop()], 1), condition, context)
        return self._unfolded(self.out(F.silu(self.norm(x)))).float()

    def _through(self, place: nn.Module, x: torch.Tensor, condition: torch.Tensor, context: VideoContext):
        if self.settings.checkpointing and torch.is_grad_enabled():
            return checkpoint(place, x, condition, context, use_reentrant=False)
        return place(x, condition, context)

    def _folded(self, z: torch.Tensor) -> torch.Tensor:
        """[B, T, H · W, 3] -> [B, 3 p², T, H / p, W / p] in channels-last memory."""
        size, p = self.settings.size, self.settings.patch
        squares = z.unflatten(2, (size // p, p, size // p, p)).transpose(3, 4)  # [B, T, H / p, W / p, p, p, 3]
        return squares.flatten(4).permute(0, 4, 1, 2, 3)

    def _unfolded(self, x: torch.Tensor) -> torch.Tensor:
        p = self.settings.patch
        squares = x.permute(0, 2, 3, 4, 1).unflatten(4, (p, p, 3)).transpose(3, 4)
        return squares.flatten(2, 5)
