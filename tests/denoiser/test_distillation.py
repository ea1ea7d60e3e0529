"""What a student learns is its teacher's way, guidance included."""

import numpy as np
import pytest
import torch

from sign_latent.corpus.batching import pad
from sign_latent.denoiser.distillation import DistillationSettings, Leaps, distillation_loss, stops, student_of, walked
from sign_latent.diffusion.leaps import leap_target
from sign_latent.diffusion.predictions import to_noise, training_target
from sign_latent.errors import UserError
from sign_latent.generation.sampling import Sampling, predictor

COUNTS = np.array([6, 4])


class Oracle:
    """A student that has learnt all there is to learn: what it was shown at its steps."""

    def __init__(self, settings, places):
        self.settings, self.places = settings, places

    def read(self, text):
        return None

    def __call__(self, z, t, frames, context):
        visited, levels = stops(self.settings.diffusion)
        stop = [visited.tolist().index(int(step)) for step in t]
        here, there = (levels[[i + more for i in stop]][:, None, None, None] for more in (0, 1))
        rows = torch.arange(len(z))
        reached = self.places[rows, :, [i + 1 for i in stop]]
        clean = leap_target(z.double(), reached.double(), here, there)
        return training_target("v", clean, to_noise(clean, z, here), here).float()


@pytest.fixture
def shown(denoiser, texts):
    """A teacher guided by 3, how it went, its places and the texts."""
    torch.manual_seed(0)
    teacher, text = denoiser("sald"), texts(2)
    how = DistillationSettings(steps=2, teacher_steps=8, sampler="ddim", guidance=3.0, precision="32")
    places, frames = pad(walked(teacher, text, COUNTS, [5, 6], how))
    return teacher, how, Leaps(places, frames, text)


def test_the_last_place_is_what_the_guided_teacher_samples(shown):
    teacher, how, leaps = shown
    settings, frames = teacher.settings.diffusion, leaps.frames
    with torch.no_grad():
        predict = predictor(teacher, leaps.text, frames)
        guided, plain = (
            Sampling.of(settings, "ddim", 8, weight).run(predict, leaps.places[:, :, 0], frames, settings, None)
            for weight in (3.0, 1.0)
        )
    valid = frames[:, :, None, None]
    torch.testing.assert_close(leaps.places[:, :, -1] * valid, guided * valid, atol=1e-4, rtol=1e-4)
    assert ((guided - plain) * valid).abs().max() > 0.1


def test_without_loss_the_unguided_student_is_the_guided_teacher(shown):
    teacher, how, leaps = shown
    student = student_of(teacher, how.steps)
    oracle = Oracle(student.settings, leaps.places)
    assert distillation_loss(oracle, leaps)["loss"] < 1e-8
    own = Sampling.of(student.settings.diffusion)
    assert (own.steps, own.guidance, own.sampler) == (2, 1.0, "ddim")
    predict = predictor(oracle, leaps.text, leaps.frames)
    found = own.run(predict, leaps.places[:, :, 0], leaps.frames, student.settings.diffusion, None)
    valid = leaps.frames[:, :, None, None]
    torch.testing.assert_close(found * valid, leaps.places[:, :, -1] * valid, atol=1e-3, rtol=1e-3)


def test_training_lowers_the_loss_and_leaves_what_reads_the_text(shown):
    teacher, how, leaps = shown
    student = student_of(teacher, how.steps).train()
    optimiser = torch.optim.AdamW([p for p in student.parameters() if p.requires_grad], 3e-3)
    losses = []
    for _ in range(40):
        torch.manual_seed(0)
        losses.append(distillation_loss(student, leaps)["loss"])
        losses[-1].backward()
        assert all(p.grad is not None for p in student.parameters() if p.requires_grad)
        optimiser.step()
        optimiser.zero_grad()
    assert losses[-1] < 0.5 * losses[0]
    for part in ("reader", "length"):
        pairs = zip(getattr(student, part).parameters(), getattr(teacher, part).parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(student.outward.weight, teacher.outward.weight)


def test_padding_of_a_way_changes_nothing_of_it(shown):
    teacher, how, leaps = shown
    alone = walked(teacher, leaps.text.rows(torch.tensor([1])), COUNTS[1:], [6], how)[0]
    torch.testing.assert_close(torch.from_numpy(alone), leaps.places[1, : COUNTS[1]], atol=1e-4, rtol=1e-4)


def test_steps_that_do_not_divide_are_refused():
    with pytest.raises(UserError, match="10 steps of the teacher are no multiple of the student's 4"):
        DistillationSettings(steps=4, teacher_steps=10).check()
