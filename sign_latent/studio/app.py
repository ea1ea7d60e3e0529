"""The server's addresses: the page, the models, signing, downloads, and files to look at."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from sign_latent.errors import UserError
from sign_latent.generation.api import DEFAULT_MODEL
from sign_latent.renderer import figure
from sign_latent.renderer.page import GENERATED_NOTICE, fill, player_assets, player_markup
from sign_latent.studio.asking import FEW, Ask
from sign_latent.studio.guard import LOOPBACK, VIEW, Guard
from sign_latent.studio.lane import Busy, Job, Lane, Late
from sign_latent.studio.limits import (
    LARGEST_SEED,
    LONGEST_TEXT,
    MOST_FRAMES,
    MOST_STEPS,
    WAITING,
    WORKING_SECONDS,
)
from sign_latent.studio.shelf import Kept, Models, described
from sign_latent.studio.work import BESIDE, MEDIA, parted, reading, signing, writing

WARMING = "it will rain"
"""Signed once at the start, so that the first client finds the model warm."""
_LOOKING = 0.25
"""Seconds between looks whether a waiting client is still there."""


def create_app(
    models: Models | None = None,
    hosts: Sequence[str] = LOOPBACK,
    waiting: int = WAITING,
    seconds: float = WORKING_SECONDS,
    warm: bool = False,
) -> ASGIApp:
    """The studio as an ASGI application, answering under the names ``hosts`` only.

    Signing is one lane of work, files are another, each with at most ``waiting`` requests of at most ``seconds``.
    ``warm`` loads the default model at the start.
    """
    models, kept = models or Models(), Kept()
    signs, files = Lane(waiting, seconds), Lane(waiting, seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        signs.start()
        files.start()
        if warm:
            signs.submit(signing(Ask(text=WARMING), models, Kept()))
        yield
        signs.stop()
        files.stop()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    _add_assets(app)
    _add_errors(app)

    @app.get("/api/models")
    def list_models() -> Response:
        return _json({"default": DEFAULT_MODEL, "models": [described(card) for card in models.cards()]})

    @app.post("/api/sign")
    async def sign(ask: Ask, request: Request) -> Response:
        job = signs.submit(signing(ask, models, kept))
        first = await _first(job, request)
        return StreamingResponse(_lines(first, job), media_type="application/x-ndjson")

    @app.get("/api/clips/{key}/{suffix}")
    async def download(key: str, suffix: str, request: Request) -> Response:
        if suffix not in MEDIA:
            raise UserError(f"file: has no such form; there are {', '.join(MEDIA)}")
        content = await _first(files.submit(writing(kept.get(key), suffix)), request)
        name = "signing.pose.json" if suffix == "json" else f"signing.{suffix}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=MEDIA[suffix], headers=headers)

    @app.post(VIEW)
    async def view(request: Request) -> Response:
        content, beside = parted(await request.body(), request.headers.get(BESIDE, "0"))
        return _json(await _first(files.submit(reading(content, beside)), request))

    return Guard(app, hosts)


async def _first(job: Job, request: Request) -> Any:
    """The first result of a job, which is given up when the client goes."""
    awaited = asyncio.ensure_future(anext(job))
    try:
        while not awaited.done():
            await asyncio.wait({awaited}, timeout=_LOOKING)
            if not awaited.done() and await request.is_disconnected():
                raise HTTPException(400, "the client went away")
    except BaseException:
        awaited.cancel()
        job.leave()
        raise
    return awaited.result()


async def _lines(first: dict, job: Job) -> AsyncIterator[bytes]:
    """Messages as lines of JSON. What goes wrong after the first is the last one."""
    try:
        yield _line(first)
        async for message in job:
            yield _line(message)
    except UserError as error:
        yield _line({"kind": "error", "reason": str(error)})
    except Late:
        yield _line({"kind": "error", "reason": _LATE})
    except Exception as error:
        traceback.print_exception(error)
        yield _line({"kind": "error", "reason": _OWN_FAULT})
    finally:
        job.leave()


def _line(message: dict) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def _json(content: Any, status: int = 200, **headers: str) -> Response:
    """In ASCII: what comes from files need not be valid Unicode."""
    return Response(json.dumps(content), status, headers=headers, media_type="application/json")


_LATE = "server: the work was not done in time; try again, or give a shorter text or fewer steps"
_FULL = "server: more is waiting than can be done; try again in a moment"
_OWN_FAULT = "server: failed by a fault of its own, which it has printed; try another text or model"


def _add_errors(app: FastAPI) -> None:
    """Whatever goes wrong is a status and a reason in one line."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        # Only names that we gave are repeated, and nothing of what was sent.
        place = ".".join(part for part in first["loc"] if part in Ask.model_fields) or "request"
        return _json({"reason": " ".join(f"{place}: {first['msg']}".split())}, 422)

    answers: dict[type[Exception], Callable[[Any], Response]] = {
        UserError: lambda error: _json({"reason": str(error)}, 400),
        Busy: lambda _: _json({"reason": _FULL}, 503, **{"retry-after": "5"}),
        Late: lambda _: _json({"reason": _LATE}, 503, **{"retry-after": "5"}),
        HTTPException: lambda error: _json({"reason": f"request: {error.detail}"}, error.status_code),
        Exception: lambda _: _json({"reason": _OWN_FAULT}, 500),
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, lambda _, error, answer=answer: answer(error))


def _add_assets(app: FastAPI) -> None:
    """The page and what it is made of, from the package, each under its one address."""
    for address, (media, content) in assets().items():
        app.get(address)(lambda media=media, content=content: Response(content, media_type=media))


@cache
def assets() -> dict[str, tuple[str, str]]:
    """Address -> (media type, content): all that a browser loads before anything is signed."""
    style, player = player_assets()
    limits = {"text": LONGEST_TEXT, "frames": MOST_FRAMES, "steps": MOST_STEPS, "seed": LARGEST_SEED}
    page = fill(
        _file("studio.html"),
        notice=GENERATED_NOTICE,
        player=player_markup({"model": figure.constants(), "clips": []}),
        steps=str(FEW["steps"]),
        **{f"most_{name}": str(value) for name, value in limits.items()},
    )
    return {
        "/": ("text/html", page),
        "/studio.css": ("text/css", style + _file("studio.css")),
        "/player.js": ("text/javascript", player),
        "/studio.js": ("text/javascript", _file("studio.js")),
    }


def _file(name: str) -> str:
    return (resources.files(__package__) / "page" / name).read_text(encoding="utf-8")
