"""A translator with its matrices in eight bits.

A quarter of the bytes are read at every frame, which is what a large one waits for. Weights have a scale an output
channel; what enters a matrix is rounded by one scale of the whole batch (torch's dynamic quantisation, which torch will
move to another package after the versions that are allowed here), so that choices that are nearly even may fall
differently in another batch.
"""

from __future__ import annotations

import warnings
from copy import deepcopy

import torch
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.translator.layers import LinearApart

SMALLEST = 2**14
"""Entries from which a matrix is worth it."""


class RoundedApart(nn.Module):
    """``LinearApart`` of rounded matrices: one product where all places read the same, else one a place."""

    def __init__(self, exact: LinearApart) -> None:
        super().__init__()
        places, out, _ = exact.weight.shape
        self.shape = (places, out)
        self.whole = rounded_linear(exact.weight.flatten(0, 1), exact.bias.flatten())
        self.each = [rounded_linear(*pair) for pair in zip(exact.weight, exact.bias[:, 0], strict=True)]

    def forward(self, x: Tensor) -> Tensor:
        if len(x) == 1:
            return self.whole(x[0]).unflatten(-1, self.shape).transpose(0, 1)
        return torch.stack([linear(part) for linear, part in zip(self.each, x, strict=True)])


def rounded_linear(weight: Tensor, bias: Tensor | None) -> nn.Module:
    """A linear map [M, in] -> [M, out] with the weight [out, in] in eight bits."""
    from torch.ao.nn.quantized.dynamic import Linear
    from torch.ao.quantization import per_channel_dynamic_qconfig

    exact = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    exact.weight.data = weight.detach().float().clone()
    if bias is not None:
        exact.bias.data = bias.detach().float().clone()
    exact.qconfig = per_channel_dynamic_qconfig
    return Linear.from_float(exact)


def eight_bit(model: nn.Module) -> nn.Module:
    """A copy of a model whose larger linear maps are in eight bits. UserError where torch has no such products."""
    if set(torch.backends.quantized.supported_engines) <= {"none"}:
        raise UserError("precision int8: this build of torch has no products in eight bits; give 32 or bf16")
    copy = deepcopy(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it may move to another package
        for module in list(copy.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.Linear) and child.weight.numel() >= SMALLEST:
                    setattr(module, name, rounded_linear(child.weight, child.bias))
                elif isinstance(child, LinearApart) and child.weight[0].numel() >= SMALLEST:
                    setattr(module, name, RoundedApart(child))
    return copy
