"""Where the server listens."""

import socket

import pytest

from sign_latent.errors import UserError
from sign_latent.studio.serve import serve

pytest.importorskip("fastapi", reason="the studio is an extra (pip install 'sign-latent[dev]')")


@pytest.mark.parametrize(
    "how, words",
    [
        ({"port": 70000}, "port 70000: give 0 to 65535"),
        ({"port": -1}, "port -1"),
        ({"host": "0.0.0.0"}, "stands for every network"),
        ({"host": "::"}, "stands for every network"),
        ({"host": "example.org"}, "is no address"),
        ({"host": "203.0.113.7"}, "cannot be served at"),
        ({"pack": "nowhere"}, "pack nowhere/pack.json: cannot be read"),
        ({"answers": "nowhere"}, "give --pack too"),
    ],
)
def test_what_cannot_be_served_is_named(how, words):
    with pytest.raises(UserError, match=words):
        serve(**how)


def test_a_taken_port_is_named_with_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="give another --port"):
            serve(port=taken.getsockname()[1])
