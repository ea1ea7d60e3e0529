"""Trains a judge of videos on drawn signers: one that finds the signer's points, or one that reads single signs.

python stages/video_judges.py --config configs/video_judges/small.yaml --corpus CORPUS --name video-pose
python stages/video_judges.py --config configs/video_judges/classifier.yaml --corpus CORPUS --name video-signs
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch

from sign_latent.cache import cache_directory
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.isolated import drawn_signs, frequent_glosses
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.pictures import Changes, changed, to_input
from sign_latent.evaluator.video_features import Settings as ClassifierSettings
from sign_latent.evaluator.video_features import VideoClassifier, watch
from sign_latent.evaluator.video_pose import PoseRegressor, apart, mean_known, see, true_places
from sign_latent.evaluator.video_pose import Settings as RegressorSettings
from sign_latent.pose.streams import taken
from sign_latent.registry import Card, publish
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.rendered import RenderedClip, rendered_clips
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit

_ROOM = 2
"""Frames by which a drawn sign is longer than what the classifier watches: its place in the window is drawn."""


@dataclass
class JudgeChoice:
    """Which judge, and its settings."""

    model: Literal["pose_regressor", "video_classifier"] = "pose_regressor"
    """Key of the models table."""
    pose_regressor: RegressorSettings = field(default_factory=RegressorSettings)
    """Read when model is pose_regressor."""
    video_classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    """Read when model is video_classifier; without glosses it learns the most frequent ones."""


@dataclass
class Drawn:
    """The pictures that are drawn to train on."""

    clips: int = 2000
    """Clips that a pose regressor is shown frames of; those of the held-out split are a tenth."""
    frames: int = 8
    """Frames of each, evenly spread."""
    classes: int = 30
    """Signs that a classifier learns, the most frequent ones, unless its settings name them."""
    each: int = 100
    """Most examples of a sign; of the held-out split a tenth."""
    looks: int = 512
    """Looks that are drawn from."""
    body: str = "capsules"
    """What signers are made of, as for drawing."""
    seed: int = 0
    """Draws looks, and which clips."""


def some_frames(clips: ClipSet, count: int, drawn: Drawn) -> list[Clip]:
    """Clips of a few frames, evenly spread over some of the clips."""
    chosen = np.random.default_rng(drawn.seed).permutation(len(clips))[:count]
    spread = [np.linspace(0, clips.lengths[i] - 1, drawn.frames).round().astype(int) for i in chosen]
    return [
        replace(clips[int(i)], pose=taken(clips[int(i)].pose, rows)) for i, rows in zip(chosen, spread, strict=True)
    ]


def painted(clips: list[Clip], size: int, drawn: Drawn) -> list[RenderedClip]:
    """The clips in pictures, kept in the cache."""
    return list(rendered_clips(clips, size, cache_directory(), drawn.looks, drawn.body, seed=drawn.seed))


def places_of(clip: RenderedClip, model: PoseRegressor) -> tuple[np.ndarray, np.ndarray]:
    """Places [T, K', 3] of the points that the regressor finds, and which are known and within the picture [T, K']."""
    return true_places(clip.pose, signer_look(clip.look).window(), model.points)


def regressor_loss(clips: list[RenderedClip], model: PoseRegressor, changes: Changes):
    """Loss of frames, given by number: pictures are changed on the way and places with them."""
    size = model.settings.size
    places, known = (np.concatenate(rows) for rows in zip(*(places_of(clip, model) for clip in clips), strict=True))
    places, known = torch.from_numpy(places), torch.from_numpy(known)
    at = [(clip.video, i) for clip in clips for i in range(len(clip.video))]

    def loss(model: PoseRegressor, chosen: np.ndarray) -> dict[str, torch.Tensor]:
        frames = to_input(np.stack([at[i][0][at[i][1]] for i in chosen]), size)
        frames, shown, there = changed(frames[:, None], changes)
        flat, depth = places[chosen][..., :2], places[chosen][..., 2:] * there[:, 0, 0][:, None, None]
        moved = flat @ there[:, :, :2].transpose(1, 2) + there[:, None, :, 2]
        within = known[chosen] & ((moved >= 0) & (moved <= 1)).all(-1)
        return model.losses(frames[:, 0], torch.cat([moved, depth], -1), within, shown)

    return loss, len(at)


def classifier_loss(clips: list[RenderedClip], model: VideoClassifier, changes: Changes):
    """Loss of signs, given by number: a window of each is drawn and changed."""
    s, labels = model.settings, model.labels([clip.gloss for clip in clips])

    def loss(model: VideoClassifier, chosen: np.ndarray) -> dict[str, torch.Tensor]:
        first = torch.randint(0, _ROOM + 1, (len(chosen),)).tolist()
        shown = [clips[i].video[at : at + s.frames] for i, at in zip(chosen, first, strict=True)]
        video, whole, _ = changed(torch.stack([to_input(one, s.size) for one in shown]), changes)
        return model.losses(video, labels[chosen], whole)

    return loss, len(clips)


def regressor_audit(model: PoseRegressor, clips: list[RenderedClip]) -> dict[str, Any]:
    """Mean distance to the truth in shoulder widths, by part, and how often a point is found within the tolerance."""
    rows = []
    for clip in clips:
        window = signer_look(clip.look).window()
        places, known = places_of(clip, model)
        seen = see(model, clip.video)
        off = apart(seen, places, known, window)
        close = np.where(known, off * window.scale(1) < model.settings.tolerance, np.nan)
        rows.append((off, close, np.where(known, seen.confidence, np.nan)))
    off, close, sure = (np.concatenate(each) for each in zip(*rows, strict=True))
    audit: dict[str, Any] = {f"distance/{part}": mean_known(off[:, at]) for part, at in model.parts.items()}
    return audit | {"found": mean_known(close), "confidence": mean_known(sure), "frames": len(off)}


def classifier_audit(model: VideoClassifier, clips: list[RenderedClip]) -> dict[str, Any]:
    """Percent of signs that are read, among how many."""
    found = watch(model, [clip.video for clip in clips]).probabilities.argmax(-1)
    right = found == model.labels([clip.gloss for clip in clips]).numpy()
    return {"accuracy": 100 * float(right.mean()), "signs": len(clips), "classes": len(model.settings.glosses)}


KINDS = {
    "pose_regressor": (regressor_loss, regressor_audit),
    "video_classifier": (classifier_loss, classifier_audit),
}
"""Judge -> its loss, and what is measured before it is published."""


def built(choice: JudgeChoice, data: Corpus, drawn: Drawn) -> PoseRegressor | VideoClassifier:
    """The judge for a corpus. UserError for a classifier where the corpus has no two timed signs."""
    if choice.model == "pose_regressor":
        return PoseRegressor(replace(choice.pose_regressor, skeleton=data.skeleton.name))
    settings = replace(choice.video_classifier, fps=data.fps)
    if not settings.glosses:
        settings = replace(settings, glosses=sorted(frequent_glosses(data.split("train"), drawn.classes)))
    if len(settings.glosses) < 2:
        raise UserError(f"corpus {data.path}: has no two signs with times to tell apart; train a pose_regressor on it")
    return VideoClassifier(settings)


def shown_to(
    model: PoseRegressor | VideoClassifier, clips: ClipSet, drawn: Drawn, held_out: bool
) -> list[RenderedClip]:
    """The pictures that a judge is trained on, or the tenth as many by which it is audited."""
    share = 10 if held_out else 1
    if isinstance(model, PoseRegressor):
        chosen = some_frames(clips, max(1, drawn.clips // share), drawn)
    else:
        room = 0 if held_out else _ROOM
        watched, glosses = model.settings.frames, model.settings.glosses
        chosen = drawn_signs(clips, watched + room, glosses, max(1, drawn.each // share), drawn.seed)
    return painted(chosen, model.settings.size, drawn)


def train(
    name: str,
    corpus: str,
    judge: JudgeChoice = JudgeChoice(),
    drawn: Drawn = Drawn(),
    changes: Changes = Changes(),
    train: TrainSettings = TrainSettings(),
    dev: str = "dev",
    intended_use: str = "Judging videos of signing; never for guidance, training or selection of what it judges.",
):
    """Trains and publishes a judge of videos.

    Args:
        name: Name to publish under.
        corpus: Corpus folder; its split `train` is drawn.
        judge: Which judge, and its settings.
        drawn: What is drawn to train on.
        changes: How pictures are changed in training.
        train: How it is trained.
        dev: Split by which it is audited before publishing, if the corpus has it.
        intended_use: A sentence for the card.
    """
    choice, how = deepcopy(judge), train
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    torch.manual_seed(how.seed)
    model = built(choice, data, drawn)
    loss_of, audit_of = KINDS[choice.model]
    loss, count = loss_of(shown_to(model, data.split("train"), drawn, held_out=False), model, changes)
    about = {"corpus": data.hash, "model": asdict(model.settings), "drawn": asdict(drawn), "changes": asdict(changes)}
    lengths = np.ones(count, dtype=int)
    fit(name, model, loss, lambda step: batch_indices(lengths, how.batch_size, how.seed, step), how, about)
    stored_precision(model, half=True)
    held_out = shown_to(model, data.split(dev), drawn, held_out=True) if dev in data.splits else None
    card = Card(
        name=name,
        model=choice.model,
        settings=asdict(model.settings),
        audit=None if held_out is None else audit_of(model, held_out),
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "judge": asdict(choice), "drawn": asdict(drawn)}
    return publish(card, model, config | {"changes": asdict(changes), "train": asdict(how)}, half=True)


if __name__ == "__main__":
    run_stage(train)
