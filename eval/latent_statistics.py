"""What the latents of a whole split are like, a batch at a time: mean, variance, KL, and which codes are used."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np
import torch

from eval.autoencoder_schema import Latents, Tokens
from eval.reconstruction import Encoded, encoded
from sign_latent.autoencoder.contract import DEAD_VARIANCE, Autoencoder
from sign_latent.corpus.clip import Clip
from sign_latent.pose.convert import convert
from sign_latent.progress import Progress


@dataclass
class Tally:
    """Sums over latent frames, of channels [J', D], and counts of tokens [P, codes]."""

    model: Autoencoder

    def __post_init__(self) -> None:
        shape = self.model.latent_mean.shape
        self.clips = self.frames = 0
        self.total, self.square, self.noise, self.kl = (torch.zeros(shape, dtype=torch.float64) for _ in range(4))
        spec = self.model.spec
        self.counts = np.zeros((spec.places, spec.codes), np.int64) if spec.codes else None

    def add(self, batch: Encoded) -> None:
        """Counts one batch of clips."""
        frames = -(-np.array(batch.lengths) // self.model.settings.stride)
        valid = torch.arange(batch.mean.shape[1]) < torch.from_numpy(frames)[:, None]
        mean, std = batch.mean[valid].double(), batch.std[valid].double()
        self.clips, self.frames = self.clips + len(frames), self.frames + len(mean)
        self.total += mean.sum(0)
        self.square += mean.square().sum(0)
        self.noise += std.square().sum(0)
        self.kl += (0.5 * (mean.square() + std.square() - 1) - std.log()).sum(0)  # infinite where std is 0
        if self.counts is not None:
            for place, column in enumerate(self.model.tokens(batch.mean)[valid].T):
                self.counts[place] += np.bincount(column.numpy(), minlength=self.counts.shape[1])

    @property
    def deterministic(self) -> bool:
        """Whether some active channel has no noise: its KL is infinite."""
        return not bool(torch.isfinite(self.kl[~self.model.latent_dead]).all())

    def latents(self, slots: list[str]) -> Latents:
        """The statistics, over active channels but for `dead`."""
        active = ~self.model.latent_dead
        means = (self.total / self.frames)[active]
        energy = ((self.square + self.noise) / self.frames)[active]
        each = energy - means.square()
        spread = self.square / self.frames - (self.total / self.frames).square()
        still = spread * self.model.latent_std.double().square() < DEAD_VARIANCE
        centre = float(means.mean())  # nan, like all the rest, where every channel is dead
        low, high = (each.min(), each.max()) if len(each) else (float("nan"),) * 2
        return Latents(
            clips=self.clips,
            frames=self.frames,
            mean=centre,
            variance=float(energy.mean()) - centre**2,
            largest_mean=float(means.abs().max()) if len(each) else float("nan"),
            variances=[float(low), float(high)],
            dead=dict(zip(slots, still.sum(1).tolist(), strict=True)),
            kl_bits=None if self.deterministic else float(self.kl[active].sum()) / self.frames / log(2),
        )


def tally(model: Autoencoder, clips, note: str, chunk: int = 256) -> Tally:
    """Of all clips, of which a chunk is in memory at once."""
    found, progress = Tally(model), Progress(note, len(clips), unit="clips")
    for some in chunks(clips, chunk):
        for batch in encoded(model, [convert(clip.pose, model.settings.skeleton) for clip in some]):
            found.add(batch)
            progress.advance(len(batch.rows))
    progress.close()
    return found


def chunks(clips, size: int) -> Iterator[list[Clip]]:
    """Clips in lists of at most `size`."""
    for first in range(0, len(clips), size):
        yield [clips[i] for i in range(first, min(first + size, len(clips)))]


def perplexity(counts: np.ndarray) -> float:
    """Exponential of the entropy of counted codes: how many are in use, if all in use were so equally."""
    share = counts[counts > 0] / counts.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def token_bits(train: np.ndarray, held_out: np.ndarray) -> float:
    """Bits a latent frame of tokens counted [P, codes], under the frequencies of the training split at each place.

    One is added to each of their counts, so that a code never seen in training has a finite length.
    """
    smoothed = train + 1.0
    lengths = -np.log2(smoothed / smoothed.sum(1, keepdims=True))
    return float((held_out * lengths).sum() / held_out[0].sum())


def tokens_of(train: Tally, held_out: Tally) -> Tokens | None:
    """Usage and perplexity of codes, at each place and together; None for a continuous latent."""
    if train.counts is None:
        return None
    together = train.counts.sum(0)
    return Tokens(
        clips=train.clips,
        frames=train.frames,
        codes=train.counts.shape[1],
        usage=[float((row > 0).mean()) for row in train.counts],
        perplexity=[perplexity(row) for row in train.counts],
        usage_together=float((together > 0).mean()),
        perplexity_together=perplexity(together),
        held_out_bits=token_bits(train.counts, held_out.counts),
    )
