"""The last two layers of a frozen text encoder, taken out of it to be trained with the U-Net.

The text features must be those before these layers (``text.layers: [-3]``). Known are BERT-like encoders, such as the
embedded one, and the text half of CLIP.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from sign_latent.denoiser.text import TextReader
from sign_latent.errors import UserError
from sign_latent.renderer.text_video.reading import mean_of
from sign_latent.text.encoder import TextEncoder, TextFeatures

COUNT = 2
BEFORE = (-1 - COUNT,)
"""Hidden layers of the encoder that must be read."""


def described(encoder: TextEncoder) -> dict[str, Any]:
    """Kind and configuration of an encoder's layers, as plain values. UserError for one of another kind."""
    if tuple(encoder.layers) != BEFORE:
        raise UserError(f"text.layers {list(encoder.layers)}: last_two reads what is before two layers; give [-3]")
    kind, _, config = _parts(encoder)
    names = ("hidden_size", "num_attention_heads", "intermediate_size", "hidden_act", "layer_norm_eps")
    return {"kind": kind, **{name: getattr(config, name) for name in names}}


def _parts(encoder: TextEncoder) -> tuple[str, list[nn.Module], Any]:
    """Kind, the modules that are taken out, configuration."""
    inner = encoder.inner
    text = getattr(inner, "text_model", inner)
    layers = getattr(getattr(text, "encoder", None), "layer", None)
    if layers is not None:
        return "bert", list(layers[-COUNT:]), text.config
    layers = getattr(getattr(text, "encoder", None), "layers", None)
    if layers is None:
        raise UserError(f"text encoder {encoder.name}: is neither a BERT nor a CLIP; give another, or text: frozen")
    return "clip", [*layers[-COUNT:], text.final_layer_norm], text.config


def _bert(about: dict[str, Any]) -> list[nn.Module]:
    from transformers.models.bert.modeling_bert import BertConfig, BertLayer

    config = BertConfig(**about, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="sdpa")
    return [BertLayer(config) for _ in range(COUNT)]


def _clip(about: dict[str, Any]) -> list[nn.Module]:
    from transformers.models.clip.modeling_clip import CLIPEncoderLayer, CLIPTextConfig

    config = CLIPTextConfig(**about, attention_dropout=0.0, attn_implementation="sdpa")
    norm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)
    return [*(CLIPEncoderLayer(config) for _ in range(COUNT)), norm]


KINDS = {"bert": _bert, "clip": _clip}


class LastLayers(nn.Module):
    """Frozen tokens through the trained layers, then as any frozen encoder's tokens are read; the sentence is their
    mean."""

    def __init__(self, about: dict[str, Any], reader: TextReader):
        super().__init__()
        if not about:
            raise UserError("text last_two: the layers are not described; a stage asks them of the text encoder")
        self.kind = about["kind"]
        self.layers = nn.ModuleList(KINDS[self.kind]({k: v for k, v in about.items() if k != "kind"}))
        self.reader = reader

    def begin_with(self, encoder: TextEncoder) -> None:
        """Takes over the encoder's own weights."""
        for own, theirs in zip(self.layers, _parts(encoder)[1], strict=True):
            own.load_state_dict(theirs.state_dict())

    def hidden(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """What the last layers make of the hidden states [B, L, W] before them."""
        seen = mask[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
        if self.kind == "clip":
            seen = seen & torch.ones(seen.shape[-2:], dtype=torch.bool, device=seen.device).tril()
        seen = seen | torch.eye(mask.shape[1], dtype=torch.bool, device=seen.device)  # padding sees itself, not nothing
        bias = torch.zeros(seen.shape, device=seen.device).masked_fill(~seen, float("-inf"))
        for layer in self.layers:
            if isinstance(layer, nn.LayerNorm):
                tokens = layer(tokens)
                continue
            found = layer(tokens, attention_mask=bias.to(tokens.dtype))
            tokens = found[0] if isinstance(found, tuple) else found
        return tokens

    def forward(self, text: TextFeatures) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = self.hidden(text.tokens, text.mask) * text.mask[..., None]
        read = TextFeatures(mean_of(tokens, text.mask), tokens, text.mask, text.marks)
        return self.reader(read)
