"""Speed entries of text to video measure what their names say."""

import pytest
import torch
import yaml

from eval import speed_text_video
from eval.speed import ENTRIES, Bench
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.unet import TextVideo
from stages.recipe import ROOT


def test_the_network_has_the_size_that_is_named():
    with torch.device("meta"):
        model = TextVideo(TextVideoSettings(**speed_text_video.SIZES))
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(42.8e6, rel=0.005)
    assert (model.settings.size, model.settings.frames, model.settings.patch) == (64, speed_text_video.FRAMES, 1)
    medium = yaml.safe_load((ROOT / "configs/text_video/medium.yaml").read_text())["model"]
    assert medium == speed_text_video.MEDIUM


@pytest.mark.parametrize("entry", speed_text_video.TEXT_VIDEOS)
def test_every_entry_runs(entry, monkeypatch):
    small = {"size": 8, "base": 4, "groups": 2, "heads": 2, "context": 8}
    monkeypatch.setattr(speed_text_video, "SIZES", speed_text_video.SIZES | small)
    for name, value in {"FRAMES": 3, "LONG": 4, "STEPS": 2}.items():
        monkeypatch.setattr(speed_text_video, name, value)
    cost = speed_text_video.TEXT_VIDEOS[entry](Bench("none", repeats=1))
    assert cost.seconds > 0 and cost.cpu_seconds > 0 and ENTRIES[entry] is speed_text_video.TEXT_VIDEOS[entry]
