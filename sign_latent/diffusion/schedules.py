"""Noise schedules: ᾱ_t, the share of signal variance left at step t of T.

z_t = sqrt(ᾱ_t) z_0 + sqrt(1 − ᾱ_t) ε (Ho et al. 2020, eq. 4). Index 0 is the least noisy step.
"""

from __future__ import annotations

import math

import torch

from sign_latent.errors import UserError


def _linear(steps: int) -> torch.Tensor:
    """β from 1e-4 to 0.02 over 1000 steps (Ho et al. 2020), scaled to other numbers of steps."""
    scale = 1000 / steps
    return torch.cumprod(1 - torch.linspace(1e-4 * scale, 0.02 * scale, steps, dtype=torch.float64), 0)


def _scaled_linear(steps: int) -> torch.Tensor:
    """sqrt β linear from 0.00085 to 0.012 (latent diffusion, Rombach et al. 2022)."""
    scale = 1000 / steps
    betas = torch.linspace((0.00085 * scale) ** 0.5, (0.012 * scale) ** 0.5, steps, dtype=torch.float64).square()
    return torch.cumprod(1 - betas, 0)


def _cosine(steps: int) -> torch.Tensor:
    """ᾱ = cos²((t/T + s) / (1 + s) · π/2), s = 0.008, β ≤ 0.999 (Nichol & Dhariwal 2021, eq. 17)."""
    t = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    level = torch.cos((t + 0.008) / 1.008 * math.pi / 2).square()
    betas = (1 - level[1:] / level[:-1]).clamp(max=0.999)
    return torch.cumprod(1 - betas, 0)


def _flow(steps: int) -> torch.Tensor:
    """The straight line z = (1 − s) z_0 + s ε, s = t/T (Liu et al. 2023), scaled to unit variance; ends in noise."""
    s = torch.linspace(0, 1, steps + 1, dtype=torch.float64)[1:]
    return (1 - s).square() / ((1 - s).square() + s.square())


SCHEDULES = {"linear": _linear, "scaled_linear": _scaled_linear, "cosine": _cosine, "flow": _flow}


def zero_terminal(levels: torch.Tensor) -> torch.Tensor:
    """Shifts and scales sqrt ᾱ so that the last step is pure noise (Lin et al. 2024, alg. 1)."""
    root = levels.sqrt()
    return ((root - root[-1]) * root[0] / (root[0] - root[-1])).square()


def shifted(levels: torch.Tensor, shift: float) -> torch.Tensor:
    """Multiplies the ratio of noise to signal, in amplitude, by ``shift`` (Hoogeboom et al. 2023, eq. 4).

    What says the same in many entries is still seen under noise that hides a single one, so that it is decided at
    noisier steps; the shift moves these to the middle.
    """
    return levels / (levels + shift**2 * (1 - levels))


def signal_levels(schedule: str, steps: int, terminal: bool = False, shift: float = 1.0) -> torch.Tensor:
    """ᾱ [T] float64 of a named schedule; ``terminal`` makes the last one zero.

    UserError names the known schedules, and for a ``shift`` outside 0.01–100.
    """
    if schedule not in SCHEDULES:
        raise UserError(f"unknown noise schedule {schedule!r}; known: {', '.join(SCHEDULES)}")
    if not 0.01 <= shift <= 100:
        raise UserError(f"noise schedule: shift {shift} leaves all noise or none; give 0.01 to 100, such as 2")
    levels = shifted(SCHEDULES[schedule](steps), shift)
    return zero_terminal(levels) if terminal else levels


def trailing_steps(steps: int, count: int) -> list[int]:
    """``count`` of T steps in falling order, the first always T − 1: sampling starts at the true last noise level."""
    if not 1 <= count <= steps:
        raise UserError(f"{count} sampling steps of a diffusion of {steps}; give 1 to {steps}")
    return [round(steps - i * steps / count) - 1 for i in range(count)]
