"""A small 3D U-Net of any form, and texts for it."""

import pytest
import torch

from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.unet import TextVideo
from sign_latent.text.encoder import TextFeatures

SIZES = {"size": 8, "frames": 4, "base": 8, "multiples": [1, 2], "blocks": 1, "attention": [2], "heads": 2, "groups": 4}
WIDTHS = {"context": 12, "dropout": 0.0, "text_width": 6, "sentence_width": 5}
WIDTHS |= {"word_pieces": 9, "own_layers": 1, "own_heads": 2}


@pytest.fixture
def network():
    """Makes one with random weights, those that start at zero among them, so that everything in it acts."""

    def make(awake: bool = True, **more):
        torch.manual_seed(0)
        given = {"diffusion": DiffusionSettings(clamp=1.0, guidance=5.0), **SIZES, **WIDTHS, **more}
        model = TextVideo(TextVideoSettings(**given)).eval()
        for parameter in model.parameters():
            if awake and not parameter.any():
                torch.nn.init.normal_(parameter, std=0.3)
        return model

    return make


@pytest.fixture
def texts():
    """So many texts of five tokens."""

    def make(count: int, seed: int = 0):
        chance = torch.Generator().manual_seed(seed)
        tokens = torch.randn(count, 5, 6, generator=chance)
        ids = torch.randint(0, 9, (count, 5), generator=chance)
        mask = torch.ones(count, 5, dtype=torch.bool)
        return TextFeatures(torch.randn(count, 5, generator=chance), tokens, mask, ids=ids)

    return make


@pytest.fixture
def predict():
    """What a model predicts of videos at one step for texts."""

    def call(model, z, text, step: int = 300):
        frames = torch.ones(z.shape[:2], dtype=torch.bool)
        with torch.no_grad():
            return model(z, torch.full((len(z),), step), frames, model.read(text))

    return call
