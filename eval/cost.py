"""What a piece of work costs: time, processor time and memory, measured in an interpreter of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from sign_latent.pose.pose import Pose

CORES = 2
"""Processes that share the clips."""
SKELETON = "upper79"


@dataclass
class Cost:
    """What a piece of work took; None where that was not measured."""

    seconds: float
    cpu_seconds: float | None = None
    """Processor seconds of all processes: divided by the cores, what it takes on a machine that does nothing else."""
    peak_mib: float | None = None
    """No more memory than this was held at once: the peaks of all processes added, pages that they share included."""
    gflop: float | None = None
    """Billions of multiplications and additions of its matrix products, convolutions and attention, as torch counts
    them, which it does not in eight bits."""


def invented_pairs(clips: int, frames: int) -> list[tuple[Pose, Pose]]:
    """Pairs of smooth motions of 79 points, the generated one up to a fifth longer or shorter, some hands unseen."""
    from sign_latent.pose.skeleton import get_skeleton

    skeleton, chance = get_skeleton(SKELETON), np.random.default_rng(0)
    count = len(skeleton.points)

    def clip(length: int) -> Pose:
        turn = np.linspace(0, 2 * np.pi, length)[:, None, None]
        waves = [np.sin(turn * rate + chance.uniform(0, 2 * np.pi, (1, count, 3))) for rate in (1, 3, 7)]
        confidence = np.ones((length, count), np.float32)
        hidden = chance.integers(0, length)
        confidence[hidden : hidden + length // 10, list(skeleton.parts["left_hand"])] = 0
        return Pose((0.1 * sum(waves)).astype(np.float32), confidence, 25.0, skeleton)

    return [(clip(int(frames * chance.uniform(0.8, 1.2))), clip(frames)) for _ in range(clips)]


def score_all(clips: int, frames: int, cores: int = CORES) -> dict[str, float]:
    """Every pose score of invented clips: distances and ratios by part, variety, and FID and KID under an untrained
    judge, which costs as much as a trained one."""
    import torch

    from eval import pose_scores, variety
    from eval.rows import SYSTEM
    from eval.sections import Net, distribution
    from sign_latent.evaluator.back_translator import BackTranslator, Settings

    pairs = invented_pairs(clips, frames)
    made, real = map(list, zip(*pairs, strict=True))
    scores = pose_scores.table(pairs, cores)
    varied = variety.varieties([made], [str(i) for i in range(clips)])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        judge = BackTranslator(Settings(skeleton=SKELETON)).eval()
    spread = distribution(Net("untrained", judge, None), {SYSTEM: [made]}, real).rows.get(SYSTEM, {})
    return scores | varied | {name: found.value for name, found in spread.items()}


def pose_cost(clips: int = 1000, frames: int = 150) -> Cost:
    """The cost of `score_all` on two cores."""
    return cost_apart(score_all, clips, frames)


def cost_apart(work: Callable[..., object], *arguments: object) -> Cost:
    """The cost of that work in an interpreter of its own, whose start and imports are included."""
    start = time.perf_counter()
    # What a process has held at its peak never falls again: only a fresh one tells what this work alone needs.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        cpu, peak = fresh.submit(_measured, work, *arguments).result()
    return Cost(time.perf_counter() - start, cpu, peak)


def _measured(work: Callable[..., object], *arguments: object) -> tuple[float, float | None]:
    """Processor seconds and peak memory (MiB) of this process and those it starts."""
    from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

    from joblib.externals.loky import get_reusable_executor

    work(*arguments)
    peak = peak_mib()
    get_reusable_executor().shutdown(wait=True)  # only processes that have ended count as children's time
    used = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in used), peak


def peak_mib() -> float | None:
    """Peak memory of this process and its children, added up; None where the system does not tell (no Linux).

    The kernel's `ru_maxrss` will not do: a child begins with its parent's.
    """
    tasks = list(Path("/proc/self/task").glob("*/children"))
    if not tasks:
        return None
    pids = ["self", *(pid for task in tasks for pid in task.read_text().split())]
    peaks = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line]
    return sum(int(line.split()[1]) for line in peaks) / 2**10
