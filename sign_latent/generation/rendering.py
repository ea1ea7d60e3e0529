"""Videos whose pictures a trained renderer makes: its card says from what."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sign_latent import registry
from sign_latent.cache import resumable
from sign_latent.device import AUTO, chosen_device
from sign_latent.errors import UserError
from sign_latent.generation.api import CHUNK, DEFAULT_MODEL, VIDEOS, Picture, check_output
from sign_latent.generation.base import TextToPose
from sign_latent.generation.provenance import provenance
from sign_latent.generation.request import check_length
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import at_rate, cut
from sign_latent.text.checks import check_text

if TYPE_CHECKING:
    import torch

    from sign_latent.generation.latent import LatentToPose

_SAMPLING = {"guidance_rescale": "rescale", "guidance_interval": "interval"}
"""Options of the command line -> what ``Sampling.of`` calls them."""
_OPTIONS = {"frames", "steps", "guidance", "sampler", "precision", "spoken_language", "signed_language", *_SAMPLING}


KEPT_DAYS = 7
"""For so long what was rendered before a stop waits to be gone on with."""


@dataclass
class Rendered:
    """Pictures [H, W, 3] uint8 as they are made, their rate, and what else the file is to tell of its making."""

    pictures: Iterable[np.ndarray]
    fps: float
    told: dict[str, str] = field(default_factory=dict)
    kept: Path | None = None
    """Folder of what has been rendered, of no use once the video is written."""


def _asked(name: str) -> str:
    """How an option is asked for on the command line."""
    return f"--{name.replace('_', '-')}"


def _from_text(text: str, renderer: str, seed: int, options: dict[str, Any]) -> Rendered:
    from sign_latent.renderer.text_video.renderer import load

    check_text(text)
    device = options.pop("device", AUTO)
    foreign = sorted(set(options) - _OPTIONS)
    if foreign:
        raise UserError(f"{_asked(foreign[0])}: renderer {renderer} goes from text to pixels; leave it out")
    made = load(renderer, device)
    how = {_SAMPLING.get(name, name): value for name, value in options.items()}
    return Rendered(made.render(text, seed=seed, **how), made.fps)


def _from_pose(text: str, renderer: str, seed: int, options: dict[str, Any]) -> Rendered:
    from sign_latent.generation.paragraph import checked_sentences
    from sign_latent.renderer.sign_video.render import load

    for name in ("style", "style_text"):
        if name in options:
            raise UserError(f"{_asked(name)}: renderer {renderer} signs at its model's own tempo; leave it out")
    checked_sentences(text, options.get("spoken_language"))
    own = ("reference", "model", "autoencoder", "renderer_option", "device")
    given = {name: value for name, value in options.items() if name not in own}
    how = dict(map(value_of, options.get("renderer_option", ())))
    made = load(renderer, options.get("device", AUTO))
    reference = options.get("reference")
    made.sampling(**how)
    made.shown(reference)  # both refuse before the seconds that signing takes
    signer = options.get("model"), options.get("autoencoder"), options.get("device", AUTO)
    card, signed = signed_by(made.card, made.settings.fps, *signer)
    conditions = signed(text, seed=seed, **given)
    asked = json.dumps([text, renderer, card.reference, seed, given, how, str(reference)], default=str)
    kept = resumable("rendering", [asked], days=KEPT_DAYS)
    pictures = (picture for stretch in made.stream(conditions, reference, seed, kept, **how) for picture in stretch)
    return Rendered(pictures, made.settings.fps, {"signed_by": card.reference}, kept)


def value_of(text: str) -> tuple[str, Any]:
    """`NAME=VALUE` as a name and a number, or a word. UserError where there is no `=`."""
    name, sign, value = text.partition("=")
    if not sign:
        raise UserError(f"option {text}: is not NAME=VALUE")
    for kind in (int, float):
        with suppress(ValueError):
            return name, kind(value)
    return name, value


def signed_by(
    renderer: registry.Card,
    fps: float,
    model: str | None = None,
    autoencoder: str | None = None,
    device: str = AUTO,
) -> tuple[registry.Card, Callable[..., Iterator[Any]]]:
    """Who signs for a renderer of poses, and its (text, seed, frames, …) → poses, or embeddings where it makes
    conditions.

    Either is at the renderer's frame rate ``fps``, and so many ``frames`` of that, made on ``device``. UserError for a
    model that makes the conditions of another renderer, or at another rate: between two embeddings there is nothing to
    resample by.
    """
    from sign_latent.generation.api import load, load_any

    name = model or DEFAULT_MODEL
    parent = registry.find(name)[1].parents.get("autoencoder")
    latents = None if parent is None else registry.find(parent)[1]
    if latents is None or latents.latent.domain == "pose":
        generator = load(name, autoencoder, device)
        return generator.card, partial(_poses, generator, fps)
    own, rate = latents.parents.get("renderer"), latents.latent.fps
    if own != renderer.reference:
        raise UserError(f"renderer {renderer.reference}: model {name} makes conditions of {own}; name that one")
    if rate != fps:
        raise UserError(
            f"model {name}: makes conditions at {rate:g} frames a second, and renderer {renderer.name} was trained at "
            f"{fps:g}; train their autoencoder and the model anew"
        )
    made = load_any(name, autoencoder, device)
    return made.card, partial(_embeddings, made)


def _poses(made: TextToPose, fps: float, text: str, frames: int | None = None, **options: Any) -> Iterator[Pose]:
    """Poses of a text in chunks, at a frame rate that may be another than the model's; so many ``frames`` of it."""
    if frames is None or made.fps == fps:
        return at_rate(made.stream(text, chunk_frames=CHUNK, frames=frames, **options), fps)
    own = math.ceil(frames * made.fps / fps)
    return first(at_rate(made.stream(text, chunk_frames=CHUNK, frames=own, **options), fps), frames)


def first(conditions: Iterable[Any], most: int | None) -> Iterator[Any]:
    """The first so many frames of poses or embeddings that come in parts; no more of these is asked for."""
    left = most
    for part in conditions:
        if left is None:
            yield part
            continue
        yield cut(part, 0, min(left, len(part))) if isinstance(part, Pose) else part[:left]
        left -= len(part)
        if left <= 0:
            return


def _embeddings(
    made: LatentToPose,
    text: str,
    seed: int = 0,
    frames: int | None = None,
    spoken_language: str | None = None,
    signed_language: str | None = None,
    **options: Any,
) -> Iterator[torch.Tensor]:
    """Embeddings of the sentences of a text, one after the other; nothing leads from one to the next."""
    from sign_latent.generation.inputs import in_sentences
    from sign_latent.generation.paragraph import check_frames, sentence_seed, shared, words
    from sign_latent.renderer.sign_video.embeddings import decoded_embeddings

    if "speed" in options:
        raise UserError("speed: conditions have the tempo of their model; leave it out")
    parts = in_sentences(made.card, text, spoken_language, bool(options.get("gloss")))
    asked = made.asked(parts, spoken_language, signed_language, 1.0, options)
    made.check(asked)
    check_length(frames, asked)
    if frames is not None:
        check_frames(frames, len(parts))
    lengths = [None] * len(parts) if frames is None else shared(frames, words(parts))
    for place, (sentence, length) in enumerate(zip(parts, lengths, strict=True)):
        given = asked | {"languages": asked["languages"][:1]}
        yield from decoded_embeddings(
            made.autoencoder, made.latents(sentence, length, sentence_seed(seed, place), given)
        )


CONDITIONS: dict[str, Callable[[str, str, int, dict[str, Any]], Rendered]] = {"text": _from_text, "pose": _from_pose}
"""What a renderer takes -> (text, renderer, seed, options) -> what it renders of them."""


def _refuse_looks(picture: Picture, renderer: str) -> None:
    """UserError for looks, which are not drawn here."""
    if picture != Picture(caption=picture.caption, font=picture.font):
        raise UserError(f"--body, --look: are of drawn signers, and renderer {renderer} draws none; leave them out")


def rendered_file(text: str, output: str | Path, renderer: str, seed: int = 0, **options: Any) -> tuple[int, float]:
    """A text to a video that a published renderer makes; its frames and their rate. UserError writes nothing.

    Of a ``picture`` the caption and its font are taken; ``device`` is one of ``chosen_device``, for all models. Of a
    renderer of poses, what was rendered before a stop is not rendered again, and ``renderer_option`` is a list of
    ``NAME=VALUE`` by which its pictures are sampled; other options are of what signs.
    """
    path = check_output(output)
    if path.suffix not in VIDEOS:
        raise UserError(f"output {path}: a renderer makes videos; give {', '.join(VIDEOS)}")
    card = registry.find(renderer)[1]
    if card.condition not in CONDITIONS:
        raise UserError(f"renderer {renderer}: is a {card.model}, which renders nothing; name a renderer")
    chosen_device(options.get("device", AUTO))  # refuses before anything is loaded
    picture = options.pop("picture", Picture())
    _refuse_looks(picture, renderer)
    picture.tell()
    made, frames = CONDITIONS[card.condition](text, renderer, seed, options), 0
    from sign_latent.renderer.caption import captioned
    from sign_latent.renderer.look import Look
    from sign_latent.renderer.video import write_video

    def counted() -> Iterator[np.ndarray]:
        nonlocal frames
        for shown in captioned(made.pictures, picture.caption, Look(), picture.font):
            frames += 1
            yield shown

    about = json.loads(provenance(card, text, seed)) | made.told
    write_video(path, counted(), made.fps, comment=json.dumps(about, ensure_ascii=False))
    if made.kept is not None:
        shutil.rmtree(made.kept, ignore_errors=True)
    return frames, made.fps
