"""How near the distribution of generated clips is to that of recordings, in a feature space trained in the project.

Distances between sets say whether clips look like signing, nothing of whether they sign their text: a system that
ignores the text has a good one. Features are `sign_latent.evaluator.embedding.embed_poses` of a frozen judge, named
beside the number; values in two feature spaces cannot be compared.
"""

import warnings

import numpy as np
import torch
from torch import nn

from eval.beside import failed, only
from sign_latent.errors import UserError

CLIPS_A_FEATURE = 5
"""Clips of each kind, as a multiple of the width of the features, from which FID is given.

With n clips of each of two equal normal distributions of independent features it is D/2n of their total variance too
large: a tenth from here on.
"""
FEWEST_CLIPS = 20
"""Clips of each kind from which KID is given."""


class Given(nn.Identity):
    """A feature network for torchmetrics that takes features as they come."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width


def _refuse_few(made: np.ndarray, real: np.ndarray, wanted: int, score: str, remedy: str) -> None:
    if made.shape[1] != real.shape[1]:
        raise UserError(f"{score} of features of widths {made.shape[1]} and {real.shape[1]}; embed both with one net")
    width, fewest = real.shape[1], min(len(made), len(real))
    if fewest < wanted:
        raise UserError(
            f"{score} in {width} dimensions needs {wanted} feature vectors of each kind, not {fewest}; {remedy}"
        )


def fid(made: np.ndarray, real: np.ndarray) -> float:
    """Fréchet distance of normal distributions fitted to features [n, W] and [m, W] (Heusel et al. 2017).

    UserError below 5 × W clips of either kind: a covariance of fewer is mostly chance, and the value falls with their
    number.
    """
    remedy = "judge more clips or read KID, which is unbiased at any number"
    _refuse_few(made, real, CLIPS_A_FEATURE * real.shape[1], "FID", remedy)
    return frechet(made, real)


def frechet(made: np.ndarray, real: np.ndarray) -> float:
    """`fid` of any number of clips from two. The arithmetic is torchmetrics', in double precision."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=Given(real.shape[1]), normalize=True).set_dtype(torch.float64)
    metric.update(torch.from_numpy(real.astype(np.float64)), real=True)
    metric.update(torch.from_numpy(made.astype(np.float64)), real=False)
    return max(0.0, float(metric.compute()))  # the root of a product of covariances leaves -1e-12 for equal ones


def kid(made: np.ndarray, real: np.ndarray, subsets: int = 100, seed: int = 0) -> tuple[float, float]:
    """Mean and standard deviation over subsets of the squared kernel distance of features (Bińkowski et al. 2018).

    Polynomial kernel (x·y / W + 1)³; subsets of half the clips, 1000 at most, drawn by the seed. The arithmetic is
    torchmetrics'. Unbiased, so that it is 0 on average, and sometimes below, for equal distributions. UserError below
    20 clips of either kind.
    """
    from torchmetrics.image.kid import KernelInceptionDistance

    _refuse_few(made, real, FEWEST_CLIPS, "KID", "judge more clips")
    size = min(1000, len(made) // 2, len(real) // 2)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # "will save all extracted features": they are few
        metric = KernelInceptionDistance(Given(real.shape[1]), subsets, size, normalize=True)
        metric.update(torch.from_numpy(real.astype(np.float64)), real=True)
        metric.update(torch.from_numpy(made.astype(np.float64)), real=False)
        torch.manual_seed(seed)
        mean, spread = metric.compute()
    return float(mean), float(spread)


def kernel_distance(made: np.ndarray, real: np.ndarray) -> float:
    """The squared kernel distance of all features at once: what `kid` averages over subsets. nan of fewer than two."""
    if min(len(made), len(real)) < 2:
        return float("nan")

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a.astype(np.float64) @ b.T.astype(np.float64) / a.shape[1] + 1) ** 3

    own = [(k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in (kernel(made, made), kernel(real, real))]
    return float(sum(own) - 2 * kernel(made, real).mean())


def filled(features: np.ndarray, blank: np.ndarray) -> np.ndarray:
    """Features [n, W] in which failed clips (rows of nan) have the features [W] of a signer of whom nothing is seen."""
    return np.where(np.isfinite(features).all(1, keepdims=True), features, blank)


def features(net: nn.Module, poses: list, group: str | None = None) -> np.ndarray:
    """Features [n, W] of poses under a frozen net; those of a failed clip are of one in which nothing is seen.

    group: what alone the net is shown of each clip (`hands`, `face`, …). UserError for another skeleton than the
    net's.
    """
    from sign_latent.evaluator.embedding import blank_pose, embed_poses

    blank = embed_poses(net, [blank_pose(net.settings.skeleton)])[0]
    if group is not None:
        poses = [None if failed(pose) else only(pose, group) for pose in poses]
    return filled(embed_poses(net, poses), blank)


def scores(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float | str]:
    """`fid`, `kid`, `kid_spread` of `features` of generated clips and of recordings, and `fid_refused` or
    `kid_refused`, the reason, where there are too few clips (the value is nan then).
    """
    found: dict[str, float | str] = {}
    for name, score in {"fid": lambda: (fid(ours, theirs),), "kid": lambda: kid(ours, theirs)}.items():
        try:
            values = score()
        except UserError as refusal:
            values, found[f"{name}_refused"] = (float("nan"), float("nan")), str(refusal)
        found |= dict(zip((name, f"{name}_spread"), values, strict=False))
    found.pop("fid_spread", None)
    return found
