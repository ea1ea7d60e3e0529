"""Videos whose pictures a trained renderer makes: its card says from what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sign_latent import registry
from sign_latent.errors import UserError
from sign_latent.generation.api import VIDEOS, check_output, provenance
from sign_latent.generation.request import check_text

_SAMPLING = {"guidance_rescale": "rescale", "guidance_interval": "interval"}
"""Options of the command line -> what ``Sampling.of`` calls them."""
_OPTIONS = {"frames", "steps", "guidance", "sampler", "precision", "spoken_language", "signed_language", *_SAMPLING}


def _from_text(text: str, renderer: str, seed: int, options: dict[str, Any]) -> tuple[np.ndarray, float]:
    from sign_latent.renderer.text_video.renderer import load

    foreign = sorted(set(options) - _OPTIONS)
    if foreign:
        raise UserError(f"--{foreign[0].replace('_', '-')}: renderer {renderer} goes from text to pixels; leave it out")
    made = load(renderer)
    how = {_SAMPLING.get(name, name): value for name, value in options.items()}
    return made.render(text, seed=seed, **how), made.fps


CONDITIONS: dict[str, Callable[[str, str, int, dict[str, Any]], tuple[np.ndarray, float]]] = {"text": _from_text}
"""What a renderer takes -> (text, renderer, seed, options) -> pictures [T, H, W, 3] uint8 and their rate."""


def rendered_file(text: str, output: str | Path, renderer: str, seed: int = 0, **options: Any) -> tuple[int, float]:
    """A text to a video that a published renderer makes; its frames and their rate. UserError writes nothing."""
    path = check_output(output)
    if path.suffix not in VIDEOS:
        raise UserError(f"output {path}: a renderer makes videos; give {', '.join(VIDEOS)}")
    check_text(text)
    card = registry.find(renderer)[1]
    if card.condition not in CONDITIONS:
        raise UserError(f"renderer {renderer}: is a {card.model}, which renders nothing; name a renderer")
    video, fps = CONDITIONS[card.condition](text, renderer, seed, options)
    from sign_latent.renderer.video import write_video

    write_video(path, video, fps, comment=provenance(card, text, seed))
    return len(video), fps
