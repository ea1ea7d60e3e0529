"""Bits a frame of a latent, and the codings in which a continuous one is written down so that it has any.

A discrete latent costs log2(codes) bits a token. A continuous one has no number of bits of its own, so two are given,
each with the distortion that belongs to it. Quantised: each value that is not dead becomes the middle of one of 2^B
equal cells, and B bits are paid for it, as for a token, without entropy coding; what is decoded is the quantised
latent. Bits back: the KL divergence of the posterior from N(0, 1), which is what a *sample* of the posterior costs
(Hinton & van Camp 1993; the rate of Alemi et al. 2018); what is decoded is a sample. The posterior mean, which is what
`encode` gives, has no finite rate by that measure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2

import torch

from eval.autoencoder_schema import Rate, RatePoint
from eval.reconstruction import Encoded
from sign_latent.autoencoder.contract import Autoencoder

BITS = (2, 3, 4, 5, 6, 8)
"""Bits a value that are tried."""
SPAN = 4.0
"""Cells reach from −SPAN to SPAN standard deviations; what lies beyond is put into the outermost."""
TOLERATED = 1.05
"""MPJPE of the quantised latent, as a multiple of that of the unquantised one, at which it stands for it."""
FLOAT_BITS, HALF_BITS = 32, 16
TOKENS, CODED, HALF, SAMPLE = "tokens", "tokens, entropy coded", "half precision", "sample, bits back"


def quantised(z: torch.Tensor, bits: int) -> torch.Tensor:
    """Whitened values, each the middle of the cell that it lies in; there are 2^bits."""
    half = 2 ** (bits - 1)
    return ((z / SPAN * half).floor().clamp(-half, half - 1) + 0.5) * SPAN / half


def sampled(batch: Encoded, stride: int, seed: int) -> torch.Tensor:
    """A sample of the posterior; the noise of a clip depends on the seed and its place alone, not on its batch."""
    noise = torch.zeros_like(batch.mean)
    for row, place in enumerate(batch.rows):
        chance, frames = torch.Generator().manual_seed(seed + place), batch.frames(row, stride)
        noise[row, :frames] = torch.randn(frames, *noise.shape[2:], generator=chance)
    return batch.mean + batch.std * noise


@dataclass
class Codings:
    """The ways in which an autoencoder's latent is written down, as functions of what was encoded."""

    model: Autoencoder
    seed: int = 0

    def __post_init__(self) -> None:
        self.active = ~self.model.latent_dead

    def names(self, deterministic: bool) -> list[str]:
        """Codings to decode besides the latent as it is."""
        if self.model.codes:
            return []
        return [*map(bits_a_value, BITS), *([] if deterministic else [SAMPLE])]

    def latent(self, coding: str, batch: Encoded, first: int) -> torch.Tensor:
        """z [B, N', J', D] of a coding; dead channels are not written down. first: place of the list's first clip."""
        if coding == SAMPLE:
            return sampled(batch, self.model.settings.stride, self.seed + first) * self.active
        return quantised(batch.mean, int(coding.split()[0])) * self.active


def bits_a_value(bits: int) -> str:
    """What a quantised coding is called."""
    return f"{bits} bits a value"


def bits_of(model: Autoencoder, coding: str, kl_bits: float | None, token_bits: float | None) -> float:
    """Bits a latent frame of a coding. kl_bits, token_bits: the KL and the entropy-coded tokens, as measured."""
    if coding == TOKENS:
        return model.places * log2(model.codes)
    if coding in (CODED, SAMPLE):
        return token_bits if coding == CODED else kl_bits
    width = HALF_BITS if coding == HALF else int(coding.split()[0])
    return int((~model.latent_dead).sum()) * width


def pose_values(model: Autoencoder) -> int:
    """Numbers a frame that determine what is encoded: three a rotation and the expression, or else the points."""
    layout = model.layout
    each = 3 if layout.rotations else layout.skeleton.dimensions
    return each * len(layout.points) + layout.expression


def rate_of(
    model: Autoencoder,
    fps: float,
    distortions: Mapping[str, dict[str, float | None]],
    kl_bits: float | None,
    token_bits: float | None,
) -> Rate:
    """The rate of a latent. fps: of the recordings. distortions: coding -> part -> MPJPE; `HALF` and, of a discrete
    latent, `TOKENS` and `CODED` have that of the latent as it is."""
    latent_frames = model.settings.fps / fps / model.settings.stride  # a frame of the recording
    numbers = int(model.present.sum()), pose_values(model)
    points = []
    for coding, mpjpe in distortions.items():
        bits = bits_of(model, coding, kl_bits, token_bits) * latent_frames
        share = model.settings.fps / fps * FLOAT_BITS / bits if bits else float("inf")
        points.append(RatePoint(coding, bits, bits * fps, numbers[0] * share, numbers[1] * share, mpjpe))
    points.sort(key=lambda point: point.bits_per_frame)
    active = int((~model.latent_dead).sum())
    return Rate(active * latent_frames, *(float(n) for n in numbers), points, main_coding(points))


def main_coding(points: list[RatePoint]) -> str:
    """The coding that stands for a latent: its tokens, or the fewest bits a value whose MPJPE is within 5 %."""
    named = {point.coding: point for point in points}
    if TOKENS in named:
        return TOKENS
    whole = named[HALF].mpjpe["all"]
    good = [point for point in points if point.coding.endswith("a value") and point.mpjpe["all"] <= TOLERATED * whole]
    return min(good, key=lambda point: point.bits_per_frame).coding if good else HALF
