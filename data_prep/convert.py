"""`python -m data_prep.convert FORMAT SOURCE --out CORPUS`: a foreign format becomes a corpus."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from data_prep.formats.source import Options, Source
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import Parser, UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.convert import convert as convert_pose
from sign_latent.pose.provenance import models_of

GENERATED = "generated_by"
"""Key of a corpus' information: model -> clips that it made."""


class Format(NamedTuple):
    """A line of the table: the importer is `data_prep/formats/<name>.py`."""

    holds: str
    tried: bool = True
    """On real files, not only on made ones."""


FORMATS: dict[str, Format] = {
    "wlasl_smplx": Format("npz of SMPL-X signs in the manner of SignAvatars"),
    "signavatars": Format("folder of SignAvatars pickles (SMPL-X), one a clip"),
    "how2sign": Format("How2Sign: realigned csv and OpenPose, a folder a clip", tried=False),
    "how2sign_smplx": Format("How2Sign: realigned csv and SMPL-X, one pickle a frame", tried=False),
    "amass": Format("folder of AMASS-like npz (SMPL-X), one a clip", tried=False),
    "phoenix14t": Format("PHOENIX14T: corpus csv and .skels or .pose", tried=False),
    "skels": Format("folder of .skels/.text/.gloss/.files (PHOENIX14T)"),
    "slrtp": Format("SLRTP 2025 .pt (178 points)", tried=False),
    "slt": Format("Sign Language Transformers: gzipped pickles of poses", tried=False),
    "dgs": Format("German Sign Language sentences: index.tsv, motion/*.npz, ELAN tiers in <doc>.eaf"),
    "pose": Format("folder of .pose files, with or without an index.csv"),
    "openpose": Format("OpenPose json, a folder a clip"),
    "dwpose": Format("DWPose npz of Prompt2Sign, one a frame or a clip", tried=False),
    "wholebody133": Format("COCO-WholeBody npz or pickles, one a clip", tried=False),
    "islr": Format("Google ISLR Parquet landmarks"),
    "mediapipe": Format("MediaPipe in 258 numbers a frame, npz or npy"),
    "corpus": Format("a corpus of this project, for --skeleton, --fps or --clips"),
}


def convert(kind: str, source: Path, out: Path, options: Options | None = None, clips: int | None = None) -> Source:
    """Write the corpus; the returned source holds the drops. UserError for an unknown format or an unusable source."""
    if kind not in FORMATS:
        raise UserError(f"unknown format {kind!r}; known: {', '.join(FORMATS)}")
    if not source.exists():
        raise UserError(f"{source}: no such file or folder")
    options = options or Options()
    opened: Source = import_module(f"data_prep.formats.{kind}").open_source(source, options)
    skeleton, fps = get_skeleton(options.skeleton or opened.skeleton), options.fps or opened.fps
    stream = islice(read_clips(opened, skeleton.name, fps), clips)
    opened.info = opened.info | {"format": kind, "notes": opened.notes}
    watched = _watched(_told(stream, opened.info), opened.count if clips is None else min(clips, opened.count))
    write_corpus(out, watched, skeleton, fps, opened.info, opened.drops)
    return opened


def read_clips(source: Source, skeleton: str, fps: float) -> Iterator[Clip]:
    """The clips on that skeleton at that rate. One that is damaged or shows no hand is dropped with its reason.

    UserError where not one is left, with the reason of the first.
    """
    seen: set[str] = set()
    for name, read in source.records:
        try:
            if name in seen:
                raise UserError("the second clip of this id")
            clip = _adapted(read(), skeleton, fps)
        except UserError as error:
            source.drop(name, str(error))
            continue
        seen.add(name)
        yield clip
    if not seen:
        reason = f"; the first: {source.drops[0]['id']}: {source.drops[0]['reason']}" if source.drops else ""
        raise UserError(f"{source.root}: not one clip can be read{reason}")


def _adapted(clip: Clip, skeleton: str, fps: float) -> Clip:
    clip.pose = convert_pose(clip.pose.validate(), skeleton)
    parts = clip.pose.skeleton.parts
    if not clip.pose.confidence[:, [*parts["left_hand"], *parts["right_hand"]]].any():
        raise UserError("no hand is ever seen")
    return clip if clip.pose.fps == fps else clip.resampled(fps)


def _told(clips: Iterable[Clip], info: dict[str, Any]) -> Iterator[Clip]:
    """The same clips; where models made some of them, ``info["generated_by"]`` says how many each."""
    counts: Counter[str] = Counter()
    info.pop(GENERATED, None)  # of a corpus of this project that had others
    for clip in clips:
        counts.update(models_of(clip.pose.provenance))
        yield clip
    if counts:
        info[GENERATED] = dict(counts)


def _watched(clips: Iterable[Clip], count: int) -> Iterable[Clip]:
    from tqdm import tqdm

    return tqdm(clips, total=count, unit="clip", delay=2)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.convert", description=__doc__)
    parser.add_argument("format", nargs="?", help="see --list")
    parser.add_argument("source", nargs="?", type=Path, help="file or folder")
    parser.add_argument("--out", type=Path, help="folder of the new corpus")
    parser.add_argument("--clips", type=int, help="stop after so many clips")
    parser.add_argument("--list", action="store_true", help="name the formats")
    parser.add_argument("--spoken-language", default="", help="where the source does not say: BCP-47, such as en")
    parser.add_argument("--signed-language", default="", help="where the source does not say: ISO 639-3, such as ase")
    parser.add_argument("--skeleton", default="", help="convert to this skeleton")
    parser.add_argument("--fps", type=float, default=0.0, help="resample to so many frames a second")
    parser.add_argument("--source-fps", type=float, default=0.0, help="where the source does not say: its rate")
    parser.add_argument("--aspect", type=float, default=0.0, help="where the source does not say: image width ÷ height")
    parser.add_argument("--smplx-model", type=Path, help="licensed SMPL-X model file (npz) for its mean hands")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        print("\n".join(map(_line, FORMATS)))
        return
    if None in (chosen.format, chosen.source, chosen.out):
        raise UserError("give FORMAT SOURCE --out CORPUS; --list names the formats")
    if chosen.clips is not None and chosen.clips < 1:
        raise UserError(f"--clips {chosen.clips}: give at least 1")
    for name in ("fps", "source_fps", "aspect"):
        if not 0 <= getattr(chosen, name) < 1000:
            raise UserError(f"--{name.replace('_', '-')} {getattr(chosen, name)}: give a number between 0 and 1000")
    options = Options(**{field.name: getattr(chosen, field.name) for field in fields(Options)})
    _report(convert(chosen.format, chosen.source, chosen.out, options, chosen.clips))
    print(f"wrote {chosen.out}")


def _line(name: str) -> str:
    return f"{name:16} {FORMATS[name].holds}{'' if FORMATS[name].tried else ' (untried on real files)'}"


def _report(source: Source) -> None:
    for reason, times in Counter(drop["reason"] for drop in source.drops).most_common(5):
        print(f"dropped {times}: {reason}")
    if source.notes:
        first = source.notes[0]
        print(f"kept {len(source.notes)} with a note in corpus.json, such as {first['id']}: {first['note']}")
    for model, clips in source.info.get(GENERATED, {}).items():
        print(f"warning: {clips} clips were generated by {model}: train no judge on them, and score nothing by them")


if __name__ == "__main__":
    errors.run(main)
