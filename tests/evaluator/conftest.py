"""Small judges and clips of random motion."""

import pytest
import torch

from sign_latent.evaluator.back_translator import BackTranslator, Settings

WORDS = ["it", "will", "rain", ".", "?", "sleeps"]


def small(**changes) -> Settings:
    """Settings of a judge that is built in no time."""
    plain = dict(width=32, encoder_layers=2, decoder_layers=2, heads=2, inner=48, words=WORDS, glosses=["RAIN", "M"])
    return Settings(**{**plain, **changes})


@pytest.fixture
def small_settings():
    """Maker of small settings."""
    return small


@pytest.fixture(params=["transformer", "convolution"])
def judge(request) -> BackTranslator:
    torch.manual_seed(0)
    return BackTranslator(small(shape=request.param)).eval()


@pytest.fixture
def motion():
    """points [B, T, K, C] and mask [B, T] of clips of 30, 17 and 4 frames, padded with nonsense."""
    torch.manual_seed(1)
    lengths = torch.tensor([30, 17, 4])
    return torch.randn(3, 30, 94, 3), torch.arange(30) < lengths[:, None]
