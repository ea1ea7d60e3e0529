"""What a training step of a video model, and a sampled video, take of a GPU: counted on tensors without numbers.

python -m eval.gpu_budget [CONFIG ...] [--batch 1] [--tflops 40]

The network of a configuration of `stages/renderer.py` or `stages/text_video.py` is run in bf16 on tensors that have
shapes alone, so no GPU, no data set and no memory is needed. Counted are the multiplications of matrix products,
convolutions and attention, and every tensor that is alive at the same time; what a GPU's libraries need besides is not.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from eval.gpu_works import KINDS, Work
from sign_latent.errors import Parser, UserError, run
from sign_latent.registry import settings_from

CONFIGS = ("configs/text_video/medium.yaml", "configs/text_video/paper.yaml", "configs/renderer/paper.yaml")
WEIGHT, AVERAGE, MOMENTS = 4, 4, 8
"""Bytes of a weight and of its moving average, and of AdamW's two moments of a trained one, in fp32."""


class Alive(TorchDispatchMode):
    """Bytes of the storages that operations have made and that are still alive, and the most of them at once."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage()._cdata not in self._seen:
                self._enter(tensor.untyped_storage())
        return made

    def _enter(self, storage: torch.UntypedStorage) -> None:
        self._seen.add(storage._cdata)
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._leave, storage._cdata, storage.nbytes())

    def _leave(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self.now -= size


@dataclass
class Budget:
    """What it takes."""

    weights: int
    """Of the model."""
    trained: int
    """Of these, trained."""
    tflop: float
    """10¹² multiplications and additions."""
    gib: float
    """At the peak: weights, gradients, moments, averages and activations."""


def described(path: str | Path) -> tuple[Any, list[Work], dict]:
    """The settings of a configuration's model, what it does, and the configuration. UserError where it is neither's."""
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        key = next(key for key in KINDS if key in found)
        settings = settings_from(KINDS[key][0].Settings, found[key])
        settings.check()
    except (OSError, UserError, ValueError, TypeError, StopIteration, yaml.YAMLError) as error:
        reason = str(error).partition("\n")[0] or "it has neither a model nor a renderer"
        where = "see configs/text_video and configs/renderer"
        raise UserError(f"{path}: is no configuration of text_video or renderer ({reason}); {where}") from None
    return settings, KINDS[key][1](settings), found


def without_numbers(model: torch.nn.Module) -> None:
    """Puts fake tensors in the places of a model's weights on the meta device, whose device autocast knows."""
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None:
                fake = torch.empty_strided(weight.shape, weight.stride(), dtype=weight.dtype)
                module._parameters[name] = torch.nn.Parameter(fake, requires_grad=weight.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype)


def _ready(model: torch.nn.Module, work: Work, batch: int) -> tuple:
    with torch.autocast("cpu", torch.bfloat16):
        return work.ready(model, batch)


def _done(model: torch.nn.Module, work: Work, given: tuple) -> None:
    with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(work.trains is not None):
        made = work.once(model, *given)
    if work.trains:
        made.backward()


def budget(settings: Any, work: Work, batch: int = 1) -> Budget:
    """What a piece of work takes: in bf16 by autocast, a training with its backward pass."""
    with torch.device("meta"):
        model = work.model(settings).train(work.trains is not None)
    model.requires_grad_(work.trains is not None)
    if work.trains:
        work.trains(model)
    weights, trained = (sum(p.numel() for p in model.parameters() if p.requires_grad >= only) for only in (False, True))
    with FakeTensorMode():
        without_numbers(model)
        # one after the other: the counter keeps what a checkpointed block made anew alive
        with FlopCounterMode(display=False) as first:
            given = _ready(model, work, batch)
        with FlopCounterMode(display=False) as counter:
            _done(model, work, given)
        model.zero_grad()
        del given
        with Alive() as alive:
            _done(model, work, _ready(model, work, batch))
    flop = first.get_total_flops() + counter.get_total_flops() * work.repeated
    # gradients are among what is alive; an average is kept of all weights
    kept = (WEIGHT + AVERAGE * bool(work.trains)) * weights + MOMENTS * trained
    return Budget(weights, trained, flop / 1e12, (kept + alive.peak) / 2**30)


def row(path: str, config: dict, work: Work, found: Budget, batch: int, tflops: float) -> str:
    """A line of the table; hours are those of all steps that the configuration asks for."""
    seconds, hours = found.tflop / tflops, ""
    if work.trains:
        asked = config.get(work.section, {})
        done = asked.get("steps", 0) * asked.get("batch_size", 0) * work.times(config)
        hours = f"{done * seconds / batch / 3600:8.1f}" if done else ""
    return (
        f"{path:34}{work.name:28}{found.weights / 1e6:9.1f}{found.trained / 1e6:9.1f}{found.tflop:10.2f}"
        f"{found.gib:8.1f}{seconds:10.2f}{hours}"
    )


def main() -> None:
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="*", default=CONFIGS, help=f"configurations (default: {', '.join(CONFIGS)})")
    parser.add_argument("--batch", type=int, default=1, help="clips together (default: 1)")
    parser.add_argument("--tflops", type=float, default=40, help="10¹² operations a second that the GPU keeps up")
    options = parser.parse_args()
    if options.batch < 1 or not options.tflops > 0:
        raise UserError("budget: --batch and --tflops are positive numbers")
    columns = f"{'M weights':>9}{'trained':>9}{'TFLOP':>10}{'GiB':>8}{'seconds':>10}{'hours':>8}"
    print(f"{'':34}{f'of {options.batch} together':28}{columns}")
    for path in options.config:
        settings, works, config = described(path)
        for work in works:
            print(row(str(path), config, work, budget(settings, work, options.batch), options.batch, options.tflops))


if __name__ == "__main__":
    run(main)
