"""What scoring costs is measured of the scoring alone, its helpers included."""

import sys
from concurrent.futures import ThreadPoolExecutor
from subprocess import PIPE, Popen

import numpy as np
import pytest

from eval import cost
from eval.cost import invented_pairs, peak_mib, score_all
from eval.pose_scores import UNITS, compare

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the peaks of children")


def test_the_invented_pairs_are_what_the_bound_speaks_of():
    pairs = invented_pairs(12, 40)
    assert {(len(real), *real.points.shape[1:]) for _, real in pairs} == {(40, 79, 3)}
    assert len({len(made) for made, _ in pairs}) > 1 and all(32 <= len(made) <= 48 for made, _ in pairs)
    assert all(0 < (made.confidence == 0).mean() < 0.1 for made, _ in pairs)
    assert np.isfinite(compare(*pairs[0])["dtw-recommended/all"])


def test_every_pose_score_is_in_what_is_measured():
    found = score_all(25, 8, cores=1)
    named = {name.partition("/")[0] for name in found}
    assert set(UNITS) | {"kid", "diversity_texts"} <= named
    assert str(found) == str(score_all(25, 8, cores=1))


@on_linux
def test_memory_of_children_counts():
    code = "hold = bytearray(300 * 2**20); print('held', flush=True); input()"
    before = peak_mib()
    with Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, text=True) as child:
        child.stdout.readline()
        assert 300 < peak_mib() - before < 400
        child.communicate("\n")


@on_linux
def test_time_and_memory_are_those_of_the_work(monkeypatch):
    monkeypatch.setattr(cost, "ProcessPoolExecutor", lambda workers, mp_context: ThreadPoolExecutor(workers))
    monkeypatch.setattr(cost, "score_all", lambda clips, frames: sum(i * i for i in range(10**6)))
    found = cost.pose_cost(3, 5)
    assert found.seconds > 0 and found.cpu_seconds > 0.01 and found.peak_mib > 10
