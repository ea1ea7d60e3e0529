"""The shelf of trained stages: ``artefacts/<name>/{card.json, model.safetensors, config.yaml}``.

Nothing on the shelf ever changes. Publishing shows an artefact whole or not at all; loading verifies it and all it
was trained on. Artefacts lie in ``$SIGN_LATENT_HOME`` (default ``./artefacts``), then in the package's own.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from sign_latent.card import Card, LatentSpec
from sign_latent.errors import UserError
from sign_latent.files import file_hash, folder_aside, is_aside

if TYPE_CHECKING:
    import torch

__all__ = [
    "Artefact",
    "Card",
    "LatentSpec",
    "find",
    "graph",
    "list_artefacts",
    "load",
    "missing_ancestor",
    "publish",
    "verify",
]

EMBEDDED = Path(__file__).parent / "artefacts"
"""Artefacts that ship in the package."""

_CARD, _WEIGHTS, _CONFIG = "card.json", "model.safetensors", "config.yaml"


@dataclass
class Artefact:
    """A loaded stage: ``model`` is in evaluation mode, in fp32, on the CPU."""

    card: Card
    model: Any
    path: Path


def home() -> Path:
    """Where new artefacts are published."""
    return Path(os.environ.get("SIGN_LATENT_HOME", "artefacts"))


def publish(
    card: Card, weights: "torch.nn.Module | Mapping[str, torch.Tensor]", config: dict[str, Any], half: bool = False
) -> Card:
    """Put weights on the shelf and return the card as it stands there.

    ``config`` is written beside the card as a record of the run. ``half`` stores floats as fp16, but for buffers
    whose name holds ``mean`` or ``std`` and tensors that fp16 cannot hold. Raises UserError for a bad or taken name
    or a parent that is not on the shelf; whatever goes wrong, nothing is left behind.
    """
    import yaml
    from safetensors.torch import save_file

    check_name(card.name)
    for role, reference in card.parents.items():
        _find_parent(card, role, reference)
    state = weights if isinstance(weights, Mapping) else weights.state_dict()
    with folder_aside(home() / card.name, "artefact") as folder:
        save_file({name: stored(name, value, half) for name, value in state.items()}, folder / _WEIGHTS)
        card = replace(card, weights_sha256=file_hash(folder / _WEIGHTS), **_circumstances(card))
        (folder / _CONFIG).write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
        (folder / _CARD).write_text(card.to_json(), encoding="utf-8")
    return card


def load(name: str, expect: dict[str, Any] | None = None) -> Artefact:
    """A stage by ``name`` or ``name@hash``, its weights and those of all its parents verified.

    ``expect`` says what the caller relies on: a role → the parent (by name) that it must have been trained on, or a
    field of the card → its value or a tuple of allowed values. Raises UserError naming what is unknown, damaged,
    missing, retrained or unexpected.
    """
    import torch
    from safetensors.torch import load_file

    folder, card = find(name)
    check_whole(folder, card)
    for key, value in (expect or {}).items():
        _check_expected(card, key, value)
    with torch.random.fork_rng(devices=[]):  # building a model draws initial weights; loading must not move the seed
        model = _build(card)
    try:
        model.load_state_dict(load_file(folder / _WEIGHTS), strict=True)
    except RuntimeError as error:
        raise UserError(
            f"artefact {card.name}: its weights do not fit model {card.model} ({error}); train or pull it again"
        ) from None
    return Artefact(card, model.eval(), folder)


def find(reference: str) -> tuple[Path, Card]:
    """Folder and card of ``name`` or ``name@hash``, weights unread. UserError if there is no such artefact."""
    name, _, wanted = reference.partition("@")
    found = [(folder, read_card(folder)) for folder in _folders() if folder.name == name]
    for folder, card in found:
        if card.hash == wanted or not wanted:
            return folder, card
    if found:
        raise UserError(f"artefact {reference}: here is {found[0][1].reference}; retrained? name the one you mean")
    known = ", ".join(sorted({folder.name for folder in _folders()})) or "none"
    raise UserError(f"artefact {reference}: not found in {home()} or the package; there is {known}")


def list_artefacts() -> list[Card]:
    """Cards of all that can be loaded by name; damaged ones are left to ``verify``."""
    cards: dict[str, Card] = {}
    for folder in _folders():
        try:
            cards.setdefault(folder.name, read_card(folder))
        except UserError:
            continue
    return sorted(cards.values(), key=lambda card: card.name)


def graph() -> dict[str, dict[str, str]]:
    """``name@hash`` → role → ``name@hash`` of its parents, for all that can be loaded."""
    return {card.reference: dict(card.parents) for card in list_artefacts()}


def missing_ancestor(card: Card) -> str:
    """Which of all that an artefact was trained on is missing or was retrained, in a line; "" where none is.

    Cards alone are read, no weights: ``load`` may still find these damaged.
    """
    try:
        parents = [_find_parent(card, *parent)[1] for parent in card.parents.items()]
    except UserError as error:
        return str(error)
    return next(filter(None, map(missing_ancestor, parents)), "")


def verify() -> list[str]:
    """What is wrong on the shelf, a line each; empty when every weight, card and parent is as published."""
    problems = []
    for folder in _folders():
        try:
            check_whole(folder, read_card(folder))
        except UserError as error:
            problems.append(str(error))
    return problems


def check_name(name: str) -> None:
    """UserError unless the name is a plain word that is safe as a folder."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", name):
        raise UserError(f"artefact '{name}': not a name; use lower-case letters, digits and - _ . only")


def read_card(folder: Path) -> Card:
    """The card of an artefact folder. UserError when it is missing, damaged or says another name."""
    try:
        card = Card.from_json((folder / _CARD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"artefact {folder}: has no {_CARD}; remove it, or pull or train it again") from None
    except ValueError as error:
        raise UserError(f"artefact {folder}: its {_CARD} is damaged ({error}); pull or train it again") from None
    if card.name != folder.name:
        raise UserError(f"artefact {folder}: its card says {card.name}; give the folder that name")
    return card


def check_whole(folder: Path, card: Card) -> None:
    """Verify the weights of an artefact and of all its ancestors. UserError names what is damaged or missing."""
    weights = folder / _WEIGHTS
    if not weights.is_file() or file_hash(weights) != card.weights_sha256:
        raise UserError(f"artefact {card.name}: its {_WEIGHTS} is damaged or missing; pull or train it again")
    for role, reference in card.parents.items():
        check_whole(*_find_parent(card, role, reference))


def _folders() -> Iterator[Path]:
    """Artefact folders, the user's before the package's; what is being written is not yet one."""
    for place in (home(), EMBEDDED):
        if place.is_dir():
            yield from sorted(item for item in place.iterdir() if item.is_dir() and not is_aside(item))


def _find_parent(card: Card, role: str, reference: str) -> tuple[Path, Card]:
    try:
        return find(reference)
    except UserError as error:
        raise UserError(f"artefact {card.name}: was trained on {role} {reference}, but {error}") from None


def _check_expected(card: Card, key: str, value: Any) -> None:
    if key in card.parents:
        wanted = find(value)[1].reference
        if wanted != card.parents[key]:
            raise UserError(
                f"artefact {card.name}: was trained on {key} {card.parents[key]}, not on {wanted}; "
                f"name its own, or train one on {wanted}"
            )
        return
    actual, allowed = getattr(card, key, None), value if isinstance(value, tuple) else (value,)
    if actual not in allowed:
        raise UserError(
            f"artefact {card.name}: its {key} is {actual}, where {' or '.join(map(str, allowed))} is needed; "
            "see sign-latent registry list"
        )


def _build(card: Card) -> Any:
    from sign_latent.models import model_class

    cls = model_class(card.model)
    try:
        return cls(settings_from(cls.Settings, card.settings))
    except TypeError as error:
        raise UserError(
            f"artefact {card.name}: settings of another version of {card.model} ({error}); use the version that "
            f"published it{f', commit {card.code_commit}' if card.code_commit else ''}, or train it again"
        ) from None


def settings_from(cls: type, values: dict[str, Any]) -> Any:
    """A settings dataclass from plain JSON values: lists become tuples and nested settings their class."""
    hints = get_type_hints(cls)
    unknown = set(values) - {item.name for item in fields(cls)}
    if unknown:
        raise TypeError(f"unknown setting {', '.join(sorted(unknown))}")

    def restored(name: str, value: Any) -> Any:
        if isinstance(value, dict) and is_dataclass(hints[name]):
            return settings_from(hints[name], value)
        wants_tuple = "tuple" in str(hints[name])
        return _tuples(value) if wants_tuple else value

    return cls(**{name: restored(name, value) for name, value in values.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def stored(name: str, value: "torch.Tensor", half: bool) -> "torch.Tensor":
    """A weight as ``publish`` stores it. UserError where it is not finite."""
    import torch

    value = value.detach().cpu()
    if not torch.isfinite(value).all():
        raise UserError(f"weights: {name} holds NaN or infinity, so the training failed; lower its learning rate")
    statistic = "mean" in name or "std" in name
    if half and value.is_floating_point() and not statistic and torch.isfinite(value.to(torch.float16)).all():
        value = value.to(torch.float16)
    return value.contiguous().clone()  # tied weights are stored once each


def _circumstances(card: Card) -> dict[str, Any]:
    commit, dirty = (card.code_commit, card.code_dirty) if card.code_commit else _code_state()
    created = card.created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"code_commit": commit, "code_dirty": dirty, "created": created}


def _code_state() -> tuple[str, bool]:
    """Commit of the checkout this code runs from and whether it was changed since; empty outside a checkout."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        tracked = git("ls-files", Path(__file__).name)  # the package may be installed inside someone else's checkout
        return (git("rev-parse", "HEAD"), bool(git("status", "--porcelain"))) if tracked else ("", False)
    except (OSError, subprocess.CalledProcessError):
        return "", False
