"""A tiny model in two states: as it is built, and with every layer that begins at zero awake; and clips to render."""

import pytest
import torch

from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.renderer.rendered import rendered_clips
from sign_latent.renderer.sign_video.clips import conditioned
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.render import Renderer
from sign_latent.renderer.sign_video.settings import SignVideoSettings, UNetSettings, VideoDiffusionSettings


def tiny(**more) -> SignVideoSettings:
    unet = UNetSettings(widths=[8, 16], attention=[False, True], groups=4)
    sizes = {"size": [32, 32], "encoder_widths": [8, 8, 8], "window": 6, "overlap": 2}
    return SignVideoSettings(**sizes, unet=unet, diffusion=VideoDiffusionSettings(sampling_steps=3), **more)


@pytest.fixture
def settings():
    """Makes settings of seconds, changed as given."""
    return tiny


@pytest.fixture
def fresh():
    torch.manual_seed(0)
    return SignVideo(tiny()).eval()


@pytest.fixture(scope="module")
def awake():
    torch.manual_seed(0)
    model = SignVideo(tiny()).eval()
    for layer in model.modules():
        weight = getattr(layer, "weight", None)
        if isinstance(weight, torch.nn.Parameter) and not weight.any():
            torch.nn.init.normal_(weight, std=0.2)
    return model


@pytest.fixture(scope="module")
def renderer(awake):
    return Renderer(registry.Card(name="tiny", model="sign_video", settings={"condition": "pose"}), awake, windows=2)


@pytest.fixture(scope="module")
def clips(few_clips, tmp_path_factory):
    """Two clips of dev at 32 pixels, with their conditions."""
    found = Corpus.open(few_clips).split("dev")
    folder = tmp_path_factory.mktemp("painted")
    return conditioned(rendered_clips([found[0], found[1], found[2]], 32, folder, looks=50), folder)
