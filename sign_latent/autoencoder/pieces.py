"""Decoding a latent that comes in parts, of any length, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.device import device_of
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut

LEAST, MOST = 8, 64
"""Latent frames of a piece: fewer are not worth a call, more are not held."""
_PROBED = (8, 16, 32, 64)
"""Latent frames on each side within which the reach of a decoder is looked for, one after the other."""


@torch.inference_mode()
def reach(autoencoder: Autoencoder) -> int:
    """How many latent frames on each side a decoded frame depends on: as far as a NaN comes.

    Raises UserError for a decoder in which all frames depend on all.
    """
    spec, device = autoencoder.spec, device_of(autoencoder)
    for side in _PROBED:
        count = 2 * side + 1
        z = torch.zeros(1, count, spec.slots, spec.width, device=device)
        raw = autoencoder.unwhitened(z).to(autoencoder.dtype)
        raw[:, side] = torch.nan
        features = autoencoder.raw_decode(raw, torch.ones(1, count * spec.stride, dtype=torch.bool, device=device))
        touched = features.flatten(2).isnan().any(-1)[0].unflatten(0, (count, spec.stride)).any(-1).nonzero()
        found = int((touched - side).abs().max())
        if found < side:
            return found
    raise UserError(
        f"this autoencoder decodes every frame from more than {side} latent frames on each side; long texts need one "
        "that decodes by convolutions"
    )


@torch.inference_mode()
def decoded(
    autoencoder: Autoencoder, latents: Iterable[torch.Tensor], frames: int | None = None, around: int | None = None
) -> Iterator[Pose]:
    """Consecutive pieces of the clip that all ``latents`` [n, J', D] in a row decode to, each as soon as it can be.

    Put together they are ``autoencoder.poses`` of the whole up to rounding: each piece is decoded with as many latent
    frames on both sides as it depends on. ``frames`` is the length of the clip where its last latent frame is cut,
    ``around`` the reach where it is known.
    Raises UserError for NaN.
    """
    around, stride = reach(autoencoder) if around is None else around, autoencoder.spec.stride
    held, start, before = None, 0, 0  # latent frames, the first of them that is not decoded, how many were given up
    for part in latents:
        held = part if held is None else torch.cat([held, part])
        while (ready := min(len(held) - around - start, MOST)) >= LEAST:
            seen = held[: start + ready + around]
            whole = autoencoder.poses(seen[None], [len(seen) * stride])[0]
            yield cut(whole, start * stride, (start + ready) * stride)
            start += ready
            passed = max(0, start - around)
            held, start, before = held[passed:], start - passed, before + passed
    if held is None:
        return
    last = len(held) * stride if frames is None else frames - before * stride
    if last > start * stride:
        yield cut(autoencoder.poses(held[None], [last])[0], start * stride, last)
