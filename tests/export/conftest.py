"""A generator small enough to be exported in seconds."""

import pytest
import torch

from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.generation.generator import Generator
from sign_latent.registry import Card
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def generator():
    """An untrained chain over points without rotations."""
    torch.manual_seed(0)
    encoder = TextEncoder.load(spelling=True)
    sizes = {"width": 16, "layers": 1, "heads": 2, "text_layers": 1, "latent_width": 4, "longest": 12}
    diffusion = DiffusionSettings(sampling_steps=4)
    denoiser = SaldDenoiser(SaldSettings(**sizes, text_width=encoder.width, diffusion=diffusion)).eval()
    torch.nn.init.normal_(denoiser.outward.weight, std=0.3)
    autoencoder = SkeletalVAE(SkeletalVAESettings("upper79", width=16, joint_width=8, latent_width=4)).eval()
    card = Card(name="toy", model="sald_denoiser", settings={}, languages={"spoken": ["en"], "signed": ["qaa"]})
    return Generator(card, denoiser, autoencoder, encoder, Vocabulary(["rain", "is", "here"]))
