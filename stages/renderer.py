"""Trains SignViP's sign video diffusion in two steps, single frames and then the layers over time, and publishes it.

python stages/renderer.py --config configs/renderer/small.yaml --corpus CORPUS --name my-renderer
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from sign_latent import registry
from sign_latent.cache import cache_directory
from sign_latent.corpus.read import Corpus
from sign_latent.device import training_device
from sign_latent.errors import UserError
from sign_latent.generation.sampling import Sampling
from sign_latent.renderer.rendered import rendered_clips
from sign_latent.renderer.sign_video.clips import ConditionedClips, VideoBatch, channels_of, conditioned
from sign_latent.renderer.sign_video.loss import SignVideoLossSettings, video_loss
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.painting import painted_anew
from sign_latent.renderer.sign_video.pretrained import begin_with
from sign_latent.renderer.sign_video.render import Renderer
from sign_latent.renderer.sign_video.settings import SignVideoSettings
from sign_latent.renderer.sign_video.signerless import signerless
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit, step_seed
from stages.filmed import VideoSource, told_clips

LEAST_LOOKS = 64
"""Pictures from which it can be told what is unlike them."""


@dataclass
class VideoSettings(VideoSource):
    """Which pictures it is trained on, and how many."""

    clips: int = 400
    """Clips of the training split."""
    frames: int | None = 64
    """The first so many frames of each; None takes them whole."""
    looks: int = 256
    """Of drawn: invented signers among whom looks are drawn."""
    body: str = "capsules"
    """Of drawn: what the signers are made of: drawn, capsules, or an .npz of SMPL-X."""
    targets: int = 4
    """In step 1, frames that are made from one reference."""
    audited: int = 8
    """Clips of the dev split that are rendered before it is published; 0 for none."""
    kept: bool = True
    """Of drawn: paint all frames once and keep them in the cache. False paints those of a batch when it is asked for:
    in 512 × 512 pixels a frame and its conditions take 2.4 MB."""


@dataclass
class StartSettings:
    """Weights to begin with, in diffusers' layout: a folder, or a name on the hub."""

    spatial: str | None = None
    """Stable Diffusion's ``unet`` and ``vae``."""
    temporal: str | None = None
    """AnimateDiff's motion adapter."""


def pictured_clips(
    data: Corpus, split: str, model: SignVideoSettings, settings: VideoSettings, most: int
) -> ConditionedClips:
    """Videos and conditions of up to ``most`` clips, spread over a split; what is left out is said on stderr."""
    if settings.source == "filmed" and not settings.kept:
        raise UserError("video.kept: pictures of films are cut out once and kept; give true, or video.source drawn")
    found = data.split(split)
    chosen = [found[i] for i in range(0, len(found), -(-len(found) // most))]
    folder, size = cache_directory() / "rendered", model.size
    if not settings.kept:
        return painted_anew(chosen, size, settings.looks, settings.body, settings.frames)
    if settings.source == "drawn":
        clips = rendered_clips(chosen, size, folder, settings.looks, settings.body, settings.frames)
        return conditioned(clips, folder)
    return conditioned(told_clips(chosen, size, settings, data, settings.frames), folder)


def said(settings: VideoSettings) -> dict[str, Any]:
    """The settings by which a training that goes on is known; those of films only where it is of films."""
    found = {key: value for key, value in asdict(settings).items() if key != "kept"}  # the pictures are the same
    return found if settings.source == "filmed" else {k: v for k, v in found.items() if k not in ("source", "folder")}


def of_step(
    clips: ConditionedClips,
    model: SignVideoSettings,
    loss: SignVideoLossSettings,
    how: TrainSettings,
    frames: int,
    together: bool,
    step: int,
) -> VideoBatch:
    """The batch of a training step, a pure function of seed and step."""
    return clips.batch(step_seed(how.seed, step), how.batch_size, frames, together, model.conditions, loss.swapped)


def learn_looks(model: SignVideo, clips: ConditionedClips, seed: int) -> None:
    """Lets the model know the looks of the training, two pictures a clip; from few pictures nothing is learnt."""
    if 2 * len(clips.clips) < LEAST_LOOKS:
        return
    chance = np.random.default_rng(step_seed(seed, 0))
    pictures = np.concatenate([clip.video[chance.integers(len(clip.video), size=2)] for clip in clips.clips])
    others = signerless(pictures[::2], chance)
    model.looks.fit(*(model.look_features(torch.from_numpy(some)) for some in (pictures, others)))


def references_known(model: SignVideo, clips: ConditionedClips, seed: int) -> dict[str, float]:
    """Share of held-out clips whose last frame is taken as a reference, and of pictures without a signer that are."""
    pictures = np.stack([clip.video[-1] for clip in clips.clips])
    others = signerless(pictures, np.random.default_rng(step_seed(seed, 1)))
    told = {"references_known": pictures, "signerless_known": others}
    features = {name: model.look_features(torch.from_numpy(some)) for name, some in told.items()}
    return {name: float(model.looks.knows(some).float().mean()) for name, some in features.items()}


@torch.inference_mode()
def audit(made: Renderer, clips: ConditionedClips, seed: int) -> dict[str, float]:
    """Errors where hands are, RMS of pixels in 0 to 255, on the first window of held-out clips.

    Of videos in the looks of each clip's last frame: with its own condition, with the next clip's, and of that frame
    repeated. A renderer that follows its condition has the first below the others.
    """
    window, errors = made.model.settings.window, {"own": [], "other": [], "still": []}
    for i, clip in enumerate(clips.clips):
        other = clips.conditions[(i + 1) % len(clips.clips)]
        frames = min(window, len(clip.video), len(other))
        seen = clips.conditions[i][:frames, ..., channels_of(["hands"])].any(-1)
        made_of = {"own": clips.conditions[i][:frames], "other": other[:frames]}
        videos = {name: pictured(made, given, clip.video[-1], seed) for name, given in made_of.items()}
        for name, video in (videos | {"still": clip.video[-1:]}).items():
            wrong = (video.astype(np.float32) - clip.video[:frames]) ** 2
            errors[name].append(wrong[seen].mean() if seen.any() else 0.0)
    found = {f"hand_error_{name}": float(np.mean(some)) ** 0.5 for name, some in errors.items()}
    return found | {"clips": len(clips.clips)}


def looked_at(
    made: Renderer, clips: ConditionedClips, held_out: ConditionedClips | None, how: TrainSettings
) -> dict[str, float]:
    """What the card tells of held-out clips, made on a GPU if any; the model then knows the training's looks."""
    made.model.to(training_device(how.accelerator))
    facts = audit(made, held_out, how.seed) if held_out else {}
    learn_looks(made.model, clips, how.seed)
    facts |= references_known(made.model, held_out, how.seed) if held_out else {}
    made.model.cpu()
    return facts


def pictured(made: Renderer, conditions: np.ndarray, reference: np.ndarray, seed: int) -> np.ndarray:
    """A video of pictures of all conditions."""
    seen = torch.from_numpy(conditions[..., channels_of(made.model.settings.conditions)])
    return made.render(made.model.embed(seen[None].to(made.device))[0], np.array(reference), seed=seed)


def train(
    name: str,
    corpus: str,
    renderer: SignVideoSettings = SignVideoSettings(),
    video: VideoSettings = VideoSettings(),
    loss: SignVideoLossSettings = SignVideoLossSettings(),
    start: StartSettings = StartSettings(),
    train: TrainSettings = TrainSettings(),
    temporal: TrainSettings = TrainSettings(),
    half: bool = False,
    intended_use: str = "Videos of signers from poses, for research; not reviewed by signers.",
):
    """Trains and publishes a renderer.

    Args:
        name: Name to publish under.
        corpus: Corpus folder.
        renderer: The model.
        video: Which pictures it is trained on.
        loss: What is dropped, swapped and weighed.
        start: Weights to begin with.
        train: How step 1 is trained, all that is spatial, on single frames.
        temporal: How step 2 is trained, the layers over time alone, on windows; runs, resume, devices are step 1's.
        half: Store weights in half precision.
        intended_use: A sentence for the card.
    """
    settings = deepcopy(renderer)
    settings.diffusion.check()
    Sampling.of(settings.diffusion)
    refuse_taken(name, train)
    data = Corpus.open(corpus)
    settings.fps = data.fps
    torch.manual_seed(train.seed)
    model = SignVideo(settings)
    begin_with(model, start.spatial, start.temporal)
    clips = pictured_clips(data, "train", settings, video, video.clips)
    trained = asdict(settings) | {"diffusion": settings.diffusion.of_training()}  # may be sampled otherwise
    about = {"corpus": data.hash, "model": trained, "video": said(video), "loss": asdict(loss)}
    # what cannot be is refused before the hours of step 1
    clips.batch(0, 1, settings.window, True, settings.conditions)
    shown = video.audited and "dev" in data.splits
    held_out = pictured_clips(data, "dev", settings, video, video.audited) if shown else None
    model.train_only(temporal=False)
    batches = partial(of_step, clips, settings, loss)
    single = partial(batches, train, video.targets, False)
    fit(name, model, lambda m, batch: video_loss(m, batch, loss, False), single, train, about)
    second = replace(temporal, runs=train.runs, resume=train.resume, accelerator=train.accelerator, logger=train.logger)
    model.train_only(temporal=True)
    windows = partial(batches, second, settings.window, True)
    fit(f"{name}.temporal", model, lambda m, batch: video_loss(m, batch, loss, True), windows, second, about)
    stored_precision(model, half)
    known = {"seed": train.seed, "intended_use": intended_use, **corpus_facts(data)}
    card = registry.Card(name, "sign_video", asdict(settings), **known)
    facts = looked_at(Renderer(card, model), clips, held_out, train)
    card = replace(card, audit=facts or None, warnings=video.warnings)
    config = {"corpus": corpus, "renderer": asdict(settings), "video": asdict(video), "loss": asdict(loss)}
    return registry.publish(card, model, config | {"train": asdict(train), "temporal": asdict(second)}, half=half)


if __name__ == "__main__":
    run_stage(train)
