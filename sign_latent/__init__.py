"""Sign language production by latent diffusion: text to length, latent, pose and video, in exchangeable stages.

>>> from sign_latent import load
>>> model = load("embedded-sald")
>>> pose = model.generate("tomorrow it will rain in the north")
>>> pose.save("rain.pose")

`load` gives a `TextToPose`; what it makes are poses (`Pose`), and what goes wrong for a reason that can be mended is a
`UserError`. The package itself is imported in an instant: each name brings its libraries when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sign_latent.card import Card
    from sign_latent.errors import UserError
    from sign_latent.generation.api import load
    from sign_latent.generation.base import TextToPose
    from sign_latent.pose.pose import Pose

__version__ = "0.1.0"

__all__ = ["Card", "Pose", "TextToPose", "UserError", "__version__", "load"]

_HOMES = {
    "Card": "sign_latent.card",
    "Pose": "sign_latent.pose.pose",
    "TextToPose": "sign_latent.generation.base",
    "UserError": "sign_latent.errors",
    "load": "sign_latent.generation.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
