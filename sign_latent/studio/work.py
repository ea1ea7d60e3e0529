"""What the server does in its lanes: signing, writing files and reading them. No name in here comes from a request."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sign_latent.arrays import refusing_damage
from sign_latent.errors import UserError
from sign_latent.generation.api import write
from sign_latent.generation.provenance import provenance
from sign_latent.pose.streams import concatenated
from sign_latent.renderer.page import PageClip, encode_chunk, encode_clip, load_clip
from sign_latent.studio.asking import Ask
from sign_latent.studio.limits import MOST_FRAMES, UNPACKED_BYTES
from sign_latent.studio.shelf import Kept, Made, Models

MEDIA = {
    "pose": "application/octet-stream",
    "npz": "application/octet-stream",
    "mp4": "video/mp4",
    "json": "application/json",
}
"""Suffix of a download -> its media type."""
BESIDE = "x-beside-bytes"
"""Header of a file to look at: how many bytes at its end are the JSON that stood beside it."""
_ZIP = b"PK\x03\x04"


def signing(ask: Ask, models: Models, kept: Kept) -> Iterator[dict]:
    """Messages to a player as frames are made: ``clip`` (as `encode_clip`, with its first frames), any number of
    ``chunk`` (as `encode_chunk`), and ``end`` with the key of the whole clip.

    The first also warns, of what is doubtful about the model and the request. UserError as of ``TextToPose.stream``
    before it; after it, for a clip that grows too long.
    """
    generator = models.get(ask.model)
    about = provenance(generator.card, ask.text, ask.seed, ask.signed_language)
    chunks, frames, doubts = [], 0, list(generator.card.warnings)
    for chunk in generator.stream(ask.text, tell=doubts.append, **ask.options(generator)):
        frames += len(chunk)
        if frames > MOST_FRAMES:
            raise UserError(f"clip: grows beyond {MOST_FRAMES} frames; give a shorter text, or sign part by part")
        chunks.append(chunk)
        if len(chunks) == 1:
            clip = PageClip(generator.card.reference, chunk, ask.text, about, chunk.signs)
            yield {"kind": "clip", **encode_clip(clip), "warnings": doubts}
        else:
            yield {"kind": "chunk", **encode_chunk(chunk, chunks[0])}
    yield {"kind": "end", "frames": frames, "key": kept.keep(Made(concatenated(chunks), about))}


def writing(clip: Made, suffix: str) -> Iterator[bytes]:
    """The bytes of the clip's file; ``json`` is what stands beside a `.pose`, which has no place for its provenance."""
    if suffix == "json":
        suffix, beside = "pose", ".json"
    else:
        beside = ""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"clip.{suffix}"
        write([clip.pose], path, clip.provenance, "")
        yield path.with_name(path.name + beside).read_bytes()


def parted(body: bytes, last: str) -> tuple[bytes, bytes]:
    """A file and the JSON beside it, which is the ``last`` so many bytes. UserError for a number that cannot be."""
    if not (last.isascii() and last.isdigit() and len(last) < 10 and int(last) <= len(body)):
        raise UserError(
            f"{BESIDE}: is no number of the bytes sent; give how many at the end are the JSON beside the file"
        )
    place = len(body) - int(last)
    return body[:place], body[place:]


def reading(content: bytes, beside: bytes = b"") -> Iterator[dict]:
    """What a player reads of a `.npz` or `.pose` file with this content, and with this JSON ``beside`` it.

    UserError where it is none, or too long.
    """
    packed = content.startswith(_ZIP)
    if packed:
        _check_unpacked(content)
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("file.npz" if packed else "file.pose")
        path.write_bytes(content)
        if beside:
            path.with_name(path.name + ".json").write_bytes(beside)
        try:
            clip = load_clip(path)
        except UserError as error:
            raise UserError(str(error).replace(str(path), "file")) from None
    if len(clip.pose) > MOST_FRAMES:
        raise UserError(f"file: holds {len(clip.pose)} frames; give at most {MOST_FRAMES}")
    with np.errstate(all="ignore"):
        encoded = encode_clip(clip)
    if not np.isfinite(list(encoded["sizes"].values())).all():
        raise UserError("file: its points lie beyond all bounds; give shoulder widths in .npz, pixels in .pose")
    yield encoded


def _check_unpacked(content: bytes) -> None:
    with refusing_damage(Path("file"), "an npz"), zipfile.ZipFile(io.BytesIO(content)) as file:
        size = sum(member.file_size for member in file.infolist())
    if size > UNPACKED_BYTES:
        raise UserError(f"file: unpacks to {size} bytes; give a clip of at most {UNPACKED_BYTES}")
