"""Layers over time, which change nothing until they are trained."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import nn


class TemporalLayer(AnimateDiffTransformer3D):
    """AnimateDiff's temporal transformer. A frame alone has no time: of windows of one frame it is the identity.

    It sees all frames of a window, its normalisation too: windows hold no padding.
    """

    def forward(
        self,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        timestep: torch.Tensor | None = None,
        class_labels: torch.Tensor | None = None,
        num_frames: int = 1,
        cross_attention_kwargs: dict[str, Any] | None = None,
    ) -> torch.Tensor:
        """[B · F, C, h, w] of windows of F frames to the same; diffusers gives some arguments by place."""
        if num_frames == 1:
            return hidden_states
        if torch.is_grad_enabled() and not hidden_states.requires_grad:
            # torch 2.13 crashes in the backward pass of a group normalisation whose weights alone have gradients
            hidden_states = hidden_states.detach().requires_grad_()
        return super().forward(
            hidden_states, encoder_hidden_states, timestep, class_labels, num_frames, cross_attention_kwargs
        )


def layers_of_time(module: nn.Module) -> list[AnimateDiffTransformer3D]:
    """All temporal layers in a module."""
    return [layer for layer in module.modules() if isinstance(layer, AnimateDiffTransformer3D)]


def begin_at_nothing(module: nn.Module) -> None:
    """Makes the temporal layers of a U-Net skip single frames, and of windows add nothing at first."""
    for layer in layers_of_time(module):
        layer.__class__ = TemporalLayer  # diffusers builds them inside its blocks; the weights keep their names
        zero(layer.proj_out)


def zero(layer: nn.Linear | nn.Conv2d) -> nn.Linear | nn.Conv2d:
    """The layer with an output of zero, through which it can still be trained."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
