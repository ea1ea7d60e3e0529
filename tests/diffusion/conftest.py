"""Data whose score is known."""

from dataclasses import dataclass

import pytest
import torch

from sign_latent.diffusion.predictions import to_noise, training_target
from sign_latent.diffusion.schedules import signal_levels

MEAN, SPREAD = 0.7, 0.4


@dataclass
class Gaussian:
    """Scalar data N(MEAN, SPREAD²) under a schedule: its best denoiser, and the flow's map from noise to data."""

    schedule: str
    terminal: bool
    steps: int = 1000
    mean: float = MEAN
    spread: float = SPREAD

    def __post_init__(self):
        self.levels = signal_levels(self.schedule, self.steps, self.terminal)
        self.visited: list[int] = []

    def denoise(self, prediction):
        """A denoiser that predicts what is asked for, and notes the steps at which it is asked."""

        def predict(z, t):
            self.visited.append(int(t[0]))
            a = self.levels[t][:, None]
            gain = SPREAD**2 * a.sqrt() / (a * SPREAD**2 + 1 - a)
            clean = MEAN + gain * (z - a.sqrt() * MEAN)
            return training_target(prediction, clean, to_noise(clean, z, a), a)

        return predict

    def last(self, noise):
        """Noise as the last step's marginal has it, which the schedules that keep some signal end in."""
        a = self.levels[-1]
        return a.sqrt() * MEAN + (a * SPREAD**2 + 1 - a).sqrt() * noise

    def exact(self, z, t):
        """What the probability flow, an affine map, makes at step t of z of the last step, denoised once there."""
        last, end = self.levels[-1], self.levels[t]
        deviation = [(a * SPREAD**2 + 1 - a).sqrt() for a in (last, end)]
        z = end.sqrt() * MEAN + (z - last.sqrt() * MEAN) * deviation[1] / deviation[0]
        return MEAN + SPREAD**2 * end.sqrt() / deviation[1] ** 2 * (z - end.sqrt() * MEAN)


@pytest.fixture
def gaussian():
    return Gaussian


@pytest.fixture
def noise():
    drawn = torch.randn(2048, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return (drawn - drawn.mean()) / drawn.std()
