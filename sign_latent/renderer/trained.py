"""Published renderers by name: what has `render(condition, reference, frames, seed)` and says what its condition is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sign_latent import registry
from sign_latent.errors import UserError


def _sign_video(found: registry.Artefact) -> Any:
    from sign_latent.renderer.sign_video.render import Renderer

    return Renderer(found.card, found.model)


def _text_video(found: registry.Artefact) -> Any:
    from sign_latent.renderer.text_video.renderer import TextVideoRenderer

    return TextVideoRenderer.of(found)


RENDERERS: dict[str, Callable[[registry.Artefact], Any]] = {"sign_video": _sign_video, "text_video": _text_video}
"""Model -> the renderer of an artefact of it, where the model is not one itself."""


def load_renderer(name: str) -> tuple[Any, registry.Card]:
    """A published renderer and its card. UserError for an artefact that renders nothing."""
    found = registry.load(name)
    renderer = RENDERERS.get(found.card.model, lambda artefact: artefact.model)(found)
    if not hasattr(renderer, "render") or not getattr(renderer, "condition", ""):
        raise UserError(f"artefact {name}: a {found.card.model} renders nothing; name a renderer")
    return renderer, found.card
