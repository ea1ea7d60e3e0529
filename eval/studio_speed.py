"""How fast the studio answers: one client to a warm model, then many at once, and what the page weighs.

python eval/studio_speed.py [--clients N] [--requests N] [--beside N] [--json]
"""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from sign_latent.errors import Parser, UserError, run

TEXTS = (
    "tomorrow it will rain in the north",
    "who feeds four horses ?",
    "my brother will not rest tomorrow",
    "our neighbour sold six tickets last week",
)
PATIENCE = 300
"""Seconds that a client waits for anything."""


@dataclass
class Answer:
    """What a request to sign came to, in seconds from sending it; ``reason`` says why it failed, "" if it did not."""

    first: float
    whole: float
    reason: str


@contextmanager
def studio() -> Iterator[tuple[str, int]]:
    """Host and port of a studio of its own, as the command line starts it."""
    command = [sys.executable, "-m", "sign_latent.cli", "studio", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = re.match(r"http://(.*):(\d+)/", process.stdout.readline())
            if found is None:
                raise UserError("studio: did not start; run sign-latent studio to see why")
            yield found[1], int(found[2])
        finally:
            process.terminate()


_WORK = "import numpy as np; a = np.eye(300)\nwhile True: a = a @ a"


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that multiply matrices meanwhile, each in a session of its own, as other programs are."""
    started = [subprocess.Popen([sys.executable, "-c", _WORK], start_new_session=True) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def sign(place: tuple[str, int], text: str, seed: int, **more: object) -> Answer:
    """One request on a connection of its own, read to its end."""
    link, start = http.client.HTTPConnection(*place, timeout=PATIENCE), time.perf_counter()
    asked = json.dumps({"text": text, "seed": seed, **more})
    try:
        link.request("POST", "/api/sign", asked, {"content-type": "application/json"})
        answer = link.getresponse()
        lines = [answer.readline()]
        first = time.perf_counter() - start
        lines += answer.readlines()
    except OSError as error:
        return Answer(0.0, 0.0, str(error) or type(error).__name__)
    finally:
        link.close()
    last = json.loads(lines[-1] or "{}")
    whole = answer.status == 200 and last.get("kind") == "end"
    return Answer(first, time.perf_counter() - start, "" if whole else last.get("reason", "ended early"))


def together(place: tuple[str, int], clients: int, requests: int) -> list[Answer]:
    """So many clients at once, each of which asks again as soon as it is served."""

    def ask(client: int) -> list[Answer]:
        return [sign(place, TEXTS[(client + i) % len(TEXTS)], client * requests + i) for i in range(requests)]

    with ThreadPoolExecutor(clients) as pool:
        return [answer for answers in pool.map(ask, range(clients)) for answer in answers]


def page_bytes(place: tuple[str, int]) -> int:
    """Of all that a browser loads before anything is signed."""
    total, asked = 0, ["/", "/api/models"]
    for address in asked:
        link = http.client.HTTPConnection(*place, timeout=PATIENCE)
        link.request("GET", address)
        content = link.getresponse().read()
        link.close()
        total += len(content)
        if address == "/":
            asked += re.findall(r'(?:src|href)="(/[^"]+)"', content.decode())
    return total


def measure(clients: int, requests: int, alone: int) -> dict:
    """Everything, on a studio of its own."""
    with studio() as place:
        sign(place, TEXTS[0], 0)  # waits for the model
        single = [sign(place, TEXTS[i % len(TEXTS)], i) for i in range(alone)]
        start = time.perf_counter()
        many = together(place, clients, requests)
        seconds = time.perf_counter() - start
        weight = page_bytes(place)
    failed = [answer.reason for answer in single + many if answer.reason]
    return {
        "page_bytes": weight,
        "alone": summary(single),
        "together": {"clients": clients, "requests": requests, **summary(many), "a_second": len(many) / seconds},
        "failed": len(failed),
        "reasons": sorted(set(failed)),
    }


def summary(answers: list[Answer]) -> dict[str, float]:
    """Medians and 95th percentiles in seconds, of what did not fail."""
    answers = [answer for answer in answers if not answer.reason]
    if not answers:
        raise UserError("studio: no request was served; run sign-latent studio to see why")
    return {
        f"{name}_{quantile}": float(np.percentile([getattr(answer, name) for answer in answers], quantile))
        for name in ("first", "whole")
        for quantile in (50, 95)
    }


def main() -> None:
    """The command line."""
    parser = Parser(description=__doc__)
    parser.add_argument("--clients", type=int, default=20, help="clients at once")
    parser.add_argument("--requests", type=int, default=5, help="requests of each, one after the other")
    parser.add_argument("--alone", type=int, default=20, help="requests of a single client")
    parser.add_argument("--beside", type=int, default=0, help="processes that are busy with something else meanwhile")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args()
    if min(options.clients, options.requests, options.alone) < 1 or options.beside < 0:
        raise UserError("studio speed: give at least one client and one request, and no fewer than 0 beside")
    with busy(options.beside):
        found = measure(options.clients, options.requests, options.alone)
    if options.json:
        print(json.dumps(found))
        return
    print(
        f"page: {found['page_bytes']} bytes; failed requests: {found['failed']} {'; '.join(found['reasons'])}".rstrip()
    )
    for name in ("alone", "together"):
        row = found[name]
        print(
            f"{name}: first frames after {row['first_50']:.2f} s (p95 {row['first_95']:.2f}), "
            f"all after {row['whole_50']:.2f} s (p95 {row['whole_95']:.2f})"
            + (f", {row['a_second']:.1f} a second" if "a_second" in row else "")
        )


if __name__ == "__main__":
    run(main)
