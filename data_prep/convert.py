"""`python -m data_prep.convert FORMAT SOURCE --out CORPUS`: a foreign format becomes a corpus."""

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path

from data_prep.formats.source import Options, Source
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import Parser, UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.convert import convert as convert_pose

FORMATS: dict[str, tuple[str, str]] = {
    "wlasl_smplx": ("data_prep.formats.wlasl_smplx", "npz of SMPL-X signs in the manner of SignAvatars"),
    "skels": ("data_prep.formats.skels", "folder of .skels/.text/.gloss/.files (PHOENIX14T)"),
    "pose": ("data_prep.formats.pose", "folder of .pose files with an index.csv"),
    "corpus": ("data_prep.formats.corpus", "a corpus of this project, for --skeleton, --fps or --clips"),
    "dgs": ("data_prep.formats.dgs", "folder of German Sign Language sentences: index.tsv and motion/*.npz"),
}


def convert(kind: str, source: Path, out: Path, options: Options | None = None, clips: int | None = None) -> Source:
    """Write the corpus; the returned source holds the drops. UserError for an unknown format or an unusable source."""
    if kind not in FORMATS:
        raise UserError(f"unknown format {kind!r}; known: {', '.join(FORMATS)}")
    if not source.exists():
        raise UserError(f"{source}: no such file or folder")
    options = options or Options()
    opened: Source = import_module(FORMATS[kind][0]).open_source(source, options)
    skeleton, fps = get_skeleton(options.skeleton or opened.skeleton), options.fps or opened.fps
    count = opened.count if clips is None else min(clips, opened.count)
    stream = _adapted(islice(opened.clips, clips), skeleton.name, fps)
    write_corpus(out, _watched(stream, count), skeleton, fps, opened.info | {"format": kind}, opened.drops)
    return opened


def _adapted(clips: Iterable[Clip], skeleton: str, fps: float) -> Iterator[Clip]:
    for clip in clips:
        clip.pose = convert_pose(clip.pose, skeleton)
        yield clip if clip.pose.fps == fps else clip.resampled(fps)


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
    parser.add_argument("--smplx-model", type=Path, help="licensed SMPL-X model file (npz) for its mean hands")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        print("\n".join(f"{name:12} {description}" for name, (_, description) in FORMATS.items()))
        return
    if None in (chosen.format, chosen.source, chosen.out):
        raise UserError("give FORMAT SOURCE --out CORPUS; --list names the formats")
    if chosen.clips is not None and chosen.clips < 1:
        raise UserError(f"--clips {chosen.clips}: give at least 1")
    if not 0 <= chosen.fps < 1000:
        raise UserError(f"--fps {chosen.fps}: give a rate between 0 and 1000")
    names = ("spoken_language", "signed_language", "skeleton", "fps", "smplx_model")
    options = Options(**{name: getattr(chosen, name) for name in names})
    source = convert(chosen.format, chosen.source, chosen.out, options, chosen.clips)
    for reason, times in Counter(drop["reason"] for drop in source.drops).most_common(5):
        print(f"dropped {times}: {reason}")
    print(f"wrote {chosen.out}")


if __name__ == "__main__":
    errors.run(main)
