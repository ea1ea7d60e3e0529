"""Loading a generator and writing what it makes; used by the command line and the stage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sign_latent import registry
from sign_latent.aligner.vectors import encoder_of
from sign_latent.errors import UserError
from sign_latent.generation.base import TextToPose
from sign_latent.generation.generator import Generator
from sign_latent.generation.request import check_text
from sign_latent.pose.pose import Pose
from sign_latent.stage import tell_warnings
from sign_latent.text.vocabulary import Vocabulary

DEFAULT_MODEL = "embedded-sald"
SUFFIXES = (".pose", ".npz", ".mp4", ".html")


def _denoiser(found: registry.Artefact) -> TextToPose:
    parent, card = registry.load(found.card.parents["autoencoder"]).model, found.card
    return Generator(card, found.model, parent, encoder_of(card), Vocabulary(card.vocabulary))


def _translator(found: registry.Artefact) -> TextToPose:
    from sign_latent.generation.translation import Translation

    parent, card = registry.load(found.card.parents["autoencoder"]).model, found.card
    return Translation(card, found.model, parent, encoder_of(card), Vocabulary(card.vocabulary))


def _regression(found: registry.Artefact) -> TextToPose:
    from sign_latent.generation.regression import Regression

    parent, card = registry.load(found.card.parents["autoencoder"]).model, found.card
    return Regression(card, found.model, parent, encoder_of(card), Vocabulary(card.vocabulary))


def _stitching(found: registry.Artefact) -> TextToPose:
    from sign_latent.generation.stitching import Stitching

    return Stitching(found.card, found.model)


def _retrieval(found: registry.Artefact) -> TextToPose:
    from sign_latent.generation.retrieval import Retrieval, clips_of

    return Retrieval(found.card, found.model, encoder_of(found.card), clips_of(found.card, found.model))


GENERATORS: dict[str, Callable[[registry.Artefact], TextToPose]] = {
    "sald_denoiser": _denoiser,
    "token_translator": _translator,
    "masked_translator": _translator,
    "progressive_transformer": _regression,
    "stitcher": _stitching,
    "nearest_text": _retrieval,
    "unet_denoiser": _denoiser,
}
"""Model (key of the models table) -> how its artefact becomes a generator."""


def load(name: str = DEFAULT_MODEL, autoencoder: str | None = None) -> TextToPose:
    """A published generator with all that it was trained on, verified.

    What its card warns of is said on stderr. ``autoencoder`` says which one the caller relies on. UserError if the
    generator was trained on another, or is none.
    """
    expect = {"model": tuple(GENERATORS)} | ({"autoencoder": autoencoder} if autoencoder else {})
    found = registry.load(name, expect=expect)
    tell_warnings(found.card)
    return GENERATORS[found.card.model](found)


def provenance(card: registry.Card, text: str, seed: int) -> str:
    """What is written into or beside a generated file."""
    facts = {"generated_by": card.reference, "text": text, "seed": seed, "reviewed_by_signers": False}
    return json.dumps(facts, ensure_ascii=False)


def check_output(path: str | Path) -> Path:
    """The path, if its suffix is one we write and it can be a file of an existing folder; UserError otherwise."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise UserError(f"output {path}: unknown suffix; give one of {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise UserError(f"output {path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise UserError(f"output {path}: the folder {path.parent} does not exist; make it first")
    return path


def write(pose: Pose, path: Path, about: str, title: str) -> None:
    """Writes a pose as its suffix says. A ``.pose`` has no place for provenance and gets a small JSON beside it."""
    if path.suffix == ".mp4":
        from sign_latent.renderer.draw import draw_pose
        from sign_latent.renderer.video import write_video

        write_video(path, draw_pose(pose), pose.fps, comment=about)
    elif path.suffix == ".html":
        from sign_latent.renderer.page import PageClip, view_page

        view_page([PageClip(title, pose, provenance=about)], path)
    else:
        pose.save(path, about)


def generate_file(
    text: str,
    output: str | Path,
    model: str = DEFAULT_MODEL,
    autoencoder: str | None = None,
    seed: int = 0,
    **options: Any,
) -> Pose:
    """Text to a ``.pose``, ``.npz``, ``.mp4`` or ``.html`` file; ``options`` are those of ``TextToPose.generate``.

    Raises UserError; writes nothing then.
    """
    path = check_output(output)
    check_text(text)  # before the seconds that loading takes
    generator = load(model, autoencoder)
    pose = generator.generate([text], seed=seed, **options)[0]
    write(pose, path, provenance(generator.card, text, seed), text)
    return pose
