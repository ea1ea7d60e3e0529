"""What video models do that costs: steps of their trainings, and sampling; of `eval.gpu_budget`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from eval.speed_text_video import texts
from sign_latent.denoiser.loss import LatentBatch
from sign_latent.renderer.sign_video.clips import VideoBatch
from sign_latent.renderer.sign_video.loss import SignVideoLossSettings, video_loss
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.text_video.loss import video_loss as text_loss
from sign_latent.renderer.text_video.unet import TextVideo


@dataclass
class Work:
    """Something that a model does, of ``batch`` clips."""

    model: type[torch.nn.Module]
    name: str
    once: Callable[..., Any]
    """Does it, given a model and what `ready` returned; a training returns the loss."""
    ready: Callable[[torch.nn.Module, int], tuple] = lambda model, count: (count,)
    """What is done before, of so many clips."""
    trains: Callable[[torch.nn.Module], Any] | None = None
    """Chooses which weights are trained; None where nothing is."""
    repeated: int = 1
    """How often it is done: sampling steps."""
    section: str = "train"
    """Of a configuration, where the number of a training's steps and clips stands."""
    times: Callable[[dict[str, Any]], int] = lambda config: 1
    """How often a configuration has a training do it for each clip."""


def text_video_works(settings) -> list[Work]:
    """A training step, and a guided video in the paper's 50 steps."""

    def batch(count: int) -> LatentBatch:
        clean = torch.zeros(count, settings.frames, settings.size**2, 3)
        return LatentBatch(
            clean, torch.zeros_like(clean), torch.ones(clean.shape[:2], dtype=torch.bool), texts(settings, count)
        )

    def ready(model, count: int):
        given = batch(2 * count)  # both halves of guidance
        return given, model.read(given.text)

    def sampled(model, given, text):
        return model(given.mean, torch.zeros(len(given.mean), dtype=torch.long), given.frames, text)

    step = Work(
        TextVideo,
        "training step",
        lambda model, count: text_loss(model, batch(count))["loss"],
        trains=lambda model: model,
    )
    return [step, Work(TextVideo, f"{settings.frames} frames, 50 steps", sampled, ready, repeated=50)]


def _targets(config: dict[str, Any]) -> int:
    from stages.renderer import VideoSettings

    return config.get("video", {}).get("targets", VideoSettings.targets)


def sign_video_works(settings) -> list[Work]:
    """Both steps of the training, a window of video in 50 guided steps, and its pictures."""
    height, width = settings.size

    def loss(frames: int, together: bool):
        def once(model, count: int):
            size, byte = (count, frames, height, width), {"dtype": torch.uint8}
            conditions = torch.zeros(*size, 3 * len(settings.conditions), **byte)
            reference, hands = torch.zeros(count, height, width, 3, **byte), torch.zeros(size, dtype=torch.bool)
            batch = VideoBatch(torch.zeros(*size, 3, **byte), conditions, reference, hands)
            return video_loss(model, batch, SignVideoLossSettings(), together)["loss"]

        return once

    def ready(model, count: int):
        z = torch.zeros(2 * count, settings.window, settings.pixels.width, *settings.places)
        embeddings = torch.zeros(2 * count, settings.window, settings.encoder_widths[-1], *settings.places)
        return z, embeddings, model.bank(z[:, 0])

    def sampled(model, z, embeddings, bank):
        return model(z, torch.zeros(len(z)), embeddings, bank)

    def latents(model, count: int):
        return (torch.zeros(count * settings.window, settings.pixels.width, *settings.places),)

    space, time = (partial(SignVideo.train_only, temporal=temporal) for temporal in (False, True))
    return [
        Work(SignVideo, "training step 1, a frame", loss(1, False), trains=space, times=_targets),
        Work(SignVideo, "training step 2, a window", loss(settings.window, True), trains=time, section="temporal"),
        Work(SignVideo, f"{settings.window} frames, 50 steps", sampled, ready, repeated=50),
        Work(SignVideo, f"{settings.window} frames, as pictures", SignVideo.pictures, latents),
    ]


KINDS = {"renderer": (SignVideo, sign_video_works), "model": (TextVideo, text_video_works)}
"""Section of a configuration that describes a model -> its class, and what it does."""
