"""How tokens are chosen from logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sign_latent.errors import UserError
from sign_latent.translator.settings import Decoding


@dataclass
class Written:
    """Ids [B, N, P] of frames, how many of each clip are valid [B], and which clips ended by themselves [B]."""

    ids: Tensor
    counts: Tensor
    ended: Tensor


def seeded_uniform(seeds: Sequence[int], shapes: Sequence[tuple[int, ...]]) -> Tensor:
    """Numbers in [0, 1) of each clip's own generator, padded at the end of the first dimension: [B, N, …]."""
    drawn = [torch.rand(s, generator=torch.Generator().manual_seed(i)) for i, s in zip(seeds, shapes, strict=True)]
    return torch.nn.utils.rnn.pad_sequence(drawn, batch_first=True)


def chosen(logits: Tensor, temperature: float = 0.0, top_p: float = 1.0, uniform: Tensor | None = None) -> Tensor:
    """Ids [...] of logits [..., codes]: the likeliest at temperature 0, else those at ``uniform`` [...] in [0, 1).

    A single number a token decides, by the inverse of the distribution: so the choice is the seed's alone, however
    texts are batched. Of the likeliest codes those are kept that it takes to reach ``top_p``.
    """
    if temperature == 0:
        return logits.argmax(-1)
    share, codes = (logits / temperature).softmax(-1), None
    if top_p < 1:
        share, codes = share.sort(-1, descending=True)
        share = share * (share.cumsum(-1) - share < top_p)
    below = share.cumsum(-1)
    place = (below <= uniform[..., None] * below[..., -1:]).sum(-1, keepdim=True).clamp(max=share.shape[-1] - 1)
    return (place if codes is None else codes.gather(-1, place))[..., 0]


def check_decoding(how: Decoding, drop_text: float) -> None:
    """UserError for settings that mean nothing, or that this model was not trained for."""
    for name, value, least, most in (
        ("temperature", how.temperature, 0.0, 100.0),
        ("top_p", how.top_p, 1e-9, 1.0),
        ("beam", how.beam, 1, 64),
        ("steps", how.steps, 1, 1000),
        ("guidance", how.guidance, -100.0, 100.0),
    ):
        if not least <= value <= most:
            raise UserError(f"{name} {value}: give a number from {least:g} to {most:g}")
    if how.guidance != 1 and drop_text == 0:
        raise UserError(
            f"guidance {how.guidance:g}: this translator never saw an empty text in training; leave guidance out, or "
            "train one with drop_text above 0"
        )
    if how.beam > 1 and how.temperature > 0:
        raise UserError(f"beam {how.beam}: searches and draws nothing; leave out either beam or temperature")
