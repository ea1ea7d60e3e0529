"""From noise to latents of a stretch of video, in windows whose places shift from step to step.

No window's edge stays where it is, and where two windows see the same frames their predictions are faded into each
other: there are no seams. A window holds frames of the stretch alone; nothing is padded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from sign_latent.diffusion.guidance import guided, rescaled, within
from sign_latent.diffusion.known import Known
from sign_latent.diffusion.predictions import add_noise
from sign_latent.diffusion.samplers import sample
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.settings import VideoDiffusionSettings
from sign_latent.renderer.sign_video.unets import Bank
from sign_latent.training import step_seed


def window_places(frames: int, window: int, overlap: int, shift: int) -> list[slice]:
    """Windows of a stretch that cover it, two neighbours sharing at least ``overlap`` frames.

    ``shift`` moves all inner edges to the left; the first and the last window stay inside.
    """
    if frames <= window:
        return [slice(0, frames)]
    stride, last = window - overlap, frames - window
    starts = sorted({min(max(0, start - shift % stride), last) for start in range(0, frames + stride, stride)})
    return [slice(start, start + window) for start in starts]


def faded(frames: int, places: list[slice], predict: Callable[[slice], torch.Tensor]) -> torch.Tensor:
    """Predictions [B, F, …] of windows, as one of all frames: weighted means where windows share frames."""
    if len(places) == 1:
        return predict(places[0])
    total, weights = None, torch.zeros(frames)
    for place in places:
        found, ramp = predict(place), torch.arange(1.0, place.stop - place.start + 1)
        weight = torch.minimum(ramp, ramp.flip(0))
        if total is None:
            total = found.new_zeros(found.shape[0], frames, *found.shape[2:])
        total[:, place] += found * weight[:, None, None, None].to(found)
        weights[place] += weight
    return total / weights[:, None, None, None].to(total)


def frame_noise(shape: tuple[int, ...], frames: Iterator[int] | range, seed: int) -> torch.Tensor:
    """Noise [F, …] of numbered frames of a video; that of a frame depends on its number and the seed alone."""
    drawn = (torch.Generator().manual_seed(step_seed(seed, frame)) for frame in frames)
    return torch.stack([torch.randn(shape, generator=generator) for generator in drawn])


def sampled(
    model: SignVideo,
    embeddings: torch.Tensor,
    bank: Bank,
    how: VideoDiffusionSettings,
    first: int = 0,
    before: torch.Tensor | None = None,
    seed: int = 0,
    told: Callable[[], Any] = lambda: None,
    shown: torch.Tensor | None = None,
) -> torch.Tensor:
    """z [F, C, h, w] of a stretch of a video with embeddings [F, C, h, w], whose first frame is number ``first``.

    before: the latents of its first frames, which are given. bank: of one signer, and ``shown`` the latent [1, C, h, w]
    of that picture. told: called at every step. Both halves of guidance are one batch.
    """
    frames, settings = len(embeddings), model.settings
    levels = how.levels()
    shape = (settings.pixels.width, *embeddings.shape[-2:])
    noise = frame_noise(shape, range(first, first + frames), seed).to(embeddings.device)
    if shown is not None and how.begin == "reference":
        noise = add_noise(shown, noise, levels[-1].float())
    halves = torch.stack([embeddings, torch.zeros_like(embeddings)])
    banks = [{name: x.expand(count, -1, -1) for name, x in bank.items()} for count in (1, 2)]
    valid, turn = torch.ones(1, frames, dtype=torch.bool, device=embeddings.device), 0

    def denoise(z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        nonlocal turn
        # half a window and a bit: the same places come again only after as many steps as a window has frames
        places = window_places(frames, settings.window, settings.overlap, turn * (settings.window // 2 + 1))
        turn += 1
        told()
        both = how.guidance != 1 and within(int(t[0]), how.steps, (how.guided_from, how.guided))
        seen = halves[: 1 + both]

        def predict(place: slice) -> torch.Tensor:
            given = z[:, place].expand(len(seen), -1, -1, -1, -1)
            return model(given, t.expand(len(seen)), seen[:, place], banks[both])

        found = faded(frames, places, predict)
        if not both:
            return found
        strong = guided(found[:1], found[1:], how.guidance)
        if not how.rescale:
            return strong
        return rescaled(strong.flatten(3), found[:1].flatten(3), valid, how.rescale).view_as(strong)

    known = None
    if before is not None:
        values = torch.cat([before, torch.zeros(frames - len(before), *shape).to(before)])
        known = Known(values[None], (torch.arange(frames) < len(before))[None, :, None, None, None].to(values.device))
    fresh = _fresh(shape, range(first, first + frames), seed, noise.device)
    return sample(
        denoise, noise[None], levels, how.prediction, how.sampling_steps, how.sampler, how.clamp, fresh, known
    )[0]


def _fresh(shape: tuple[int, ...], frames: range, seed: int, device: torch.device) -> Callable[[int], torch.Tensor]:
    """Noise of samplers that add some, by step and frame."""
    return lambda number: frame_noise(shape, frames, step_seed(seed, number + 1, rank=1))[None].to(device)
