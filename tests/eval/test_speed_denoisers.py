"""Speed entries of denoisers measure what their names say."""

import pytest
import torch
import yaml

from eval import speed_denoisers
from eval.speed import ENTRIES, Bench
from eval.speed_autoencoders import small_vae
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from stages.recipe import ROOT


def test_the_denoiser_has_the_size_that_is_named():
    with torch.device("meta"):
        model = SaldDenoiser(SaldSettings(**speed_denoisers.SIZES))
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(10.2e6, rel=0.005)
    paper = yaml.safe_load((ROOT / "configs/denoiser/paper.yaml").read_text())["denoiser"]["sald_denoiser"]
    assert {k: v for k, v in paper.items() if k != "diffusion"} == speed_denoisers.PAPER
    spec = small_vae().spec
    assert (spec.slots, spec.width) == (model.settings.latent_slots, model.settings.latent_width)
    assert speed_denoisers.FRAMES * spec.stride == 256


@pytest.mark.parametrize("entry", speed_denoisers.DENOISERS)
def test_every_entry_runs(entry, monkeypatch):
    small = {"width": 16, "heads": 2, "layers": 1}
    monkeypatch.setattr(speed_denoisers, "SIZES", speed_denoisers.SIZES | small)
    for name, value in {"FRAMES": 3, "STEPS": 2, "FEW": 1, "BATCH": 2}.items():
        monkeypatch.setattr(speed_denoisers, name, value)
    cost = speed_denoisers.DENOISERS[entry](Bench("none", repeats=1))
    assert cost.seconds > 0 and cost.cpu_seconds > 0 and ENTRIES[entry] is speed_denoisers.DENOISERS[entry]
