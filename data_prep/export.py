"""`python -m data_prep.export FORMAT CORPUS --out DIR`: a corpus for other tools.

What a format has no place for is lost, as the file of each in `data_prep/exports` says. A new format is one file there
and one line in the table below.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from data_prep.changing import watched
from sign_latent import errors
from sign_latent.corpus.read import Corpus
from sign_latent.errors import Parser, UserError
from sign_latent.files import folder_aside

EXPORTS: dict[str, tuple[str, str]] = {
    "pose": ("data_prep.exports.pose", "folder of .pose files with an index.csv"),
    "skels": ("data_prep.exports.skels", ".skels/.text/.gloss/.files of Progressive Transformers (phoenix50)"),
    "slrtp": ("data_prep.exports.slrtp", ".pt of the SLRTP 2025 challenge (178 points)"),
    "amass": ("data_prep.exports.amass", "npz of SMPL-X rotations in the manner of AMASS"),
    "bvh": ("data_prep.exports.bvh", "Biovision hierarchies of SMPL-X rotations, for animation tools"),
}


def export(kind: str, corpus: Corpus, out: Path, splits: Sequence[str] | None = None) -> None:
    """Write the clips of the splits (default: all) as a new folder, whole or not at all.

    UserError for an unknown format or split, a taken folder, and clips that lack what the format needs.
    """
    if kind not in EXPORTS:
        raise UserError(f"unknown format {kind!r}; known: {', '.join(EXPORTS)}")
    with folder_aside(out, "export") as folder:
        import_module(EXPORTS[kind][0]).export(watched(corpus, f"export {kind}", splits), folder)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.export", description=__doc__.splitlines()[0])
    parser.add_argument("format", nargs="?", help="see --list")
    parser.add_argument("corpus", nargs="?", type=Path, help="folder of a corpus")
    parser.add_argument("--out", type=Path, help="new folder")
    parser.add_argument("--split", action="append", metavar="NAME", help="only this split; may be given again")
    parser.add_argument("--list", action="store_true", help="name the formats")
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(f"{name:6} {about}" for name, (_, about) in EXPORTS.items()))
        return
    if None in (given.format, given.corpus, given.out):
        raise UserError("give FORMAT CORPUS --out DIR; --list names the formats")
    export(given.format, Corpus.open(given.corpus), given.out, given.split)
    print(f"wrote {given.out}")


if __name__ == "__main__":
    errors.run(main)
