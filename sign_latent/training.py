"""What every training shares: order, averaging, optimiser, resuming. Alone in the library it imports Lightning.

Everything random in a training is a pure function of the seed and the step: the batch (``batches(step)``), the noise
and the dropout (torch is re-seeded at each step). A run that was killed and resumed therefore ends with the weights of
an uninterrupted one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from sign_latent.errors import UserError

Losses = dict[str, torch.Tensor]


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
    """Lightning precision, e.g. 32-true or bf16-mixed."""
    accelerator: str = "auto"
    """Lightning accelerator: auto, cpu, gpu."""
    devices: int = 1
    """Processes of this machine (with torchrun: those it started)."""
    strategy: str = "auto"
    """Lightning strategy: auto, ddp, fsdp."""
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

        def training_step(self, numbered, _):
            step, batch = numbered
            torch.manual_seed(step_seed(settings.seed, step, self.global_rank))
            losses = loss(self.model, batch)
            if not torch.isfinite(losses["loss"]):
                raise UserError(f"training: the loss is not finite at step {step}; lower train.learning_rate")
            if step % 10 == 0:
                self.log_dict({k: v.detach() for k, v in losses.items()}, batch_size=1)
            return losses["loss"]

        def configure_optimizers(self):
            groups = parameter_groups(self.model, settings.weight_decay)
            optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))
            schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: learning_rate_factor(step, settings))
            return [optimiser], [{"scheduler": schedule, "interval": "step"}]

    return Task()


def _averaging(decay: float):
    from lightning.pytorch.callbacks import WeightAveraging

    def average(averaged, current, count):
        # count is a tensor on the model's device; read once a step
        torch._foreach_lerp_(averaged, current, 1 - ema_decay(int(count), decay))

    return WeightAveraging(use_buffers=False, multi_avg_fn=average)


def _checkpoint(directory: Path) -> Path | None:
    """The newest readable checkpoint: ``last.ckpt`` is written aside and renamed, so it is whole when it exists."""
    path = directory / "last.ckpt"
    return path if path.exists() else None


def _saver(directory: Path, every: int):
    import os

    from lightning.pytorch.callbacks import Callback

    class Saver(Callback):
        """Writes ``last.ckpt`` aside and renames it: a kill in the middle leaves the one before."""

        def save(self, trainer) -> None:
            trainer.save_checkpoint(directory / "last.partial")
            if trainer.is_global_zero:
                os.replace(directory / "last.partial", directory / "last.ckpt")

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
            if trainer.global_step % every == 0:
                self.save(trainer)

        def on_exception(self, trainer, module, exception) -> None:
            # SIGTERM and Ctrl-C arrive here; a checkpoint of diverged weights would be resumed from, so it is not kept
            if not isinstance(exception, UserError):
                self.save(trainer)

    return Saver()


def _progress(name: str, start: int, steps: int):
    """One line: name, step of steps, rate, time left and the losses. Away from a terminal it is rewritten rarely."""
    import sys

    from lightning.pytorch.callbacks import Callback
    from tqdm import tqdm

    class Progress(Callback):
        def on_train_start(self, trainer, module) -> None:
            often = 0.2 if sys.stderr.isatty() else 30.0
            hidden = not trainer.is_global_zero
            self.bar = tqdm(total=steps, initial=start, desc=name, unit="step", mininterval=often, disable=hidden)

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
            if trainer.global_step % 10 == 1:
                found = {k: f"{v:.3f}" for k, v in trainer.callback_metrics.items()}
                self.bar.set_postfix(found, refresh=False)
            self.bar.update()

        def on_train_end(self, trainer, module) -> None:
            self.bar.close()

        def on_exception(self, trainer, module, exception) -> None:
            if hasattr(self, "bar"):
                self.bar.close()

    return Progress()


def _quiet() -> None:
    """Lightning's remarks on hardware and its advertisements are not about this training."""
    import logging

    for logger in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(logger).setLevel(logging.ERROR)


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
) -> nn.Module:
    """Trains ``model`` in place and returns it with averaged weights, in evaluation mode.

    ``loss(model, batch)`` returns a dict of scalars whose ``"loss"`` is minimised; ``batches(step)`` must be a pure
    function of the step. Checkpoints live in ``settings.runs/name``. Raises UserError if the loss diverges, or if an
    unfinished run of that name exists and ``resume`` is off.
    """
    import lightning as L

    directory = Path(settings.runs) / name
    directory.mkdir(parents=True, exist_ok=True)
    found, start = _checkpoint(directory), 0
    if found and not settings.resume:
        raise UserError(
            f"training {name}: {directory} holds an earlier run; add --train.resume true, or remove the folder"
        )
    if found:
        start = min(settings.steps, torch.load(found, map_location="cpu", weights_only=True)["global_step"])
    _quiet()
    trainer = L.Trainer(
        max_steps=settings.steps,
        max_epochs=-1,
        accelerator=settings.accelerator,
        devices=settings.devices,
        strategy=settings.strategy,
        precision=settings.precision,
        gradient_clip_val=settings.clip,
        logger=_logger(settings.logger, directory),
        enable_checkpointing=False,
        callbacks=[
            _averaging(settings.ema),
            _saver(directory, settings.save_every),
            _progress(name, start, settings.steps),
        ],
        enable_model_summary=False,
        enable_progress_bar=False,
        log_every_n_steps=10,
        use_distributed_sampler=False,
        default_root_dir=directory,
    )
    loader = torch.utils.data.DataLoader(StepBatches(batches, start, settings.steps), batch_size=None)
    model.train()
    trainer.fit(_task(model, loss, settings), loader, ckpt_path=found, weights_only=True)
    if trainer.interrupted:
        raise UserError(f"training {name}: stopped at step {trainer.global_step}; go on with --train.resume true")
    return model.eval()
