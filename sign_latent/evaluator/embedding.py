"""One vector a clip from what a trained judge, recogniser or aligner sees in it: the feature space of FID, KID, R@k."""

from collections.abc import Sequence
from functools import singledispatch

import numpy as np
import torch
from torch import Tensor, nn

from sign_latent.aligner.aligner import Aligner
from sign_latent.corpus.batching import pad
from sign_latent.errors import UserError
from sign_latent.evaluator.back_translation import prepared
from sign_latent.evaluator.recogniser import Recogniser
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton


@singledispatch
def pooled(net: nn.Module, points: Tensor, mask: Tensor, confidence: Tensor) -> Tensor:
    """Vectors [B, W] of points [B, T, K, C]: of a judge, the mean of its encoder's states over the clip."""
    if not hasattr(net, "read"):
        raise UserError(f"{type(net).__name__} gives no vector of a clip; name a judge, a recogniser or an aligner")
    states, shown = net.read(points, mask, confidence)
    return (states * shown[..., None]).sum(1) / shown.sum(1, keepdim=True)


@pooled.register
def _(net: Recogniser, points: Tensor, mask: Tensor, confidence: Tensor) -> Tensor:
    return net.embed(*net.features.local(points, confidence), mask)


@pooled.register
def _(net: Aligner, points: Tensor, mask: Tensor, confidence: Tensor) -> Tensor:
    if net.settings.reads != "points":
        raise UserError("this aligner reads latents, not poses; train one with --aligner.reads points")
    return net.points(points, mask, confidence)


def blank_pose(skeleton_name: str) -> Pose:
    """One frame in which nothing is seen."""
    skeleton = get_skeleton(skeleton_name)
    points = np.zeros((1, len(skeleton.points), skeleton.dimensions), np.float32)
    return Pose(points, np.zeros(points.shape[:2], np.float32), skeleton.default_fps, skeleton)


@torch.no_grad()
def embed_poses(net: nn.Module, poses: Sequence[Pose | None], batch_size: int = 32) -> np.ndarray:
    """Vectors [n, W] of poses in body coordinates; a row of nan for a failed clip (nothing, no frames, not finite).

    Where all have failed W is 1. The vector of a signer of whom nothing is seen is that of `blank_pose`. UserError for
    another skeleton and for a network that gives no vector of a pose.
    """
    from tqdm import tqdm

    settings = net.settings
    fps = getattr(settings, "fps", get_skeleton(settings.skeleton).default_fps)
    ready = [prepared(pose, fps) for pose in poses]
    for pose in ready:
        if pose is not None and pose.skeleton.name != settings.skeleton:
            raise UserError(
                f"the feature net reads skeleton {settings.skeleton!r}, these poses are {pose.skeleton.name!r}: "
                "convert them first"
            )
    fine = [i for i, pose in enumerate(ready) if pose is not None and np.isfinite(pose.points).all()]
    order, found = sorted(fine, key=lambda i: len(ready[i])), {}
    starts = range(0, len(order), batch_size)
    for first in tqdm(starts, desc="embedding clips", unit="batch", disable=None if len(starts) > 8 else True):
        rows = order[first : first + batch_size]
        points, mask = pad([np.array(ready[i].points) for i in rows])
        confidence, _ = pad([np.array(ready[i].confidence) for i in rows])
        found |= dict(zip(rows, pooled(net, points, mask, confidence).numpy(), strict=True))
    lost = np.full_like(found[order[0]] if order else np.zeros(1, np.float32), np.nan)
    return np.stack([found.get(i, lost) for i in range(len(poses))])
