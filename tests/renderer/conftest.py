"""A signer to draw, and a real browser for the page where one is installed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

# Elbows beside the body, both palms raised towards the viewer.
_RAISED = {"left_shoulder": (0.0, 0.0, -1.2), "left_elbow": (0.0, -0.35, 2.65), "left_wrist": (-1.6, 0.0, 0.0)}
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-pipe --window-size=1200,900"
)
_AXE = "axe-core@4.14.1"
_AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
# The browser reads its commands from descriptor 3 and answers on descriptor 4, whatever the pipes were called here.
_START = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for pipe, number in zip(pipes, (3, 4)):
    os.dup2(pipe, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture
def signer():
    """A function (expression, rotations) -> pose of one frame: hands raised, then turned by joint name -> axis-angle.

    An expression of several rows gives as many frames.
    """
    skeleton = get_skeleton("smplx")
    names = [skeleton.points[i] for i in skeleton.rotated]

    def make(expression=None, rotations=None) -> Pose:
        expression = np.atleast_2d(np.zeros(10) if expression is None else expression).astype(np.float32)
        vectors = np.zeros((len(expression), len(names), 3), dtype=np.float32)
        mirrored = {name.replace("left", "right"): (x, -y, -z) for name, (x, y, z) in _RAISED.items()}
        for name, vector in (_RAISED | mirrored | (rotations or {})).items():
            vectors[:, names.index(name)] = vector
        points = forward_kinematics(axis_angle_to_matrix(torch.tensor(vectors)), torch.tensor(expression)).numpy()
        confidence = np.ones(points.shape[:2], dtype=np.float32)
        return Pose(points, confidence, 25.0, skeleton, vectors, expression)

    return make


class Browser:
    """Chromium driven through its debugging pipe (Chrome DevTools Protocol, messages ended by a zero byte)."""

    def __init__(self, program: str, profile: Path) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        command = [program, *_FLAGS.split(), f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(to_read), str(to_write), *command],
            pass_fds=(to_read, to_write),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._rest, self._number, self.events = b"", 0, []
        self._guard = threading.Timer(150, self._process.kill)
        self._guard.start()
        targets = self._send("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = None
        self._session = self._send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._send(f"{domain}.enable")

    def open(self, place: Path | str) -> None:
        """A file, or an address."""
        self._load("Page.navigate", url=place if isinstance(place, str) else place.as_uri())

    def reload(self) -> None:
        """The same address once more."""
        self._load("Page.reload")

    def _load(self, method: str, **parameters) -> None:
        """Waits for the page that comes: those before have been loaded as well."""
        before = self._loads()
        self._send(method, **parameters)
        while self._loads() == before:
            self.events.append(self._receive())
            if self.events[-1].get("method") == "Page.javascriptDialogOpening":  # it asks whether the page may be left
                self._send("Page.handleJavaScriptDialog", accept=True)

    def _loads(self) -> int:
        return sum(event["method"] == "Page.loadEventFired" for event in self.events)

    def run(self, script: str):
        """The value of a JavaScript expression (awaited)."""
        answer = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 60):
        """The value of an expression once it is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, (script, self.run("document.body.innerText"), self.complaints())
            time.sleep(0.05)
        return value

    def press(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        self._send("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self._send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def command(self, method: str, **parameters) -> dict:
        """Of the DevTools protocol; what it answers."""
        return self._send(method, **parameters)

    def download_to(self, folder: Path) -> None:
        """Where files go that a page saves."""
        self._send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def resize(self, width: int, height: int) -> None:
        self._send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def prefer(self, **features: str) -> None:
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self._send("Emulation.setEmulatedMedia", features=wanted)

    def screenshot(self, path: Path) -> None:
        import base64

        path.write_bytes(base64.b64decode(self._send("Page.captureScreenshot")["data"]))

    def requests(self) -> list[str]:
        """Addresses asked for since the start."""
        sent = [event for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def complaints(self) -> list[dict]:
        """Errors of the console, of scripts and of the security policy."""
        bad = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}
        return [event for event in self.events if event["method"] in bad]

    def close(self) -> None:
        self._guard.cancel()
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def _send(self, method: str, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if method.split(".")[0] not in ("Target", "Browser"):
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _receive(self) -> dict:
        while b"\0" not in self._rest:
            block = os.read(self._read, 1 << 16)
            if not block:
                raise RuntimeError("the browser ended")
            self._rest += block
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)


@pytest.fixture(scope="session")
def axe_core(tmp_path_factory) -> str:
    """The script of axe-core, which npm installs for this run; the test is skipped where it cannot be had."""
    if shutil.which("npm") is None:
        pytest.skip("npm, which installs axe-core, is not installed (Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", _AXE]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {_AXE} in 60 seconds")
    if ended.returncode:
        pytest.skip(f"npm could not install {_AXE}: {ended.stderr.strip().splitlines()[-1:]}")
    script = (folder / "node_modules" / "axe-core" / "axe.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == _AXE_SHA256
    return script.decode()


@pytest.fixture
def findings(browser, axe_core):
    """A function () -> what axe-core finds in the open page or cannot decide, of whatever weight: "rule: elements"."""

    def found() -> list[str]:
        browser.run(f"{axe_core}; 0")
        result = browser.run("axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
        assert len(result["passes"]) > 10  # it has looked
        told = [rule for kind in ("violations", "incomplete") for rule in result[kind]]
        return [f"{rule['id']}: {[node['html'] for node in rule['nodes']]}" for rule in told]

    return found


@pytest.fixture
def controls(browser):
    """A function () -> (name, role) of all in the open page that can have the focus, as screen readers are told."""

    def found() -> list[tuple[str, str]]:
        nodes = [node for node in browser.command("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
        focusable = [
            node
            for node in nodes
            if any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", []))
        ]
        told = [(node.get("name", {}).get("value", "").strip(), node["role"]["value"]) for node in focusable]
        return [(name, role) for name, role in told if role != "option"]  # these are within their combobox

    return found


@pytest.fixture
def browser(tmp_path):
    """A fresh headless Chromium; the test is skipped where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    started = Browser(program, tmp_path / "profile")
    yield started
    started.close()
