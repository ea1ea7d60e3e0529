"""What stands before the application: who may ask, how much they may send and how long that may take.

A page of another site can make a browser send requests to this machine, under a name of its own that it lets point here
(DNS rebinding). It cannot choose the Host and Origin that the browser sends with them: both must be this server's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sign_latent.studio.limits import ASKING_BYTES, FILE_BYTES, HELD_BYTES, RECEIVING_SECONDS

LOOPBACK = ("127.0.0.1", "localhost", "::1")
VIEW = "/api/view"
"""Where files are sent to; everything else is small."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Refused(Exception):
    """A status and a reason in one line."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Guard:
    """ASGI middleware. Bodies are read whole, up to a limit and a time, before the application hears of them."""

    def __init__(
        self, app: ASGIApp, hosts: Collection[str] = LOOPBACK, receiving_seconds: float = RECEIVING_SECONDS
    ) -> None:
        self.app, self.hosts, self.seconds = app, frozenset(hosts), receiving_seconds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what is refused; hands on the rest."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        held = []
        try:
            self._check_sender(scope)
            body = await self._body(scope, receive, held)
            await self.app(scope, _replayed(body, receive), _with_headers(send))
        except Refused as refused:
            await _refuse(refused, _with_headers(send))
        finally:
            self._held -= sum(held)

    def _check_sender(self, scope: Scope) -> None:
        host = _only(scope, b"host")
        if _name(host) not in self.hosts:
            raise Refused(403, "host: is not this server's; open the address that it printed")
        origin = _only(scope, b"origin", needed=False)
        if origin is not None and origin != f"{scope['scheme']}://{host}":
            raise Refused(403, "origin: pages of other sites may not ask; open the address that the server printed")

    async def _body(self, scope: Scope, receive: Receive, held: list[int]) -> bytes:
        limit = FILE_BYTES if scope["path"] == VIEW else ASKING_BYTES
        declared = _only(scope, b"content-length", needed=False)
        if declared is not None and not (declared.isascii() and declared.isdigit()):
            raise Refused(400, "content-length: is no number")
        # Of Python's integers the longest that are read have 4300 digits.
        if declared is not None and (len(declared) > 18 or int(declared) > limit):
            raise Refused(413, f"body: is larger than {limit} bytes; send less")
        parts = []
        try:
            async with asyncio.timeout(self.seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(400, "body: ended before its end")
                    part, more = message.get("body", b""), message.get("more_body", False)
                    parts.append(part)
                    held.append(len(part))
                    self._held += len(part)
                    if sum(held) > limit:
                        raise Refused(413, f"body: is larger than {limit} bytes; send less")
                    if self._held > HELD_BYTES:
                        raise Refused(503, "server: holds as much as it can; try again in a moment")
        except TimeoutError:
            raise Refused(408, f"body: did not arrive in {self.seconds:g} seconds; send it again") from None
        return b"".join(parts)


def _only(scope: Scope, name: bytes, needed: bool = True) -> str | None:
    """The value of a header that stands there once, or None."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    if len(values) > 1 or (needed and not values):
        raise Refused(400, f"{name.decode()}: give the header once")
    return values[0] if values else None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _with_headers(send: Send) -> Send:
    more = _encoded(HEADERS)

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def _refuse(refused: Refused, send: Send) -> None:
    body = json.dumps({"reason": refused.reason}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
    await send({"type": "http.response.start", "status": refused.status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": body})
