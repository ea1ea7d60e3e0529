"""Trains SignViP's autoencoder on the frozen embeddings of a renderer's conditions, and publishes it: FSQ, VQ or plain.

python stages/condition_autoencoder.py --config configs/condition_autoencoder/small.yaml \\
    --corpus CORPUS --renderer NAME --name codes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from sign_latent import registry
from sign_latent.autoencoder.condition_fsq import ConditionFSQ, ConditionFSQSettings
from sign_latent.autoencoder.condition_plain import ConditionPlain, ConditionPlainSettings
from sign_latent.autoencoder.condition_vq import ConditionVQ, ConditionVQSettings
from sign_latent.autoencoder.conditions import ConditionAutoencoder
from sign_latent.autoencoder.tokens import Discrete, code_usage
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.device import device_of, training_device
from sign_latent.pose.streams import taken
from sign_latent.renderer.sign_video.embeddings import embeddings_of, spread
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit, step_seed

Batches = Iterator[tuple[torch.Tensor, torch.Tensor]]
MEASURED = 512
"""Frames by which statistics are taken where not all are embedded."""


@dataclass
class ConditionAutoencoders:
    """Which autoencoder, and its settings."""

    model: Literal["condition_fsq", "condition_vq", "condition_plain"] = "condition_fsq"
    """Key of the models table; condition_plain is the paper's ablation without quantisation."""
    condition_fsq: ConditionFSQSettings = field(default_factory=ConditionFSQSettings)
    """Read when model is condition_fsq."""
    condition_vq: ConditionVQSettings = field(default_factory=ConditionVQSettings)
    """Read when model is condition_vq."""
    condition_plain: ConditionPlainSettings = field(default_factory=ConditionPlainSettings)
    """Read when model is condition_plain."""


MODELS: dict[str, type[ConditionAutoencoder]] = {
    "condition_fsq": ConditionFSQ,
    "condition_vq": ConditionVQ,
    "condition_plain": ConditionPlain,
}


def build(settings: ConditionAutoencoders, renderer: SignVideo) -> ConditionAutoencoder:
    """The model for a renderer's embeddings: size, channels and frame rate are asked of it, never typed."""
    chosen = getattr(settings, settings.model)
    chosen.size, chosen.fps = list(renderer.settings.places), renderer.settings.fps
    chosen.channels = renderer.settings.encoder_widths[-1]
    return MODELS[settings.model](chosen)


@torch.no_grad()
def embedded(model: SignVideo, clips: ClipSet, most: int, each: int) -> torch.Tensor:
    """Half-precision embeddings [N, C, h, w] of clips at the model's frame rate: ``each`` evenly spread of each."""
    from tqdm import tqdm

    found = []
    for row in tqdm(spread(clips, most), desc="embeddings", disable=most < 100, leave=False):
        pose = clips[int(row)].pose
        if pose.fps != model.settings.fps:  # before frames are taken that have nothing between them
            pose = pose.resampled(model.settings.fps)
        some = sorted({round(i) for i in np.linspace(0, len(pose) - 1, each)})
        found.append(embeddings_of(model, taken(pose, np.array(some)), gauge=pose).half())
    return torch.cat(found)


@torch.no_grad()
def drawn(model: SignVideo, clips: ClipSet, most: int, count: int, seed: int) -> torch.Tensor:
    """Half-precision embeddings [N, C, h, w] of ``count`` frames, drawn by ``seed`` from all of ``most`` clips."""
    chance, rows, found = np.random.default_rng(seed), spread(clips, most), []
    for row in chance.choice(rows, count):
        pose = clips[int(row)].pose
        pose = pose if pose.fps == model.settings.fps else pose.resampled(model.settings.fps)
        one = taken(pose, chance.integers(len(pose), size=1))
        found.append(embeddings_of(model, one, gauge=pose).half())
    return torch.cat(found)


def whole(frames: torch.Tensor, device: torch.device = torch.device("cpu"), size: int = 64) -> Batches:
    """Batches of all frames, as clips of one frame, on a device."""
    for some in frames.split(size):
        yield some[:, None].float().to(device), torch.ones(len(some), 1, dtype=torch.bool).to(device)


def of_step(
    frames: torch.Tensor, anew: Callable[[int], torch.Tensor] | None, how: TrainSettings, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The batch of a training step, of frames or made anew, a pure function of seed and step."""
    seed = step_seed(how.seed, step)
    if anew is not None:
        return next(whole(anew(seed), size=how.batch_size))
    rows = np.random.default_rng(seed).choice(len(frames), how.batch_size)
    return next(whole(frames[torch.from_numpy(rows)], size=how.batch_size))


def set_statistics(model: ConditionAutoencoder, frames: torch.Tensor) -> None:
    """Mean and deviation of each channel; those that hardly vary are not amplified."""
    spreads = torch.stack([frames[:, i].float().std() for i in range(frames.shape[1])])
    model.feature_mean.copy_(torch.stack([frames[:, i].float().mean() for i in range(len(spreads))])[:, None, None])
    model.feature_std.copy_(spreads.clamp(min=1e-3 * float(spreads.max()) + 1e-8)[:, None, None])


@torch.no_grad()
def audit(model: ConditionAutoencoder, frames: torch.Tensor) -> dict[str, float]:
    """Share of the variance of held-out embeddings that is lost, and what is used of a book."""
    error, square, device = 0.0, 0.0, device_of(model)
    for x, mask in whole(frames, device):
        z, _ = model.encode(x, mask)
        error += float((model.decode(z, [1] * len(x)) - x).square().sum())
        square += float((x - model.feature_mean).square().sum())
    found = {"variance_lost": error / square, "frames": len(frames)}
    return found | code_usage(model, whole(frames, device)) if isinstance(model, Discrete) else found


def settled(
    model: ConditionAutoencoder, seen: torch.Tensor, held_out: torch.Tensor, how: TrainSettings, half: bool
) -> dict[str, float]:
    """Fits book, stored precision and whitening to what was ``seen`` in training; returns the audit.

    On a GPU if any; the model lies on the processor then.
    """
    device = training_device(how.accelerator)
    model.to(device)
    model.settle(lambda: whole(seen, device))
    stored_precision(model, half)
    model.fit_whitening(whole(seen, device))
    facts = audit(model, held_out)
    model.cpu()
    return facts


def train(
    name: str,
    corpus: str,
    renderer: str,
    autoencoder: ConditionAutoencoders = ConditionAutoencoders(),
    train: TrainSettings = TrainSettings(),
    clips: int = 1000,
    frames: int = 16,
    kept: bool = True,
    half: bool = False,
    intended_use: str = "Latents of the conditions of a renderer, for research on sign language production.",
):
    """Trains and publishes an autoencoder of condition embeddings.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        renderer: Published renderer of poses, whose encoder stays as it is.
        autoencoder: Which autoencoder, and its settings.
        train: How it is trained; a batch is of frames.
        clips: Clips whose conditions are embedded.
        frames: Frames of each, evenly spread.
        kept: Embed these once, in memory. False embeds the frames of a batch when it is asked for, any of the clips',
            and takes statistics from 512 of them: of 512 × 512 pixels the embedding of a frame takes 2.6 MB.
        half: Store weights in half precision.
        intended_use: A sentence for the card.
    """
    settings, how = deepcopy(autoencoder), train
    refuse_taken(name, how)
    data, parent = Corpus.open(corpus), registry.load(renderer, expect={"model": "sign_video"})
    made: SignVideo = parent.model
    torch.manual_seed(how.seed)
    model = build(settings, made)
    made.to(training_device(how.accelerator))
    learnt, held_out = (data.split(s, dominant=True) for s in ("train", "dev" if "dev" in data.splits else "train"))

    def measured(split: ClipSet, most: int) -> torch.Tensor:
        return embedded(made, split, most, frames) if kept else drawn(made, split, most, MEASURED, how.seed)

    seen, anew = measured(learnt, clips), None if kept else partial(drawn, made, learnt, clips, how.batch_size)
    set_statistics(model, seen)
    about: dict[str, Any] = {"corpus": data.hash, "renderer": parent.card.reference, "model": asdict(model.settings)}
    about |= {"clips": clips, "frames": frames} | ({} if kept else {"kept": False})
    fit(name, model, lambda m, batch: m.loss(*batch), partial(of_step, seen, anew, how), how, about)
    facts = settled(model, seen, measured(held_out, max(1, clips // 8)), how, half)
    known = {"parents": {"renderer": parent.card.reference}, "audit": facts, "seed": how.seed, **corpus_facts(data)}
    described = {"settings": asdict(model.settings), "spec": asdict(model.spec), "intended_use": intended_use}
    card = registry.Card(name=name, model=settings.model, **described, **known)
    config = {"corpus": corpus, "renderer": renderer, "autoencoder": asdict(settings), "train": asdict(how)}
    return registry.publish(card, model, config | {"clips": clips, "frames": frames}, half=half)


if __name__ == "__main__":
    run_stage(train)
