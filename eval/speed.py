"""How fast this machine runs the parts, as ratios to a plain matrix product, so that machines can be compared.

python eval/speed.py [WHAT ...] [--model NAME] [--json]
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch.utils.flop_counter import FlopCounterMode

from eval.cost import Cost, pose_cost
from eval.import_cost import import_cost
from eval.speed_autoencoders import AUTOENCODERS
from eval.speed_denoisers import DENOISERS
from eval.speed_renderers import RENDERERS
from eval.speed_streaming import STREAMS
from eval.speed_text_video import TEXT_VIDEOS
from eval.speed_translators import TRANSLATORS
from sign_latent.errors import Parser, UserError, run

SIDE = 1024
"""The unit of time: one product of two SIDE × SIDE matrices in fp32."""
FRAMES = 100
SENTENCE = "tomorrow it will rain in the north"


@dataclass
class Bench:
    """What the entries measure on; loaded once, when first asked for."""

    model: str
    repeats: int = 5

    @cached_property
    def generator(self):
        from sign_latent.generation.api import load

        return load(self.model, device="cpu")  # the unit is a product of the processor

    def seconds(self, work: Callable[[], object]) -> float:
        """Median time of `work` after one run that warms up."""
        return self.cost(work).seconds

    def cost(self, work: Callable[[], object]) -> Cost:
        """The same with the median of processor seconds, which what else the machine does hardly changes, and what it
        multiplies."""
        with FlopCounterMode(display=False) as counter:
            work()
        times = []
        for _ in range(self.repeats):
            start, used = time.perf_counter(), time.process_time()
            work()
            times.append((time.perf_counter() - start, time.process_time() - used))
        medians = (statistics.median(each) for each in zip(*times, strict=True))
        return Cost(*medians, gflop=counter.get_total_flops() / 1e9 or None)


def matrix_product(bench: Bench, precision: torch.dtype = torch.float32) -> float:
    """Seconds of one SIDE × SIDE × SIDE product."""
    a, b = (torch.randn(SIDE, SIDE).to(precision) for _ in range(2))
    return bench.seconds(lambda: a @ b)


def generation(bench: Bench) -> float:
    """A clip of 100 frames from text, model loaded."""
    return bench.seconds(lambda: bench.generator.generate([SENTENCE], frames=FRAMES, seed=0))


def generation_50(bench: Bench) -> float:
    """The same at 50 steps."""
    return bench.seconds(lambda: bench.generator.generate([SENTENCE], frames=FRAMES, seed=0, steps=50))


def text(bench: Bench) -> float:
    """One sentence through the frozen text encoder."""
    return bench.seconds(lambda: bench.generator.encoder.encode([SENTENCE]))


def denoiser_step(bench: Bench) -> float:
    """One call of the denoiser for a clip of 100 frames: the difference of long and short sampling, a step."""
    made = bench.generator

    def sample(steps: int) -> float:
        return bench.seconds(lambda: made.generate([SENTENCE], frames=FRAMES, seed=0, steps=steps))

    return max(0.0, sample(20) - sample(10)) / 10


def decode(bench: Bench) -> float:
    """100 latent frames' worth of poses out of a latent."""
    autoencoder = bench.generator.autoencoder
    spec = autoencoder.spec
    z = torch.randn(1, -(-FRAMES // spec.stride), spec.slots, spec.width)
    with torch.no_grad():
        return bench.seconds(lambda: autoencoder.poses(z, [FRAMES]))


def pose_scores(bench: Bench) -> Cost:
    """All pose scores of 1,000 clips of 150 frames of 79 points, on two cores, once."""
    return pose_cost()


def import_200(bench: Bench) -> Cost:
    """200 clips of 62 frames as SMPL-X become a corpus, in one process, once."""
    return import_cost()


def import_4000(bench: Bench) -> Cost:
    """Twenty times as many: no more memory."""
    return import_cost(20)


ENTRIES: dict[str, Callable[[Bench], float | Cost]] = {
    "generation": generation,
    "generation_50_steps": generation_50,
    "denoiser_step": denoiser_step,
    "text": text,
    "decode": decode,
    "pose_scores": pose_scores,
    "import_200": import_200,
    "import_4000": import_4000,
    **AUTOENCODERS,
    **DENOISERS,
    **TRANSLATORS,
    **STREAMS,
    **RENDERERS,
    **TEXT_VIDEOS,
}
"""What can be measured -> seconds of it, or what else it costs too; add an entry and it is in the table."""


def measure(bench: Bench, names: list[str]) -> Iterator[dict]:
    """Seconds and ratio (seconds ÷ seconds of the matrix product) of each entry, and what else was measured of it.

    Rates are in GFLOP/s: an entry's beside the product's in its precision tells how much faster it could be.
    """
    unit, gflop = matrix_product(bench), 2 * SIDE**3 / 1e9
    yield {"what": "matrix product", "seconds": unit, "ratio": 1.0, "gflops": gflop / unit}
    halved = matrix_product(bench, torch.bfloat16)
    yield {"what": "matrix product bf16", "seconds": halved, "ratio": halved / unit, "gflops": gflop / halved}
    for name in names:
        found = ENTRIES[name](bench)
        cost = found if isinstance(found, Cost) else Cost(found)
        known = {figure: value for figure, value in asdict(cost).items() if value is not None}
        rate = {} if cost.gflop is None else {"gflops": cost.gflop / cost.seconds}
        yield {"what": name, "ratio": cost.seconds / unit, **known, **rate}


def main() -> None:
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", help=f"entries: {', '.join(ENTRIES)} (default: all)")
    parser.add_argument("--model", default="", help="published generator (default: the embedded one)")
    parser.add_argument("--repeats", type=int, default=5, help="runs an entry, of which the median counts")
    parser.add_argument("--threads", type=int, help="threads of torch (default: its own choice)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    unknown = [name for name in options.what if name not in ENTRIES]
    if unknown:
        raise UserError(f"speed: nothing called {unknown[0]!r} to measure; there is {', '.join(ENTRIES)}")
    if options.threads:
        torch.set_num_threads(options.threads)
    from sign_latent.generation.api import DEFAULT_MODEL

    bench = Bench(options.model or DEFAULT_MODEL, options.repeats)
    rows = list(measure(bench, options.what or list(ENTRIES)))
    if options.json:
        print(json.dumps({"threads": torch.get_num_threads(), "model": bench.model, "rows": rows}))
        return
    print(f"{'what':24}{'seconds':>12}{'ratio':>12}   ({torch.get_num_threads()} threads, {bench.model})")
    for row in rows:
        more = [f"{row['cpu_seconds']:.3g} processor seconds"] if "cpu_seconds" in row else []
        more += [f"{row['peak_mib']:.0f} MiB"] if "peak_mib" in row else []
        more += [f"{row['gflops']:.0f} GFLOP/s"] if "gflops" in row else []
        print(f"{row['what']:24}{row['seconds']:12.5f}{row['ratio']:12.2f}   {', '.join(more)}".rstrip())


if __name__ == "__main__":
    run(main)
