"""How a generator's diffusion is set up; part of its settings, so it travels on its card."""

from dataclasses import asdict, dataclass
from typing import Any

import torch

from sign_latent.diffusion.predictions import check_prediction
from sign_latent.diffusion.samplers import check_sampler
from sign_latent.diffusion.schedules import signal_levels

SAMPLING = ("sampler", "sampling_steps", "guidance", "guided", "guided_from", "rescale", "clamp", "precision", "begin")
"""Settings that say how a trained model is sampled; training depends on none of them."""


@dataclass
class DiffusionSettings:
    """Path, prediction and the defaults of sampling."""

    prediction: str = "v"
    """epsilon (the paper's), x0, v or flow."""
    schedule: str = "cosine"
    """linear (the paper's), scaled_linear, cosine, or flow (the straight line of flow matching)."""
    steps: int = 1000
    """T, diffusion steps in training."""
    terminal: bool = False
    """Rescale the schedule to zero terminal signal (not with epsilon)."""
    shift: float = 1.0
    """What the schedule's ratio of noise to signal is multiplied by; above 1, more of the steps are noisy ones."""
    drop_text: float = 0.1
    """Share of training samples that see the empty text, for classifier-free guidance."""
    sampler: str = "ddim"
    """Default sampler: ddim (the paper's), ddpm, dpm_solver, euler or heun."""
    sampling_steps: int = 50
    """Default number of sampling steps."""
    guidance: float = 2.0
    """Default guidance weight; 1 = none."""
    guided: float = 1.0
    """Guidance acts at noise steps below this share of T: guiding the noisiest ones costs variety (Kynkäänniemi et al.
    2024)."""
    guided_from: float = 0.0
    """Guidance acts at noise steps from this share of T on."""
    rescale: float = 0.0
    """Share of guided predictions that is brought back to the deviation of unguided ones (Lin et al. 2024)."""
    clamp: float = 6.0
    """Bound of |z_0| in sampling; latents are whitened."""
    precision: str = "32"
    """Default precision of sampling: 32, or bf16, which is faster, and whose roundings depend on the batch."""

    def of_training(self) -> dict[str, Any]:
        """The settings that training depends on."""
        return {key: value for key, value in asdict(self).items() if key not in SAMPLING}

    def levels(self) -> torch.Tensor:
        """ᾱ [T] float64."""
        return signal_levels(self.schedule, self.steps, self.terminal, self.shift)

    def check(self) -> None:
        """UserError for unknown names, and for a prediction that says nothing where the schedule ends."""
        check_sampler(self.sampler)
        check_prediction(self.prediction, self.levels())
