"""What is told of the studio's speed is of requests that were served, and what was not served is counted."""

import importlib.util
from pathlib import Path

import pytest

from eval.studio_speed import Answer, page_bytes, sign, summary
from sign_latent.errors import UserError

# Test folders are no packages, and one server serves the tests of both.
_SPEC = importlib.util.spec_from_file_location("studio_fixtures", Path(__file__).parents[1] / "studio" / "conftest.py")
_STUDIO = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_STUDIO)
generator, models, create_app, server = (getattr(_STUDIO, n) for n in ("generator", "models", "create_app", "server"))


@pytest.fixture
def place(server):
    return "127.0.0.1", int(server.rstrip("/").rpartition(":")[2])


def test_a_request_is_timed_to_its_first_frames_and_to_its_end(place):
    answer = sign(place, "rain. " * 4, 0, model="toy")
    assert answer.reason == "" and 0 < answer.first < answer.whole


def test_a_refused_request_gives_the_reason(place):
    assert "no generator" in sign(place, "rain", 0, model="nobody").reason


def test_nobody_there_is_a_reason():
    assert sign(("127.0.0.1", 9), "rain", 0).reason


def test_what_failed_has_no_part_in_the_times():
    served = [Answer(float(i), 10.0 * i, "") for i in range(1, 4)]
    assert summary([*served, Answer(0.0, 0.0, "busy")]) == summary(served)
    assert summary(served)["first_50"] == 2 and summary(served)["whole_95"] == pytest.approx(29)
    with pytest.raises(UserError, match="no request was served"):
        summary([Answer(0.0, 0.0, "busy")])


def test_the_page_weighs_what_a_browser_loads(place):
    from sign_latent.studio.app import assets

    files = sum(len(content.encode()) for _, content in assets().values())
    assert files < page_bytes(place) < files + 2000


def test_what_is_busy_beside_is_so_until_the_end():
    import subprocess
    import sys

    from eval.studio_speed import busy

    started, real = [], subprocess.Popen
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])
        with busy(2):
            assert len(started) == 2 and all(one.poll() is None and one.args[0] == sys.executable for one in started)
    assert all(one.poll() is not None for one in started)
