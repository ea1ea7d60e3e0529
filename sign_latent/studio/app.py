"""The server's addresses: the page, the models, signing, downloads, and files to look at."""

from __future__ import annotations

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
from sign_latent.studio.answering import add_files, as_json, first_of
from sign_latent.studio.asking import FEW, Ask
from sign_latent.studio.guard import LOOPBACK, VIEW, Guard
from sign_latent.studio.judging import add_rating
from sign_latent.studio.lane import Busy, Job, Lane, Late
from sign_latent.studio.limits import (
    LARGEST_SEED,
    LONGEST_TEXT,
    MOST_FRAMES,
    MOST_STEPS,
    WAITING,
    WORKING_SECONDS,
)
from sign_latent.studio.raters import Raters, Said, Unstored
from sign_latent.studio.shelf import Kept, Models, described
from sign_latent.studio.work import BESIDE, MEDIA, parted, reading, signing, writing

WARMING = "it will rain"
"""Signed once at the start, so that the first client finds the model warm."""


def create_app(
    models: Models | None = None,
    hosts: Sequence[str] = LOOPBACK,
    waiting: int = WAITING,
    seconds: float = WORKING_SECONDS,
    warm: bool = False,
    raters: Raters | None = None,
) -> ASGIApp:
    """The studio as an ASGI application, answering under the names ``hosts`` only.

    Signing is one lane of work, files another, answers of raters a third, each with at most ``waiting`` requests of at
    most ``seconds``.
    ``warm`` loads the default model at the start. ``raters`` judge at addresses of their own.
    """
    models, kept = models or Models(), Kept()
    lanes = signs, files, answers = [Lane(waiting, seconds) for _ in range(3)]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for lane in lanes:
            lane.start()
        if warm:
            signs.submit(signing(Ask(text=WARMING), models, Kept()))
        yield
        for lane in lanes:
            lane.stop()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    _add_assets(app)
    _add_errors(app)
    if raters is not None:
        add_rating(app, raters, answers)

    @app.get("/api/models")
    def list_models() -> Response:
        return as_json({"default": DEFAULT_MODEL, "models": [described(card) for card in models.cards()]})

    @app.post("/api/sign")
    async def sign(ask: Ask, request: Request) -> Response:
        job = signs.submit(signing(ask, models, kept))
        first = await first_of(job, request)
        return StreamingResponse(_lines(first, job), media_type="application/x-ndjson")

    @app.get("/api/clips/{key}/{suffix}")
    async def download(key: str, suffix: str, request: Request) -> Response:
        if suffix not in MEDIA:
            raise UserError(f"file: has no such form; there are {', '.join(MEDIA)}")
        content = await first_of(files.submit(writing(kept.get(key), suffix)), request)
        name = "signing.pose.json" if suffix == "json" else f"signing.{suffix}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=MEDIA[suffix], headers=headers)

    @app.post(VIEW)
    async def view(request: Request) -> Response:
        content, beside = parted(await request.body(), request.headers.get(BESIDE, "0"))
        return as_json(await first_of(files.submit(reading(content, beside)), request))

    return Guard(app, hosts)


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


_LATE = "server: the work was not done in time; try again, or give a shorter text or fewer steps"
_FULL = "server: more is waiting than can be done; try again in a moment"
_UNSTORED = "server: could not store the answer, and has printed why; it is to be sent again"
_OWN_FAULT = "server: failed by a fault of its own, which it has printed; try another text or model"


_FIELDS = {*Ask.model_fields, *Said.model_fields}


def _add_errors(app: FastAPI) -> None:
    """Whatever goes wrong is a status and a reason in one line."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        # Only names that we gave are repeated, and nothing of what was sent.
        place = ".".join(part for part in first["loc"] if part in _FIELDS) or "request"
        return as_json({"reason": " ".join(f"{place}: {first['msg']}".split())}, 422)

    answers: dict[type[Exception], Callable[[Any], Response]] = {
        UserError: lambda error: as_json({"reason": str(error)}, 400),
        Busy: lambda _: as_json({"reason": _FULL}, 503, **{"retry-after": "5"}),
        Late: lambda _: as_json({"reason": _LATE}, 503, **{"retry-after": "5"}),
        Unstored: lambda _: as_json({"reason": _UNSTORED}, 503, **{"retry-after": "5"}),
        HTTPException: lambda error: as_json({"reason": f"request: {error.detail}"}, error.status_code),
        Exception: lambda _: as_json({"reason": _OWN_FAULT}, 500),
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, lambda _, error, answer=answer: answer(error))


def _add_assets(app: FastAPI) -> None:
    """The page and what it is made of, from the package, each under its one address."""
    add_files(app, assets())


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
        **{f"/{name}": ("text/javascript", _file(name)) for name in ("server.js", "studio.js")},
    }


def _file(name: str) -> str:
    return (resources.files(__package__) / "page" / name).read_text(encoding="utf-8")
