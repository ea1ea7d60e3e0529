"""How fast translators write and train at the size of SignViP's paper: entries of the table of `eval.speed`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from eval.cost import Cost
from sign_latent.generation.precision import autocast
from sign_latent.generation.translation import LOWERED
from sign_latent.text.encoder import TextFeatures
from sign_latent.translator.causal import TokenTranslator
from sign_latent.translator.masked import MaskedTranslator
from sign_latent.translator.settings import Decoding, TranslatorSettings

if TYPE_CHECKING:
    from eval.speed import Bench

FRAMES, TOKENS = 100, 10
"""Latent frames of a clip and tokens of its text."""
PAPER = {"width": 512, "layers": 8, "heads": 8, "code_width": 512, "text": "prefix", "place": "layer", "place_feed": 4}
"""The size of configs/translator/paper.yaml, at 12 tokens a frame."""
SIZES: dict = {**PAPER, "longest": 400, "places": 12, "codes": 625, "sentence_width": 512}


def text(settings: TranslatorSettings) -> TextFeatures:
    """A text of random features."""
    mask = torch.ones(1, TOKENS, dtype=torch.bool)
    return TextFeatures(torch.randn(1, settings.sentence_width), torch.randn(1, TOKENS, settings.text_width), mask)


def writing(bench: Bench, cls: type, precision: str) -> Cost:
    """A clip of so many latent frames from one text, greedily, the model loaded, in a precision of translators."""
    exact = cls(cls.Settings(**SIZES)).eval()
    model, read = LOWERED[precision](exact), text(exact.settings)

    def once() -> None:
        with autocast(precision):
            model.write(read, Decoding(), torch.tensor([FRAMES]))

    cost = bench.cost(once)
    return replace(cost, gflop=None) if precision == "int8" else cost  # torch counts what little is not in eight bits


def training(bench: Bench, half: bool) -> Cost:
    """An optimiser step of a translator of 71 M parameters on one clip, the end counted."""
    model = TokenTranslator(TokenTranslator.Settings(**SIZES)).train()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)
    ids, frames = torch.randint(0, SIZES["codes"], (1, FRAMES, 12)), torch.ones(1, FRAMES, dtype=torch.bool)
    read = text(model.settings)

    def once() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = model.loss(ids, frames, read)["loss"]
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    return bench.cost(once)


TRANSLATORS: dict[str, Callable[[Bench], Cost]] = {
    "translator": lambda bench: writing(bench, TokenTranslator, "32"),
    "translator_bf16": lambda bench: writing(bench, TokenTranslator, "bf16"),
    "translator_int8": lambda bench: writing(bench, TokenTranslator, "int8"),
    "translator_masked_bf16": lambda bench: writing(bench, MaskedTranslator, "bf16"),
    "translator_step": lambda bench: training(bench, half=False),
    "translator_step_bf16": lambda bench: training(bench, half=True),
}
"""What can be measured -> what it costs: 100 latent frames written by 71 M parameters, frame after frame or masked in
12 passes; a training step of 101 frames."""
