"""What every command that makes one corpus of another shares: clips stream through, the corpus says what was done."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.stream import stream
from sign_latent.corpus.write import write_corpus
from sign_latent.progress import Progress

T = TypeVar("T")


def watched(corpus: Corpus, name: str, splits: Iterable[str] | None = None) -> Iterator[Clip]:
    """The clips of the splits (default: all) one after another, with progress shown. UserError for an unknown split."""
    chosen = list(corpus.splits if splits is None else splits)
    count = sum(corpus.counts.get(split, 0) for split in chosen)
    return told((clip for _, clip in stream(corpus, chosen)), name, count)


def told(clips: Iterable[Clip], name: str, count: int) -> Iterator[Clip]:
    """So many clips one after another, with progress shown under a name."""
    progress = Progress(name, count, unit="clips")
    for clip in clips:
        yield clip
        progress.advance()
    progress.close()


def in_processes(clips: Iterable[Clip], work: Callable[[list[Clip]], list[T]], jobs: int, together: int) -> Iterator[T]:
    """What `work` makes of groups of so many clips, in the order of the clips whatever the number of processes."""
    from joblib import Parallel, delayed

    waiting = iter(clips)
    groups = iter(lambda: list(islice(waiting, together)), [])
    made = Parallel(jobs, return_as="generator", pre_dispatch="2*n_jobs", batch_size=1)(
        delayed(work)(group) for group in groups
    )
    return chain.from_iterable(made)


def rewrite(
    corpus: Corpus,
    out: Path,
    clips: Iterable[Clip],
    done: tuple[str, dict[str, Any]],
    drops: list[dict[str, str]] | None = None,
    fps: float | None = None,
) -> str:
    """Write `clips`, made from `corpus`, as a new corpus; returns its hash.

    `done` = (what, how): `how` joins the list `info[what]`, beside the hash of the corpus that it was done to. What
    `how` and `drops` hold is read after the last clip. UserError as in `write_corpus`.
    """
    what, how = done
    info = corpus.info | {what: [*corpus.info.get(what, []), {"from": corpus.hash, **how}]}
    drops = corpus.drops if drops is None else drops
    return write_corpus(out, clips, corpus.skeleton, fps or corpus.fps, info, drops)
