"""Where a model computes: on a GPU where there is one."""

from __future__ import annotations

import platform
from itertools import chain

import torch

from sign_latent.errors import UserError

AUTO = "auto"


def chosen_device(name: str = AUTO) -> torch.device:
    """`auto` (a GPU where there is one, else the processor), `cpu`, `cuda`, or one of several cards, as `cuda:1`.

    UserError for another name, and for a card that is not here.
    """
    if name == AUTO:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind not in ("cpu", "cuda") or (number and not (kind == "cuda" and number.isdecimal())):
        raise UserError(f"device {name}: unknown; give {AUTO}, cpu, cuda or cuda:N")
    if kind == "cuda" and int(number or 0) >= cards:
        raise UserError(f"device {name}: here PyTorch sees {cards} such cards; give {AUTO} or cpu")
    return torch.device(name)


def training_device(accelerator: str) -> torch.device:
    """Where what is done before and after a training with this Lightning accelerator is computed."""
    return chosen_device("cpu" if accelerator == "cpu" else AUTO)


def pays_in_bf16(device: torch.device | str) -> bool:
    """Whether products in bf16 are faster there than in float32.

    They are on GPUs, and on processors with units for them: AVX-512 BF16, AMX, or Arm's. All others compute them in
    other ways, which takes many times as long as float32.
    """
    if torch.device(device).type != "cpu":
        return True
    if platform.machine().lower() in ("aarch64", "arm64"):
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    # PyTorch has no public word for it, and not all versions have both of these.
    return any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))


def device_of(model: torch.nn.Module) -> torch.device:
    """Where the weights of a model lie; the processor where it has none."""
    found = next(chain(model.parameters(), model.buffers()), None)
    return torch.device("cpu") if found is None else found.device
