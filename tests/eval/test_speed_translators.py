"""Speed entries of translators measure what their names say."""

from dataclasses import asdict

import pytest
import torch
import yaml

from eval import speed_translators
from eval.speed import Bench
from sign_latent.translator.causal import TokenTranslator
from stages.recipe import ROOT


def test_the_translator_has_the_size_that_is_named():
    with torch.device("meta"):
        model = TokenTranslator(TokenTranslator.Settings(**speed_translators.SIZES))
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(71e6, rel=0.01)
    paper = yaml.safe_load((ROOT / "configs/translator/paper.yaml").read_text())["translator"]["token_translator"]
    assert {k: v for k, v in asdict(model.settings).items() if k in paper and k != "decoding"} == {
        k: v for k, v in paper.items() if k != "decoding"
    }


@pytest.mark.parametrize("entry", speed_translators.TRANSLATORS)
def test_every_entry_runs(entry, monkeypatch):
    small = {"width": 16, "heads": 2, "layers": 1, "code_width": 4}
    monkeypatch.setattr(speed_translators, "SIZES", speed_translators.SIZES | small)
    monkeypatch.setattr(speed_translators, "FRAMES", 5)
    cost = speed_translators.TRANSLATORS[entry](Bench("none", repeats=1))
    assert cost.seconds > 0 and cost.cpu_seconds > 0
    assert (cost.gflop is None) == ("int8" in entry)
