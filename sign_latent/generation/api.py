"""Loading a generator and writing what it makes; used by the command line and the stage."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sign_latent import registry
from sign_latent.aligner.vectors import encoder_of
from sign_latent.card import Card
from sign_latent.device import AUTO, chosen_device
from sign_latent.errors import UserError
from sign_latent.generation.base import TextToPose
from sign_latent.generation.generator import Generator
from sign_latent.generation.latent import LatentToPose
from sign_latent.generation.paragraph import checked_sentences
from sign_latent.generation.provenance import provenance
from sign_latent.pose.pose import Pose
from sign_latent.pose.signs import within
from sign_latent.pose.streams import concatenated
from sign_latent.stage import tell_warnings
from sign_latent.text.doubts import some_of
from sign_latent.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

DEFAULT_MODEL = "embedded-sald"
VIDEOS = (".mp4", ".webm", ".gif")
SUFFIXES = (".pose", ".npz", ".html", *VIDEOS)
CHUNK = 100
"""Frames that are drawn at a time."""
LONGEST_TITLE = 200
"""Characters of a text that stand above its clip."""


def _latent_parts(found: registry.Artefact, device: torch.device) -> tuple[Card, Any, Any, Any, Vocabulary]:
    """Card, model and autoencoder on a device, text encoder on the processor, and vocabulary."""
    card = found.card
    parent = registry.load(card.parents["autoencoder"]).model.to(device)
    return card, found.model.to(device), parent, encoder_of(card), Vocabulary(card.vocabulary or ())


def _denoiser(found: registry.Artefact, device: torch.device) -> TextToPose:
    return Generator(*_latent_parts(found, device))


def _translator(found: registry.Artefact, device: torch.device) -> TextToPose:
    from sign_latent.generation.translation import Translation

    return Translation(*_latent_parts(found, device))


def _regression(found: registry.Artefact, device: torch.device) -> TextToPose:
    from sign_latent.generation.regression import Regression

    return Regression(*_latent_parts(found, device))


def _stitching(found: registry.Artefact, device: torch.device) -> TextToPose:
    from sign_latent.generation.stitching import Stitching

    return Stitching(found.card, found.model)


def _retrieval(found: registry.Artefact, device: torch.device) -> TextToPose:
    from sign_latent.generation.retrieval import Retrieval, clips_of

    return Retrieval(found.card, found.model, encoder_of(found.card), clips_of(found.card, found.model))


GENERATORS: dict[str, Callable[[registry.Artefact, torch.device], TextToPose]] = {
    "sald_denoiser": _denoiser,
    "token_translator": _translator,
    "masked_translator": _translator,
    "progressive_transformer": _regression,
    "stitcher": _stitching,
    "nearest_text": _retrieval,
    "unet_denoiser": _denoiser,
}
"""Model (key of the models table) -> how its artefact becomes a generator on a device. Those that put recorded clips
together (``stitcher``, ``nearest_text``) have nothing to compute there."""


def load(name: str = DEFAULT_MODEL, autoencoder: str | None = None, device: str = AUTO) -> TextToPose:
    """A published generator of poses with all that it was trained on, verified, on a device of ``chosen_device``: a GPU
    where there is one, unless told otherwise.

    What its card warns of is said on stderr. ``autoencoder`` says which one the caller relies on. UserError if the
    generator was trained on another, or is none, or what it makes becomes no poses, and for a device that is not here.
    """
    made = load_any(name, autoencoder, device)
    if isinstance(made, LatentToPose) and (domain := made.autoencoder.spec.domain) != "pose":
        raise UserError(_only_video(name, domain))
    return made


def refusal(card: Card) -> str:
    """Why ``load`` will refuse a generator, in a line; "" where cards, its own and its ancestors', tell no reason."""
    if lost := registry.missing_ancestor(card):
        return lost
    encoded = card.parents.get("autoencoder")
    domain = registry.find(encoded)[1].latent.domain if encoded else "pose"
    return "" if domain == "pose" else _only_video(card.name, domain)


def _only_video(name: str, domain: str) -> str:
    return (
        f"model {name}: makes {domain}s of a renderer, which become a video alone; give the --renderer that they "
        "were made with"
    )


def load_any(name: str, autoencoder: str | None = None, device: str = AUTO) -> TextToPose:
    """``load``, whatever the generator's autoencoder encodes."""
    place = chosen_device(device)  # refuses before anything is loaded
    expect = {"model": tuple(GENERATORS)} | ({"autoencoder": autoencoder} if autoencoder else {})
    found = registry.load(name, expect=expect)
    tell_warnings(found.card)
    return GENERATORS[found.card.model](found, place)


@dataclass(frozen=True)
class Picture:
    """How a video looks: what the signer is made of, `look` the seed of an invented signer (None: the plain one with
    coloured fingers), and a caption, in the font of a file or one that the system has."""

    body: str = "drawn"
    look: int | None = None
    caption: str = ""
    font: str | None = None

    def how(self) -> dict[str, Any]:
        """Arguments of ``draw_pose``. UserError for an unknown body or look."""
        from sign_latent.renderer.draw import painter_of
        from sign_latent.renderer.look import signer_look

        painter_of(self.body)
        look = None if self.look is None else signer_look(self.look)
        return {"body": self.body, "look": look, "caption": self.caption, "font": self.font}

    def tell(self) -> None:
        """Warns of what the caption's font cannot show. UserError for a file that is no font."""
        from sign_latent.renderer.caption import lacking, misplaced

        if lost := lacking(self.caption, self.font):
            warnings.warn(
                f"caption: the font lacks {some_of(lost)}, in whose place boxes stand; give a --caption-font FILE that "
                "has them",
                stacklevel=2,
            )
        if misplaced(self.caption):
            warnings.warn(
                "caption: Pillow finds no libraqm, by which letters from right to left are joined and ordered; install "
                "libfribidi",
                stacklevel=2,
            )


def check_output(path: str | Path, picture: Picture | None = None) -> Path:
    """The path, if its suffix is one we write and it can be a file of an existing folder; UserError otherwise.

    Also for a ``picture`` where none is made.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise UserError(f"output {path}: unknown suffix; give one of {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise UserError(f"output {path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise UserError(f"output {path}: the folder {path.parent} does not exist; make it first")
    if picture is not None and path.suffix not in VIDEOS:
        raise UserError(
            f"output {path}: has no pictures; leave out body, look and caption, or give {', '.join(VIDEOS)}"
        )
    if picture is not None:
        picture.how()
        picture.tell()
    return path


def write(
    chunks: Iterable[Pose], path: Path, about: str, title: str, picture: Picture | None = None
) -> tuple[int, float]:
    """Writes a clip that comes in chunks as the suffix says; its frames and their rate.

    A video is written as the chunks come, so that its memory does not grow with the clip; of the others the whole clip
    is held. A ``.pose`` or ``.gif`` has no place for provenance and gets a small JSON beside it.
    """
    if path.suffix in VIDEOS:
        return _write_video(chunks, path, about, picture or Picture())
    pose = concatenated(list(chunks))
    if path.suffix == ".html":
        from sign_latent.renderer.page import PageClip, view_page

        view_page([PageClip(title, pose, provenance=about, tiers=within(pose.signs, len(pose)))], path)
    else:
        pose.save(path, about)
    return len(pose), pose.fps


def _write_video(chunks: Iterable[Pose], path: Path, about: str, picture: Picture) -> tuple[int, float]:
    from sign_latent.renderer.draw import draw_stream
    from sign_latent.renderer.video import write_video

    counted = 0

    def counting() -> Iterator[Pose]:
        nonlocal counted
        for chunk in chain([first], rest):
            counted += len(chunk)
            yield chunk

    rest = iter(chunks)
    first = next(rest)
    write_video(path, draw_stream(counting(), **picture.how()), first.fps, comment=about)
    return counted, first.fps


def generate_file(
    text: str,
    output: str | Path,
    model: str = DEFAULT_MODEL,
    autoencoder: str | None = None,
    seed: int = 0,
    picture: Picture | None = None,
    device: str = AUTO,
    **options: Any,
) -> tuple[int, float]:
    """A text of any length to a file with one of ``SUFFIXES``; its frames and their rate.

    ``picture`` says how a video looks, ``device`` where the model computes, ``options`` are those of
    ``TextToPose.stream``. Raises UserError; writes nothing then.
    """
    path = check_output(output, picture)
    checked_sentences(text, options.get("spoken_language"))  # before the seconds that loading takes
    generator = load(model, autoencoder, device)
    chunks = generator.stream(text, seed=seed, **{"chunk_frames": CHUNK, **options})
    return write(
        chunks, path, provenance(generator.card, text, seed, options.get("signed_language")), _title(text), picture
    )


def _title(text: str) -> str:
    """A text in one short line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[:LONGEST_TITLE]}…"
