"""The speed table divides by the matrix product of the same machine."""

import pytest
import torch

from eval import speed


def product(bench, precision=torch.float32):
    """Half a second, in bf16 an eighth."""
    return 0.5 if precision == torch.float32 else 0.125


def test_ratios_are_multiples_of_the_matrix_product(monkeypatch):
    monkeypatch.setattr(speed, "matrix_product", product)
    monkeypatch.setitem(speed.ENTRIES, "nap", lambda bench: 2.0)
    rows = list(speed.measure(speed.Bench("none"), ["nap"]))
    assert [row["ratio"] for row in rows] == [1.0, 0.25, 4.0]
    assert not {"peak_mib", "gflops"} & rows[2].keys()
    assert [row["gflops"] for row in rows[:2]] == pytest.approx([2 * speed.SIDE**3 / t / 1e9 for t in (0.5, 0.125)])


def test_work_is_told_as_a_rate_of_what_it_multiplies():
    a, b = torch.randn(1, 30, 40), torch.randn(40, 50)
    cost = speed.Bench("none", repeats=1).cost(lambda: torch.matmul(a, b))
    assert cost.gflop == pytest.approx(2 * 30 * 40 * 50 / 1e9)
    assert speed.Bench("none", repeats=1).cost(lambda: a + 1).gflop is None


def test_what_else_an_entry_costs_stands_beside_its_seconds(monkeypatch, capsys):
    monkeypatch.setattr(speed, "matrix_product", product)
    monkeypatch.setitem(speed.ENTRIES, "pose_scores", lambda bench: speed.Cost(60.0, 110.0, 1500.0))
    monkeypatch.setattr("sys.argv", ["speed.py", "pose_scores"])
    speed.main()
    line = " ".join(capsys.readouterr().out.splitlines()[-1].split())
    assert line == "pose_scores 60.00000 120.00 110 processor seconds, 1500 MiB"


def test_the_median_of_warm_runs_counts():
    runs = []
    bench = speed.Bench("none", repeats=3)
    assert bench.seconds(lambda: runs.append(0)) < 0.1
    assert len(runs) == 4


def test_processor_seconds_are_those_of_the_work_alone():
    import time

    cost = speed.Bench("none", repeats=3).cost(lambda: time.sleep(0.05))
    assert cost.seconds >= 0.05 and cost.cpu_seconds < 0.02


def test_an_unknown_entry_is_named(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["speed.py", "teleport"])
    with pytest.raises(SystemExit) as stop:
        speed.run(speed.main)
    assert stop.value.code == 2
    assert "teleport" in capsys.readouterr().err
