"""What the stage scripts share besides training: the command line, and facts for the card."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

from torch import nn

from sign_latent.errors import UserError, run


def run_stage(train: Callable) -> None:
    """jsonargparse's ``auto_cli`` over ``train``: the signature is the configuration. UserError: one line, exit 2."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for message in (".*LeafSpec.*", ".*does not have many workers.*", ".*IterableDataset.*"):
        warnings.filterwarnings("ignore", message=message)
    from jsonargparse import auto_cli

    run(lambda: auto_cli(train, as_positional=False))


def refuse_taken(name: str) -> None:
    """UserError before a training whose name is taken, rather than after it."""
    from sign_latent.registry import home

    if (home() / name).exists():
        raise UserError(f"artefact {name}: exists already in {home()} and is never overwritten; choose another --name")


def corpus_facts(corpus) -> dict[str, Any]:
    """Corpus hash, data licence and languages, as fields of a card."""
    clips = corpus.split("train")
    languages = {kind: sorted(clips.dataset.unique(f"{kind}_language")) for kind in ("spoken", "signed")}
    return {
        "corpus_hash": corpus.hash,
        "data_licence": str(corpus.info.get("licence", "unknown")),
        "languages": languages,
    }


def stored_precision(model: nn.Module, half: bool) -> None:
    """Rounds trained weights to what will be stored, so that what is measured after holds for the published ones."""
    if half:
        for parameter in model.parameters():
            parameter.data = parameter.data.half().float()
