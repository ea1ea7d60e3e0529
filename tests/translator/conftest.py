"""Translators small enough for tests, texts and tokens for them."""

import pytest
import torch

from sign_latent.text.encoder import TextFeatures
from sign_latent.translator.causal import TokenTranslator
from sign_latent.translator.masked import MaskedTranslator
from sign_latent.translator.settings import Decoding

SIZES = {"width": 16, "heads": 2, "layers": 2, "feed": 2, "code_width": 6, "text_layers": 1, "longest": 9}
SIZES |= {"places": 3, "codes": 7, "text_width": 6, "sentence_width": 5, "dropout": 0.0}
MODELS = {"causal": TokenTranslator, "masked": MaskedTranslator}


def build(kind, **settings):
    torch.manual_seed(0)
    model = MODELS[kind](MODELS[kind].Settings(**{**SIZES, **settings})).eval()
    for name, parameter in model.named_parameters():  # so that inputs matter as they do after training
        if name.startswith("places") and parameter.ndim == 3:
            torch.nn.init.normal_(parameter, std=0.5)
    return model


@pytest.fixture(scope="session")
def small():
    """Builds a model of a kind, ``causal`` or ``masked``, with some settings changed."""
    return build


@pytest.fixture(scope="session")
def texts():
    """Random features of texts with so many tokens each."""

    def made(lengths, seed=0):
        chance = torch.Generator().manual_seed(seed)
        mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
        sentence, tokens = (torch.randn(len(lengths), *more, generator=chance) for more in ((5,), (max(lengths), 6)))
        return TextFeatures(sentence, tokens * mask[..., None], mask)

    return made


@pytest.fixture(scope="session")
def tokens():
    """Random ids [B, N, 3] of clips of so many frames, and which frames are valid."""

    def made(counts, codes=7, seed=1):
        ids = torch.randint(0, codes, (len(counts), max(counts), 3), generator=torch.Generator().manual_seed(seed))
        return ids, torch.arange(max(counts)) < torch.tensor(counts)[:, None]

    return made


@pytest.fixture(scope="session")
def greedy():
    return Decoding(steps=4)


@pytest.fixture(scope="session")
def overfitted(texts, tokens):
    """A model of a kind after it has learnt a few clips by heart, with these; memory is kept for both kinds."""
    counts = [8, 6, 5, 3]
    text, (ids, frames) = texts([4, 3, 2, 4]), tokens(counts)
    learnt = {}

    def of(kind):
        if kind not in learnt:
            model = build(kind, width=32, layers=1).train()
            optimiser = torch.optim.Adam(model.parameters(), 1e-2)
            torch.manual_seed(0)
            for _ in range(120):
                optimiser.zero_grad()
                model.loss(ids, frames, text)["loss"].backward()
                optimiser.step()
            learnt[kind] = model.eval()
        return learnt[kind], ids, frames, text

    return of
