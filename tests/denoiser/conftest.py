"""Denoisers small enough for tests, and texts for them."""

import pytest
import torch

from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.denoiser.unet import UNetDenoiser, UNetSettings
from sign_latent.text.encoder import TextFeatures

SMALL = {"width": 16, "heads": 2, "latent_width": 4, "text_width": 6, "sentence_width": 5, "longest": 20}
MODELS = {"sald": (SaldDenoiser, SaldSettings), "unet": (UNetDenoiser, UNetSettings)}


@pytest.fixture
def texts():
    """Random features of so many texts."""

    def make(batch, tokens=5):
        mask = torch.ones(batch, tokens, dtype=torch.bool)
        return TextFeatures(torch.randn(batch, 5), torch.randn(batch, tokens, 6), mask)

    return make


@pytest.fixture
def denoiser():
    """A denoiser by the name of its model, in which what starts at zero hides no more what depends on what."""

    def make(name="sald", **extra):
        torch.manual_seed(0)
        cls, settings = MODELS[name]
        model = cls(settings(**{**SMALL, **extra}))
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3) if parameter.abs().sum() == 0 else None
        return model.eval()

    return make
