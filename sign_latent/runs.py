"""What a training leaves behind for going on: ``last.ckpt``, and ``run.json``, which says what the run is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sign_latent.errors import UserError
from sign_latent.files import file_aside

CHECKPOINT = "last.ckpt"
_ABOUT = "run.json"


def read_checkpoint(path: Path, model: nn.Module) -> dict[str, Any]:
    """A Lightning checkpoint of a module whose ``model`` it was. UserError where it is damaged or of another model."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {name.removeprefix("model."): value.shape for name, value in found["state_dict"].items()}
    # A damaged archive raises whatever torch's C++ reader, its unpickler or the lookups of what it lacks raise;
    # which, no release promises.
    except Exception as error:
        raise UserError(f"{path}: is damaged ({type(error).__name__}); remove it to start this run again") from None
    if shapes != {name: value.shape for name, value in model.state_dict().items()}:
        raise UserError(f"{path}: is of another model; give this run's own configuration, or remove {path.parent}")
    return found


def refuse_earlier(name: str, directory: Path, resume: bool) -> None:
    """UserError where an earlier run of this name can go on and nobody said that it should."""
    if (directory / CHECKPOINT).exists() and not resume:
        raise UserError(
            f"training {name}: {directory} holds an earlier run; add --train.resume true, or remove the folder"
        )


def remember(directory: Path, told: Mapping[str, Any]) -> None:
    """Writes down what a run is: plain values, nested at will."""
    with file_aside(directory / _ABOUT) as aside:
        aside.write_text(json.dumps(_flat(told), indent=1) + "\n", encoding="utf-8")


def check_same(directory: Path, told: Mapping[str, Any]) -> None:
    """UserError naming the first thing in which the run of this directory is another than ``told``."""
    try:
        before = json.loads((directory / _ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    now = json.loads(json.dumps(_flat(told)))
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise UserError(
                f"{directory}: holds a run with {key} = {before.get(key)}, where {now.get(key)} is asked for; "
                "ask for the same, or remove the folder to start again"
            )


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, keys joined by dots."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found
