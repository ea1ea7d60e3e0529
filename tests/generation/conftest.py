"""Generators small enough for tests."""

from dataclasses import replace

import pytest
import torch

from sign_latent.autoencoder.fsq import PoseFSQ, PoseFSQSettings
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.generation.base import TextToPose
from sign_latent.generation.generator import Generator
from sign_latent.generation.translation import Translation
from sign_latent.models import model_class
from sign_latent.registry import Card
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def generator():
    """An untrained chain; it knows the words of the tests but for a few."""
    torch.manual_seed(0)
    encoder = TextEncoder.load()
    diffusion = DiffusionSettings(sampling_steps=6)
    settings = SaldSettings(
        width=32, layers=2, heads=2, latent_width=4, longest=30, text_width=encoder.width, diffusion=diffusion
    )
    denoiser = SaldDenoiser(settings).eval()
    torch.nn.init.normal_(denoiser.outward.weight, std=0.3)
    autoencoder = SkeletalVAE(SkeletalVAESettings(width=16, joint_width=8, latent_width=4)).eval()
    card = Card(name="toy", model="sald_denoiser", settings={}, languages={"spoken": ["en"], "signed": ["qaa"]})
    vocabulary = Vocabulary(["tomorrow", "it", "will", "rain", "in", "the", "north", "is", "here", "what", "do", "you"])
    return Generator(card, denoiser, autoencoder, encoder, vocabulary)


@pytest.fixture(scope="session", params=["token_translator", "masked_translator"])
def translation(request, generator):
    """An untrained chain of tokens, on the same encoder and words."""
    return token_chain(request.param, generator)


def token_chain(model, generator):
    """An untrained translator of that kind."""
    torch.manual_seed(0)
    autoencoder = PoseFSQ(PoseFSQSettings(width=16, joint_width=8)).eval()
    cls = model_class(model)
    sizes = {"width": 32, "layers": 1, "heads": 2, "place": "linear", "code_width": 8, "text_layers": 1, "longest": 12}
    sizes |= {"places": autoencoder.places, "codes": autoencoder.codes, "text_width": generator.encoder.width}
    translator = cls(cls.Settings(**sizes)).eval()
    torch.nn.init.normal_(translator.places.last.weight, std=0.3)
    card = replace(generator.card, model=model)
    return Translation(card, translator, autoencoder, generator.encoder, generator.vocabulary)


@pytest.fixture(scope="session", params=["sald_denoiser", "token_translator", "masked_translator", "clips"])
def signer(request, generator):
    """A generator of every family: windows of a diffusion, tokens of both kinds, and clips that are joined."""
    if request.param == "sald_denoiser":
        return generator
    if request.param != "clips":
        return token_chain(request.param, generator)

    class Clips(TextToPose):
        def signed(self, texts, lengths, seed, batch_size, options):
            return generator.signed(texts, lengths, seed, batch_size, options)

    return Clips(generator.card)
