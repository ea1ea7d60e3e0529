"""Sizes and switches of Text2Sign's 3D U-Net; every ablation of the paper is one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError


def pixel_diffusion() -> DiffusionSettings:
    """Diffusion of pixels, which lie in [-1, 1]; the paper's guidance weight."""
    return DiffusionSettings(guidance=5.0, clamp=1.0)


@dataclass
class TextVideoSettings:
    """The 3D U-Net; defaults are the paper's sizes, and ours where it is silent."""

    size: int = 64
    """Side of a frame in pixels."""
    frames: int = 16
    """Frames of a training clip, and of a video where no other number is asked for."""
    base: int = 96
    """Channels of the finest resolution."""
    multiples: list[int] = field(default_factory=lambda: [1, 2, 4, 8])
    """Channels of each resolution as multiples of base; each has half the side of the one before and all the frames."""
    blocks: int = 2
    """Residual blocks of a resolution on the way down; one more on the way up."""
    attention: list[int] = field(default_factory=lambda: [4, 8])
    """Factors by which the side is reduced where blocks have transformers; the lowest place always has one."""
    depth: int = 1
    """Transformer blocks at each of these places."""
    heads: int = 6
    """Attention heads."""
    groups: int = 32
    """Groups of the normalisations of residual blocks."""
    patch: int = 1
    """Side of the squares of pixels that are folded into channels before the stem; 1 is the paper's."""
    transformer: bool = True
    """False: no transformers; convolutions stand in their places, and the text comes with the timestep alone."""
    factorised: bool = True
    """Attention within frames, then along time; False: among all places of all frames at once."""
    text: Literal["frozen", "own", "none", "random", "last_two"] = "frozen"
    """What is read: vectors of the frozen encoder; those of an encoder trained along; nothing; in training the texts of
    other clips (the paper does not say what its random text is); those of the frozen encoder with its last two layers
    trained along."""
    context: int = 512
    """Width of the text's tokens in cross attention."""
    text_layers: int = 0
    """Trained self-attention layers over frozen token vectors."""
    own_layers: int = 6
    """Layers of an own text encoder."""
    own_heads: int = 8
    """Heads of an own text encoder."""
    dropout: float = 0.1
    """Dropout within residual blocks; the paper is silent."""
    checkpointing: bool = False
    """Compute activations anew in the backward pass instead of keeping them."""
    fps: float = 25.0
    """Frames a second of the videos; asked by the stage of the clips, whole ones in fewer frames than they have."""
    diffusion: DiffusionSettings = field(default_factory=pixel_diffusion)
    """Path, prediction and sampling."""
    text_width: int = 512
    """Width of the frozen token vectors; asked of the text encoder by the stage."""
    sentence_width: int = 512
    """Width of the frozen sentence vector; asked of the text encoder by the stage."""
    word_pieces: int = 0
    """Ids that an own text encoder reads; asked of the tokenizer by the stage."""
    last_layers: dict[str, Any] = field(default_factory=dict)
    """Configuration of the layers that are trained along; asked of the text encoder by the stage."""
    condition: Literal["text"] = "text"
    """What is rendered; on the card, so that others can ask for it."""
    marks: tuple[str, ...] = ()
    """Tags of the languages and kinds of input that it is told; registered by the stage where there are several."""

    def check(self) -> None:
        """UserError for sizes that do not fit together."""
        side = self.patch * 2 ** (len(self.multiples) - 1)
        if self.size % side:
            raise UserError(f"size {self.size}: has {len(self.multiples)} resolutions; give a multiple of {side}")
        for level, multiple in enumerate(self.multiples):
            width, mixes = self.base * multiple, 2**level in self.attention or level == len(self.multiples) - 1
            if width % self.groups:
                raise UserError(f"groups {self.groups}: do not divide {width} channels; give others")
            if mixes and self.transformer and width % self.heads:
                raise UserError(f"heads {self.heads}: do not divide {width} channels; give others")
