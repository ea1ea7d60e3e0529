"""What all denoisers share: their contract, how they read text and time, and the length head."""

from dataclasses import dataclass, field

import torch
from torch import nn

from sign_latent.denoiser.layer import Context, DenoiserLayer
from sign_latent.denoiser.text import LengthHead, TextReader
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.layers.attention import needed_bias
from sign_latent.layers.positions import sinusoid
from sign_latent.text.encoder import TextFeatures


@dataclass
class CommonSettings:
    """Settings of every denoiser; the papers are silent on depth, width and heads."""

    width: int = 128
    """Channels of a token."""
    heads: int = 4
    """Attention heads."""
    feed: int = 2
    """Width inside feed-forward modules and convolutions as a multiple of width."""
    text_layers: int = 3
    """Trained self-attention layers over the frozen token vectors."""
    dropout: float = 0.0
    """Dropout of whole channels after each module."""
    longest: int = 100
    """Most latent frames the length head can predict."""
    length_temperature: float = 1.0
    """What the length head's logits are divided by; fitted on held-out clips by the stage, after the training."""
    sentence_film: bool = False
    """FiLM by the sentence vector beside the timestep; not the papers', for texts that are a single gloss."""
    diffusion: DiffusionSettings = field(default_factory=DiffusionSettings)
    """Path, prediction and sampling."""
    latent_slots: int = 7
    """J' of the autoencoder; asked of its spec by the stage."""
    latent_width: int = 16
    """D of the autoencoder; asked of its spec by the stage."""
    text_width: int = 768
    """Width of the token vectors; asked of the text encoder by the stage."""
    sentence_width: int = 384
    """Width of the sentence vector; asked of the text encoder by the stage."""
    marks: tuple[str, ...] = ()
    """Tags of the languages and kinds of input that it is told; registered by the stage where there are several."""


class Denoiser(nn.Module):
    """``model(z, t, frames, model.read(text))`` is the prediction [B, N', J', D] for noisy z at steps t [B].

    frames [B, N'] says which latent frames are valid; the others change nothing of these, and are zero in what comes
    back.
    """

    def __init__(self, settings: CommonSettings, words: bool = True):
        super().__init__()
        self.settings = settings
        width = settings.width
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        sizes = (settings.text_width, settings.sentence_width, width, settings.heads, settings.text_layers)
        self.reader = TextReader(*sizes, words, len(settings.marks))
        if settings.sentence_film:
            self.sentence = nn.Linear(width, width)
        self.length = LengthHead(width, settings.longest, settings.length_temperature)

    def read(self, text: TextFeatures) -> Context:
        """The text side, computed once a generation: keys and values of every cross attention among it."""
        return self.context(*self.reader(text))

    def context(self, tokens: torch.Tensor, mask: torch.Tensor) -> Context:
        """What the layers read of the reader's tokens [B, L, C] and their mask [B, L]."""
        layers = [module for module in self.modules() if isinstance(module, DenoiserLayer) and "cross" in module.kinds]
        keys_values = {layer: layer.parts["cross"].keys_values(tokens) for layer in layers}
        return Context(tokens, mask, needed_bias(mask), keys_values)

    def condition(self, t: torch.Tensor, context: Context) -> torch.Tensor:
        """What modulates every layer [B, C]: the step, and where asked for the sentence."""
        time = self.time(sinusoid(t, self.settings.width))
        return time + self.sentence(context.tokens[:, 0]) if self.settings.sentence_film else time


def silent_linear(width_in: int, width_out: int) -> nn.Linear:
    """A linear map that starts at zero."""
    found = nn.Linear(width_in, width_out)
    nn.init.zeros_(found.weight)
    nn.init.zeros_(found.bias)
    return found
