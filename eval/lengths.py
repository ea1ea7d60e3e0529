"""Are predicted lengths those of the recordings? Ratio, correlation, error, and whether quantiles hold."""

from collections.abc import Sequence

import numpy as np

from eval.bootstrap import Sample, Statistic, each_draw, mean_of
from eval.rows import Runs, failed
from eval.schema import Lengths
from sign_latent.device import device_of
from sign_latent.generation.inputs import features_of

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


def seconds_of(poses: Sequence) -> np.ndarray:
    """Seconds of each clip [n]; nan for a failed one."""
    return np.array([np.nan if failed(pose) else len(pose) / pose.fps for pose in poses])


def weighted_median(values: np.ndarray) -> Statistic:
    """The median of a value a clip [n], where clip i counts weights[i] times; not-finite values are left out."""
    order = np.argsort(values, kind="stable")
    order = order[np.isfinite(values[order])]

    def median(weights: np.ndarray) -> float:
        counted = np.cumsum(weights[order])
        if not len(counted) or counted[-1] == 0:
            return float("nan")
        low, high = np.searchsorted(counted, [counted[-1] / 2, np.nextafter(counted[-1] / 2, np.inf)])
        return float(values[order[[low, min(high, len(order) - 1)]]].mean())

    return each_draw(median)


def correlation(a: np.ndarray, b: np.ndarray) -> Statistic:
    """Pearson's correlation of two values a clip [n] each, weighted; nan where one of them does not vary."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]

    def pearson(weights: np.ndarray) -> float:
        w = weights[known] / max(weights[known].sum(), 1e-12)
        x, y = a - w @ a, b - w @ b
        below = np.sqrt((w @ x**2) * (w @ y**2))
        return float(w @ (x * y) / below) if below > 1e-12 else float("nan")

    return each_draw(pearson)


def calibration(runs: Runs, row: str, real: Sequence, quantiles: dict[str, np.ndarray], sample: Sample) -> Lengths:
    """How the lengths of a row (its first seed; lengths do not depend on the noise) fit those of the recordings."""
    made, true = seconds_of(runs[row][0]), seconds_of(real)
    # A recording at most as long as the predicted quantile, as often as the quantile says.
    within = {level: (true <= bound + 1e-9).astype(float) for level, bound in quantiles.items()}
    known = np.isfinite(made)
    return Lengths(
        ratio=sample.estimate([weighted_median(made / true)]),
        correlation=sample.estimate([correlation(np.log(made), np.log(true))]),
        error=sample.estimate([mean_of(np.abs(made - true))]),
        coverage={level: sample.estimate([mean_of(values)]) for level, values in within.items()},
        seconds=[[float(t), float(m)] for t, m in zip(true[known], made[known], strict=True)],
    )


def predicted_quantiles(
    generator,
    texts: Sequence[str],
    languages: Sequence[tuple[str, str]] | None = None,
    gloss: bool = False,
    batch_size: int = 64,
) -> dict[str, np.ndarray]:
    """Level -> quantile of the length head's distribution for each text, in seconds [n].

    Texts are glosses where ``gloss`` says so; languages: of each. Empty for a generator without a length head (one that
    ends by a token has no distribution to ask).
    """
    import torch

    model = getattr(generator, "denoiser", None) or getattr(generator, "translator", None)
    head = getattr(model, "length", None)
    if head is None:
        return {}
    found: dict[str, list[np.ndarray]] = {f"{level:g}": [] for level in LEVELS}
    seconds = generator.autoencoder.spec.stride / generator.autoencoder.settings.fps
    pairs = [("", "")] * len(texts) if languages is None else languages
    with torch.inference_mode():
        for first in range(0, len(texts), batch_size):
            rows = slice(first, first + batch_size)
            told = {"languages": pairs[rows], "gloss": gloss}
            context = model.read(features_of(generator, model.settings, texts[rows], told).to(device_of(head)))
            logits = head(context.tokens, context.mask).cpu()
            for level in LEVELS:
                latent = head.choose(logits, torch.full((len(logits),), level))
                found[f"{level:g}"].append(latent.numpy() * seconds)
    return {level: np.concatenate(parts) for level, parts in found.items()}
