"""What every training shares: order, averaging, optimiser, resuming. Alone in the library it imports Lightning.

Everything random in a training is a pure function of the seed and the step: the batch (``batches(step)``), the noise
and the dropout (torch is re-seeded at each step). A run that was killed and resumed therefore ends with the weights of
an uninterrupted one.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from sign_latent.device import pays_in_bf16, training_device
from sign_latent.errors import UserError
from sign_latent.progress import Progress
from sign_latent.runs import CHECKPOINT, check_same, read_checkpoint, refuse_earlier, remember

Losses = dict[str, torch.Tensor]

_FREE = ("accelerator", "strategy", "save_every", "runs", "resume", "logger")
"""Settings that may change when a run goes on."""


@dataclass
class TrainSettings:
    """How a stage is trained; the same for every stage."""

    steps: int = 1000
    """Optimiser steps."""
    batch_size: int = 64
    """Clips a step (a process)."""
    learning_rate: float = 1e-3
    """Peak learning rate."""
    weight_decay: float = 1e-2
    """AdamW weight decay, on matrices only."""
    warmup: int = 100
    """Steps of linear warm-up."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """After the warm-up: cosine to 2 % of the peak, or constant."""
    clip: float = 1.0
    """Largest gradient norm."""
    ema: float = 0.999
    """Decay of the averaged weights, which are what is published; warmed up as (1 + n) / (10 + n)."""
    seed: int = 0
    """Seed of order, initial weights, noise and dropout."""
    precision: str = "32-true"
    """Lightning precision, e.g. 32-true or bf16-mixed, which is 32-true on a processor without units for bf16."""
    accelerator: str = "auto"
    """Lightning accelerator: auto, cpu, gpu."""
    devices: int = 1
    """Processes of a machine (with torchrun: those it started there)."""
    nodes: int = 1
    """Machines on which torchrun or Slurm started the processes."""
    strategy: str = "auto"
    """Lightning strategy: auto or ddp."""
    save_every: int = 500
    """Steps between checkpoints."""
    runs: str = "runs"
    """Folder of the checkpoints and logs of running trainings."""
    resume: bool = False
    """Go on from the last checkpoint of this name."""
    logger: Literal["tensorboard", "wandb", "none"] = "tensorboard"
    """Where the loss curves go."""


def learning_rate_factor(step: int, settings: TrainSettings) -> float:
    """Factor on the peak learning rate at ``step``: linear warm-up, then cosine to 0.02 or constant."""
    warm = min(1.0, (step + 1) / max(1, settings.warmup))
    if settings.schedule == "constant":
        return warm
    done = min(1.0, step / max(1, settings.steps))
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def ema_decay(averaged: int, decay: float) -> float:
    """Decay of the average after ``averaged`` updates, warmed up so that the initial weights fade at once."""
    return min(decay, (1 + averaged) / (10 + averaged))


def step_seed(seed: int, step: int, rank: int = 0) -> int:
    """A seed for one step of one process; distinct streams for distinct arguments (splitmix64)."""
    x = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + rank * 0x94D049BB133111EB) & (2**64 - 1)
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
    return (x ^ (x >> 31)) & (2**63 - 1)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices decay; biases, norms and embeddings of one dimension do not."""
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim >= 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]


class StepBatches(torch.utils.data.IterableDataset):
    """Yields ``(step, batch)`` for the steps that remain; each of several processes has its own share of them."""

    def __init__(self, batches: Callable[[int], Any], start: int, steps: int):
        self.batches, self.start, self.steps = batches, start, steps

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        together = torch.distributed.is_available() and torch.distributed.is_initialized()
        processes, rank = (torch.distributed.get_world_size(), torch.distributed.get_rank()) if together else (1, 0)
        for step in range(self.start, self.steps):
            yield step, self.batches(step * processes + rank)


def _task(model: nn.Module, loss: Callable[[nn.Module, Any], Losses], settings: TrainSettings):
    import lightning as L

    class Task(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = model
            self.losses: Losses = {}  # those logged last

        def training_step(self, numbered, _):
            step, batch = numbered
            torch.manual_seed(step_seed(settings.seed, step, self.global_rank))
            losses = loss(self.model, batch)
            if not torch.isfinite(losses["loss"]):
                raise UserError(f"training: the loss is not finite at step {step}; lower train.learning_rate")
            if step % 10 == 0:
                self.losses = {k: v.detach() for k, v in losses.items()}
                self.log_dict(self.losses, batch_size=1)
            return losses["loss"]

        def configure_optimizers(self):
            groups = parameter_groups(self.model, settings.weight_decay)
            # on a CPU one pass over all weights is far faster than an operation after the other
            how = {"lr": settings.learning_rate, "betas": (0.9, 0.98), "fused": _on_cpu(self.model) or None}
            optimiser = torch.optim.AdamW(groups, **how)
            schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: learning_rate_factor(step, settings))
            return [optimiser], [{"scheduler": schedule, "interval": "step"}]

        def configure_gradient_clipping(self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None):
            if not _on_cpu(self.model):
                self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
            elif gradient_clip_val:
                # Lightning's own refuses a fused optimiser, for the sake of fp16's scaled gradients: a CPU has none
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), gradient_clip_val)

    return Task()


def _on_cpu(model: nn.Module) -> bool:
    return all(parameter.device.type == "cpu" for parameter in model.parameters())


def _averaging(decay: float):
    from lightning.pytorch.callbacks import WeightAveraging

    def average(averaged, current, count):
        # count is a tensor on the model's device; read once a step
        torch._foreach_lerp_(averaged, current, 1 - ema_decay(int(count), decay))

    return WeightAveraging(use_buffers=False, multi_avg_fn=average)


def _saver(directory: Path, every: int, last: int):
    from lightning.pytorch.callbacks import Callback

    class Saver(Callback):
        """Writes ``last.ckpt`` aside and renames it: a kill in the middle leaves the one before.

        Saves between two steps only, when weights, optimiser and average are those of the same step. Stands after the
        averaging among the callbacks, for the same reason.
        """

        between, stopping = False, False

        def save(self, trainer) -> None:
            trainer.save_checkpoint(directory / "last.partial")
            if trainer.is_global_zero:
                os.replace(directory / "last.partial", directory / CHECKPOINT)

        def stop(self, *_) -> None:
            """Ctrl-C waits for the end of the step; pressed again it does not."""
            self.stopping = True
            signal.signal(signal.SIGINT, signal.default_int_handler)

        def on_train_start(self, trainer, module) -> None:
            alone = trainer.world_size == 1 and threading.current_thread() is threading.main_thread()
            if alone and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, self.stop)

        def on_train_batch_start(self, trainer, module, batch, batch_idx) -> None:
            self.between = False

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
            self.between = True
            if trainer.global_step % every == 0 or trainer.global_step == last:
                self.save(trainer)
            if self.stopping:
                raise KeyboardInterrupt

        def on_exception(self, trainer, module, exception) -> None:
            # SIGTERM arrives here, on all processes at the same step; anything else may stop one of several alone
            if self.between and (trainer.world_size == 1 or isinstance(exception, SystemExit)):
                self.save(trainer)

    return Saver()


def _shown(name: str, steps: int):
    from lightning.pytorch.callbacks import Callback

    class Shown(Callback):
        """Progress with the losses, on the first process."""

        def on_train_start(self, trainer, module) -> None:
            self.progress = Progress(name, steps, start=trainer.global_step, shown=trainer.is_global_zero)

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
            losses, module.losses = module.losses, {}
            self.progress.advance(figures={k: float(v) for k, v in losses.items()} if losses else None)

        def teardown(self, trainer, module, stage) -> None:
            if hasattr(self, "progress"):
                self.progress.close()

    return Shown()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what Lightning tells about itself, and with the handler of Ctrl-C as it was found."""
    import lightning.pytorch  # noqa: F401 - its first import sets the levels of its loggers

    loggers = [logging.getLogger(name) for name in ("lightning", "lightning.pytorch", "lightning.fabric")]
    levels, handler = [logger.level for logger in loggers], signal.getsignal(signal.SIGINT)
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in (".*LeafSpec.*", ".*does not have many workers.*", ".*IterableDataset.*"):
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if signal.getsignal(signal.SIGINT) is not handler:
            signal.signal(signal.SIGINT, handler)


def _logger(kind: str, directory: Path):
    if kind == "none":
        return False
    if kind == "wandb":
        from lightning.pytorch.loggers import WandbLogger

        return WandbLogger(save_dir=directory, name=directory.name)
    from lightning.pytorch.loggers import TensorBoardLogger

    return TensorBoardLogger(directory, name="", version="")


def fit(
    name: str,
    model: nn.Module,
    loss: Callable[[nn.Module, Any], Losses],
    batches: Callable[[int], Any],
    settings: TrainSettings,
    about: Mapping[str, Any] | None = None,
) -> nn.Module:
    """Trains ``model`` in place and returns it with averaged weights, in evaluation mode.

    ``loss(model, batch)`` returns a dict of scalars whose ``"loss"`` is minimised; ``batches(step)`` must be a pure
    function of the step. Of several processes only the first comes back from here, to publish; the others end with
    the training. ``about`` says in plain values what else the run depends on, such as the corpus hash and the
    model's settings: a run that goes on must be the same. Checkpoints live in ``settings.runs/name``. Raises UserError
    if the loss diverges, if the training is stopped by SIGTERM or Ctrl-C, and if a run of that name exists that is
    another, or while ``resume`` is off.
    """
    directory = Path(settings.runs) / name
    told = {"train": {k: v for k, v in asdict(settings).items() if k not in _FREE}, **(about or {})}
    path, start = directory / CHECKPOINT, 0
    _refuse_shards(settings)
    refuse_earlier(name, directory, settings.resume)
    if path.exists():
        check_same(directory, told)
        found = read_checkpoint(path, model)
        start = found["global_step"]
        if start >= settings.steps:
            # Lightning would skip the training and with it the hook that copies the average
            model.load_state_dict({k.removeprefix("model."): v for k, v in found["state_dict"].items()})
            return _of_the_first_process(model)
    remember(directory, told)
    loader = torch.utils.data.DataLoader(StepBatches(batches, start, settings.steps), batch_size=None)
    model.train()
    with _quiet():
        trainer = _trainer(name, directory, settings)
        task = _task(model, loss, settings)
        try:
            trainer.fit(task, loader, ckpt_path=path if start else None, weights_only=True)
        except SystemExit:  # SIGTERM or Ctrl-C
            raise UserError(
                f"training {name}: stopped at step {trainer.global_step}; go on with --train.resume true"
            ) from None
    return _of_the_first_process(model)


def _refuse_shards(settings: TrainSettings) -> None:
    """UserError for strategies that split the weights: Lightning neither averages nor clips what lies in shards."""
    if any(kind in settings.strategy for kind in ("fsdp", "deepspeed", "model_parallel")):
        raise UserError(f"train.strategy {settings.strategy}: weights in shards are not averaged; give ddp")


def _of_the_first_process(model: nn.Module) -> nn.Module:
    """The model in evaluation mode; a process that is not the first ends here, as it has nothing left to do."""
    from lightning.pytorch.utilities import rank_zero_only

    if rank_zero_only.rank:
        raise SystemExit(0)
    return model.eval()


def _precision(settings: TrainSettings) -> str:
    """What is asked for, unless this processor would take many times as long for it; that is said in a warning."""
    asked = settings.precision
    if asked not in ("bf16-mixed", "bf16") or pays_in_bf16(training_device(settings.accelerator)):
        return asked
    warnings.warn(
        f"train.precision {asked}: this processor has no units for bf16, in which it would take many times as long; "
        "trained in 32-true",
        stacklevel=2,
    )
    return "32-true"


def _trainer(name: str, directory: Path, settings: TrainSettings):
    import lightning as L

    callbacks = [
        _averaging(settings.ema),
        _saver(directory, settings.save_every, settings.steps),
        _shown(name, settings.steps),
    ]
    return L.Trainer(
        max_steps=settings.steps,
        max_epochs=-1,
        accelerator=settings.accelerator,
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy=settings.strategy,
        precision=_precision(settings),
        gradient_clip_val=settings.clip,
        logger=_logger(settings.logger, directory),
        callbacks=callbacks,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=10,
        use_distributed_sampler=False,
        default_root_dir=directory,
    )
