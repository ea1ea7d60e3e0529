"""SignViP's sign video diffusion (section 3.4): conditions and a picture of a signer to a video of that signer."""

from __future__ import annotations

import torch
from torch import nn

from sign_latent.renderer.sign_video.encoder import MultiConditionEncoder
from sign_latent.renderer.sign_video.guider import ConditionGuider
from sign_latent.renderer.sign_video.looks import KnownLooks
from sign_latent.renderer.sign_video.pixels import PIXELS
from sign_latent.renderer.sign_video.settings import SignVideoSettings
from sign_latent.renderer.sign_video.temporal import layers_of_time, zero
from sign_latent.renderer.sign_video.unets import BESIDE, Bank, denoising_unet, reference_unet, shared_width, through


class SignVideo(nn.Module):
    """Denoises latents of windows of frames, guided by embeddings of conditions, in the looks of a reference."""

    Settings = SignVideoSettings

    def __init__(self, settings: SignVideoSettings):
        settings.check()
        super().__init__()
        self.settings = settings
        unet, channels = settings.unet, settings.pixels.width
        self.pixels = PIXELS[settings.pixels.kind](settings.pixels).requires_grad_(False)
        self.encoder = MultiConditionEncoder(len(settings.conditions), settings.encoder_widths)
        self.guider = ConditionGuider(settings.encoder_widths[-1], unet, settings.guider_blocks, settings.window)
        self.reference = reference_unet(unet, channels)
        self.denoiser = denoising_unet(unet, channels, settings.window)
        self.beside = zero(nn.Conv2d(channels, unet.widths[0], 3, padding=1)) if unet.reference_beside else None
        self.looks = KnownLooks(shared_width(self.reference))
        self.text = None if unet.text is None else nn.Parameter(torch.zeros(1, 1, unet.text))

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        """Embeddings [B, F, C, h, w] of conditions, uint8 [B, F, H, W, 3 · conditions]."""
        x = pictures.flatten(0, 1).movedim(-1, 1).float() / 255
        return self.encoder(x).unflatten(0, pictures.shape[:2])

    def latents(self, video: torch.Tensor) -> torch.Tensor:
        """z [B, F, C, h, w] of a video, uint8 [B, F, H, W, 3]."""
        x = video.flatten(0, 1).movedim(-1, 1).float() / 127.5 - 1
        return self.pixels.encode(x).unflatten(0, video.shape[:2])

    def pictures(self, z: torch.Tensor) -> torch.Tensor:
        """uint8 [F, H, W, 3] of z [F, C, h, w]."""
        return ((self.pixels.decode(z.float()) + 1) * 127.5).round().clamp(0, 255).byte().movedim(1, -1)

    def bank(self, reference: torch.Tensor, kept: torch.Tensor | None = None) -> Bank:
        """What the Reference Net makes of z [B, C, h, w] of a picture of each signer: once a video, not once a step.

        Where ``kept`` [B] is 0 there is no reference: its features are zero.
        """
        found: Bank = {}
        through(self.reference, reference, torch.zeros(len(reference), device=reference.device), self.text, found)
        if self.beside is not None:
            found[BESIDE] = self.beside(reference).flatten(2).mT
        return found if kept is None else {name: x * kept[:, None, None].to(x) for name, x in found.items()}

    @torch.no_grad()
    def look_features(self, pictures: torch.Tensor) -> torch.Tensor:
        """What ``looks`` reads of uint8 pictures [N, H, W, 3], [N, features], where the weights lie."""
        parts = (some[:, None].to(self.looks.look_bias.device) for some in pictures.split(16))
        return torch.cat([self.looks.pooled(self.bank(self.latents(some)[:, 0])) for some in parts])

    def forward(self, z: torch.Tensor, t: torch.Tensor, embeddings: torch.Tensor, bank: Bank) -> torch.Tensor:
        """What is predicted [B, F, C, h, w] of z of that shape at noise steps t [B]; single frames have F = 1.

        embeddings [B, F, C, h, w] are zero where there is no condition.
        """
        frames = z.shape[1]
        guides = self.guider(embeddings.flatten(0, 1), frames)
        if self.beside is not None:
            seen = bank[BESIDE].mT.unflatten(2, z.shape[-2:])
            guides[0] = guides[0] + seen.repeat_interleave(len(guides[0]) // len(seen), 0)
        steps = t.repeat_interleave(frames)
        again = self.settings.unet.checkpointing
        found = through(self.denoiser, z.flatten(0, 1), steps, self.text, bank, guides, frames, again)
        return found.unflatten(0, z.shape[:2]).float()

    def train_only(self, temporal: bool) -> None:
        """Step 1 trains what is spatial, step 2 the temporal layers; the autoencoder of pictures is never trained."""
        self.requires_grad_(not temporal)
        for layer in layers_of_time(self):
            layer.requires_grad_(temporal)
        self.pixels.requires_grad_(False)
