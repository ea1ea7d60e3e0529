"""The denoising U-Net and the Reference Net on diffusers' blocks, and the self-attention that they share.

Diffusers' own way through a U-Net adds what guides it to the skips only; this one adds it to each down block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel, UNetMotionModel
from diffusers.models.attention import BasicTransformerBlock
from torch import nn
from torch.utils.checkpoint import checkpoint

from sign_latent.renderer.sign_video.settings import UNetSettings
from sign_latent.renderer.sign_video.temporal import begin_at_nothing

Bank = dict[str, torch.Tensor]
"""Name of a self-attention layer -> what entered it in the Reference Net, [B, places, C]."""
BESIDE = "beside"
"""Name in the bank of what is added to the denoising U-Net's own places, where its settings ask for that."""


def denoising_unet(settings: UNetSettings, channels: int, window: int) -> UNetMotionModel:
    """Space and time; the temporal layers add nothing at first."""
    unet = UNetMotionModel(
        **_shape(settings, "Motion"),
        in_channels=channels,
        out_channels=channels,
        num_attention_heads=settings.heads,
        motion_num_attention_heads=settings.heads,
        motion_max_seq_length=max(window, 32),
        use_motion_mid_block=settings.temporal_middle,
    )
    begin_at_nothing(unet)
    return _attending(unet, Reading, settings.text)


def reference_unet(settings: UNetSettings, channels: int) -> UNet2DConditionModel:
    """Space alone, up to its last self-attention: what would follow has nobody who reads it."""
    unet = UNet2DConditionModel(
        **_shape(settings, "2D"), in_channels=channels, out_channels=channels, attention_head_dim=settings.heads
    )
    unet.conv_norm_out = unet.conv_out = None
    last = max(i for i, block in enumerate(unet.up_blocks) if getattr(block, "has_cross_attention", False))
    unet.up_blocks = unet.up_blocks[: last + 1]
    unet.up_blocks[last].upsamplers = None
    return _attending(unet, Writing, settings.text)


def shared_width(unet: UNet2DConditionModel) -> int:
    """Channels of all self-attention layers of a Reference Net together."""
    return sum(layer.attn1.query_dim for layer in unet.modules() if isinstance(layer, BasicTransformerBlock))


def _shape(settings: UNetSettings, kind: str) -> dict[str, Any]:
    def names(way: str, attention: Sequence[bool]) -> tuple[str, ...]:
        return tuple(f"CrossAttn{way}Block{kind}" if seeing else f"{way}Block{kind}" for seeing in attention)

    return dict(
        down_block_types=names("Down", settings.attention),
        up_block_types=names("Up", settings.attention[::-1]),
        block_out_channels=tuple(settings.widths),
        layers_per_block=settings.blocks,
        norm_num_groups=settings.groups,
        cross_attention_dim=settings.text or 1,
    )


def through(
    unet: UNetMotionModel | UNet2DConditionModel,
    z: torch.Tensor,
    t: torch.Tensor,
    text: torch.Tensor | None,
    bank: Bank,
    guides: Sequence[torch.Tensor] = (),
    frames: int | None = None,
    checkpointing: bool = False,
) -> torch.Tensor:
    """z [N, C, h, w] at noise steps t [N] through a U-Net; ``guides`` are added to what enters each down block.

    text [1, 1, D] where the U-Net has cross-attention. ``frames`` of a window, for a U-Net with temporal layers.
    checkpointing: blocks keep what enters them alone until the backward pass (``torch.utils.checkpoint``).
    """
    temb = unet.time_embedding(unet.time_proj(t).to(z.dtype))
    text = None if text is None else text.expand(len(z), -1, -1)
    seen = {"encoder_hidden_states": text, "cross_attention_kwargs": {"bank": bank}}
    time = {} if frames is None else {"num_frames": frames}

    def how(block: nn.Module) -> dict[str, Any]:
        return time | (seen if getattr(block, "has_cross_attention", False) else {})

    def run(block: nn.Module, x: torch.Tensor, **given: Any) -> Any:
        if checkpointing and torch.is_grad_enabled():
            return checkpoint(block, x, use_reentrant=False, **given)
        return block(x, **given)

    h = unet.conv_in(z)
    skips = (h,)
    for i, block in enumerate(unet.down_blocks):
        h, found = run(block, h + guides[i] if guides else h, temb=temb, **how(block))
        skips += found
    h = run(unet.mid_block, h, temb=temb, **seen, **time)
    for block in unet.up_blocks:
        given, skips = skips[-len(block.resnets) :], skips[: -len(block.resnets)]
        size = skips[-1].shape[-2:] if block.upsamplers else None
        h = run(block, h, res_hidden_states_tuple=given, temb=temb, upsample_size=size, **how(block))
    return unet.conv_out(F.silu(unet.conv_norm_out(h))) if unet.conv_out is not None else h


class Reading:
    """Self-attention whose keys and values are those of its own places and of the reference's, side by side."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, bank: Bank | None = None):
        seen = [hidden_states]
        if bank:
            reference = bank[self.name].to(hidden_states.dtype)
            seen.append(reference)
        key, value = (_joined(project, seen) for project in (attn.to_k, attn.to_v))
        return _attended(attn, hidden_states, key, value)


class Writing:
    """Plain self-attention that leaves what enters it in the bank."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, bank: Bank | None = None):
        if bank is not None:
            bank[self.name] = hidden_states
        return _attended(attn, hidden_states, attn.to_k(hidden_states), attn.to_v(hidden_states))


class One:
    """Cross-attention to a text of one vector: whatever is asked, the answer is its value."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, bank: Bank | None = None):
        return attn.to_out[0](attn.to_v(encoder_hidden_states)).expand_as(hidden_states)


def _attending(unet, kind: type[Reading] | type[Writing], text: int | None):
    """The U-Net with self-attention of that kind in space; without text, its cross-attention is taken out."""
    if text is None:
        for name, block in unet.named_modules():
            if isinstance(block, BasicTransformerBlock) and "motion_modules" not in name:
                block.attn2 = block.norm2 = None
    spatial = [name for name in unet.attn_processors if "motion_modules" not in name]
    mine = {name: kind(name) if ".attn1." in name else One() for name in spatial}
    unet.set_attn_processor(unet.attn_processors | mine)
    return unet


def _joined(project: nn.Module, seen: list[torch.Tensor]) -> torch.Tensor:
    """Projected places, those of a reference repeated for each frame of its video: projected once a video."""
    own, *others = (project(x) for x in seen)
    return torch.cat([own, *(x.repeat_interleave(len(own) // len(x), 0) for x in others)], dim=1)


def _attended(attn, x: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    query, key, value = (y.unflatten(-1, (attn.heads, -1)).transpose(1, 2) for y in (attn.to_q(x), key, value))
    found = F.scaled_dot_product_attention(query, key, value)
    return attn.to_out[0](found.transpose(1, 2).flatten(2))
