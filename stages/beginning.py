"""A training that begins with the weights of a published model instead of by chance (``--init-from``)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from textwrap import shorten
from typing import Any

from torch import nn

from sign_latent import registry
from sign_latent.errors import UserError

TRAINED = ("loss", "kl", "commitment", "decay", "dead", "rotation", "dropout", "smoothing", "drop_text", "replaced")
TRAINED += ("told", "end_weight", "length_weight", "checkpointing")
"""Settings that say how weights are learnt; a training may have others than the one that it goes on from."""
USED = ("diffusion", "decoding", "length_temperature")
"""Settings that say what weights are used for."""
NAMES = {"marks": "marks of languages and inputs", "spoken": "spoken languages", "signed": "signed languages"}
"""Setting -> what it is called where its own name does not say."""


def begin_with(model: nn.Module, kind: str, name: str | None, free: Collection[str] = ()) -> dict[str, str]:
    """Takes over the weights of a published model, which becomes the parent ``initial``; none where no name is given.

    All settings by which weights are read must be the same (skeleton, frame rate, sizes, languages, …): but for
    `TRAINED`, `USED` and those named as ``free``. UserError for a model of another kind, and naming the first setting
    that differs.
    """
    if name is None:
        return {}
    artefact = registry.load(name, expect={"model": kind})
    own, asked = (json.loads(json.dumps(asdict(one.settings))) for one in (artefact.model, model))
    for key in asked:
        if key not in (*TRAINED, *USED, *free) and own[key] != asked[key]:
            raise UserError(
                f"init_from {name}: has {NAMES.get(key, key)} {_said(own[key])}, where {_said(asked[key])} is asked "
                "for; give its own settings, and a corpus like its own"
            )
    try:
        model.load_state_dict(artefact.model.state_dict())
    except RuntimeError:
        raise UserError(f"init_from {name}: is of another size than these settings; give its own settings") from None
    return {"initial": artefact.card.reference}


def _said(value: Any) -> str:
    """A setting in few words."""
    words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shorten(words, 80, placeholder=" …") or "none"
