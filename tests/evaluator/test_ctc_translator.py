"""The judge of glosses and text: both losses count, the text follows from the glosses, it can learn both."""

import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.back_translator import BackTranslator
from sign_latent.evaluator.ctc_translator import CtcTranslator
from sign_latent.evaluator.tokens import pad_ids

TEXTS, GLOSSES = ["it will rain .", "mark sleeps ?", "rain"], ["RAIN", "M M", "RAIN M"]


def test_the_loss_is_the_weighted_sum(small_ctc_settings, motion):
    torch.manual_seed(0)
    model = CtcTranslator(small_ctc_settings(gloss_weight=2.0, text_weight=0.5, dropout=0.0)).eval()
    losses = model.loss(*motion, TEXTS, ["RAIN", "M", "M"])
    assert losses["loss"].item() == pytest.approx(0.5 * losses["text"].item() + 2 * losses["gloss"].item(), rel=1e-5)


@pytest.mark.parametrize("fed_back", [True, False])
def test_the_text_reads_what_was_recognised_only_where_it_is_fed_back(fed_back, small_ctc_settings, motion):
    torch.manual_seed(0)
    model = CtcTranslator(small_ctc_settings(fed_back=fed_back)).eval()
    model.loss(*motion, TEXTS)["text"].backward()
    gradient = model.gloss_head.weight.grad
    assert (gradient is not None and gradient.abs().max() > 0) == fed_back


def test_it_learns_to_read_glosses_and_text(small_ctc_settings):
    torch.manual_seed(0)
    model = CtcTranslator(small_ctc_settings(dropout=0.0, smoothing=0.0))
    points, mask = torch.randn(3, 24, 94, 3), torch.arange(24) < torch.tensor([24, 20, 16])[:, None]
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    local, present = model.features.local(points)
    ids = pad_ids([model.tokens.encode(text) for text in TEXTS])
    lines = [model.gloss_line(line) for line in GLOSSES]
    for _ in range(90):
        changed = augment(local, present, mask.sum(1), model.features.rows, Augment())
        loss = model.losses(*model.states(*changed), ids, lines)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    assert model.translate(points, mask) == TEXTS
    assert model.recognise(points, mask) == model.recognise(points, mask, beam=5) == GLOSSES


def test_a_judge_without_glosses_has_none_to_read(small_settings, motion):
    with pytest.raises(UserError, match="without glosses"):
        BackTranslator(small_settings(glosses=[])).eval().recognise(*motion)
