"""Clips as a judge's training sees them: part-local coordinates, computed once and kept in memory."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.evaluator.features import PoseFeatures


class LocalClips:
    """All clips of a split in one array of half precision (an error below 0.1 mm), read by index."""

    def __init__(self, features: PoseFeatures, clips: Iterable[Clip], parts_note: str = "clips") -> None:
        from tqdm import tqdm

        local, present = [], []
        for clip in tqdm(clips, desc=f"reading {parts_note}", unit="clip", disable=None):
            moved, shown = features.local(torch.tensor(clip.pose.points), torch.tensor(clip.pose.confidence))
            local.append(moved.half())
            present.append(shown)
        if not local:
            raise UserError(f"no clip among the {parts_note}; choose another split or corpus")
        self.lengths = np.array([len(x) for x in local])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.local, self.present = torch.cat(local), torch.cat(present)
        self.rows = features.rows

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        """Part-local coordinates [T, R, C] and presence [T, R] of a clip."""
        span = slice(int(self.starts[i]), int(self.starts[i] + self.lengths[i]))
        return self.local[span].float(), self.present[span]

    def batch(self, indices: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Coordinates [B, T, R, C], presence [B, T, R] and lengths [B] of some clips, padded."""
        lengths = torch.from_numpy(self.lengths[indices])
        frame = torch.arange(int(lengths.max()))
        valid = frame < lengths[:, None]
        at = torch.from_numpy(self.starts[indices])[:, None] + torch.minimum(frame, lengths[:, None] - 1)
        present = self.present[at] & valid[..., None]
        return self.local[at].float() * present[..., None], present, lengths
