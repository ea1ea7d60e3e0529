"""Two processes that train together: each has its own batches, and what they learn is what one would learn of all."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

# Each process saves what it saw and where it ended; ``whole`` is one process that takes both shares of every step.
SCRIPT = """
from torch import nn
from sign_latent.errors import run
from sign_latent.training import TrainSettings, fit
directory, how, kill_at = sys.argv[1], sys.argv[2], int(sys.argv[3])
rank, seen, published = os.environ.get("RANK", "0"), [], False
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).double()

def share(place):
    seen.append(place)
    if place // 2 == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return torch.randn(16, 4, generator=torch.Generator().manual_seed(place), dtype=torch.float64)

def batches(place):
    return torch.cat([share(2 * place), share(2 * place + 1)]) if how == "whole" else share(place)

def loss(model, x):
    return {"loss": (model(x).squeeze(1) - x.sum(1)).square().mean()}

together = {} if how == "whole" else {"devices": 2, "strategy": "ddp"}
settings = TrainSettings(
    steps=20, warmup=3, save_every=7, runs=directory, resume=how == "resume", accelerator="cpu", logger="none",
    **together
)
try:
    run(lambda: fit("toy", model, loss, batches, settings))
    published = True
except SystemExit as ended:
    assert ended.code == 0, ended.code
torch.save({"weights": model.state_dict(), "seen": seen, "published": published}, f"{directory}/end-{rank}.pt")
"""


@pytest.fixture(scope="module")
def together(run_apart):
    """Runs the script in two processes as torchrun starts them; gives how both ended."""

    def run(directory, how, kill_at=-1) -> list:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free.getsockname()[1], "WORLD_SIZE": 2}
        with ThreadPoolExecutor(2) as pool:
            runs = [
                pool.submit(run_apart, SCRIPT, directory, how, kill_at, RANK=rank, LOCAL_RANK=rank, **place)
                for rank in range(2)
            ]
        return [each.result() for each in runs]

    return run


def ends(directory, ranks=(0, 1)) -> list[dict]:
    return [torch.load(directory / f"end-{rank}.pt", weights_only=True) for rank in ranks]


@pytest.fixture(scope="module")
def both(together, tmp_path_factory):
    """The ends of two processes that were not interrupted."""
    directory = tmp_path_factory.mktemp("both")
    for ended in together(directory, "fresh"):
        assert ended.returncode == 0, ended.stderr
    return ends(directory)


def assert_same(one: dict, other: dict, **tolerance) -> None:
    for name, weight in one["weights"].items():
        torch.testing.assert_close(other["weights"][name], weight, **tolerance)


def test_each_has_its_own_batches_and_together_they_have_all(both):
    assert [end["seen"] for end in both] == [list(range(rank, 40, 2)) for rank in range(2)]


def test_both_end_with_the_same_weights_and_the_first_goes_on_alone(both):
    assert_same(*both, rtol=0, atol=0)
    assert [end["published"] for end in both] == [True, False]


def test_two_learn_what_one_learns_of_both_their_batches(both, run_apart, tmp_path):
    """The mean gradient of two shares is that of the whole, where the loss is a mean and the shares are equal."""
    ended = run_apart(SCRIPT, tmp_path, "whole", -1)
    assert ended.returncode == 0, ended.stderr
    assert_same(both[0], *ends(tmp_path, ranks=(0,)), rtol=1e-9, atol=1e-9)


def test_killed_and_resumed_they_end_with_the_same_weights(both, together, tmp_path):
    assert [ended.returncode for ended in together(tmp_path, "fresh", 11)] == [-9, -9]
    for ended in together(tmp_path, "resume"):
        assert ended.returncode == 0, ended.stderr
    for end, again in zip(both, ends(tmp_path), strict=True):
        assert again["seen"][0] // 2 == 7
        assert_same(end, again, rtol=0, atol=0)
