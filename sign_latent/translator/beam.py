"""Beam search over frames: the most likely tokens of a clip, where greedy choice takes the most likely frame."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sign_latent.text.encoder import TextFeatures
from sign_latent.translator.causal import Steps, TokenTranslator
from sign_latent.translator.choice import Written
from sign_latent.translator.settings import Decoding


def best_frames(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` most likely frames of log-probabilities [R, P, codes]: sums [R, K] and ids [R, K, P].

    The places are independent, so only sums of the best of those before and the best of the next can be among the best.
    There are fewer than ``count`` where there are not as many frames.
    """
    top, codes = scores.topk(min(count, scores.shape[-1]), -1)
    total, ids = top[:, 0], codes[:, 0, :, None]
    for place in range(1, scores.shape[1]):
        sums = (total[:, :, None] + top[:, None, place]).flatten(1)
        total, best = sums.topk(min(count, sums.shape[1]), -1)
        before = ids.gather(1, (best // top.shape[-1])[..., None].expand(-1, -1, ids.shape[-1]))
        ids = torch.cat([before, codes[:, place].gather(1, best % top.shape[-1])[..., None]], -1)
    return total, ids


class _Best:
    """The best finished hypothesis of each clip, by log-probability a frame."""

    def __init__(self, clips: int, limit: int, places: int, device: torch.device) -> None:
        self.score = torch.full((clips,), -torch.inf, device=device)
        self.ids = torch.zeros(clips, limit, places, dtype=torch.long, device=device)
        self.counts = torch.full((clips,), limit, device=device)

    def offer(self, score: Tensor, ids: Tensor, frames: int, allowed: Tensor) -> None:
        """Hypotheses [B, K] of so many frames with log-probabilities ``score``, ids [B, K, N, P]."""
        value, best = (score / frames).max(-1)
        better = allowed & (value > self.score)
        self.score = torch.where(better, value, self.score)
        self.counts = torch.where(better, frames, self.counts)
        self.ids[better] = ids[torch.arange(len(ids), device=ids.device), best][better]


@torch.inference_mode()
def search(model: TokenTranslator, text: TextFeatures, how: Decoding, counts: Tensor | None = None) -> Written:
    """Tokens of texts by beam search, as ``TokenTranslator.write`` gives them; the end is searched for as well.

    A search ends when no hypothesis that goes on is as likely, a frame, as the best that has ended.
    """
    clips, beam, places, device = len(text.mask), how.beam, model.settings.places, text.mask.device
    limit = model.settings.longest if counts is None else int(counts.max())
    best, every = _Best(clips, limit, places, device), torch.ones(clips, dtype=torch.bool, device=device)
    steps = Steps(model, text, how.guidance, limit, counts)
    ids = torch.zeros(clips, 1, limit, places, dtype=torch.long, device=device)
    score = torch.zeros(clips, 1, device=device)
    for place in range(limit + 1):
        if counts is not None:
            best.offer(score, ids, max(1, place), counts == place)
            if place == limit:
                break
        logits, end = steps.next(ids[:, :, place - 1].flatten(0, 1) if place else None)
        if counts is None and place:
            best.offer(score + F.logsigmoid(end).view_as(score), ids, place, every)
            score = score + F.logsigmoid(-end).view_as(score)
            if place == limit or (best.score >= score[:, 0] / place).all():
                break
        found, frames = best_frames(logits.log_softmax(-1), beam)
        total = (score[:, :, None] + found.view(*score.shape, -1)).flatten(1)
        score, kept = total.topk(min(beam, total.shape[1]), -1)
        origin = kept // found.shape[-1]
        ids = ids.gather(1, origin[..., None, None].expand(-1, -1, limit, places)).clone()
        ids[:, :, place] = frames.view(clips, -1, places).gather(1, kept[..., None].expand(-1, -1, places))
        first = torch.arange(clips, device=device)[:, None] * (total.shape[1] // found.shape[-1])
        steps.pick((first + origin).flatten())
        if counts is not None:
            steps.counts = counts.repeat_interleave(score.shape[1])
    ended = best.score >= score[:, 0] / place if counts is None else every
    if counts is None:  # where no end is as likely as going on, what goes on is cut
        best.ids[~ended], best.counts[~ended] = ids[~ended, 0], limit
    return Written(best.ids[:, : int(best.counts.max())], best.counts, ended)
