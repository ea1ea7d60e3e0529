"""The embedded corpus: an invented sign language with real structure, for testing the machinery; nobody's language.

python -m data_prep.synthesise --out CORPUS --clips 8000 --seed 0 [--language qaa] [--language qab]
"""

import argparse
from collections.abc import Iterator

from data_prep.invented.lexicon import LANGUAGES
from data_prep.invented.splits import Task, plan, split_sizes
from sign_latent.corpus.clip import Clip
from sign_latent.errors import Parser, UserError, run

BATCH = 64  # clips a piece of work
SMALLEST = 12


def _make(tasks: list[Task], language: str, seed: int) -> list[Clip]:
    import torch

    from data_prep.invented.clips import make_clip

    torch.set_num_threads(1)
    return [make_clip(task, language, seed) for task in tasks]


def synthesise(clips: int, seed: int, languages: tuple[str, ...] = ("qaa",), jobs: int = 2) -> Iterator[Clip]:
    """All clips in a fixed order; what they hold does not depend on the number of processes `jobs`.

    clips: number of training clips a language; the other splits scale with it.
    """
    from joblib import Parallel, delayed

    tasks = plan(clips, seed)
    pieces = [tasks[start : start + BATCH] for start in range(0, len(tasks), BATCH)]
    work = (delayed(_make)(piece, language, seed) for language in languages for piece in pieces)
    for made in Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="3*n_jobs")(work):
        yield from made


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m data_prep.synthesise", description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="folder of the new corpus")
    parser.add_argument("--clips", type=int, default=8000, help="number of training clips a language (default 8000)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes (default 0)")
    parser.add_argument("--language", action="append", help="qaa (default) or qab; give it twice for both")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2); changes nothing but the time")
    return parser.parse_args()


def main() -> None:
    """Write the corpus, with a progress bar."""
    from tqdm import tqdm

    from sign_latent.corpus.write import write_corpus
    from sign_latent.pose.skeleton import get_skeleton

    given = _arguments()
    languages = tuple(dict.fromkeys(given.language or ["qaa"]))
    unknown = [language for language in languages if language not in LANGUAGES]
    if unknown:
        raise UserError(f"--language {unknown[0]}: not one of the invented languages; give qaa or qab")
    if given.clips < SMALLEST:
        raise UserError(f"--clips {given.clips}: too few for a corpus; give at least {SMALLEST}")
    if given.seed < 0 or given.jobs < 1:
        raise UserError("--seed and --jobs must not be negative; give for example --seed 0 --jobs 2")
    info = {
        "title": "An invented sign language for testing the machinery; nobody's language",
        "licence": "Apache-2.0",
        "languages": list(languages),
        "seed": given.seed,
        "made_by": f"python -m data_prep.synthesise --clips {given.clips} --seed {given.seed}",
    }
    total = sum(split_sizes(given.clips).values()) * len(languages)
    clips = tqdm(synthesise(given.clips, given.seed, languages, given.jobs), total=total, unit="clip", delay=2)
    write_corpus(given.out, clips, get_skeleton("smplx"), 25.0, info)


if __name__ == "__main__":
    run(main)
