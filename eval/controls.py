"""Systems every generator is compared with: truth, truth through the autoencoder, retrieval, and what ignores the text.

A control takes a `Context` and returns one pose a clip, like a generator; the table `CONTROLS` names them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sign_latent.corpus.read import ClipSet
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose


@dataclass
class Context:
    """What controls may use."""

    clips: list
    """The clips judged (`sign_latent.corpus.clip.Clip`)."""
    train: ClipSet
    """The training split."""
    autoencoder: object | None = None
    """The generator's autoencoder, if it has one."""
    text_encoder: object | None = None
    """Frozen encoder of sentences for the retrieval; the default one if None."""


def derangement(texts: list[str], seed: int = 0) -> np.ndarray:
    """A fixed permutation without fixed point, in which no clip gets its own text, even from a clip of equal text.

    Clips are put in a random order in which equal texts are neighbours, and each takes the text that lies the size of
    the largest such group (at least half the list) ahead. If one text fills more than half of the list, some clip
    must keep its text; even then none keeps its own place. UserError for a single clip.
    """
    from sign_latent.errors import UserError

    if len(texts) < 2:
        raise UserError("a derangement needs at least two clips; judge more of them")
    chance = np.random.default_rng(seed)
    rank = {text: chance.random() for text in dict.fromkeys(texts)}
    order = np.array(sorted(range(len(texts)), key=lambda i: (rank[texts[i]], i)))
    largest = max(np.unique(texts, return_counts=True)[1])
    ahead = max(int(largest), len(texts) // 2) % len(texts) or 1
    result = np.empty(len(texts), dtype=int)
    result[order] = np.roll(order, -ahead)
    return result


def ground_truth(context: Context) -> list[Pose]:
    """The recorded motion: what a perfect generator would score."""
    return [clip.pose for clip in context.clips]


def through_autoencoder(context: Context) -> list[Pose]:
    """The recorded motion, encoded and decoded: the most the latent allows."""
    from tqdm import tqdm

    from eval.reconstruction import decoded, encoded

    model = context.autoencoder
    poses = [convert(clip.pose, model.settings.skeleton) for clip in context.clips]
    bar = tqdm(encoded(model, poses), desc="through the autoencoder", unit="batch", disable=None)
    return decoded(model, bar)


def nearest_text(context: Context) -> list[Pose]:
    """The training clip whose text is nearest (cosine of sentence vectors): what a lookup without learning scores."""
    from sign_latent.baselines.retrieval import indexed, unit_vectors
    from sign_latent.text.encoder import TextEncoder

    encoder = context.text_encoder or TextEncoder.load()
    index = indexed(encoder, context.train.texts)
    return [context.train[int(i)].pose for i in index.nearest(unit_vectors(encoder, [c.text for c in context.clips]))]


def mean_pose(clips: ClipSet) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the seen points over all training frames [K, C], and the share of frames each is seen in [K]."""
    total = seen = frames = 0
    for clip in clips:
        shown = (clip.pose.confidence > 0)[..., None]
        total, seen = total + (clip.pose.points * shown).sum(0, dtype=np.float64), seen + shown.sum(0)
        frames += len(clip.pose)
    return total / np.maximum(seen, 1), seen[:, 0] / frames


def static(context: Context) -> list[Pose]:
    """The mean training pose, motionless, as long as the recording: near in distance, empty of signing."""
    mean, share = mean_pose(context.train)
    poses = []
    for clip in context.clips:
        points = np.broadcast_to(mean.astype(np.float32), clip.pose.points.shape).copy()
        confidence = np.broadcast_to((share > 0).astype(np.float32), clip.pose.confidence.shape).copy()
        poses.append(Pose(points, confidence, clip.pose.fps, clip.pose.skeleton))
    return poses


def random_training(context: Context, seed: int = 0) -> list[Pose]:
    """A training clip drawn for each text, whatever it says: real signing that ignores the text."""
    drawn = np.random.default_rng(seed).integers(0, len(context.train), len(context.clips))
    return [context.train[int(i)].pose for i in drawn]


def shuffled_text(context: Context) -> list[Pose]:
    """The recording of another judged text (the fixed derangement): real signing of the wrong sentence."""
    return [context.clips[i].pose for i in derangement([clip.text for clip in context.clips])]


def blank(context: Context) -> list[Pose]:
    """Nothing seen in any frame, as long as the recording: what a judge writes by its own language model alone."""
    poses = [clip.pose for clip in context.clips]
    return [Pose(np.zeros_like(p.points), np.zeros_like(p.confidence), p.fps, p.skeleton) for p in poses]


CONTROLS: dict[str, Callable[[Context], list[Pose]]] = {
    "ground truth": ground_truth,
    "ground truth through the autoencoder": through_autoencoder,
    "nearest-text retrieval": nearest_text,
    "random training clip": random_training,
    "recording of another text": shuffled_text,
    "static mean pose": static,
    "blank pose": blank,
}
"""Row name -> system. A system's own clips under the derangement are a row of the report."""
