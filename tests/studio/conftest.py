"""The studio over two untrained generators: in process, and as a real server for the browser."""

import base64
import importlib.util
import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sign_latent.generation.base import TextToPose
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
controls = _pages.controls
_human = _fixtures_of("eval/human")


class Guarded(TextToPose):
    """Signs what another signs. Before each sentence it asks ``before``, which may wait or refuse."""

    def __init__(self, card, inner, before):
        super().__init__(card)
        self.inner, self.before = inner, before

    def signed(self, texts, lengths, seed, batch_size, options):
        self.before()
        return self.inner.signed(texts, lengths, seed, batch_size, {"languages": options["languages"]})


@pytest.fixture
def guarded(generator):
    """A function (before, name) -> the untrained generator so guarded, under that name."""
    return lambda before, name="toy": Guarded(replace(generator.card, name=name), generator, before)


@pytest.fixture
def slow(guarded):
    """A generator that begins, which sets ``begun``, and signs once its ``gate`` is set."""
    gate, begun = threading.Event(), threading.Event()

    def wait():
        begun.set()
        assert gate.wait(30)

    model = guarded(wait)
    model.gate, model.begun = gate, begun
    yield model
    gate.set()


@pytest.fixture(scope="session")
def models(generator):
    """``toy`` and ``other``, which are the same but for their names, and ``orphan``, whose autoencoder is gone."""
    other = replace(generator, card=replace(generator.card, name="other"))
    orphan = replace(generator.card, name="orphan", parents={"autoencoder": "gone@0123456789ab"})
    return shelf_of(generator, other, cards=[orphan])


def shelf_of(*made, cards=()):
    """Generators, and cards of what only seems to be there."""
    found = {each.card.reference: each for each in made}
    return Models(lambda: [*cards, *(each.card for each in made)], found.get)


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
def serve(create_app):
    """A function (generators …) -> the address of a running server that has these."""
    with ExitStack() as running:
        yield lambda *made: running.enter_context(_running(create_app(shelf_of(*made))))


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


_HEARD = """
window.heard = [];
new MutationObserver((changes) => {
  const live = new Set(changes.map(({ target }) => target.closest?.("[role=status], [role=alert]")));
  for (const one of live) if (one?.textContent) heard.push([one.getAttribute("role"), one.textContent]);
}).observe(document.body, { subtree: true, childList: true });
"""
"""What a screen reader is given to say, as it is: one text a turn of the page's script."""


class Desk:
    """The studio's page in a browser, and what a user does there."""

    def __init__(self, browser, server):
        self.browser, self.server = browser, server

    def open(self, fragment="", motion="reduce"):
        """The page, once its models are listed; a fragment is a link."""
        self.browser.prefer(prefers_reduced_motion=motion)
        self.browser.open(self.server + fragment)
        self.browser.wait("document.body.dataset.ready === 'yes'")
        self.browser.run(_HEARD)

    def text(self, name):
        return self.browser.run(f"document.getElementById('{name}').textContent")

    def wait_for(self, words, name="status"):
        """Until an element, known by its id, says so (a regular expression)."""
        self.browser.wait(f"/{words}/.test(document.getElementById('{name}').textContent)")

    def beside(self, number=2):
        """Chooses the model to compare with."""
        self.pick("beside", number)

    def pick(self, name, number):
        """An option of a field, as by hand: the page is told."""
        self.browser.run(
            f"(() => {{ const one = document.getElementById('{name}'); one.selectedIndex = {number};"
            "one.dispatchEvent(new Event('change')); })()"
        )

    def type(self, text="rain"):
        """A text and Enter, where the focus is when the page opens."""
        assert self.browser.run("document.activeElement.id") == "text"
        for key in [*text, "Enter"]:
            self.browser.press(key)

    def sign(self, text="rain"):
        self.type(text)
        self.wait_for("frames signed")

    def drop(self, files):
        """Lets go of files, name -> content, over the page."""
        coded = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
        self.browser.run(
            f"(() => {{ const dataTransfer = new DataTransfer();"
            f"for (const [name, content] of Object.entries({coded}))"
            "dataTransfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));"
            "document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })); })()"
        )

    def tab_to(self, selector, back=False):
        """Tab until what has the focus is such an element."""
        for _ in range(60):
            tab(self.browser, back)
            if self.browser.run(f"document.activeElement.matches({selector!r})"):
                return
        raise AssertionError(f"no way by Tab to {selector}")

    def choose(self, *files):
        """Opens the dialog for files by keyboard, and takes these."""
        self.browser.command("Page.setInterceptFileChooserDialog", enabled=True)
        before = len(self._choosers())
        self.tab_to("#file", back=True)
        self.browser.press(" ")
        while len(self._choosers()) == before:
            self.browser.run("0")
        node = self._choosers()[-1]["params"]["backendNodeId"]
        self.browser.command("DOM.setFileInputFiles", files=[str(file) for file in files], backendNodeId=node)

    def _choosers(self):
        return [event for event in self.browser.events if event["method"] == "Page.fileChooserOpened"]

    def heard(self):
        """(role, text) of what the live regions have said so far."""
        return [tuple(one) for one in self.browser.run("heard")]

    def assert_quiet(self):
        """No request has left the machine, and the console is empty."""
        assert all(url.startswith((self.server, "blob:", "data:")) for url in self.browser.requests())
        assert self.browser.complaints() == []


@pytest.fixture
def listen(browser):
    """A function () -> None; what live regions say from then on stands in ``heard`` of the page."""
    return lambda: browser.run(_HEARD)


@pytest.fixture
def desk(browser, server):
    """The studio's page, not yet open."""
    return Desk(browser, server)


@pytest.fixture
def desk_of(browser, serve):
    """A function (generators …) -> the page of a studio that has these."""
    return lambda *made: Desk(browser, serve(*made))


def tab(browser, back=False):
    """To the next element that can have the focus, or the one before."""
    how = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "modifiers": 8 * back}
    for kind in ("rawKeyDown", "keyUp"):
        browser.command("Input.dispatchKeyEvent", type=kind, **how)


@pytest.fixture
def walk(browser):
    """A function (steps, back) -> what has the focus after each Tab: its name, and by how many pixels it comes out
    from under what always stands at the top, and at the bottom."""

    def walked(steps, back=False):
        found = []
        for _ in range(steps):
            tab(browser, back)
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
