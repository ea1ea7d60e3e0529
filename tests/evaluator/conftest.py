"""Small judges and clips of random motion."""

import pytest
import torch

from sign_latent.evaluator.back_translator import BackTranslator, Settings
from sign_latent.evaluator.ctc_translator import CtcTranslator
from sign_latent.evaluator.ctc_translator import Settings as CtcSettings
from sign_latent.evaluator.text_judge import TextJudge

WORDS = ["it", "will", "rain", ".", "?", "sleeps"]


PLAIN = dict(width=32, encoder_layers=2, decoder_layers=2, heads=2, inner=48, words=WORDS, glosses=["RAIN", "M"])


def small(**changes) -> Settings:
    """Settings of a back-translator that is built in no time."""
    return Settings(**{**PLAIN, **changes})


def small_ctc(**changes) -> CtcSettings:
    """The same of the judge of glosses and text."""
    return CtcSettings(**{**PLAIN, **changes})


@pytest.fixture
def small_settings():
    """Maker of small settings."""
    return small


@pytest.fixture
def small_ctc_settings():
    """Maker of small settings of the judge of glosses and text."""
    return small_ctc


JUDGES = {
    "transformer": lambda: BackTranslator(small(shape="transformer")),
    "convolution": lambda: BackTranslator(small(shape="convolution")),
    "glosses and text": lambda: CtcTranslator(small_ctc()),
}


@pytest.fixture(params=JUDGES)
def judge(request) -> TextJudge:
    torch.manual_seed(0)
    return JUDGES[request.param]().eval()


@pytest.fixture
def motion():
    """points [B, T, K, C] and mask [B, T] of clips of 30, 17 and 4 frames, padded with nonsense."""
    torch.manual_seed(1)
    lengths = torch.tensor([30, 17, 4])
    return torch.randn(3, 30, 94, 3), torch.arange(30) < lengths[:, None]
