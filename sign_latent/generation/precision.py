"""Running a model in bf16: half as much to read from memory, and matrix units that are faster in it.

On a processor without such units (`sign_latent.device.pays_in_bf16`) bf16 is float32, which is faster there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from typing import Any

import torch

from sign_latent.device import device_of, pays_in_bf16
from sign_latent.errors import UserError

PRECISIONS = ("32", "bf16")


def check_precision(name: str, known: Sequence[str] = PRECISIONS) -> None:
    """UserError for a precision that is not known here."""
    if name not in known:
        raise UserError(f"precision {name}: unknown; give {' or '.join(known)}")


def halved(model: Any) -> Any:
    """A copy of a model with its matrices in bf16, for use under autocast, which else converts them at every call."""
    copy = deepcopy(model)
    if not pays_in_bf16(device_of(model)):
        return copy
    for parameter in copy.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.bfloat16()
    return copy


def autocast(precision: str, device: torch.device | str = "cpu") -> AbstractContextManager[Any]:
    """Matrix products in this precision on a device."""
    kind = torch.device(device).type
    wanted = precision == "bf16" and pays_in_bf16(device)
    if not wanted and not torch.amp.is_autocast_available(kind):
        return nullcontext()
    return torch.autocast(kind, torch.bfloat16, enabled=wanted)
