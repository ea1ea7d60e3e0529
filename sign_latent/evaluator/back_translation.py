"""Reading a whole list of poses with a judge, whatever its kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sign_latent import registry
from sign_latent.corpus.batching import pad
from sign_latent.errors import UserError
from sign_latent.evaluator.parts import hidden
from sign_latent.evaluator.text_judge import TextJudge
from sign_latent.pose.pose import Pose

JUDGES = ("back_translator", "ctc_translator")
"""Models (keys of the models table) that write what they read."""
REGRESSOR = "regressor"
"""Role, among a judge's parents, of the pose regressor that found the poses in pictures which it learnt to read."""


@dataclass
class Reading:
    """What a judge made of poses; a failed clip reads as the empty text."""

    texts: list[str]
    nll: np.ndarray
    """Nats a token of the reference texts given the pose [n]; nan for a failed clip or without references."""


def load_judge(name: str, seen_by: str | None = None) -> registry.Artefact:
    """A published judge that writes texts of poses, or of those that a regressor of this reference found in pictures.

    UserError for any other artefact, and for a judge that learnt to read what another regressor finds: it would read
    these poses as it never saw any.
    """
    found = registry.load(name, expect={"model": JUDGES})
    learnt = found.card.parents.get(REGRESSOR)
    if learnt not in (None, seen_by):
        remedy = f"eval.renderer --regressor {learnt.partition('@')[0]} reads videos with it; name another judge here"
        raise UserError(f"judge {name}: learnt to read poses as {learnt} finds them in pictures; {remedy}")
    return found


def prepared(pose: Pose | None, fps: float) -> Pose | None:
    """The pose at the judge's frame rate; None for a failed one (nothing, or no frames)."""
    if pose is None or len(pose) == 0:
        return None
    return pose if pose.fps == fps else pose.resampled(fps)


def pose_batches(
    settings, poses: Sequence[Pose | None], batch_size: int = 32, note: str = "judging"
) -> Iterator[tuple[list[int], Tensor, Tensor, Tensor]]:
    """Clips that are no failures, in batches of similar length, for a judge of these settings.

    Yields their places in the list, points [B, T, K, C], mask [B, T] and confidence [B, T, K]. UserError for poses of
    another skeleton.
    """
    from tqdm import tqdm

    ready = [prepared(pose, settings.fps) for pose in poses]
    for pose in ready:
        if pose is not None and pose.skeleton.name != settings.skeleton:
            raise UserError(
                f"the judge reads skeleton {settings.skeleton!r}, these poses are {pose.skeleton.name!r}: "
                "convert them first"
            )
    whole = sorted((i for i, pose in enumerate(ready) if pose is not None), key=lambda i: len(ready[i]))
    starts = range(0, len(whole), batch_size)
    for first in tqdm(starts, desc=note, unit="batch", disable=None if len(starts) > 4 else True):
        rows = whole[first : first + batch_size]
        points, mask = pad([np.array(ready[i].points) for i in rows])
        yield rows, points, mask, pad([np.array(ready[i].confidence) for i in rows])[0]


@torch.no_grad()
def read_poses(
    judge: TextJudge,
    poses: Sequence[Pose | None],
    references: Sequence[str] | None = None,
    beam: int = 1,
    batch_size: int = 32,
    note: str = "judging",
    without: str | None = None,
) -> Reading:
    """Texts of poses in body coordinates, and how likely the references are. UserError for another skeleton.

    ``without`` hides a part from the judge (see `parts.hidden`, and `parts.qualification` for what it is worth).
    """
    if without is not None:
        poses = [pose if pose is None or len(pose) == 0 else hidden(pose, without) for pose in poses]
    texts, nll = [""] * len(poses), np.full(len(poses), np.nan)
    for rows, points, mask, confidence in pose_batches(judge.settings, poses, batch_size, note):
        for i, text in zip(rows, judge.translate(points, mask, beam, confidence), strict=True):
            texts[i] = text
        if references is not None:
            nll[rows] = judge.nll(points, mask, [references[i] for i in rows], confidence).numpy()
    return Reading(texts, nll)


@torch.no_grad()
def read_glosses(
    judge: TextJudge, poses: Sequence[Pose | None], beam: int = 1, batch_size: int = 32, note: str = "recognising"
) -> list[str]:
    """Glosses of poses, separated by spaces; a failed clip has none. UserError for a judge without glosses."""
    lines = [""] * len(poses)
    for rows, points, mask, confidence in pose_batches(judge.settings, poses, batch_size, note):
        for i, line in zip(rows, judge.recognise(points, mask, beam, confidence), strict=True):
            lines[i] = line
    return lines
