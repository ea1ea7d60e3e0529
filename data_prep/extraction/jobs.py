"""Many videos over processes, or over machines: the same code path, whatever the engine.

What stands in the folder at any time is finished: a `.pose` appears whole or not at all, and a video that has one is
not done again. Videos are handed out in small batches, so that the models are loaded once a batch. A video that takes
its process down (models are native code) is found by the mark it leaves behind, tried once more alone, and dropped.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from data_prep.extraction.backend import Extractor, Settings, extract, open_extractor
from data_prep.extraction.video import open_video
from sign_latent.errors import UserError, brief
from sign_latent.files import remove_stale
from sign_latent.pose import get_skeleton
from sign_latent.pose.formats.pose_file import write_landmarks
from sign_latent.pose.provenance import models_of
from sign_latent.renderer.video import read_comment

_BATCH = 16
Reasons = dict[str, str]
"""Name of a video -> why it was dropped, "" if it was not."""


@dataclass(frozen=True)
class Job:
    """One video and the file that is made of it."""

    name: str
    video: Path
    target: Path

    @property
    def mark(self) -> Path:
        """Stands while the video is worked on."""
        return self.target.with_name(f".{self.target.name}.trying")


@dataclass(frozen=True)
class Engine:
    """Who does the work."""

    kind: str = "processes"
    """`processes` of this machine, or `ray`: a cluster, whose machines all see the folders under the same paths."""
    jobs: int = -1
    """How many at once; -1: as many as there are cores."""
    address: str = ""
    """Of the Ray cluster; empty: one that is started on this machine."""


def run_jobs(jobs: list[Job], settings: Settings, engine: Engine) -> Iterator[tuple[str, str]]:
    """(name, reason to drop or "") of every video, in no particular order. Only UserErrors of settings are raised."""
    suspects = [job for job in jobs if job.mark.exists()]
    waiting = {job.name: job for job in jobs if job not in suspects}
    while waiting or suspects:
        for job in suspects:
            yield job.name, _alone(job, settings)
        suspects = []
        try:
            for name, reason in _together(list(waiting.values()), settings, engine):
                del waiting[name]
                yield name, reason
        except _crashes():
            finished = [job for job in waiting.values() if job.target.exists()]
            suspects = [job for job in waiting.values() if job.mark.exists() and job not in finished]
            if not finished and not suspects:
                raise
            for job in finished + suspects:
                del waiting[job.name]
            yield from ((job.name, "") for job in finished)


def extract_batch(
    jobs: list[Job], settings: Settings, open_one: Callable[[Settings], object] = open_extractor
) -> Reasons:
    """Extract these videos one after the other with one extractor."""
    with open_one(settings) as extractor:
        return {job.name: _one(job, extractor) for job in jobs}


def _one(job: Job, extractor: Extractor) -> str:
    job.target.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(job.target)
    job.mark.touch()
    try:
        with open_video(job.video) as video:
            points, confidence, size = extract(extractor, video.frames, video.fps)
            said = read_comment(job.video)
            about = said if models_of(said) else ""  # comments of other videos are no provenance
            write_landmarks(job.target, get_skeleton(extractor.skeleton), points, confidence, video.fps, size, about)
        return ""
    except UserError as error:
        return str(error).removeprefix(f"{job.video}: ")
    # The native code of decoders and models raises what it likes; one video must not stop the others.
    except (RuntimeError, ValueError, MemoryError, OSError) as error:
        return f"the extractor failed on it ({brief(error)})"
    finally:
        job.mark.unlink(missing_ok=True)


def _alone(job: Job, settings: Settings) -> str:
    """In a process of its own, which it may take down."""
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            return fresh.submit(extract_batch, [job], settings).result()[job.name]
    except BrokenProcessPool:
        job.mark.unlink(missing_ok=True)
        return "took the extractor's process down with it, twice"


def _together(jobs: list[Job], settings: Settings, engine: Engine) -> Iterator[tuple[str, str]]:
    from joblib import Parallel, delayed

    if not jobs:
        return
    with _backend(engine) as workers:
        size = min(_BATCH, math.ceil(len(jobs) / workers))
        batches = [jobs[i : i + size] for i in range(0, len(jobs), size)]
        # joblib's Ray backend cannot tell results one by one; what is finished stands in the folder all the same.
        told = "list" if engine.kind == "ray" else "generator_unordered"
        parallel = Parallel(n_jobs=engine.jobs, return_as=told, pre_dispatch="all", batch_size=1)
        for reasons in parallel(map(delayed(partial(extract_batch, settings=settings)), batches)):
            yield from reasons.items()


@contextmanager
def _backend(engine: Engine) -> Iterator[int]:
    """joblib set to the engine; how many workers there are. UserError for an unknown engine or one not installed."""
    from joblib import effective_n_jobs, parallel_config

    if engine.kind == "processes":
        with parallel_config("loky"):
            yield effective_n_jobs(engine.jobs)
        return
    if engine.kind != "ray":
        raise UserError(f"unknown engine {engine.kind!r}; known: processes, ray")
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise UserError("engine ray needs Ray: pip install -e '.[ray]'") from None
    try:
        ray.init(address=engine.address or None, ignore_reinit_error=True, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise UserError(f"no Ray cluster answers at {engine.address!r} ({brief(error)})") from None
    register_ray()
    with parallel_config("ray"):
        yield max(1, effective_n_jobs(engine.jobs))


def _crashes() -> tuple[type[BaseException], ...]:
    """What a worker that died looks like to its engine."""
    try:
        from ray.exceptions import RayError
    except ImportError:
        return (BrokenProcessPool,)
    return BrokenProcessPool, RayError


def pending(jobs: Iterable[Job]) -> list[Job]:
    """Those whose file does not stand yet."""
    return [job for job in jobs if not job.target.exists()]
