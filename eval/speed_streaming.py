"""How fast long texts are signed, and in how much memory: entries of the table of `eval.speed`."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from eval.cost import Cost, peak_mib

if TYPE_CHECKING:
    from eval.speed import Bench
    from sign_latent.generation.base import TextToPose

PARAGRAPH = (
    "Tomorrow it will rain in the north. Who feeds four horses every day? My brother will not rest tomorrow. "
    "The student is very hungry every month. Do they order warm fish? Our neighbour sold six tickets last week. "
)
SHORTEST = 1.0
"""Seconds of signing that a sentence takes at least: so many sentences are enough for any length."""
MANY = {"sampler": "ddim", "steps": 50}
"""As the paper samples; the package's model does in fewer steps unless asked."""


def first_chunk(bench: Bench, **how: object) -> Cost:
    """From a text of six sentences to its first second of signing, the model loaded."""
    return bench.cost(lambda: next(bench.generator.stream(PARAGRAPH, **how)))


def streamed(model: str, seconds: float, threads: int, how: dict) -> Cost:
    """So much signing of an endless text, chunk by chunk: what it costs once the model is loaded and warm, and the peak
    memory of the interpreter.
    """
    import torch

    from sign_latent.generation.api import load

    torch.set_num_threads(threads)
    generator = load(model, device="cpu")
    _signed(generator, 1, how)
    start, used = time.perf_counter(), time.process_time()
    _signed(generator, seconds, how)
    return Cost(time.perf_counter() - start, time.process_time() - used, peak_mib())


def _signed(generator: TextToPose, seconds: float, how: dict) -> None:
    text = PARAGRAPH * (1 + int(seconds / SHORTEST) // 6)
    made = 0.0
    for chunk in generator.stream(text, **how):
        made += len(chunk) / chunk.fps
        if made >= seconds:
            return
    raise RuntimeError(f"the text was signed in {made:.1f} s, {seconds} were wanted")


def apart(bench: Bench, seconds: float, **how: object) -> Cost:
    """The same in an interpreter of its own, once: what one has held at its peak never falls again."""
    import torch

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(streamed, bench.model, seconds, torch.get_num_threads(), how).result()


STREAMS: dict[str, Callable[[Bench], float | Cost]] = {
    "first_chunk": first_chunk,
    "first_chunk_50_steps": lambda bench: first_chunk(bench, **MANY),
    "stream_10s": lambda bench: apart(bench, 10),
    "stream_60s": lambda bench: apart(bench, 60),
    "stream_60s_50_steps": lambda bench: apart(bench, 60, **MANY),
    "stream_300s": lambda bench: apart(bench, 300),
}
"""What can be measured -> what it costs: the first chunk of a stream, and streams of so many seconds of signing."""
