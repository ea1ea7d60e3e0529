"""Clips as a judge's training sees them: part-local coordinates, computed once and kept in memory."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import ClipSet
from sign_latent.errors import UserError
from sign_latent.evaluator.features import PoseFeatures


def check_recorded(clips: ClipSet, kind: str) -> None:
    """UserError where clips, called a `kind`, say that a model made them: judges are taught by recordings alone."""
    if made := clips.models():
        raise UserError(
            f"corpus {clips.corpus.path}: {kind} were made by {', '.join(made)} and are no recordings; convert the "
            "recordings alone"
        )


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
        starts, lengths = torch.from_numpy(self.starts[indices]), torch.from_numpy(self.lengths[indices])
        frame = torch.arange(int(lengths.max()))
        return self._read(starts[:, None] + torch.minimum(frame, lengths[:, None] - 1), lengths)

    def joined(self, first: np.ndarray, second: np.ndarray, cut: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """The same for clips of two: `cut[0]` frames less at the end of the first, `cut[1]` at the start of the second.

        Long texts are rare in a corpus; reading two clips in one keeps a judge from guessing their end.
        """
        here, there = (torch.from_numpy(self.starts[side])[:, None] for side in (first, second))
        cut = np.minimum(cut, np.stack([self.lengths[first], self.lengths[second]]) - 1)
        before = torch.from_numpy(self.lengths[first] - cut[0])
        lengths = before + torch.from_numpy(self.lengths[second] - cut[1])
        frame = torch.minimum(torch.arange(int(lengths.max())), lengths[:, None] - 1)
        after = there + torch.from_numpy(cut[1])[:, None] + frame - before[:, None]
        return self._read(torch.where(frame < before[:, None], here + frame, after), lengths)

    def _read(self, at: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Frames at places [B, T] of the array."""
        present = self.present[at] & (torch.arange(at.shape[1]) < lengths[:, None])[..., None]
        return self.local[at].float() * present[..., None], present, lengths
