"""The addresses of raters: a page each, under a link that nobody else knows, and answers stored as they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from sign_latent.rating.page import served_assets, served_page
from sign_latent.studio.answering import add_files, as_json, first_of
from sign_latent.studio.lane import Lane
from sign_latent.studio.raters import Raters, Said

PLACE = "/rate/{link}/"


def add_rating(app: FastAPI, raters: Raters, lane: Lane) -> None:
    """Pages, clips and answers of ``raters``; sheets are read and written in the ``lane``, one at a time."""
    add_files(app, served_assets())

    async def done(work: Callable[..., Any], *given: Any, request: Request) -> Any:
        return await first_of(lane.submit(_step(work, *given)), request)

    @app.get(PLACE)
    def page(link: str) -> Response:
        return Response(served_page(raters.pack, raters.rater(link)), media_type="text/html")

    @app.get(PLACE + "clips/{code}")
    def clip(link: str, code: str) -> Response:
        return as_json(raters.clip(raters.rater(link), code))

    @app.get(PLACE + "answers")
    async def answers(link: str, request: Request) -> Response:
        return Response(await done(raters.text, raters.rater(link), request=request), media_type="text/csv")

    @app.post(PLACE + "answers")
    async def answer(link: str, said: Said, request: Request) -> Response:
        await done(raters.store, raters.rater(link), said, request=request)
        return as_json({"stored": True})

    @app.delete(PLACE + "answers")
    async def forget(link: str, request: Request) -> Response:
        await done(raters.forget, raters.rater(link), request=request)
        return as_json({"deleted": True})


def _step(work: Callable[..., Any], *given: Any) -> Iterator[Any]:
    yield work(*given)
