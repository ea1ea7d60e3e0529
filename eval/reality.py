"""What real clips are like: the measure of every threshold by which a system is accused.

A threshold is never a fixed number of shoulder widths or seconds. It is what real performers do (the most extreme of
the signers' medians, or the 5 % and 95 % quantiles of clips where there are not signers enough) with a stated margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eval.likeness import Sketches, in_step, nearest, sketches
from eval.text_length import TextLength, repeated_spread
from eval.traits import trait_table
from sign_latent.corpus.clip import Clip

FEWEST_CLIPS, FEWEST_PERFORMERS = 5, 3
"""A signer with fewer clips has no median worth the name; fewer signers do not show how signers differ."""
TAIL = 0.05
NEAR = 0.1
"""Quantile of the distances of held-out clips to training below which a clip counts as near one."""
PIECE = 500


@dataclass
class Reality:
    """Real clips of one corpus, in the view in which systems are judged (dominant hands on one side)."""

    train: Sequence[Clip]
    """What a system may have been trained on; copies are looked for here. May be empty: then nobody is a copyist."""
    held_out: Sequence[Clip]
    """Real clips that are not in `train`: what honest clips look like."""

    def performers(self) -> np.ndarray:
        """Number of the signer of each held-out clip [n], -1 where unknown or with too few clips."""
        signers = np.array([clip.signer for clip in self.held_out])
        names, numbers, counts = np.unique(signers, return_inverse=True, return_counts=True)
        known = (counts >= FEWEST_CLIPS) & (names != "")
        return np.where(known[numbers], numbers, -1)

    @cached_property
    def traits(self) -> dict[str, np.ndarray]:
        """Traits of the held-out clips, [n] each."""
        return trait_table([clip.pose for clip in self.held_out])

    def extremes(self, values: np.ndarray) -> tuple[float, float]:
        """Lowest and highest of what performers do, from values [n] of the held-out clips; nan where none is known."""
        who = self.performers()
        medians = [np.median(v) for p in set(who[who >= 0]) if len(v := values[(who == p) & np.isfinite(values)])]
        if len(medians) >= FEWEST_PERFORMERS:
            return float(min(medians)), float(max(medians))
        known = values[np.isfinite(values)]
        low, high = np.quantile(known, [TAIL, 1 - TAIL]) if len(known) else (np.nan, np.nan)
        return float(low), float(high)

    def extremes_of(self, trait: str) -> tuple[float, float]:
        """The same of a trait; nan for one that this body does not have, such as the shape of a face without points."""
        return self.extremes(self.traits[trait]) if trait in self.traits else (float("nan"), float("nan"))

    @cached_property
    def held_out_sketches(self) -> Sketches:
        """Sketches of the held-out clips."""
        return sketches([clip.pose for clip in self.held_out])

    @cached_property
    def _read(self) -> tuple[Sketches, list[str], np.ndarray]:
        """Sketches, texts and seconds of the training clips, read once and in pieces."""
        parts, texts, seconds = [], [], []
        for start in range(0, len(self.train), PIECE):
            clips = [self.train[i] for i in range(start, min(start + PIECE, len(self.train)))]
            parts.append(sketches([clip.pose for clip in clips]))
            texts += [clip.text for clip in clips]
            seconds += [len(clip.pose) / clip.pose.fps for clip in clips]
        whole = Sketches(np.concatenate([p.points for p in parts]), np.concatenate([p.seen for p in parts]))
        return whole, texts, np.array(seconds)

    @property
    def train_sketches(self) -> Sketches:
        """Sketches of the training clips."""
        return self._read[0]

    @cached_property
    def nearness(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each held-out clip: warped distance to the nearest training clip, and how far it is in step with it."""
        apart, which = nearest(self.held_out_sketches, self.train_sketches)
        pairs = zip(self.held_out, which, strict=True)
        return apart, np.array([in_step(clip.pose, self.train[i].pose) for clip, i in pairs])

    @cached_property
    def text_lengths(self) -> TextLength:
        """How long signing takes, learned from the training clips."""
        return TextLength.fit(*self._read[1:])

    @cached_property
    def length_errors(self) -> np.ndarray:
        """Logarithm of held-out seconds ÷ those that the text predicts [n]."""
        seconds = np.array([len(clip.pose) / clip.pose.fps for clip in self.held_out])
        return np.log(seconds) - self.text_lengths.log_seconds([clip.text for clip in self.held_out])

    @cached_property
    def repeated(self) -> tuple[float, int]:
        """How far clips of equal text differ in length, and the number of such pairs (`repeated_spread`)."""
        return repeated_spread(*self._read[1:])
