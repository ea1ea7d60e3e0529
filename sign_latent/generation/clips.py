"""Clips given beside a text: a file that is edited, and one whose style is carried over; used by the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sign_latent.device import AUTO
from sign_latent.errors import UserError
from sign_latent.files import file_hash
from sign_latent.generation.api import DEFAULT_MODEL, Picture, check_output, load, write
from sign_latent.generation.editing import Edit, Range
from sign_latent.generation.generator import Generator
from sign_latent.generation.paragraph import checked_sentences
from sign_latent.generation.provenance import provenance
from sign_latent.generation.style import style_of, styled
from sign_latent.pose.pose import Pose
from sign_latent.text.checks import check_text


def read_range(text: str) -> Range:
    """``20:60``, ``:60``, ``20:`` or ``:`` in frames, the second excluded. UserError for anything else."""
    first, colon, last = text.partition(":")
    if not colon or not all(number == "" or number.isdecimal() for number in (first, last)):
        raise UserError(f"keep {text}: not a range of frames; give FIRST:LAST, such as 0:20 or 60:")
    return int(first or 0), int(last) if last else None


def edit_file(
    clip: str | Path,
    text: str,
    output: str | Path,
    keep: Sequence[str] = (),
    parts: Sequence[str] = (),
    frames: int | None = None,
    extend: bool = False,
    left_handed: bool = False,
    model: str = DEFAULT_MODEL,
    autoencoder: str | None = None,
    seed: int = 0,
    picture: Picture | None = None,
    device: str = AUTO,
    **options: Any,
) -> tuple[int, float]:
    """A clip's file to one with a suffix of ``api.SUFFIXES``; its frames and their rate.

    See ``Edit`` and ``Generator.edit_all``. What is written says of which clip it was made, by name
    and hash. Raises UserError; writes nothing then.
    """
    path, source = check_output(output, picture), Path(clip)
    check_text(text)  # before the seconds that loading takes
    asked = Edit([read_range(one) for one in keep], tuple(parts), frames, extend, left_handed)
    given = Pose.load(source)
    generator = load(model, autoencoder, device)
    if not isinstance(generator, Generator):
        raise UserError(f"model {generator.card.name} ({generator.card.model}) cannot edit; name one with a denoiser")
    made = generator.edit(given, text, asked, seed=seed, **options)
    about = json.loads(made.provenance)
    about |= {"edited_clip": source.name, "edited_clip_sha256": file_hash(source)}
    about |= {"kept_frames": list(keep), "regenerated_parts": list(parts)}
    return write([made], path, json.dumps(about, ensure_ascii=False), text, picture)


def generate_in_style(
    text: str,
    output: str | Path,
    style: str | Path,
    style_text: str,
    model: str = DEFAULT_MODEL,
    autoencoder: str | None = None,
    seed: int = 0,
    speed: float = 1.0,
    picture: Picture | None = None,
    device: str = AUTO,
    **options: Any,
) -> tuple[int, float]:
    """As ``api.generate_file``, in the style of a clip that signs ``style_text``; lengths given by ``frames`` stay.

    Either text is of any length. The style is that of the whole clip, which is held.

    Raises UserError; writes nothing then.
    """
    path = check_output(output, picture)
    check_text(style_text, "style text", longest=None)
    for one in (text, style_text):
        checked_sentences(one, options.get("spoken_language"))
    reference = Pose.load(style)
    generator = load(model, autoencoder, device)
    plain = {name: value for name, value in options.items() if name not in ("frames", "vary_length")}
    found = style_of(reference, generator.generate_long(style_text, seed=seed, **plain))
    tempo = 1.0 if options.get("frames") is not None else found.tempo
    pose = styled(generator.generate_long(text, seed=seed, speed=speed * tempo, **options), found)
    about = json.loads(provenance(generator.card, text, seed, options.get("signed_language")))
    about |= {"style_of": Path(style).name, "style_sha256": file_hash(Path(style)), "style_text": style_text}
    about |= {"style_tempo": round(found.tempo, 3), "style_amplitude": round(found.amplitude, 3)}
    return write([pose], path, json.dumps(about, ensure_ascii=False), text, picture)
