"""A whole way from text to video: what signs texts, and the renderer that shows its poses or its conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from eval.video.scenes import Scene
from eval.video.systems import CONTROLS, SYSTEM, System, as_pictured
from sign_latent import registry
from sign_latent.device import AUTO
from sign_latent.errors import UserError
from sign_latent.generation.rendering import first, signed_by
from sign_latent.pose.pose import Pose

SHUFFLED = "system, shuffled text"
RECORDED = "recorded conditions"
LENGTHS = ("given", "predicted")


@dataclass
class Chain:
    """A published model that signs for a published renderer of poses."""

    signer: registry.Card
    signed: Callable[..., Iterator[Any]]
    """(text, seed, frames, …) -> poses, or embeddings of conditions, in parts."""
    renderer: Any
    painter: registry.Card
    lengths: str = "given"
    """`given`: each video is to be as long as the recording; `predicted`: as long as the model will have it."""
    options: dict[str, Any] = field(default_factory=dict)
    """Given to what signs."""

    @classmethod
    def of(
        cls,
        model: str,
        renderer: Any,
        painter: registry.Card,
        lengths: str,
        options: dict[str, Any],
        device: str = AUTO,
    ) -> Chain:
        """The chain by the name of what signs. UserError where the renderer takes no poses, or is another's."""
        if renderer.condition != "pose" or not hasattr(renderer, "stream"):
            raise UserError(f"--model {model}: renderer {painter.name} goes from text to pixels; leave --model out")
        signer = signed_by(painter, renderer.settings.fps, model, device=device)
        return cls(*signer, renderer, painter, lengths, options)

    @property
    def name(self) -> str:
        """`name@hash` of what signs and of the renderer."""
        return f"{self.signer.reference} → {self.painter.reference}"

    @property
    def parents(self) -> dict[str, str]:
        """Role -> `name@hash` of what either was trained on."""
        return {**self.signer.parents, **self.painter.parents, "renderer": self.painter.reference}

    def systems(self, options: dict[str, Any]) -> dict[str, System]:
        """Rows of a report: the texts, those of other clips, the recordings' own conditions, and what shows nothing."""
        own = {SYSTEM: self.system(options), SHUFFLED: self.system(options, shuffled=True)}
        return own | {RECORDED: self.recorded(options)} | CONTROLS

    def system(self, options: dict[str, Any], shuffled: bool = False) -> System:
        """The chain as a system; `shuffled` signs the text of another scene, with the signer and length of its own.

        A text is signed whole, in as many frames as the whole recording has where lengths are given; where recordings
        are cut, so is its video, after as many frames.
        """

        def shown(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
            scene = scenes[number]
            text = scenes[scene.other].text if shuffled else scene.text
            frames = scene.whole if self.lengths == "given" else None
            most = len(scene.real) if frames or len(scene.real) < scene.whole else None
            conditions = self.signed(text, seed=seed, frames=frames, **self.options)
            return self.pictures(first(conditions, most), scene, seed, options)

        return shown

    def recorded(self, options: dict[str, Any]) -> System:
        """What the renderer shows of the recording's own pose, by way of the latents where these are of conditions."""

        def shown(scenes: Sequence[Scene], number: int, seed: int) -> np.ndarray:
            scene = scenes[number]
            pose = as_pictured(scene.pose, scene.window)
            conditions = [pose] if self.autoencoder is None else self.through(pose)
            return self.pictures(conditions, scene, seed, options)

        return shown

    def pictures(self, conditions: Iterable[Any], scene: Scene, seed: int, options: dict[str, Any]) -> np.ndarray:
        """The video of conditions that come in parts, in the looks of the scene's signer."""
        return np.concatenate(list(self.renderer.stream(conditions, scene.reference, seed, **options)))

    @cached_property
    def autoencoder(self) -> Any | None:
        """That of the renderer's conditions; None where poses are signed."""
        parent = self.signer.parents.get("autoencoder")
        if parent is None or registry.find(parent)[1].latent.domain != "condition":
            return None
        return registry.load(parent).model

    @torch.no_grad()
    def through(self, pose: Pose) -> Iterable[torch.Tensor]:
        """Embeddings of a pose as the autoencoder gives them back."""
        from sign_latent.renderer.sign_video.embeddings import decoded_embeddings, embeddings_of, encoded

        z = encoded(self.autoencoder, embeddings_of(self.renderer.model, pose))
        return list(decoded_embeddings(self.autoencoder, [z]))
