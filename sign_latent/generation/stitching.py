"""Text → glosses → pieces of clips → pose, with no data set present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sign_latent.baselines.stitcher import Stitcher
from sign_latent.generation.base import TextToPose
from sign_latent.generation.request import to_length
from sign_latent.pose.pose import Pose
from sign_latent.training import step_seed


@dataclass
class Stitching(TextToPose):
    """A stitcher; the seed draws the examples."""

    model: Stitcher

    @property
    def fps(self) -> float:
        """Frames a second of what it signs: the dictionary's."""
        return float(self.model.dictionary.settings.fps)

    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text; a given length stretches it."""
        poses = []
        for start in range(0, len(texts), batch_size):
            for line in self.lines(texts[start : start + batch_size]):
                chance = np.random.default_rng(step_seed(seed, len(poses)))
                poses.append(self.model.stitched(line, chance))
        return poses if lengths is None else [to_length(p, int(n)) for p, n in zip(poses, lengths, strict=True)]

    def lines(self, texts: list[str]) -> list[list[str]]:
        """Glosses of texts that the dictionary has; a text that is left without any gets the most likely one."""
        translator = self.model.translator
        lines = [self.model.known(line) for line in translator.translate(texts)]
        signs = self.model.known(translator.settings.glosses)
        return [line or [translator.likeliest(text, signs)] for text, line in zip(texts, lines, strict=True)]
