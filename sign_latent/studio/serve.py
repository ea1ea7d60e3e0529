"""The studio as a server on this machine."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import closing
from functools import partial

from sign_latent.device import AUTO, chosen_device
from sign_latent.errors import UserError

PORT = 8765
_CONNECTIONS = 200
"""Requests at once, beyond which the server answers 503 without reading."""


def serve(
    port: int = PORT,
    host: str = "127.0.0.1",
    pack: str | None = None,
    answers: str | None = None,
    device: str = AUTO,
) -> None:
    """Serve until interrupted, on loopback unless told otherwise; port 0 takes a free one. The address is printed.

    With a ``pack`` of `eval.human.pack`, raters judge it; what they say goes to the folder ``answers`` (default:
    PACK-answers beside it). Their addresses are printed too. Models compute on ``device``, one of ``chosen_device``.

    UserError for an address that is not one of this machine's own, a port that is taken, a pack that cannot be read,
    a device that is not here, and where FastAPI or uvicorn is not installed.
    """
    try:
        import uvicorn

        from sign_latent.generation.api import load
        from sign_latent.studio.app import create_app
        from sign_latent.studio.raters import Raters
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "starlette", "uvicorn"):
            raise
        raise UserError(f"studio: needs {error.name}; pip install 'sign-latent[studio]'") from None
    from sign_latent.studio.guard import LOOPBACK
    from sign_latent.studio.shelf import Models

    chosen_device(device)  # refuses before anything is served
    if answers is not None and pack is None:
        raise UserError("answers: are those to a pack; give --pack too")
    raters = Raters.open(pack, answers) if pack is not None else None
    with closing(_bound(host, port)) as bound:
        app = create_app(Models(load=partial(load, device=device)), hosts=(*LOOPBACK, host), warm=True, raters=raters)
        settings = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
        )
        name = f"[{host}]" if ":" in host else host
        place = f"http://{name}:{bound.getsockname()[1]}/"
        print(f"{place}  (Ctrl-C ends it)", flush=True)
        if raters is not None:
            print(f"answers go to {raters.folder}; give each rater one address:")
            for rater, link in raters.pack.links.items():
                print(f"{rater}  {place}rate/{link}/", flush=True)
        uvicorn.Server(settings).run(sockets=[bound])


def _bound(host: str, port: int) -> socket.socket:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise UserError(f"host {host}: is no address; give one such as 127.0.0.1") from None
    if address.is_unspecified:
        # Which names it would be asked under could not be told from those of an attack.
        raise UserError(f"host {host}: stands for every network; give one address of this machine")
    if not 0 <= port <= 65535:
        raise UserError(f"port {port}: give 0 to 65535; 0 takes a free one")
    bound = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(_CONNECTIONS)  # who opens the printed address at once waits for the server, and is not refused
    except OSError as error:
        bound.close()
        raise UserError(f"{host}:{port}: cannot be served at ({error.strerror}); give another --port") from None
    return bound
