"""Masked-parallel translation, after MaskGIT (Chang et al. 2022): all frames at once, in a few passes.

The fast alternative to writing frame after frame: its passes do not grow with the length of a clip. It is a model of
its own, not a switch of the other: it sees frames on both sides, needs to know the length beforehand and so carries the
length head of the denoisers, and learns to fill in what is hidden.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.autoencoder.contract import frame_mask
from sign_latent.denoiser.text import LengthHead
from sign_latent.diffusion.guidance import guided
from sign_latent.layers.attention import padding_bias
from sign_latent.layers.positions import both_ends
from sign_latent.text.encoder import TextFeatures
from sign_latent.translator.choice import Written, chosen, seeded_uniform
from sign_latent.translator.layers import Places
from sign_latent.translator.reading import (
    Context,
    Mixer,
    chosen_lengths,
    frame_layers,
    read,
    reader_of,
    told_length_loss,
)
from sign_latent.translator.settings import Decoding, MaskedTranslatorSettings

# Shares of the tokens that are hidden where the likelihood of held-out clips is measured.
SHARES = (1.0, 0.75, 0.5)


def still_hidden(total: Tensor, step: int, steps: int) -> Tensor:
    """How many of ``total`` [B] tokens are hidden after a pass: the cosine schedule, by at least one less a pass."""
    return torch.minimum((total * math.cos(math.pi / 2 * (step + 1) / steps)).long(), total - step - 1).clamp(min=0)


def surest(sure: Tensor, fixed: Tensor, left: Tensor) -> Tensor:
    """Which tokens [B, N, P] are fixed after a pass: those that were, and the surest until ``left`` [B] are not."""
    order = sure.masked_fill(fixed, torch.inf).flatten(1).argsort(dim=-1, descending=True, stable=True)
    rank = order.argsort(dim=-1).view_as(sure)
    return fixed | (rank < (sure[0].numel() - left)[:, None, None])


class MaskedTranslator(nn.Module):
    """ids [B, N, P], some of them hidden, and a text → logits of all tokens."""

    Settings = MaskedTranslatorSettings

    def __init__(self, settings: MaskedTranslatorSettings) -> None:
        super().__init__()
        s = self.settings = settings
        self.reader, self.mixer = reader_of(s), Mixer(s, more=1)
        self.layers, self.norm, self.places = frame_layers(s), nn.LayerNorm(s.width), Places(s)
        self.length = LengthHead(s.width, s.longest, s.length_temperature)

    def read(self, text: TextFeatures) -> Context:
        """The text side, computed once a clip."""
        return read(self.reader, self.layers, text)

    def forward(self, ids: Tensor, frames: Tensor, context: Context) -> Tensor:
        """What the logits of ids [B, N, P] are read from, [P, B, N, W]; the id ``codes`` is a hidden token."""
        h = self.mixer(ids) + both_ends(frames, self.settings.width)
        h = torch.cat([context.first.to(h.dtype), h], 1)
        bias = padding_bias(F.pad(frames, (1, 0), value=True))
        for layer, memory in zip(self.layers, context.keys_values, strict=True):
            h = layer(h, bias, memory, context.bias, None)
        return self.places(self.norm(h), bias)[:, :, 1:]

    def nats(self, ids: Tensor, frames: Tensor, hidden: Tensor, context: Context) -> Tensor:
        """Nats [B, N, P] of hidden tokens; 0 elsewhere."""
        x = self(ids.masked_fill(hidden, self.settings.codes), frames, context)
        logits, wanted = self.places.logits(x[:, frames]), ids[frames].T  # [P, valid, codes], [P, valid]
        each = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none").view_as(wanted)
        return torch.zeros(ids.shape, device=ids.device).masked_scatter(frames[..., None], each.T) * hidden

    def loss(self, ids: Tensor, frames: Tensor, text: TextFeatures) -> dict[str, Tensor]:
        """Cross entropy of hidden tokens, in nats each, and of the length of clips that have a text."""
        context, clips = self.read(text), len(ids)
        share = torch.cos(math.pi / 2 * torch.rand(clips, 1, 1, device=ids.device))
        hidden = (torch.rand(ids.shape, device=ids.device) < share) & frames[..., None]
        token = self.nats(ids, frames, hidden, context).sum() / hidden.sum().clamp(min=1)
        length = told_length_loss(self, context, frames, text)
        return {"loss": token + self.settings.length_weight * length, "token": token, "length": length}

    @torch.no_grad()
    def nll(self, ids: Tensor, frames: Tensor, text: TextFeatures, seed: int = 0) -> Tensor:
        """Nats a hidden token [B], the mean over some shares of hidden tokens, which are drawn by the seed."""
        context, found = self.read(text), []
        order = torch.rand(ids.shape, generator=torch.Generator().manual_seed(seed))
        for share in SHARES:
            hidden = (order < share) & frames[..., None]
            found.append(self.nats(ids, frames, hidden, context).sum((1, 2)) / hidden.sum((1, 2)).clamp(min=1))
        return torch.stack(found).mean(0)

    @torch.inference_mode()
    def write(
        self,
        text: TextFeatures,
        how: Decoding,
        counts: Tensor | None = None,
        levels: Tensor | None = None,
        seeds: Sequence[int] = (),
    ) -> Written:
        """Tokens of texts in ``how.steps`` passes, each of which fixes those it is surest of.

        A clip has ``counts`` [B] frames where they are given; else the quantile ``levels`` [B] of what the length head
        expects, the median where there are none. Where the temperature is above 0, tokens and, less and less, their
        order are drawn, for a clip by its own one of ``seeds`` alone.
        """
        own = self.read(text)
        if counts is None:
            counts = chosen_lengths(self, own, levels)
        both = self.read(text.doubled()) if how.guidance != 1 else None
        frames, places = frame_mask(counts), self.settings.places
        ids = torch.full((*frames.shape, places), self.settings.codes, device=frames.device)
        fixed = ~frames[..., None].expand_as(ids)
        drawn_by = None
        if how.temperature:
            drawn_by = seeded_uniform(seeds, [(n, 2, how.steps, places) for n in counts.tolist()]).to(ids.device)
        for step in range(how.steps):
            scores = self._scores(ids, frames, own, both, how.guidance)
            uniform = None if drawn_by is None else drawn_by[:, :, 0, step]
            tokens = chosen(scores, how.temperature, how.top_p, uniform)
            sure = scores.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
            if drawn_by is not None:
                chance = -torch.log(-torch.log(drawn_by[:, :, 1, step].clamp(1e-9, 1 - 1e-7)))
                sure = sure + how.temperature * (1 - (step + 1) / how.steps) * chance
            before, fixed = fixed, surest(sure, fixed, still_hidden(counts * places, step, how.steps))
            ids = torch.where(fixed & ~before, tokens, ids)
        return Written(ids.masked_fill(~frames[..., None], 0), counts, torch.ones_like(counts, dtype=torch.bool))

    def _scores(self, ids: Tensor, frames: Tensor, own: Context, both: Context | None, guidance: float) -> Tensor:
        """Logits [B, N, P, codes]."""
        if both is None:
            return self.places.logits(self(ids, frames, own)).permute(1, 2, 0, 3)
        twice = self.places.logits(self(ids.repeat(2, 1, 1), frames.repeat(2, 1), both)).permute(1, 2, 0, 3)
        return guided(*twice.chunk(2), guidance)
