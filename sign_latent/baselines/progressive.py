"""Direct regression with counter decoding, in the manner of Progressive Transformers (Saunders et al. 2020).

An autoregressive decoder attends to the text and regresses the next frame from those before it and from a counter that
runs from 0 to 1 and ends the clip. Frames are those of a published latent rather than of joints, so that the system
differs from a diffusion over the same latent in nothing but the regression. Of the paper's cures for drift there are
future prediction (their section 3.4), Gaussian noise on what is read, and reading the counter alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from sign_latent.denoiser.text import TextReader
from sign_latent.layers.positions import sinusoid
from sign_latent.layers.transformer import DecoderStack
from sign_latent.text.encoder import TextFeatures

# The counter is a share; its embedding needs places some units apart.
_COUNTED = 100.0


@dataclass
class ProgressiveSettings:
    """Sizes of the regression and what it reads."""

    width: int = 128
    """Hidden width."""
    layers: int = 4
    """Layers of the decoder; the paper has 2."""
    heads: int = 4
    """Attention heads."""
    feed: int = 2
    """Width of the feed-forward module as a multiple of width."""
    text_layers: int = 1
    """Trained self-attention layers over the frozen token vectors."""
    dropout: float = 0.1
    """Chance that a hidden channel is dropped in training."""
    future: int = 3
    """Latent frames predicted at each step, the first of which is used; the paper's are 10 frames of 25 a second."""
    noise: float = 0.3
    """Spread of the noise on the latent frames read in training (latents have variance 1); the paper is silent."""
    just_counter: bool = False
    """Read the counter and the text only, none of the frames made before."""
    distance: Literal["l1", "l2"] = "l2"
    """Distance between predicted and true frames."""
    longest: int = 100
    """Most latent frames it writes."""
    latent_slots: int = 7
    """J' of the autoencoder; asked of its spec by the stage."""
    latent_width: int = 16
    """D of the autoencoder; asked of its spec by the stage."""
    text_width: int = 768
    """Width of the token vectors; asked of the text encoder by the stage."""
    sentence_width: int = 384
    """Width of the sentence vector; asked of the text encoder by the stage."""
    marks: tuple[str, ...] = ()
    """Tags of the languages and kinds of input that it is told; registered by the stage where there are several."""


@dataclass
class Memory:
    """What is read of the text: keys and values of each layer, and which are valid [B, L]."""

    keys_values: list[tuple[Tensor, Tensor]]
    mask: Tensor


class ProgressiveTransformer(nn.Module):
    """Latent frames so far [B, N, J', D], their counters [B, N] and a text -> the frames that follow."""

    Settings = ProgressiveSettings

    def __init__(self, settings: ProgressiveSettings) -> None:
        super().__init__()
        s = self.settings = settings
        self.shape = (s.latent_slots, s.latent_width)
        values = s.latent_slots * s.latent_width
        self.reader = TextReader(s.text_width, s.sentence_width, s.width, s.heads, s.text_layers, marks=len(s.marks))
        self.inward, self.counter = nn.Linear(values, s.width), nn.Linear(s.width, s.width)
        self.stack = DecoderStack(s.width, s.layers, s.heads, s.feed * s.width, s.dropout)
        self.outward, self.pace = nn.Linear(s.width, s.future * values), nn.Linear(s.width, 1)
        nn.init.constant_(self.pace.bias, -4.0)  # softplus of it is about a 50th: clips have some tens of frames

    def read(self, text: TextFeatures) -> Memory:
        """The text side, computed once a generation."""
        tokens, mask = self.reader(text)
        return Memory(self.stack.memory(tokens), mask)

    def forward(
        self, before: Tensor, counter: Tensor, memory: Memory, past: list | None = None
    ) -> tuple[Tensor, Tensor, list]:
        """Frames [B, N, future, J', D] after each of those read, the counter's step [B, N] there, and the cache.

        before [B, N, J', D]: the frame before each place (zeros before the first); counter [B, N]: the share of the
        clip that is done at each place, 0 at the first. With a cache N must be 1.
        """
        hidden = self.counter(sinusoid(_COUNTED * counter, self.settings.width))
        if not self.settings.just_counter:
            hidden = hidden + self.inward(before.flatten(2))
        hidden, now = self.stack.decode(hidden, memory.keys_values, memory.mask, past)
        after = self.outward(hidden).float().unflatten(-1, (self.settings.future, *self.shape))
        return after, nn.functional.softplus(self.pace(hidden).float())[..., 0], now

    def losses(self, clean: Tensor, frames: Tensor, text: TextFeatures, pace_weight: float = 0.1) -> dict[str, Tensor]:
        """`loss`, `pose` (mean distance of a latent value) and `pace` (relative error of the counter's step).

        clean [B, N, J', D] are the true latents, frames [B, N] the valid ones.
        """
        s, count = self.settings, frames.sum(1, keepdim=True)
        before = nn.functional.pad(clean[:, :-1], (0, 0, 0, 0, 1, 0))
        if self.training and s.noise > 0:
            before = before + s.noise * torch.randn_like(before)
        counter = torch.arange(clean.shape[1], device=clean.device) / count
        after, step, _ = self(before, counter, self.read(text))
        place = torch.arange(clean.shape[1], device=clean.device)[:, None] + torch.arange(s.future, device=clean.device)
        known = place < count[..., None]  # [B, N, future]
        wanted = clean[:, place.clamp(max=clean.shape[1] - 1)]
        error = (after - wanted).abs() if s.distance == "l1" else (after - wanted).square()
        pose = (error.mean((-1, -2)) * known).sum() / known.sum()
        pace = (((step * count - 1).abs() * frames).sum(1) / count[:, 0]).mean()
        return {"loss": pose + pace_weight * pace, "pose": pose, "pace": pace}

    @torch.inference_mode()
    def write(self, text: TextFeatures, counts: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Latents [B, N, J', D] of texts and how many frames of each are valid [B].

        With ``counts`` [B] the counter is that of clips of so many latent frames; else it runs at the pace that is
        predicted, and a clip ends with the frame at which it comes nearest to 1, at the latest after ``longest``.
        """
        memory, clips, device = self.read(text), len(text.mask), text.mask.device
        frame, counter = torch.zeros(clips, 1, *self.shape, device=device), torch.zeros(clips, 1, device=device)
        made, past = [], None
        length = torch.zeros(clips, dtype=torch.long, device=device) if counts is None else counts.clone()
        for place in range(self.settings.longest if counts is None else int(counts.max())):
            after, step, past = self(frame, counter, memory, past)
            frame = after[:, :, 0]
            made.append(frame)
            if counts is None:
                counter = counter + step
                length = torch.where((length == 0) & (counter + step / 2 >= 1)[:, 0], place + 1, length)
                if length.all():
                    break
            else:
                counter = ((place + 1) / counts)[:, None]
        return torch.cat(made, 1), torch.where(length == 0, len(made), length)
