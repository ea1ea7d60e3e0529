"""A training is a pure function of its seed: killed and resumed, it ends with the same weights."""

import itertools
import signal
import warnings

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from sign_latent.errors import UserError
from sign_latent.training import TrainSettings, ema_decay, fit, learning_rate_factor, step_seed

SCRIPT = """
from torch import nn
from sign_latent.errors import run
from sign_latent.training import TrainSettings, fit
directory, resume, kill_at, sent = sys.argv[1], sys.argv[2] == "resume", int(sys.argv[3]), int(sys.argv[4])
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))

def batches(step):
    if step == kill_at:
        os.kill(os.getpid(), sent)
    generator = torch.Generator().manual_seed(step)
    return torch.randn(16, 4, generator=generator)

def loss(model, x):
    return {"loss": (model(x).squeeze(1) - x.sum(1) + 0.1 * torch.randn(len(x))).square().mean()}

settings = TrainSettings(
    steps=30, warmup=3, save_every=7, runs=directory, resume=resume, accelerator="cpu", logger="none"
)
run(lambda: fit("toy", model, loss, batches, settings))
torch.save(model.state_dict(), directory + "/end.pt")
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory, run_apart):
    """The end of an uninterrupted run."""
    directory = tmp_path_factory.mktemp("whole")
    ended = run_apart(SCRIPT, directory, "fresh", -1, 0)
    assert ended.returncode == 0, ended.stderr
    return torch.load(directory / "end.pt", weights_only=True)


@pytest.mark.parametrize(
    "sent, code, step", [(signal.SIGKILL, -9, 14), (signal.SIGTERM, 2, 17), (signal.SIGINT, 2, 17)], ids=str
)
def test_stopped_and_resumed_ends_with_the_same_weights(tmp_path, whole, run_apart, sent, code, step):
    """kill -9 loses the steps since the last checkpoint; SIGTERM and Ctrl-C finish their step and lose nothing."""
    stopped = run_apart(SCRIPT, tmp_path, "fresh", 17, int(sent))
    assert stopped.returncode == code, stopped.stderr
    assert torch.load(tmp_path / "toy" / "last.ckpt", weights_only=True)["global_step"] == step
    if code == 2:
        last = stopped.stderr.splitlines()[-1]
        assert last == "error: training toy: stopped at step 17; go on with --train.resume true"
    resumed = run_apart(SCRIPT, tmp_path, "resume", -1, 0)
    assert resumed.returncode == 0, resumed.stderr
    end = torch.load(tmp_path / "end.pt", weights_only=True)
    assert all(torch.equal(end[k], whole[k]) for k in whole)


@pytest.mark.parametrize("pays", [True, False])
def test_half_precision_is_left_to_processors_with_units_for_it(tmp_path, monkeypatch, pays):
    monkeypatch.setattr("sign_latent.training.pays_in_bf16", lambda device: pays)
    halves = []

    def loss(model, x):
        halves.append(torch.is_autocast_enabled("cpu"))
        return squared_error(model, x)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        settings = tiny(tmp_path, precision="bf16-mixed")
        fit("half", nn.Linear(1, 1), loss, lambda step: torch.ones(2, 1), settings)
    assert set(halves) == {pays}
    told = [str(one.message) for one in said if "train.precision bf16-mixed" in str(one.message)]
    assert len(told) == (not pays) and all("no units for bf16" in one and "32-true" in one for one in told)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_gradients_are_clipped(tmp_path, monkeypatch, precision):
    monkeypatch.setattr("sign_latent.training.pays_in_bf16", lambda device: True)
    norms = []

    def note(optimiser, given, named):
        grads = [p.grad for group in optimiser.param_groups for p in group["params"]]
        norms.append(float(torch.nn.utils.get_total_norm(grads)))

    handle = register_optimizer_step_post_hook(note)
    try:
        for clip in (0.5, 0.0):
            settings = tiny(tmp_path / str(clip), precision=precision, clip=clip)
            fit("clipped", nn.Linear(1, 1), squared_error, lambda step: torch.full((2, 1), 100.0), settings)
    finally:
        handle.remove()
    assert norms[:3] == pytest.approx([0.5] * 3, rel=1e-2) and min(norms[20:23]) > 10


def test_resumed_after_the_last_step_gives_the_average_again(tmp_path):
    """A kill between training and publishing costs no step."""

    def trained(**kwargs):
        torch.manual_seed(0)
        return fit("end", nn.Linear(1, 1), squared_error, lambda step: torch.ones(2, 1), tiny(tmp_path, **kwargs))

    first = trained().state_dict()
    again = trained(resume=True).state_dict()
    assert all(torch.equal(first[k], again[k]) for k in first)


def test_a_damaged_or_foreign_checkpoint_is_named(tmp_path):
    fit("run", nn.Linear(1, 1), squared_error, lambda step: torch.ones(2, 1), tiny(tmp_path))
    wider = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1))
    with pytest.raises(UserError, match="holds an earlier run; add --train.resume true"):
        fit("run", wider, squared_error, lambda step: torch.ones(2, 1), tiny(tmp_path))
    with pytest.raises(UserError, match="last.ckpt: is of another model"):
        fit("run", wider, squared_error, lambda step: torch.ones(2, 1), tiny(tmp_path, resume=True))
    checkpoint = tmp_path / "run" / "last.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-200])
    with pytest.raises(UserError, match="last.ckpt: is damaged.*remove it"):
        fit("run", nn.Linear(1, 1), squared_error, lambda step: torch.ones(2, 1), tiny(tmp_path, resume=True))


def test_a_run_goes_on_only_as_what_it_is(tmp_path):
    def again(corpus, **kwargs):
        settings = TrainSettings(runs=str(tmp_path), **{"steps": 5, "accelerator": "cpu", "logger": "none", **kwargs})
        fit(
            "run", nn.Linear(1, 1), squared_error, lambda step: torch.ones(2, 1), settings, {"data": {"corpus": corpus}}
        )

    again("abc")
    again("abc", resume=True, save_every=3)
    with pytest.raises(UserError, match="holds a run with data.corpus = abc, where xyz is asked for"):
        again("xyz", resume=True)
    with pytest.raises(UserError, match="holds a run with train.steps = 5, where 6 is asked for"):
        again("abc", resume=True, steps=6)


def test_nothing_but_progress_is_told(tmp_path, capsys):
    handler = signal.getsignal(signal.SIGINT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit("quiet", nn.Linear(1, 1), squared_error, lambda step: torch.ones(2, 1), tiny(tmp_path))
    printed = capsys.readouterr()
    assert printed.out == "" and all(line.startswith("quiet: ") for line in printed.err.splitlines())
    assert signal.getsignal(signal.SIGINT) is handler


def squared_error(model, x):
    return {"loss": (model(x) - 3).square().mean()}


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
    assert all(a >= b for a, b in itertools.pairwise(factors[10:]))


@pytest.mark.parametrize("strategy", ["fsdp", "deepspeed_stage_2"])
def test_weights_in_shards_are_refused_before_anything_is_written(tmp_path, strategy):
    settings = TrainSettings(strategy=strategy, runs=str(tmp_path / "runs"))
    with pytest.raises(UserError, match=f"train.strategy {strategy}: .*give ddp"):
        fit("toy", nn.Linear(1, 1), None, None, settings)
    assert not (tmp_path / "runs").exists()
