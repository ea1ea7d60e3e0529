"""SignViP's token translator (section 3.6): text → the tokens of a frame after the other, to the end it predicts.

A decoder reads the text and the frames so far, one input a frame, and P parallel heads give the next frame's tokens.
The end is a probability of its own at each frame rather than one more code of every head: there is no id of an end or
of padding that could reach the autoencoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.denoiser.text import LengthHead
from sign_latent.diffusion.guidance import guided
from sign_latent.layers.positions import sinusoid
from sign_latent.text.encoder import TextFeatures
from sign_latent.translator.choice import Written, chosen, seeded_uniform
from sign_latent.translator.layers import Cache, Places, causal_bias
from sign_latent.translator.reading import (
    Context,
    Mixer,
    chosen_lengths,
    frame_layers,
    read,
    reader_of,
    told_length_loss,
)
from sign_latent.translator.settings import Decoding, TokenTranslatorSettings


class TokenTranslator(nn.Module):
    """ids [B, N, P] of the frames so far and a text → logits of the next frame's tokens, and of the end."""

    Settings = TokenTranslatorSettings

    def __init__(self, settings: TokenTranslatorSettings) -> None:
        super().__init__()
        s = self.settings = settings
        self.reader, self.mixer = reader_of(s), Mixer(s)
        self.layers, self.norm = frame_layers(s), nn.LayerNorm(s.width)
        self.places, self.end = Places(s), nn.Linear(s.width, 1)
        nn.init.constant_(self.end.bias, -4.0)  # clips have some tens of frames
        if s.told:
            self.remaining = nn.Linear(s.width, s.width, bias=False)
        if s.length_weight:
            self.length = LengthHead(s.width, s.longest, s.length_temperature)

    def read(self, text: TextFeatures) -> Context:
        """The text side, computed once a clip."""
        return read(self.reader, self.layers, text)

    def caches(self, room: int) -> list[Cache]:
        """Empty caches for ``room`` inputs: of each layer, and of the heads."""
        return [Cache(room) for _ in range(len(self.layers) + 1)]

    def inputs(self, ids: Tensor, context: Context) -> Tensor:
        """[B, 1 + N, W]: what is read before frame 0, and after each frame."""
        return torch.cat([context.first, self.mixer(ids).to(context.first.dtype)], 1)

    def forward(
        self, inputs: Tensor, context: Context, remaining: Tensor | None = None, caches: list[Cache] | None = None
    ) -> tuple[Tensor, Tensor]:
        """What the logits of the frame after each input are read from [P, B, L, W], and logits of the end there [B, L].

        ``remaining`` [B, L]: frames still to come, the next included; below 0 = not told. With caches the inputs follow
        those that were read before, one at a time or all at once.
        """
        s, length = self.settings, inputs.shape[1]
        start = caches[0].length if caches else 0
        h = inputs + sinusoid(torch.arange(start, start + length, device=inputs.device), s.width)
        if remaining is not None:
            h = h + self.remaining(sinusoid(remaining.clamp(min=0), s.width)) * (remaining >= 0)[..., None]
        bias = causal_bias(length, h.device)
        own = caches or [None] * (len(self.layers) + 1)
        for layer, memory, cache in zip(self.layers, context.keys_values, own[:-1], strict=True):
            h = layer(h, bias, memory, context.bias, cache)
        h = self.norm(h)
        return self.places(h, bias, own[-1]), self.end(h)[..., 0].float()

    def nats(self, seen: Tensor, ids: Tensor, frames: Tensor, context: Context, remaining: Tensor | None = None):
        """Nats of each frame's tokens [B, N], the mean over its places, and of ending or going on [B, N + 1].

        They are those of ids [B, N, P] after ``seen``, which are the same or, in training, have some replaced. frames
        [B, N] are the valid ones; beyond them both are 0.
        """
        x, end = self(self.inputs(seen, context), context, remaining)
        logits = self.places.logits(x[:, :, :-1][:, frames])  # [P, valid, codes]
        wanted = ids[frames].T  # [P, valid]
        each = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none").view_as(wanted)
        tokens = torch.zeros(frames.shape, device=ids.device).masked_scatter(frames, each.mean(0))
        read = F.pad(frames, (1, 0), value=True)  # where the next frame is asked for
        last = read & ~F.pad(frames, (0, 1))
        ends = F.binary_cross_entropy_with_logits(end, last.float(), reduction="none") * read
        return tokens, ends

    def loss(self, ids: Tensor, frames: Tensor, text: TextFeatures) -> dict[str, Tensor]:
        """Cross entropy of tokens (eq. 7) and of the end, in nats a token and a frame; some of the ids are replaced."""
        s = self.settings
        context, remaining = self.read(text), None
        if s.told:
            left = frames.sum(1, keepdim=True) - torch.arange(ids.shape[1] + 1, device=ids.device)
            told = torch.rand(len(ids), 1, device=ids.device) < s.told
            remaining = torch.where(told, left.clamp(min=0), -1)
        replaced = torch.rand(ids.shape, device=ids.device) < s.replaced
        seen = torch.where(replaced, torch.randint_like(ids, s.codes), ids)
        tokens, ends = self.nats(seen, ids, frames, context, remaining)
        token, end = tokens.sum() / frames.sum(), ends.sum() / (frames.sum() + len(ids))
        losses = {"loss": token + s.end_weight * end, "token": token, "end": end}
        if s.length_weight:
            losses["length"] = told_length_loss(self, context, frames, text)
            losses["loss"] = losses["loss"] + s.length_weight * losses["length"]
        return losses

    @torch.no_grad()
    def nll(self, ids: Tensor, frames: Tensor, text: TextFeatures, seed: int = 0) -> Tensor:
        """Negative log-likelihood [B] of clips given their texts, in nats a token; the end counts. Nothing is drawn."""
        tokens, ends = self.nats(ids, ids, frames, self.read(text))
        return (tokens.sum(1) + ends.sum(1) / self.settings.places) / frames.sum(1)

    @torch.inference_mode()
    def write(
        self,
        text: TextFeatures,
        how: Decoding,
        counts: Tensor | None = None,
        levels: Tensor | None = None,
        seeds: Sequence[int] = (),
    ) -> Written:
        """Tokens of texts, frame by frame.

        A clip has ``counts`` [B] frames where they are given. Else it has as many as its length head expects, where it
        has one, or ends after the frame at which the chance that it is longer falls to ``levels`` [B]: 1/2, where none
        are given, is the median of what is expected, and a uniform draw is a draw from it; at the latest after
        ``longest`` frames. Where the temperature is above 0, what is drawn for a clip depends on its own one of
        ``seeds`` alone.
        """
        if how.beam > 1:
            from sign_latent.translator.beam import search

            if counts is None and self.settings.length_weight:
                counts = chosen_lengths(self, self.read(text), levels)
            return search(self, text, how, counts)
        ids, made = [], torch.zeros(len(text.mask), dtype=torch.long, device=text.mask.device)
        endless = torch.zeros_like(made, dtype=torch.bool)
        for frame, going in self.frames(text, how, counts, levels, seeds):
            if frame is None:
                endless = going
            else:
                ids.append(frame)
                made = made + going
        return Written(torch.stack(ids, 1), made, ~endless)

    @torch.inference_mode()
    def frames(
        self,
        text: TextFeatures,
        how: Decoding,
        counts: Tensor | None = None,
        levels: Tensor | None = None,
        seeds: Sequence[int] = (),
    ) -> Iterator[tuple[Tensor | None, Tensor]]:
        """What ``write`` writes, as it is written: ids [B, P] of a frame after the other, and which clips [B] have it.

        Where clips have no end of their own within ``longest`` frames, last come None and these clips.
        """
        if counts is None and self.settings.length_weight:
            counts = chosen_lengths(self, self.read(text), levels)
        limit = self.settings.longest if counts is None else int(counts.max())
        steps, clips, device = Steps(self, text, how.guidance, limit, counts), len(text.mask), text.mask.device
        levels = torch.full((clips,), 0.5, device=device) if levels is None else levels.to(device)
        longer, going = torch.ones(clips, device=device), torch.ones(clips, dtype=torch.bool, device=device)
        lengths = [limit] * clips if counts is None else counts.tolist()
        shapes = [(n, self.settings.places) for n in lengths]
        uniform = seeded_uniform(seeds, shapes).to(device) if how.temperature else None
        ids = None
        for place in range(limit + (counts is None)):
            scores, end = steps.next(ids)
            if counts is not None:
                going = place < counts
            elif place:  # a clip has one frame at least
                longer = longer * torch.sigmoid(-end)
                going = going & (longer > levels)
            if not going.any():
                return
            if place == limit:
                yield None, going
                return
            ids = chosen(scores, how.temperature, how.top_p, None if uniform is None else uniform[:, place])
            yield ids, going


class Steps:
    """Asks a model for one frame after the other; with guidance, texts and empty texts are one batch."""

    def __init__(
        self, model: TokenTranslator, text: TextFeatures, guidance: float, limit: int, counts: Tensor | None = None
    ) -> None:
        self.model, self.guidance, self.counts, self.place = model, guidance, counts, 0
        self.guided = guidance != 1
        self.context = model.read(text.doubled() if self.guided else text)
        self.caches = model.caches(limit + 1)

    def next(self, ids: Tensor | None) -> tuple[Tensor, Tensor]:
        """Logits of the next frame's tokens [B, P, codes] and of the end before it [B], after a frame of ids [B, P]."""
        if ids is None:
            inputs = self.context.first
        else:
            inputs = self.model.mixer(ids.repeat(2, 1)[:, None] if self.guided else ids[:, None])
        remaining = None
        if self.counts is not None and self.model.settings.told:
            left = (self.counts - self.place).clamp(min=0)[:, None]
            remaining = left.repeat(2, 1) if self.guided else left
        x, end = self.model(inputs, self.context, remaining, self.caches)
        self.place += 1
        scores, end = self.model.places.logits(x[:, :, 0]).transpose(0, 1), end[:, 0]
        if not self.guided:
            return scores, end
        return guided(*scores.chunk(2), self.guidance), guided(*end.chunk(2), self.guidance)

    def pick(self, rows: Tensor) -> None:
        """Goes on with some of the clips, in that order; a clip may come several times."""
        if self.guided:
            rows = torch.cat([rows, rows + len(self.context.mask) // 2])
        self.context = self.context.rows(rows)
        for cache in self.caches:
            cache.pick(rows)
