"""A published model as a renderer: poses or embeddings of conditions, and a picture of a signer, to a video.

A video of any length is made in stretches, each led on from the end of the one before, in the memory of one. What a
stretch was made of names the file that keeps it, so that a rendering that was stopped goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sign_latent import registry
from sign_latent.card import Card
from sign_latent.device import AUTO, chosen_device, device_of
from sign_latent.diffusion.samplers import calls
from sign_latent.diffusion.schedules import trailing_steps
from sign_latent.errors import UserError
from sign_latent.files import file_aside
from sign_latent.generation.precision import autocast
from sign_latent.generation.sampling import Sampling, chosen
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import at_rate, cut
from sign_latent.progress import Progress
from sign_latent.renderer.sign_video.conditions import refuse_handless
from sign_latent.renderer.sign_video.embeddings import embeddings_of
from sign_latent.renderer.sign_video.model import SignVideo
from sign_latent.renderer.sign_video.reference import reference_picture
from sign_latent.renderer.sign_video.sampling import sampled
from sign_latent.renderer.sign_video.settings import SignVideoSettings, VideoDiffusionSettings
from sign_latent.renderer.sign_video.unets import Bank
from sign_latent.stage import tell_warnings

OPTIONS = ("guidance", "guided", "guided_from", "rescale", "sampler", "sampling_steps", "clamp", "precision", "begin")


@dataclass
class Shown:
    """A reference as a model sees it."""

    bank: Bank
    name: str
    """Tells it from others."""
    z: torch.Tensor | None = None
    """Its latent [1, C, h, w]."""


@dataclass
class Renderer:
    """``render`` with a model, where its weights lie; a stretch is ``windows`` of the model's windows long."""

    card: Card
    model: SignVideo
    windows: int = 4

    condition = "pose"
    referenced = True
    pictured = True
    """Points of a pose lie in the default window where they lie in the picture, whatever the size of its signer."""

    @classmethod
    def of(cls, found: registry.Artefact, device: str = AUTO) -> Renderer:
        """That of a loaded artefact, on a device of ``chosen_device``. UserError where it is another model's."""
        if not isinstance(found.model, SignVideo):
            raise UserError(f"renderer {found.card.name}: is a {found.card.model}; name one that renders poses")
        return cls(found.card, found.model.to(chosen_device(device)))

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return device_of(self.model)

    @property
    def settings(self) -> SignVideoSettings:
        """Of its model."""
        return self.model.settings

    def sampling(self, **options: Any) -> VideoDiffusionSettings:
        """The model's own way of sampling, changed as given. UserError for what is no option, and for no number."""
        own = self.settings.diffusion
        how = replace(own, **chosen(options, {name: getattr(own, name) for name in OPTIONS}))
        how.check()
        Sampling.of(how)
        trailing_steps(how.steps, how.sampling_steps)
        return how

    def render(
        self,
        condition: Pose | torch.Tensor,
        reference: str | Path | np.ndarray | None = None,
        frames: int | None = None,
        seed: int = 0,
        **options: Any,
    ) -> np.ndarray:
        """Video uint8 [T, H, W, 3] of a pose, or of embeddings [T, C, h, w], in the looks of a reference picture.

        Without one, the model invents a signer. A pose of another frame rate is brought to the model's; embeddings are
        at that. ``frames`` renders only the first so many. ``options`` are those of ``stream``. UserError as of
        ``stream``.
        """
        own, count = self.settings.fps, len(condition) if frames is None else min(frames, len(condition))
        if count < 1:
            raise UserError(f"frames {count}: there is nothing to render; give at least 1")
        if isinstance(condition, Pose) and condition.fps != own:
            condition = condition.resampled(own)
        some = [condition[:frames]] if isinstance(condition, torch.Tensor) else [_first(condition, frames)]
        return np.concatenate(list(self.stream(some, reference, seed, **options)))

    @torch.inference_mode()
    def stream(
        self,
        conditions: Iterable[Pose | torch.Tensor],
        reference: str | Path | np.ndarray | None = None,
        seed: int = 0,
        kept: Path | None = None,
        **options: Any,
    ) -> Iterator[np.ndarray]:
        """Stretches of video as they are made, of conditions that come in chunks: all poses, or all embeddings.

        kept: folder in which finished stretches stay until they are asked for again; options: those of the settings
        that are named in ``OPTIONS``. UserError for a pose without hands, embeddings of another model, a reference of
        another shape or without a signer, no frames at all, and impossible options.
        """
        how = self.sampling(**options)
        shown = self.shown(reference)
        overlap, before, first = self.model.settings.overlap, None, 0
        # the chain of names: a stretch follows from what was before it
        name = _digest(self.card.hash, shown.name, repr(how), seed, self.windows)
        for embeddings in self._stretches(self._embedded(conditions)):
            name = _digest(name, embeddings.numpy().tobytes())
            given, z = 0 if before is None else len(before), _read(kept, name)
            if z is None:
                z = self._sampled(embeddings, shown, how, first, before, seed)
                _keep(kept, name, z.cpu())
            z = z.to(self.device)
            yield np.concatenate([self.model.pictures(some).cpu().numpy() for some in z[given:].split(16)])
            before, first = z[len(z) - overlap :] if overlap else None, first + len(z) - overlap

    def _sampled(
        self, embeddings: torch.Tensor, shown: Shown, how: VideoDiffusionSettings, first: int, *led_on: Any
    ) -> torch.Tensor:
        """z of a stretch that begins with frame ``first``, with a bar of its own."""
        last, asked = first + len(embeddings) - 1, calls(how.sampler, how.sampling_steps)
        progress = Progress(f"rendering frames {first} to {last}", asked)
        with autocast(how.precision, self.device):
            given = embeddings.to(self.device), shown.bank, how, first
            z = sampled(self.model, *given, *led_on, progress.advance, shown.z)
        progress.close()
        return z

    @torch.inference_mode()
    def shown(self, reference: str | Path | np.ndarray | None) -> Shown:
        """What the model sees of a reference: nothing where there is none. UserError as of ``stream``."""
        height, width = self.model.settings.size
        if reference is None:
            blank = torch.zeros(1, 1, height, width, 3, dtype=torch.uint8, device=self.device)
            return Shown(self.model.bank(self.model.latents(blank)[:, 0], torch.zeros(1)), "none")
        picture = reference_picture(reference, (height, width))
        z = self.model.latents(torch.from_numpy(picture)[None, None].to(self.device))[:, 0]
        bank = self.model.bank(z)
        if not bool(self.model.looks.known(bank)):
            raise UserError(
                f"reference {_called(reference)}: looks like none of the signers {self.card.name} was trained on; "
                "give a picture that shows one person from the front, from the belly up"
            )
        return Shown(bank, _digest(picture.tobytes()), z)

    def _embedded(self, conditions: Iterable[Pose | torch.Tensor]) -> Iterator[torch.Tensor]:
        """Embeddings of chunks, on the processor. Poses come to the model's frame rate; by the first, which is refused
        where it shows none, hands are measured."""
        chunks = iter(conditions)
        for gauge in chunks:
            if isinstance(gauge, Pose):
                refuse_handless(gauge)
                for pose in at_rate(chain([gauge], chunks), self.settings.fps):
                    yield embeddings_of(self.model, pose, gauge)
            else:
                self._refuse_foreign(gauge)
                yield gauge.float().cpu()

    def _refuse_foreign(self, embeddings: torch.Tensor) -> None:
        channels, places = self.settings.encoder_widths[-1], self.settings.places
        if embeddings.shape[1:] != (channels, *places):
            wanted, given = (" × ".join(map(str, x)) for x in ((channels, *places), embeddings.shape[1:]))
            raise UserError(f"embeddings of {given}: {self.card.name} takes {wanted} a frame; give its own")
        if not embeddings.isfinite().all():
            raise UserError("embeddings hold NaN or infinite numbers, of which nothing can be rendered; make them anew")

    def _stretches(self, chunks: Iterator[torch.Tensor]) -> Iterator[torch.Tensor]:
        """Chunks as stretches; each but the first begins with the last frames of the one before."""
        overlap = self.model.settings.overlap
        longest, held, fresh = self.windows * self.model.settings.window, None, False
        for chunk in chunks:
            held, fresh = chunk if held is None else torch.cat([held, chunk]), True
            while len(held) > longest:
                yield held[:longest]
                held = held[longest - overlap :]
        if held is not None and fresh:
            yield held


def load(name: str, device: str = AUTO) -> Renderer:
    """A published renderer of poses, on a device of ``chosen_device``; what its card warns of is said on stderr.

    UserError where it is none.
    """
    found = registry.load(name)
    tell_warnings(found.card)
    return Renderer.of(found, device)


def _first(pose: Pose, frames: int | None) -> Pose:
    return pose if frames is None else cut(pose, 0, min(frames, len(pose)))


def _called(reference: str | Path | np.ndarray) -> str:
    return "picture" if isinstance(reference, np.ndarray) else str(reference)


def _digest(*parts: object) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else f"{part}\x1f".encode())
    return digest.hexdigest()[:24]


def _read(folder: Path | None, name: str) -> torch.Tensor | None:
    if folder is None or not (path := folder / f"{name}.npy").exists():
        return None
    try:
        return torch.from_numpy(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError):
        return None


def _keep(folder: Path | None, name: str, z: torch.Tensor) -> None:
    if folder is not None:
        with file_aside(folder / f"{name}.npy") as aside, aside.open("wb") as file:
            np.save(file, z.numpy())
