"""Beam search over a cached decoder; a beam of one is greedy decoding."""

import torch
from torch import Tensor

from sign_latent.evaluator.decoder import Decoder
from sign_latent.evaluator.tokens import BOS, EOS, PAD
from sign_latent.layers.transformer import Pairs


def _widen(memory: list[Pairs], beam: int) -> list[Pairs]:
    return [(key.repeat_interleave(beam, 0), value.repeat_interleave(beam, 0)) for key, value in memory]


def _pick(cache: list[Pairs], rows: Tensor) -> list[Pairs]:
    return [(key[rows], value[rows]) for key, value in cache]


def _advance(scores: Tensor, logits: Tensor, ended: Tensor) -> Tensor:
    """Log-probabilities [B, beam, V] of every continuation; an ended hypothesis only goes on with padding, free."""
    steps = torch.log_softmax(logits.float(), -1).view(*scores.shape, -1)
    idle = torch.full_like(steps, -torch.inf)
    idle[..., PAD] = 0.0
    steps = steps.clone()
    steps[..., PAD] = steps[..., BOS] = -torch.inf
    return scores[..., None] + torch.where(ended[..., None], idle, steps)


@torch.no_grad()
def search(
    decoder: Decoder, states: Tensor, mask: Tensor, beam: int = 1, longest: int = 64, penalty: float = 1.0
) -> list[list[int]]:
    """Best token ids a clip for states [B, N', W] with mask [B, N'].

    Hypotheses are ranked by log-probability ÷ length ** penalty (Wu et al. 2016, without their constant).
    """
    clips, vocabulary = len(states), decoder.embedding.num_embeddings
    memory, shown = _widen(decoder.memory(states), beam), mask.repeat_interleave(beam, 0)
    ids = torch.full((clips * beam, 1), BOS)
    scores = torch.full((clips, beam), -torch.inf)
    scores[:, 0] = 0.0  # all beams start alike: only the first may branch
    ended, lengths, past = torch.zeros(clips, beam, dtype=torch.bool), torch.zeros(clips, beam), None
    for _ in range(longest):
        logits, past = decoder(ids[:, -1:], memory, shown, past)
        flat = _advance(scores, logits[:, -1], ended).flatten(1)
        scores, chosen = flat.topk(beam, -1)
        origin, token = chosen // vocabulary, chosen % vocabulary
        rows = (torch.arange(clips)[:, None] * beam + origin).flatten()
        ids = torch.cat([ids[rows], token.view(-1, 1)], 1)
        past = _pick(past, rows) if beam > 1 else past
        was_ended = ended.gather(1, origin)
        lengths = lengths.gather(1, origin) + ~was_ended
        ended = was_ended | (token == EOS)
        if ended.all():
            break
    best = (scores / lengths.clamp(min=1) ** penalty).argmax(-1)
    return ids.view(clips, beam, -1)[torch.arange(clips), best, 1:].tolist()
