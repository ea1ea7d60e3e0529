"""What the stage scripts share besides training: the command line, and facts for the card."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from sign_latent.errors import UserError, run
from sign_latent.runs import refuse_earlier

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

    from sign_latent.card import Card
    from sign_latent.training import TrainSettings


def run_stage(train: Callable, settings: type | None = None) -> None:
    """Runs ``train`` as the command line says: its signature is the configuration, or the fields of a dataclass
    ``settings`` that it takes. Errors: one line, exit 2.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    run(lambda: train(**_given(train)) if settings is None else train(settings(**_given(settings))))


def parser_of(takes: Callable) -> ArgumentParser:
    """jsonargparse's ``auto_parser``; what attributes of dataclasses are documented as is their help."""
    from jsonargparse import auto_parser, set_parsing_settings

    set_parsing_settings(docstring_parse_attribute_docstrings=True)
    return auto_parser(takes, as_positional=False, exit_on_error=False)


def _given(takes: Callable) -> Mapping[str, Any]:
    """The arguments of the command line, dataclasses built. UserError where they are not what is taken."""
    from argparse import ArgumentError

    parser = parser_of(takes)
    try:
        found = parser.instantiate(parser.parse_args(underscored(sys.argv[1:])))
    except (ArgumentError, UnicodeDecodeError) as error:
        raise UserError(f"arguments: {_plain(str(error))}; see --help") from None
    found.pop("config", None)
    return found


def underscored(arguments: Sequence[str]) -> list[str]:
    """Arguments whose options are named as settings are, however they were written: ``--init-from`` is ``--init_from``.

    Values stay as they are.
    """
    return [
        name.replace("-", "_").replace("__", "--", 1) + equals + value if name.startswith("--") else argument
        for argument in arguments
        for name, equals, value in [argument.partition("=")]
    ]


def _plain(message: str) -> str:
    """Of jsonargparse's report on an optional dataclass, what is wrong with the dataclass."""
    message = re.sub(r"Does not validate against.*?Problem with given class_path '[^']*':", "", message, flags=re.S)
    return re.sub(r"\n\s*- Expected a <class 'NoneType'>.*", "", message, flags=re.S)


def refuse_taken(name: str, how: TrainSettings | None = None) -> None:
    """UserError before a training whose name is taken or no name, has no place or an earlier run, rather than after."""
    from sign_latent.files import check_place
    from sign_latent.registry import check_name, home

    check_name(name)
    check_place(home() / name)
    if (home() / name).exists():
        raise UserError(f"artefact {name}: exists already in {home()} and is never overwritten; choose another --name")
    if how is not None:
        refuse_earlier(name, Path(how.runs) / name, how.resume)


def corpus_facts(corpus) -> dict[str, Any]:
    """Corpus hash, data licence, languages and the pairs of them that were seen, as fields of a card."""
    clips = corpus.split("train")
    languages: dict[str, Any] = {
        kind: sorted(clips.dataset.unique(f"{kind}_language")) for kind in ("spoken", "signed")
    }
    languages["pairs"] = sorted(set(clips.languages))
    return {
        "corpus_hash": corpus.hash,
        "data_licence": str(corpus.info.get("licence", "unknown")),
        "languages": languages,
    }


def one_language(corpus):
    """The corpus, if its training clips are of one pair of languages. UserError otherwise."""
    pairs = corpus_facts(corpus)["languages"]["pairs"]
    if len(pairs) > 1:
        said = ", ".join(f"{spoken} to {signed}" for spoken, signed in pairs)
        raise UserError(f"corpus {corpus.path}: is in several languages ({said}), which this stage cannot tell apart")
    return corpus


def tell_warnings(card: Card) -> None:
    """Says on stderr what the card of a generator warns of."""
    for warning in card.warnings:
        print(f"warning: {card.name}: {warning}", file=sys.stderr)


def stored_precision(model: nn.Module, half: bool) -> None:
    """Rounds weights to what will be stored, so that what is measured after holds for the published ones."""
    from sign_latent.registry import stored

    if half:
        for name, value in model.state_dict().items():  # of buffers, those alone that are stored
            value.copy_(stored(name, value, half=True))
