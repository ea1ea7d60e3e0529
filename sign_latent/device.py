"""Where a model computes: on a GPU where there is one."""

from __future__ import annotations

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


def device_of(model: torch.nn.Module) -> torch.device:
    """Where the weights of a model lie; the processor where it has none."""
    found = next(chain(model.parameters(), model.buffers()), None)
    return torch.device("cpu") if found is None else found.device
