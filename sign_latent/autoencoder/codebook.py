"""Vector quantisation with learnt books (van den Oord et al. 2017), plain and residual: the baselines of FSQ.

Books are learnt by vector-quantize-pytorch: k-means on the first batch, exponential averages of what each code is
nearest to, and codes that are hardly used replaced by vectors of the batch. Only valid frames take part. All chance in
it comes from torch's seed, which a training sets at each step, and all its state is in buffers, so that a resumed run
ends with the same books. Buffers are not averaged with the weights (a code that was replaced has nothing to do with the
one before it): they follow the weights step by step, and ``settle`` fits them to the averaged ones in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from sign_latent.autoencoder.losses import commitment
from sign_latent.autoencoder.quantiser import Batches, Losses, Quantiser

_ENTRIES = 1 << 22
"""Distances that are held at once."""


def nearest(x: torch.Tensor, book: torch.Tensor) -> torch.Tensor:
    """Index [M] of the code of ``book`` [C, d] nearest to each row of x [M, d]; the first of equal ones.

    Differences are taken one by one: by way of a matrix product, a code may seem nearer to another than to itself.
    """
    rows = max(1, _ENTRIES // len(book))
    direct = "donot_use_mm_for_euclid_dist"
    return torch.cat([torch.cdist(part, book, compute_mode=direct).argmin(1) for part in x.split(rows)])


class Codebooks(Quantiser):
    """K codes a slot. Plain: each of its own part of the vector. Residual: each of what those before it left.

    A greedy residual search applied to a sum of codes need not find those codes again. The latent of a residual
    quantiser therefore holds the K codes side by side, each with a nearest one of its own, and a decoder sees the sum.
    """

    def __init__(
        self,
        slots: int,
        codes: int,
        code_width: int,
        per_slot: int,
        residual: bool = False,
        shared: bool = True,
        decay: float = 0.95,
        dead: float = 0.05,
        rotation: bool = True,
    ):
        from vector_quantize_pytorch import VectorQuantize

        entered = code_width if residual else code_width * per_slot
        super().__init__(slots, entered, code_width * per_slot, per_slot, codes)
        self.residual, self.shared, self.rotation, self.code_width = residual, shared, rotation, code_width
        self.books = nn.ModuleList(
            VectorQuantize(
                dim=code_width,
                codebook_size=codes,
                kmeans_init=True,
                decay=decay,
                threshold_ema_dead_code=dead,
                commitment_weight=0.0,  # ours is in the loss of the model
                sync_codebook=False,
            )
            for _ in range(per_slot * (1 if shared else slots))
        )
        for book in self.books:
            book._codebook.reset_cluster_size = 1.0  # at ``dead`` itself, a new code would be replaced at the next step

    def tables(self) -> torch.Tensor:
        """All codes, [S, K, C, d]."""
        books = torch.stack([book.codebook.float() for book in self.books])
        return books.unflatten(0, (-1, self.per_slot)).expand(self.slots, -1, -1, -1)

    def quantised(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        entered = x[mask]
        with torch.no_grad():
            found = self._search(entered, self._learn if self.training else self._look_up).flatten(2)
        codes = x.new_zeros(*x.shape[:-1], self.width)
        codes[mask] = self._with_gradient(entered, found) if entered.requires_grad else found
        return codes, {"commitment": commitment(entered, self.merged(found))}

    def ids(self, z: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
        # Nearest among the *whitened* codes, since z of a code equals one of them to the bit: see from_tokens.
        split = (self.slots, self.per_slot, 1, self.code_width)
        tables = (self.tables() - mean.float().view(split)) / std.float().view(split)
        x = z.float().flatten(0, 1).unflatten(-1, (self.per_slot, -1))
        found = [
            torch.stack([nearest(x[:, s, k], tables[s, k]) for k in range(self.per_slot)], -1)
            for s in range(self.slots)
        ]
        return torch.stack(found, 1).unflatten(0, z.shape[:2])

    def values(self, ids: torch.Tensor) -> torch.Tensor:
        slot = torch.arange(self.slots, device=ids.device)[:, None]
        return self.tables()[slot, torch.arange(self.per_slot, device=ids.device), ids].flatten(-2)

    def merged(self, codes: torch.Tensor) -> torch.Tensor:
        return codes.unflatten(-1, (self.per_slot, -1)).sum(-2) if self.residual else codes

    @torch.no_grad()
    def settle(self, batches: Callable[[], Batches]) -> None:
        """Standardises anew, then moves each code to the mean of the vectors nearest to it (Lloyd's step).

        A residual quantiser's books move one after the other, as each works on what those before it leave.
        """
        super().settle(batches)
        for turn in [[k] for k in range(self.per_slot)] if self.residual else [range(self.per_slot)]:
            self._centre(batches(), turn)

    def _centre(self, batches: Batches, turn: Iterable[int]) -> None:
        places = [i for i in range(len(self.books)) if i % self.per_slot in turn]
        totals = {i: self.books[i].codebook.new_zeros(self.codes, self.code_width + 1).double() for i in places}

        def collect(x: torch.Tensor, place: int) -> torch.Tensor:
            book = self.books[place].codebook.float()
            ids = nearest(x, book)
            if place in totals:
                totals[place].index_add_(0, ids, torch.cat([x, x.new_ones(len(x), 1)], 1).double())
            return book[ids]

        for x, mask in batches:
            self._search(self.standardise(x, mask)[mask], collect)
        for place, total in totals.items():
            used = total[:, -1] > 0
            embed = self.books[place].codebook
            embed[used] = (total[used, :-1] / total[used, -1:]).to(embed)

    def _search(self, x: torch.Tensor, find: Callable[[torch.Tensor, int], torch.Tensor]) -> torch.Tensor:
        """Codes [V, S, K, d] of vectors [V, S, E]; ``find`` looks rows up in the book of that place."""
        codes, rest = [], x
        for k in range(self.per_slot):
            part = rest if self.residual else x[..., k * self.code_width : (k + 1) * self.code_width]
            if self.shared:
                found = find(part.flatten(0, 1), k).view_as(part)
            else:
                each = [find(part[:, s], s * self.per_slot + k) for s in range(self.slots)]
                found = torch.stack(each, 1)
            codes.append(found)
            rest = rest - found if self.residual else rest
        return torch.stack(codes, 2)

    def _learn(self, x: torch.Tensor, place: int) -> torch.Tensor:
        book = self.books[place]
        book._codebook.init_embed_(x[None])
        table = book.codebook.clone()  # the forward pass moves it, and returns what it has looked up only nearly
        _, ids, _ = book(x[None])
        return table[ids[0]]

    def _look_up(self, x: torch.Tensor, place: int) -> torch.Tensor:
        book = self.books[place].codebook.float()
        return book[nearest(x, book)]

    def _with_gradient(self, x: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        """Codes [V, S, D] to the bit, whose merged form passes gradients to x, rotated (Fifty et al. 2024) or not."""
        from vector_quantize_pytorch.vector_quantize_pytorch import rotate_to

        target = self.merged(codes)
        if self.rotation:
            split = (-1, self.code_width)
            passed = rotate_to(x.unflatten(-1, split), target.unflatten(-1, split)).flatten(-2)
        else:
            passed = x
        passed = passed - passed.detach()
        if not self.residual:
            return codes + passed
        return torch.cat([codes[..., : self.entered] + passed, codes[..., self.entered :]], -1)
