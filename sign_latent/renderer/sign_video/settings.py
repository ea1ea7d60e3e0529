"""What a sign video diffusion model is made of; on its card, so that it can be built again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.renderer.sign_video.conditions import checked

BEGINNINGS = ("reference", "noise")


@dataclass
class PixelSettings:
    """How pictures become what is diffused."""

    kind: Literal["patches", "vae"] = "patches"
    """Squares of pixels as channels, from which nothing is lost; or the latents of an AutoencoderKL (the paper's)."""
    patch: int = 4
    """Side of a square of pixels."""
    widths: list[int] = field(default_factory=lambda: [128, 256, 512, 512])
    """Of the autoencoder: channels of each level; between two of them sides are halved."""
    blocks: int = 2
    """Of the autoencoder: residual blocks a level."""
    groups: int = 32
    """Of the autoencoder: groups of its normalisations."""
    channels: int = 4
    """Of the autoencoder: channels of its latent."""

    @property
    def factor(self) -> int:
        """Pixels along a side of what is diffused."""
        return self.patch if self.kind == "patches" else 2 ** (len(self.widths) - 1)

    @property
    def width(self) -> int:
        """Channels of what is diffused."""
        return 3 * self.patch**2 if self.kind == "patches" else self.channels


@dataclass
class UNetSettings:
    """The denoising U-Net, and the Reference Net, which has the same spatial layers."""

    widths: list[int] = field(default_factory=lambda: [64, 96, 128])
    """Channels of each level; between two of them sides are halved."""
    attention: list[bool] = field(default_factory=lambda: [False, True, True])
    """Which levels attend to themselves and to the reference."""
    blocks: int = 1
    """Residual blocks a level on the way down; one more on the way up."""
    heads: int = 2
    """Heads of the attention, in space and in time."""
    groups: int = 16
    """Groups of the normalisations; divides every width."""
    text: int | None = None
    """Width of the text that cross-attention reads: 768 keeps the place of Stable Diffusion's weights, whose text is
    one learned vector here; None leaves those layers out."""
    temporal_middle: bool = True
    """Temporal layers in the middle block too, as AnimateDiff's second version has."""
    reference_beside: bool = False
    """The denoising U-Net is given the reference's places beside its own as well as their features (ours): pictures of
    a clip show what does not move at one place."""
    checkpointing: bool = False
    """Compute activations of the denoising U-Net anew in the backward pass instead of keeping them."""


@dataclass
class VideoDiffusionSettings(DiffusionSettings):
    """Path, prediction and the defaults of sampling; texts are conditions here, and z is scaled pixels."""

    prediction: str = "v"
    terminal: bool = True
    guidance: float = 3.5
    sampling_steps: int = 20
    clamp: float = 2.0
    begin: str = "reference"
    """What sampling begins with where the schedule keeps some of the picture at its last step, as Stable Diffusion's
    does: `reference`, the picture of the signer under the noise of that step, or `noise` alone, as if nothing of a
    picture were left there. The paper is silent. Where nothing is left, both are the same."""

    def check(self) -> None:
        """UserError for unknown names, and for a prediction that says nothing where the schedule ends."""
        super().check()
        if self.begin not in BEGINNINGS:
            raise UserError(f"begin {self.begin}: unknown; give {' or '.join(BEGINNINGS)}")


@dataclass
class SignVideoSettings:
    """SignViP's sign video diffusion."""

    size: list[int] = field(default_factory=lambda: [96, 96])
    """Height and width of the pictures: the middle of a square around the signer as long as the longer side."""
    fps: float = 25.0
    """Frames a second."""
    condition: str = "pose"
    """What it takes, for the card; the embeddings that an autoencoder's tokens decode to are taken too."""
    conditions: list[str] = field(default_factory=lambda: ["pose", "hands"])
    """What is seen of the signing; leave one out for an ablation."""
    encoder_widths: list[int] = field(default_factory=lambda: [16, 32, 48])
    """Channels of the multi-condition encoder for each halving of the sides, split among the conditions; the last are
    those of an embedding."""
    guider_blocks: int = 1
    """Residual convolutions of the guider at each level."""
    pixels: PixelSettings = field(default_factory=PixelSettings)
    unet: UNetSettings = field(default_factory=UNetSettings)
    diffusion: VideoDiffusionSettings = field(default_factory=VideoDiffusionSettings)
    window: int = 24
    """Frames that are seen together; at most 32."""
    overlap: int = 6
    """Frames that two windows of a denoising step share."""

    def check(self) -> None:
        """UserError for what does not fit together."""
        if self.condition != "pose":
            raise UserError(f"condition {self.condition}: this model takes pose")
        checked(self.conditions)
        if len(self.size) != 2:
            raise UserError(f"size {self.size}: give height and width")
        if any(side % self.pixels.factor for side in self.size):
            raise UserError(f"size {self.size}: give multiples of {self.pixels.factor}, which one latent place holds")
        if 2 ** (len(self.encoder_widths) - 1) != self.pixels.factor:
            raise UserError(
                f"encoder_widths {self.encoder_widths}: must halve as often as the latent does; its factor is "
                f"{self.pixels.factor}"
            )
        if any(width % (2 * len(self.conditions)) for width in self.encoder_widths):
            raise UserError(f"encoder_widths {self.encoder_widths}: cannot be split among the conditions")
        if not 1 <= self.window <= 32 or not 0 <= self.overlap < self.window:
            raise UserError(f"window of {self.window} frames, {self.overlap} shared: give 1 to 32, and fewer shared")

    @property
    def places(self) -> tuple[int, int]:
        """Height and width of a latent and of an embedding."""
        return self.size[0] // self.pixels.factor, self.size[1] // self.pixels.factor
