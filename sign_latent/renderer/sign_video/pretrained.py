"""Stable Diffusion's weights, and AnimateDiff's, as the beginning of a training; the user names where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from sign_latent.errors import UserError
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.pixels import Pictures
from sign_latent.renderer.sign_video.temporal import layers_of_time


def begin_with(model: SignVideo, spatial: str | None, temporal: str | None = None) -> None:
    """Copies weights in diffusers' layout from a folder or a name on the hub.

    spatial: with ``unet`` and ``vae`` in it; for both U-Nets and the autoencoder of pictures. temporal: a motion
    adapter; without one, temporal layers add nothing at first. UserError where there are none, or of other sizes.
    """
    from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel

    if spatial is not None:
        unet = _found(UNet2DConditionModel.from_pretrained, spatial, subfolder="unet").state_dict()
        timed = {name for name in model.denoiser.state_dict() if "motion_modules" in name}
        _copied(model.denoiser, unet, spatial, mine=timed)
        _copied(model.reference, {k: v for k, v in unet.items() if k in model.reference.state_dict()}, spatial)
        if isinstance(model.pixels, Pictures):
            vae = _found(AutoencoderKL.from_pretrained, spatial, subfolder="vae")
            _copied(model.pixels.vae, vae.state_dict(), spatial)
            model.pixels.latent_std.fill_(1 / vae.config.scaling_factor)
    if temporal is not None:
        adapter = _found(MotionAdapter.from_pretrained, temporal).state_dict()
        wanted = {name for name in model.denoiser.state_dict() if "motion_modules" not in name}
        _copied(model.denoiser, adapter, temporal, mine=wanted)
        if not layers_of_time(model.denoiser):
            raise UserError(f"temporal weights {temporal}: this model has no layers over time")


def _found(read: Callable[..., nn.Module], source: str, **more: Any) -> Any:
    try:
        # safetensors alone: other formats are pickles, and would be executed
        return read(source, use_safetensors=True, low_cpu_mem_usage=False, **more)
    except (OSError, ValueError) as error:
        line = str(error).strip().splitlines()[0]
        raise UserError(f"weights {source}: cannot be read ({line}); give a folder or a name on the hub") from None


def _copied(module: nn.Module, weights: dict[str, torch.Tensor], source: str, mine: set[str] = frozenset()) -> None:
    """All weights of the module but those that are its own."""
    own = module.state_dict()
    wrong = sorted(own.keys() - mine - weights.keys()) or sorted(weights.keys() - own.keys())
    wrong = wrong or sorted(name for name in weights if weights[name].shape != own[name].shape)
    if wrong:
        raise UserError(
            f"weights {source}: {wrong[0]} is not as in this model ({len(wrong)} such); give the settings their sizes"
        )
    module.load_state_dict(weights, strict=False)
