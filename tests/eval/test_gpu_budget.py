"""What is counted without numbers is what real tensors take."""

from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from eval.gpu_budget import Alive, Budget, budget, described, row
from sign_latent.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
SMALL = {
    "text_video": "configs/text_video/tiny.yaml",
    "renderer": "configs/renderer/tiny.yaml",
}


@pytest.fixture(params=SMALL.values(), ids=SMALL, scope="module")
def found(request):
    return described(ROOT / request.param)


def test_alive_counts_what_is_held_at_once():
    with Alive() as alive:
        a = torch.zeros(1000)
        view = a[:10]
        b = torch.zeros(500)
        del a
        assert alive.now == 6000  # the view holds all of it
        del view
        c = torch.ones(700)
    assert (alive.now, alive.peak) == (4 * (500 + 700), 6000)
    del b, c
    assert alive.now == 0


def test_real_tensors_multiply_and_hold_as_much(found):
    settings, works, _ = found
    for work in works:
        model = work.model(settings).train(work.trains is not None)
        model.requires_grad_(work.trains is not None)
        if work.trains:
            work.trains(model)

        def once(given, model=model, work=work):
            trains = work.trains is not None
            with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(trains):
                made = work.once(model, *given)
            if work.trains:
                made.backward()

        with torch.autocast("cpu", torch.bfloat16), FlopCounterMode(display=False) as before:
            given = work.ready(model, 1)
        with FlopCounterMode(display=False) as counter:
            once(given)
        model.zero_grad()
        del given
        with Alive() as alive:
            with torch.autocast("cpu", torch.bfloat16):
                given = work.ready(model, 1)
            once(given)
        told = budget(settings, work)
        assert told.trained == sum(p.numel() for p in model.parameters() if p.requires_grad)
        multiplied = before.get_total_flops() + work.repeated * counter.get_total_flops()
        assert told.tflop * 1e12 == pytest.approx(multiplied)
        held = told.gib * 2**30 - 4 * told.weights - (4 * told.weights + 8 * told.trained if work.trains else 0)
        assert held == pytest.approx(alive.peak, rel=0.02)


def test_more_clips_multiply_more_and_need_more():
    settings, works, _ = described(ROOT / SMALL["text_video"])
    one, two = (budget(settings, works[0], clips) for clips in (1, 2))
    assert two.tflop == pytest.approx(2 * one.tflop, rel=0.05) and two.gib > one.gib


def test_checkpointing_trades_memory_for_work():
    settings, works, _ = described(ROOT / SMALL["renderer"])
    kept = budget(settings, works[1])
    settings.unet.checkpointing = True
    again = budget(settings, works[1])
    assert again.gib < kept.gib and again.tflop > kept.tflop


def test_hours_are_of_every_frame_that_a_step_is_of():
    """Step 1 makes several frames from one reference; a window of step 2 is one."""
    _, works, config = described(ROOT / SMALL["renderer"])
    hour = Budget(1, 1, 3600 * 40.0, 1.0)
    hours = [row(SMALL["renderer"], config, work, hour, 1, 40.0).split()[-1] for work in works[:2]]
    steps, clips, targets = (config["train"]["steps"], config["train"]["batch_size"], config["video"]["targets"])
    assert hours == [f"{steps * clips * targets:.1f}", f"{steps * clips:.1f}"] and targets > 1


@pytest.mark.parametrize("text", ["", "stages: []", "renderer: {sizes: 3}", "model: {size: 63}", "- : ["])
def test_other_files_are_refused_in_a_line(text, tmp_path):
    path = tmp_path / "other.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="is no configuration") as refused:
        described(path)
    assert "\n" not in str(refused.value)
