"""The studio over two untrained generators: in process, and as a real server for the browser."""

import importlib.util
import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sign_latent.studio.shelf import Models

HOME = "http://127.0.0.1"


def _fixtures_of(room):
    """Test folders are no packages."""
    spec = importlib.util.spec_from_file_location(f"{room}_fixtures", Path(__file__).parents[1] / room / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def create_app():
    """The maker of applications; the test is skipped where what an extra brings is absent."""
    for package in ("fastapi", "httpx2"):
        pytest.importorskip(package, reason=f"the studio's tests need {package} (pip install 'sign-latent[dev]')")
    from sign_latent.studio.app import create_app

    return create_app


generator, _pages = _fixtures_of("generation").generator, _fixtures_of("renderer")
browser, axe_core, findings, signer = _pages.browser, _pages.axe_core, _pages.findings, _pages.signer
_human = _fixtures_of("eval/human")


@pytest.fixture(scope="session")
def models(generator):
    """``toy`` and ``other``, which are the same but for their names."""
    other = replace(generator, card=replace(generator.card, name="other"))
    made = {each.card.reference: each for each in (generator, other)}
    return Models(lambda: [each.card for each in made.values()], made.get)


@pytest.fixture(scope="session")
def client(models, create_app):
    from fastapi.testclient import TestClient

    with TestClient(create_app(models), base_url=HOME, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def sign(client):
    """A function (text, further fields) -> the messages of a signing."""

    def signed(text, client=client, **more):
        answer = client.post("/api/sign", json={"text": text, "model": "toy", **more})
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    return signed


@pytest.fixture
def folders(tmp_path, signer):
    """A folder with the pack ``pack`` of two raters and two items, and its key ``pack-key.json``."""
    from eval.human import pack

    folder = _human.folders.__wrapped__(tmp_path, signer)
    named = [word for name in ("alpha-net", "beta-net") for word in ("--system", f"{name}={folder / name}")]
    rest = ["--texts", str(folder / "texts.csv"), "--signed-language", "ase", "--out", str(folder / "pack")]
    pack.main(
        [*named, *rest, "--items", "2", "--raters", "2", "--seed", "987654321", "--checks", "1", "--repeats", "1"]
    )
    return folder


@pytest.fixture
def raters(folders, create_app):
    """Two raters of a pack, whose answers go to ``pack-answers``."""
    from sign_latent.studio.raters import Raters

    return Raters.open(folders / "pack")


@pytest.fixture
def server(models, create_app):
    """The address of a running server."""
    with _running(create_app(models)) as place:
        yield place


@pytest.fixture
def judged(models, create_app, raters):
    """The same, where ``raters`` judge."""
    with _running(create_app(models, raters=raters)) as place:
        yield place


_FOCUS = """(() => {
  const one = document.activeElement, box = (each) => each.getBoundingClientRect();
  const said = document.getElementById("status"), notice = document.querySelector(".sl-notice");
  const low = said.textContent && getComputedStyle(said).position === "sticky" ? box(said).top : innerHeight;
  const top = one.className === "st-skip" ? 0 : box(notice).bottom; // the way to the player lies upon the notice
  if (one === document.body) return null;
  return [one.id || one.className || one.name, box(one).bottom - top, low - box(one).top];
})()"""


@pytest.fixture
def walk(browser):
    """A function (steps, back) -> what has the focus after each Tab: its name, and by how many pixels it comes out
    from under what always stands at the top, and at the bottom."""

    def walked(steps, back=False):
        how = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "modifiers": 8 * back}
        found = []
        for _ in range(steps):
            for kind in ("rawKeyDown", "keyUp"):
                browser.command("Input.dispatchKeyEvent", type=kind, **how)
            found.append(browser.run(_FOCUS))
        return [step for step in found if step]

    return walked


@contextmanager
def _running(app):
    uvicorn = pytest.importorskip("uvicorn", reason="a running studio needs uvicorn (pip install 'sign-latent[dev]')")

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"
        running.should_exit = True
        thread.join()
