"""Embeddings of a corpus's conditions by a trained renderer, and the tokens that an autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch

from sign_latent import registry
from sign_latent.autoencoder.condition_fsq import ConditionFSQ
from sign_latent.cache import Ragged, Tokens, cached
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import ClipSet
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.renderer.sign_video.conditions import condition_pictures
from sign_latent.renderer.sign_video.model import SignVideo

_FRAMES = 16  # that are embedded at once


def embeddings_of(model: SignVideo, pose: Pose, gauge: Pose | None = None) -> torch.Tensor:
    """Embeddings [T, C, h, w] of a pose at the model's frame rate; hands are measured by ``gauge``."""
    settings = model.settings
    pose = pose if pose.fps == settings.fps else pose.resampled(settings.fps)
    seen = condition_pictures(pose, settings.size[0], gauge=gauge, names=settings.conditions)
    return torch.cat([model.embed(some[None])[0] for some in torch.from_numpy(seen).split(_FRAMES)]).float()


def renderer_of(autoencoder: registry.Artefact) -> registry.Artefact:
    """The renderer whose embeddings an autoencoder encodes. UserError for an autoencoder of anything else."""
    if autoencoder.card.latent.domain != "condition" or "renderer" not in autoencoder.card.parents:
        raise UserError(f"autoencoder {autoencoder.card.name}: encodes no renderer's conditions; name one that does")
    return registry.load(autoencoder.card.parents["renderer"], expect={"model": "sign_video"})


def spread(clips: Sequence[Clip] | ClipSet, most: int | None) -> np.ndarray:
    """Numbers of at most so many clips, spread over all."""
    return np.arange(len(clips))[:: 1 if most is None else -(-len(clips) // most)]


def condition_tokens(
    autoencoder: registry.Artefact, clips: ClipSet, split: str, most: int | None = None, copies: int = 1
) -> Tokens:
    """Tokens of at most so many clips of a split, cached by the autoencoder's ``name@hash`` and the corpus hash.

    Painting conditions takes about a hundredth of a second a frame. UserError for ``copies``, which there are none of.
    """
    from tqdm import tqdm

    if copies != 1:
        raise UserError(f"copies {copies}: conditions have none; leave it at 1")
    rows = spread(clips, most)

    @torch.no_grad()
    def compute() -> dict[str, np.ndarray]:
        renderer = renderer_of(autoencoder).model
        shown = tqdm(rows, desc="tokens", disable=len(rows) < 100, leave=False)
        ids = [_ids(autoencoder.model, embeddings_of(renderer, clips[int(row)].pose)) for row in shown]
        return {"ids": np.concatenate(ids), "lengths": np.array([len(some) for some in ids])}

    key = (autoencoder.card.reference, clips.corpus.hash, split, clips.dominant, len(rows))
    arrays = cached("condition-tokens", key, compute)
    return Tokens(Ragged(arrays["ids"], arrays["lengths"]), rows)


def _ids(model: ConditionFSQ, embeddings: torch.Tensor) -> np.ndarray:
    parts = embeddings.split(_FRAMES)
    z = torch.cat([model.encode(some[None], torch.ones(1, len(some), dtype=torch.bool))[0][0] for some in parts])
    found: np.ndarray = model.tokens(z[None])[0].numpy().astype(np.int32)
    return found


def decoded_embeddings(model: ConditionFSQ, latents: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
    """Embeddings [n, C, h, w] of latents [n, P, D] that come in parts; a frame depends on none but its own."""
    for z in latents:
        for some in z.split(_FRAMES):
            yield model.decode(some[None], [len(some)])[0]
