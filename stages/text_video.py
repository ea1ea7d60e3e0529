"""Trains Text2Sign's 3D U-Net on drawn or filmed signers, audits that it uses the text, and publishes it.

python stages/text_video.py --config configs/text_video/small.yaml --corpus CORPUS --name my-signs
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from sign_latent.cache import cache_directory
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.isolated import drawn_signs, frequent_glosses
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.denoiser.loss import LatentBatch
from sign_latent.device import training_device
from sign_latent.errors import UserError
from sign_latent.generation.audit import STEPS, audit_warnings, text_audit
from sign_latent.generation.request import to_length
from sign_latent.registry import Card, publish
from sign_latent.renderer.rendered import rendered_clips
from sign_latent.renderer.text_video.loss import video_batch, video_loss
from sign_latent.renderer.text_video.reading import VideoTexts, fitted
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.unet import TextVideo
from sign_latent.resampling import cluster_unit
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision, tell_warnings
from sign_latent.text.encoder import TextEncoder
from sign_latent.text.marks import TEXT, numbered, registered
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings, fit
from stages.beginning import begin_with
from stages.filmed import VideoSource, told_clips
from stages.inputs import TextSettings, described, knowing, longest_lines


@dataclass
class Drawn:
    """Which clips are trained on, and how they are drawn where they are not filmed."""

    signs: int = 30
    """Isolated signs that are learnt, the most frequent ones, cut out of their sentences; 0, or a corpus without
    glosses: whole clips, all brought to the model's frames."""
    each: int = 100
    """Most clips of a sign; of the held-out split a tenth."""
    looks: int = 64
    """Appearances that are drawn from."""
    body: str = "capsules"
    """What signers are made of, as for drawing."""
    seed: int = 0
    """Draws looks, and which clips."""


def some_clips(clips: ClipSet, glosses: Sequence[str], frames: int, each: int, seed: int) -> list[Clip]:
    """At most ``each`` clips of every gloss, so many frames of them; without glosses all clips, read that often."""
    if not glosses:
        return [whole(clip, frames) for clip in clips]
    return drawn_signs(clips, frames, glosses, each, seed)


def whole(clip: Clip, frames: int) -> Clip:
    """A clip in so many frames, at the rate at which they take its time: pictures of its video are found by that."""
    pose, rate = clip.pose, max(1, frames - 1) / max(1, len(clip.pose) - 1)
    return replace(clip, pose=replace(to_length(pose, frames), fps=pose.fps * rate))


def common_rate(clips: Sequence[Clip]) -> float:
    """Frames a second at which a frame lasts as long as those of the clips do on average."""
    return round(len(clips) / sum(1 / clip.pose.fps for clip in clips), 3)


Pictured = list[tuple[Clip, np.ndarray]]
"""Clips and their pictures uint8 [T, S, S, 3]."""


def pictured(clips: list[Clip], size: int, drawn: Drawn, video: VideoSource, corpus: Corpus) -> Pictured:
    """The clips that can be shown, drawn or cut out of their videos, and kept in the cache."""
    if video.source == "drawn":
        made = rendered_clips(clips, size, cache_directory(), drawn.looks, drawn.body, seed=drawn.seed)
    else:
        made = told_clips(clips, size, video, corpus)
    there = {one.id: one.video for one in made}
    return [(clip, there[clip.id]) for clip in clips if clip.id in there]


@dataclass
class Videos:
    """Pictures of the clips of a split, their texts, and what the bootstrap draws whole."""

    pictures: list[np.ndarray]
    texts: VideoTexts
    marks: torch.Tensor | None
    clusters: np.ndarray

    def batch(self, rows: np.ndarray) -> LatentBatch:
        """Videos and texts of some clips."""
        text = self.texts.rows(rows)
        text.marks = None if self.marks is None else self.marks[torch.from_numpy(rows)]
        return video_batch(np.stack([self.pictures[i] for i in rows]), text)

    def of_step(self, step: int, how: TrainSettings) -> LatentBatch:
        """The batch of a training step."""
        return self.batch(batch_indices(np.ones(len(self.pictures), int), how.batch_size, how.seed, step))


def videos_of(shown: Pictured, model: TextVideoSettings, encoder: TextEncoder, vocabulary: Vocabulary) -> Videos:
    """The pictures with their texts as the model reads them."""
    clips, pictures = zip(*shown, strict=True)
    pairs = [(clip.spoken_language, clip.signed_language) for clip in clips]
    texts = VideoTexts.of([vocabulary.separate(clip.text) for clip in clips], encoder, model.text)
    clusters = cluster_unit(*([getattr(clip, unit) for clip in clips] for unit in ("source", "signer", "id")))[1]
    return Videos(list(pictures), texts, numbered(model.marks, pairs, ["text"] * len(pairs)), clusters)


def encoder_of(reading: TextSettings, model: TextVideoSettings) -> TextEncoder:
    """The text encoder; what is asked of it is set in ``model``. UserError for glosses, and where it is not here."""
    if reading.reads != "text":
        raise UserError(
            f"text.reads {reading.reads}: videos are made of texts, a sign's text is its gloss; leave it out"
        )
    encoder = reading.load()
    fitted(model, encoder)
    return encoder


def audit(model: TextVideo, data: Videos, how: TrainSettings, most: int = 256) -> dict[str, Any]:
    """Denoising errors of held-out clips with their own, another and no text, 16 at a time, where it was trained."""
    seed = how.seed
    rows = np.random.default_rng(seed).permutation(len(data.pictures))[:most]
    parts = [rows[i : i + 16] for i in range(0, len(rows), 16)]
    batches = (data.batch(part) for part in parts)
    texts = [data.texts.lines[i] for i in rows]
    facts = text_audit(
        model.to(training_device(how.accelerator)), batches, texts, seed, data.clusters[rows], steps=STEPS
    )
    model.cpu()
    return facts


def train(
    name: str,
    corpus: str,
    model: TextVideoSettings = TextVideoSettings(),
    drawn: Drawn = Drawn(),
    text: TextSettings = TextSettings(minimum=1),
    train: TrainSettings = TrainSettings(),
    half: bool = True,
    init_from: str | None = None,
    video: VideoSource = VideoSource(),
    intended_use: str = "Videos of signs from text, for research; not reviewed by signers.",
):
    """Trains and publishes a model of text to video.

    Args:
        name: Name to publish under.
        corpus: Corpus folder; its clips are drawn, or cut out of their videos.
        model: Sizes and switches of the 3D U-Net.
        drawn: Which clips are trained on, and how they are drawn.
        text: The frozen text encoder.
        train: How it is trained.
        half: Store weights in half precision.
        init_from: Published model to start from; the words that it knows are read whole here too.
        video: Whether its pictures are drawn or filmed.
        intended_use: A sentence for the card.
    """
    settings, reading, how = deepcopy(model), text, train
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    clips, dev = (data.split(split, dominant=True) for split in ("train", "dev"))
    encoder = encoder_of(reading, settings)
    settings.marks = registered(clips.languages)
    settings.check()
    settings.diffusion.check()
    glosses = sorted(frequent_glosses(clips, drawn.signs)) if drawn.signs else []
    chosen = some_clips(clips, glosses, settings.frames, drawn.each, drawn.seed)
    settings.fps = common_rate(chosen)
    held = some_clips(dev, glosses, settings.frames, max(1, drawn.each // 10), drawn.seed)
    chosen, held = (pictured(some, settings.size, drawn, video, data) for some in (chosen, held))
    vocabulary = Vocabulary.build([clip.text for clip, _ in chosen], minimum=reading.minimum)
    vocabulary = knowing(vocabulary, encoder, init_from)
    found, shown = (videos_of(some, settings, encoder, vocabulary) for some in (chosen, held))
    torch.manual_seed(how.seed)
    built = TextVideo(settings)
    if settings.text == "last_two":
        built.reader.begin_with(encoder)
    parents = begin_with(built, "text_video", init_from, free=("size", "frames", "fps"))
    about = {"corpus": data.hash, "drawn": asdict(drawn), "model": asdict(settings), "text": asdict(reading)}
    about |= {"video": asdict(video)} if video.source == "filmed" else {}
    fit(name, built, video_loss, lambda step: found.of_step(step, how), how, about | parents)
    stored_precision(built, half)
    facts = audit(built, shown, how)
    longest = longest_lines({TEXT: [clip.text for clip, _ in chosen]}, vocabulary, init_from)
    known = {"text_encoder": described(encoder, reading.reads, longest), "vocabulary": sorted(vocabulary.words)}
    known |= {"parents": parents, "seed": how.seed, "audit": facts, "warnings": audit_warnings(facts) + video.warnings}
    card = Card(name, "text_video", asdict(settings), intended_use=intended_use, **known, **corpus_facts(data))
    tell_warnings(card)
    config = {"corpus": corpus, "model": asdict(settings), "drawn": asdict(drawn), "text": asdict(reading)}
    return publish(card, built, config | {"video": asdict(video), "train": asdict(how)}, half=half)


if __name__ == "__main__":
    run_stage(train)
