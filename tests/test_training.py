"""A training is a pure function of its seed: killed and resumed, it ends with the same weights."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import nn

from sign_latent.errors import UserError
from sign_latent.training import TrainSettings, ema_decay, fit, learning_rate_factor, step_seed

SCRIPT = """
import os, signal, sys, torch
from torch import nn
from sign_latent.training import TrainSettings, fit
torch.set_num_threads(1)
directory, resume, kill_at = sys.argv[1], sys.argv[2] == "resume", int(sys.argv[3])
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))

def batches(step):
    if step == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    generator = torch.Generator().manual_seed(step)
    return torch.randn(16, 4, generator=generator)

def loss(model, x):
    return {"loss": (model(x).squeeze(1) - x.sum(1) + 0.1 * torch.randn(len(x))).square().mean()}

settings = TrainSettings(
    steps=30, warmup=3, save_every=7, runs=directory, resume=resume, accelerator="cpu", logger="none"
)
fit("toy", model, loss, batches, settings)
torch.save(model.state_dict(), directory + "/end.pt")
"""


def run(directory, *args):
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(directory), *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_killed_and_resumed_ends_with_the_same_weights(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run(whole, "fresh", "-1").returncode == 0
    assert run(killed, "fresh", "17").returncode == -9
    assert (killed / "toy" / "last.ckpt").exists()
    resumed = run(killed, "resume", "-1")
    assert resumed.returncode == 0, resumed.stderr
    a, b = (torch.load(d / "end.pt", weights_only=True) for d in (whole, killed))
    assert all(torch.equal(a[k], b[k]) for k in a)


def tiny(tmp_path, **kwargs):
    return TrainSettings(steps=20, warmup=1, runs=str(tmp_path), accelerator="cpu", logger="none", **kwargs)


def test_published_weights_are_the_closed_form_average(tmp_path):
    """EMA with warm-up from n = 0: the first update copies, the others follow a <- d a + (1 - d) w."""
    model, seen = nn.Linear(1, 1, bias=False), []

    def loss(model, x):
        seen.append(model.weight.item())
        return {"loss": (model(x) - 3).square().mean()}

    fit("ema", model, loss, lambda step: torch.ones(2, 1), tiny(tmp_path, ema=0.9))
    last = model.weight.item()
    expected = seen[1]
    for n, weight in enumerate(seen[2:], start=1):
        decay = min(0.9, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * weight
    # the loss is seen before each step, so the average still lacks the last update, which moves it only a little
    assert abs(last - expected) < 0.1 * abs(seen[-1] - seen[0])
    assert last != seen[-1]


def test_diverging_loss_is_named(tmp_path):
    with pytest.raises(UserError, match="not finite at step 0"):
        fit(
            "bad",
            nn.Linear(1, 1),
            lambda m, x: {"loss": m(x).sum() * float("nan")},
            lambda s: torch.ones(1, 1),
            tiny(tmp_path),
        )


def test_ema_warms_up_from_small_decay():
    assert ema_decay(0, 0.999) == pytest.approx(0.1)
    assert ema_decay(10**6, 0.999) == 0.999


def test_step_seeds_are_distinct():
    assert len({step_seed(seed, step, rank) for seed in range(5) for step in range(50) for rank in range(3)}) == 750


def test_learning_rate_warms_up_and_falls():
    settings = TrainSettings(steps=1000, warmup=10)
    factors = [learning_rate_factor(step, settings) for step in range(1000)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) <= 1.0 and factors[-1] < 0.03
    assert all(a >= b for a, b in zip(factors[10:], factors[11:], strict=False))
