"""Published renderers by name: what has `render(condition, reference, frames, seed)` and says what its condition is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sign_latent import registry
from sign_latent.device import AUTO
from sign_latent.errors import UserError

RENDERERS: dict[str, str] = {
    "sign_video": "sign_latent.renderer.sign_video.render:Renderer",
    "text_video": "sign_latent.renderer.text_video.renderer:TextVideoRenderer",
}
"""Model -> class whose `of` makes a renderer of an artefact and a device, where the model is not one itself."""


def load_renderer(name: str, device: str = AUTO) -> tuple[Any, registry.Card]:
    """A published renderer, on a device of ``chosen_device``, and its card. UserError for what renders nothing."""
    found = registry.load(name)
    renderer = found.model
    if found.card.model in RENDERERS:
        module, _, kind = RENDERERS[found.card.model].partition(":")
        renderer = getattr(import_module(module), kind).of(found, device)
    if not hasattr(renderer, "render") or not getattr(renderer, "condition", ""):
        raise UserError(f"artefact {name}: a {found.card.model} renders nothing; name a renderer")
    return renderer, found.card
