"""Trains an autoencoder of poses and publishes it: the first stage of every recipe.

python stages/autoencoder.py --config configs/autoencoder/small.yaml --corpus CORPUS --name pose-vae
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, feature_statistics
from sign_latent.autoencoder.fsq import PoseFSQ, PoseFSQSettings
from sign_latent.autoencoder.layout import layout_of
from sign_latent.autoencoder.plain_vae import PlainVAE, PlainVAESettings
from sign_latent.autoencoder.sign_vae import SignVAE, SignVAESettings
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.autoencoder.tokens import code_usage
from sign_latent.autoencoder.vq import PoseVQ, PoseVQSettings
from sign_latent.cache import Ragged, clip_features, filled_features
from sign_latent.corpus.batching import batch_indices, pad
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.registry import Card, find, publish
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit, step_seed
from stages.beginning import begin_with


@dataclass
class AutoencoderSettings:
    """Which autoencoder, and its settings."""

    model: Literal["skeletal_vae", "plain_vae", "sign_vae", "pose_fsq", "pose_vq"] = "skeletal_vae"
    """Key of the models table."""
    skeletal_vae: SkeletalVAESettings = field(default_factory=SkeletalVAESettings)
    """Read when model is skeletal_vae."""
    plain_vae: PlainVAESettings = field(default_factory=PlainVAESettings)
    """Read when model is plain_vae."""
    sign_vae: SignVAESettings = field(default_factory=SignVAESettings)
    """Read when model is sign_vae."""
    pose_fsq: PoseFSQSettings = field(default_factory=PoseFSQSettings)
    """Read when model is pose_fsq."""
    pose_vq: PoseVQSettings = field(default_factory=PoseVQSettings)
    """Read when model is pose_vq."""


MODELS: dict[str, type[Autoencoder]] = {
    "skeletal_vae": SkeletalVAE,
    "plain_vae": PlainVAE,
    "sign_vae": SignVAE,
    "pose_fsq": PoseFSQ,
    "pose_vq": PoseVQ,
}


def build(settings: AutoencoderSettings, clips: ClipSet) -> Autoencoder:
    """The model for training clips: skeleton, frame rate and what is never seen are asked of them, never typed."""
    chosen = getattr(settings, settings.model)
    chosen.skeleton, chosen.fps, chosen.unseen = clips.corpus.skeleton.name, clips.corpus.fps, clips.unseen()
    return MODELS[settings.model](chosen)


def begun(model: Autoencoder, kind: str, init_from: str | None) -> dict[str, str]:
    """`begin_with`, on a corpus that may hide more points. UserError where it shows some that were never seen: nothing
    is known of their spread, which features are told in.
    """
    parents = begin_with(model, kind, init_from, free=("unseen",))
    if new := sorted(set(find(init_from)[1].latent.unseen) - set(model.settings.unseen)) if init_from else []:
        raise UserError(
            f"init_from {init_from}: its training showed no {new[0]} ({len(new)} such points), this corpus does; leave "
            "--init-from out"
        )
    return parents


def crops(features: Ragged, confidence: Ragged, settings: TrainSettings, window: int):
    """``batches(step)``: random windows of up to ``window`` frames, [B, T, J, W], [B, T, J] and mask [B, T]."""

    def batches(step: int):
        chosen = batch_indices(features.lengths, settings.batch_size, settings.seed, step)
        chance = np.random.default_rng(step_seed(settings.seed, step))
        rows = []
        for i in chosen:
            start = int(chance.integers(0, max(0, features.lengths[i] - window) + 1))
            rows.append((features[i][start : start + window], confidence[i][start : start + window]))
        x, mask = pad([f for f, _ in rows])
        return x.float(), pad([c for _, c in rows])[0].float(), mask

    return batches


def whole_split(features: Ragged, *more: Ragged, batch_size: int = 64):
    """Batches of whole clips (features, mask, …) in order of length."""
    order = np.argsort(features.lengths, kind="stable")
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield *features.batch(rows), *(values.batch(rows)[0] for values in more)


@torch.no_grad()
def held_out_audit(model: Autoencoder, clips: ClipSet) -> dict[str, float]:
    """Mean and variance of the latents of a held-out split, and the mean error of its clips' points that are seen."""
    features, confidence = clip_features(clips, model.layout)
    features = filled_features(model, features, confidence)
    total, square, count, errors = 0.0, 0.0, 0, []
    active = ~model.latent_dead
    for x, mask, shown in whole_split(features, confidence):
        mean, std = model.posterior(x, mask)
        valid = mask[:, :: model.settings.stride]
        total += float(mean[valid][:, active].double().sum())
        square += float((mean[valid][:, active].double().square() + std[valid][:, active].double().square()).sum())
        count += int(valid.sum()) * int(active.sum())
        points = slice(len(model.layout.points)), model.layout.point_columns
        distance = (model.decode_features(mean, mask) - x)[:, :, *points].norm(dim=-1)
        seen = (shown[:, :, points[0]] > 0) * mask[:, :, None]
        errors += ((distance * seen).sum((1, 2)) / seen.sum((1, 2)))[seen.any(2).any(1)].tolist()
    centre = total / max(1, count)
    return {
        "latent_mean": centre,
        "latent_variance": square / max(1, count) - centre**2,
        "point_error_shoulder_widths": float(np.mean(errors)),
        "clips": len(clips),
    }


def train(
    name: str,
    corpus: str,
    autoencoder: AutoencoderSettings = AutoencoderSettings(),
    train: TrainSettings = TrainSettings(),
    window: int = 64,
    half: bool = False,
    init_from: str | None = None,
    intended_use: str = "Latents of signing poses for research on sign language production.",
):
    """Trains and publishes an autoencoder.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        autoencoder: Which autoencoder, and its settings.
        train: How it is trained.
        window: Longest training window in frames.
        half: Store weights in half precision.
        init_from: Published autoencoder to start from, whose statistics of features stay; its latents become others.
        intended_use: A sentence for the card.
    """
    settings, how = deepcopy(autoencoder), train
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    torch.manual_seed(how.seed)
    clips = data.split("train", dominant=True)
    model = build(settings, clips)
    features, confidence = clip_features(clips, layout_of(data.skeleton.name))
    parents = begun(model, settings.model, init_from)
    if not parents:
        each = ((features[i], confidence[i]) for i in range(len(features)))
        model.set_feature_statistics(*feature_statistics(each, model.present))
    features = filled_features(model, features, confidence)
    about = {"corpus": data.hash, "model": asdict(model.settings), "window": window, **parents}
    fit(name, model, lambda m, batch: m.loss(*batch), crops(features, confidence, how, window), how, about)
    model.settle(lambda: whole_split(features))
    stored_precision(model, half)
    model.fit_whitening(whole_split(features))
    audit = held_out_audit(model, data.split("dev", dominant=True)) if "dev" in data.splits else {}
    if model.codes:
        audit |= code_usage(model, whole_split(features))
    card = Card(
        name=name,
        model=settings.model,
        settings=asdict(model.settings),
        spec=model.spec,
        parents=parents,
        audit=audit or None,
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "autoencoder": asdict(settings), "train": asdict(how), "window": window}
    return publish(card, model, config, half=half)


if __name__ == "__main__":
    run_stage(train)
