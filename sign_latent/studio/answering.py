"""What all addresses answer with: the first result of a job, JSON, and files of the package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from sign_latent.studio.lane import Job

_LOOKING = 0.25
"""Seconds between looks whether a waiting client is still there."""


async def first_of(job: Job, request: Request) -> Any:
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


def as_json(content: Any, status: int = 200, **headers: str) -> Response:
    """In ASCII: what comes from files need not be valid Unicode."""
    return Response(json.dumps(content), status, headers=headers, media_type="application/json")


def add_files(app: FastAPI, files: Mapping[str, tuple[str, str]]) -> None:
    """Files, address -> (media type, content), each under its one address."""
    for address, (media, content) in files.items():
        app.get(address)(lambda media=media, content=content: Response(content, media_type=media))
