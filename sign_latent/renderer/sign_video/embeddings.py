"""Embeddings of a corpus's conditions by a trained renderer, and what an autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch

from sign_latent import registry
from sign_latent.autoencoder.conditions import ConditionAutoencoder, DiscreteConditions
from sign_latent.cache import Latents, Ragged, Tokens, cached
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import ClipSet
from sign_latent.device import chosen_device, device_of
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.renderer.sign_video.conditions import condition_pictures
from sign_latent.renderer.sign_video.model import SignVideo

_FRAMES = 16  # that are embedded at once


def embeddings_of(model: SignVideo, pose: Pose, gauge: Pose | None = None) -> torch.Tensor:
    """Embeddings [T, C, h, w] of a pose at the model's frame rate, on the processor; ``gauge`` measures hands."""
    settings, device = model.settings, device_of(model)
    pose = pose if pose.fps == settings.fps else pose.resampled(settings.fps)
    seen = condition_pictures(pose, settings.size, gauge=gauge, names=settings.conditions)
    parts = torch.from_numpy(seen).split(_FRAMES)
    return torch.cat([model.embed(some[None].to(device))[0].cpu() for some in parts]).float()


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
    model: DiscreteConditions = autoencoder.model

    def ids(embeddings: torch.Tensor) -> np.ndarray:
        return model.tokens(encoded(model, embeddings)[None])[0].numpy().astype(np.int32)

    found, rows = _of_clips("tokens-of-conditions", autoencoder, clips, split, most, copies, ids)
    return Tokens(found, rows)


def condition_latents(
    autoencoder: registry.Artefact, clips: ClipSet, split: str, most: int | None = None, copies: int = 1
) -> Latents:
    """As ``condition_tokens`` the latents, which have no noise. UserError for ``copies``."""

    def means(embeddings: torch.Tensor) -> np.ndarray:
        return encoded(autoencoder.model, embeddings).numpy().astype(np.float16)

    mean, rows = _of_clips("latents-of-conditions", autoencoder, clips, split, most, copies, means)
    std = Ragged(np.broadcast_to(np.float16(0), mean.values.shape), mean.lengths)
    return Latents(mean, std, mean.lengths, rows)


def _of_clips(
    kind: str,
    autoencoder: registry.Artefact,
    clips: ClipSet,
    split: str,
    most: int | None,
    copies: int,
    made: Callable[[torch.Tensor], np.ndarray],
) -> tuple[Ragged, np.ndarray]:
    """What is ``made`` of the embeddings of clips, a row a frame, and the numbers of these clips."""
    from tqdm import tqdm

    if copies != 1:
        raise UserError(f"copies {copies}: conditions have none; leave it at 1")
    rows = spread(clips, most)

    @torch.no_grad()
    def compute() -> dict[str, np.ndarray]:
        renderer = renderer_of(autoencoder).model.to(chosen_device())
        shown = tqdm(rows, desc=kind, disable=len(rows) < 100, leave=False)
        found = [made(embeddings_of(renderer, clips[int(row)].pose)) for row in shown]
        return {"values": np.concatenate(found), "lengths": np.array([len(some) for some in found])}

    key = (autoencoder.card.reference, clips.corpus.hash, split, clips.dominant, len(rows))
    arrays = cached(kind, key, compute)
    return Ragged(arrays["values"], arrays["lengths"]), rows


def encoded(model: ConditionAutoencoder, embeddings: torch.Tensor) -> torch.Tensor:
    """Latents [T, P, D] of embeddings [T, C, h, w]; a frame depends on none but its own."""
    parts = embeddings.split(_FRAMES)
    return torch.cat([model.encode(some[None], torch.ones(1, len(some), dtype=torch.bool))[0][0] for some in parts])


def decoded_embeddings(model: ConditionAutoencoder, latents: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
    """Embeddings [n, C, h, w] of latents [n, P, D] that come in parts; a frame depends on none but its own."""
    for z in latents:
        for some in z.split(_FRAMES):
            yield model.decode(some[None], [len(some)])[0]
