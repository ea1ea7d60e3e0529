"""Reading a whole list of poses with a judge."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sign_latent.corpus.batching import pad
from sign_latent.errors import UserError
from sign_latent.evaluator.back_translator import BackTranslator
from sign_latent.pose.pose import Pose


@dataclass
class Reading:
    """What a judge made of poses; a failed clip reads as the empty text."""

    texts: list[str]
    nll: np.ndarray
    """Nats a token of the reference texts given the pose [n]; nan for a failed clip or without references."""


def prepared(pose: Pose | None, fps: float) -> Pose | None:
    """The pose at the judge's frame rate; None for a failed one (nothing, or no frames)."""
    if pose is None or len(pose) == 0:
        return None
    return pose if pose.fps == fps else pose.resampled(fps)


@torch.no_grad()
def read_poses(
    judge: BackTranslator,
    poses: Sequence[Pose | None],
    references: Sequence[str] | None = None,
    beam: int = 1,
    batch_size: int = 32,
    note: str = "judging",
) -> Reading:
    """Texts of poses in body coordinates, and how likely the references are. UserError for another skeleton."""
    from tqdm import tqdm

    ready = [prepared(pose, judge.settings.fps) for pose in poses]
    for pose in ready:
        if pose is not None and pose.skeleton.name != judge.settings.skeleton:
            raise UserError(
                f"the judge reads skeleton {judge.settings.skeleton!r}, these poses are {pose.skeleton.name!r}: "
                "convert them first"
            )
    whole = sorted((i for i, pose in enumerate(ready) if pose is not None), key=lambda i: len(ready[i]))
    texts, nll = [""] * len(poses), np.full(len(poses), np.nan)
    starts = range(0, len(whole), batch_size)
    for first in tqdm(starts, desc=note, unit="batch", disable=None if len(starts) > 4 else True):
        rows = whole[first : first + batch_size]
        points, mask = pad([np.array(ready[i].points) for i in rows])
        confidence, _ = pad([np.array(ready[i].confidence) for i in rows])
        found = judge.translate(points, mask, beam, confidence)
        for i, text in zip(rows, found, strict=True):
            texts[i] = text
        if references is not None:
            nll[rows] = judge.nll(points, mask, [references[i] for i in rows], confidence).numpy()
    return Reading(texts, nll)
