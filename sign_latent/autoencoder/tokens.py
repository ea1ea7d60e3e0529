"""Tokens of a discrete latent: what every autoencoder with a quantiser speaks besides the contract."""

from __future__ import annotations

from collections.abc import Callable

import torch

from sign_latent.autoencoder.whitening import Batches, Whitened


@torch.no_grad()
def code_usage(model: Discrete, batches: Batches) -> dict[str, float]:
    """Over all batches of (features, mask): share of the codes that are used, and perplexity of their frequencies."""
    counts = torch.zeros(model.codes, dtype=torch.float64)
    for features, mask in batches:
        found = model.tokens(model.posterior(features, mask)[0])[model.latent_frames(mask)]
        counts += found.flatten().bincount(minlength=model.codes).cpu()
    share = counts[counts > 0] / counts.sum()
    return {"codes_used": len(share) / model.codes, "code_perplexity": float((-share * share.log()).sum().exp())}


class Discrete(Whitened):
    """A whitened latent of codes. A subclass sets ``quantiser`` and gives ``continuous(x, mask)``.

    Whatever is decoded is snapped to codes first, so that ``decode(from_tokens(tokens(z)))`` equals ``decode(z)``.
    """

    def use(self, quantiser) -> None:
        """Takes a quantiser, and its numbers of codes and places."""
        self.quantiser = quantiser
        self.codes, self.places = quantiser.codes, quantiser.slots * quantiser.per_slot

    def raw_encode(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes [B, N', J', D] through which gradients pass, and a std of zero."""
        z, _ = self.quantiser(*self.continuous(x, mask))
        return z, torch.zeros_like(z)

    def tokens(self, z: torch.Tensor) -> torch.Tensor:
        """Token ids [B, N', P] of a whitened latent; UserError for NaN."""
        self.refuse_unfinished(z)
        return self._ids(z).flatten(2)

    def from_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Whitened latent [B, N', J', D] of token ids [B, N', P]; UserError for an id outside the book."""
        self.quantiser.refuse_unknown(tokens)
        return self.whitened(self.quantiser.values(tokens.unflatten(2, (self.quantiser.slots, -1))))

    def unwhitened(self, z: torch.Tensor) -> torch.Tensor:
        """What a decoder sees of z: the nearest codes to the bit, merged; gradients pass as if nothing were snapped."""
        codes = self.quantiser.values(self._ids(z.detach()))
        if z.requires_grad:
            raw = super().unwhitened(z)
            codes = codes + (raw - raw.detach())
        return self.quantiser.merged(codes)

    @torch.no_grad()
    def settle(self, batches: Callable[[], Batches]) -> None:

        def entering() -> Batches:
            for features, mask in batches():
                yield self.continuous(self.normalise(features).to(self.dtype), mask)

        self.quantiser.settle(entering)

    def _ids(self, z: torch.Tensor) -> torch.Tensor:
        return self.quantiser.ids(z, self.latent_mean, self.latent_std)
