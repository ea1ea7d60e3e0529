"""One step in place of many."""

import pytest
import torch

from sign_latent.diffusion.leaps import leap, leap_target
from sign_latent.diffusion.predictions import to_noise, training_target
from sign_latent.diffusion.samplers import sample, sample_path
from sign_latent.diffusion.schedules import SCHEDULES, signal_levels


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_target_of_a_leap_leaps_there(schedule):
    levels = signal_levels(schedule, 100)
    z, reached = torch.randn(2, 5, 3, dtype=torch.float64), torch.randn(2, 5, 3, dtype=torch.float64)
    for there in (levels[40], torch.ones(())):
        for here in (levels[60], levels[-1]):
            found = leap(z, leap_target(z, reached, here, there), here, there)
            torch.testing.assert_close(found, reached, atol=1e-8, rtol=1e-8)


def test_a_step_of_ddim_is_the_leap_of_what_it_predicts(gaussian, noise):
    data = gaussian("cosine", False)
    first, second = sample_path(data.denoise("v"), noise[:8], data.levels, "v", 2)
    torch.testing.assert_close(leap(first.z, first.clean, data.levels[999], data.levels[499]), second.z)


@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("sampler", ["ddim", "dpm_solver", "heun"])
def test_a_student_of_a_gaussian_teacher_reproduces_it(gaussian, noise, sampler, steps):
    """Of few parameters: an affine map a step, as the teacher's way is one; fitted to its places, tried elsewhere."""
    data = gaussian("cosine", False)

    def teacher(start):
        path = list(sample_path(data.denoise("v"), start, data.levels, "v", 16, sampler))
        return [place.z for place in path[:: 16 // steps]] + [path[-1].clean]

    shown, maps = teacher(noise[:64]), {}
    visited = [1000 - i * 1000 // steps - 1 for i in range(steps)]
    levels = [*data.levels[visited], torch.ones((), dtype=torch.float64)]
    for i, t in enumerate(visited):
        clean = leap_target(shown[i], shown[i + 1], levels[i], levels[i + 1])
        target = training_target("v", clean, to_noise(clean, shown[i], levels[i]), levels[i])
        inputs = torch.cat([shown[i], torch.ones_like(shown[i])], 1)
        maps[t] = torch.linalg.lstsq(inputs, target).solution

    def student(z, t):
        return torch.cat([z, torch.ones_like(z)], 1) @ maps[int(t[0])]

    found = sample(student, noise[64:], data.levels, "v", steps)
    torch.testing.assert_close(found, teacher(noise[64:])[-1], atol=1e-6, rtol=1e-6)
