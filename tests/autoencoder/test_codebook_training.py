"""Learnt books in a training: a function of seed and step, and published beside averaged weights."""

import pytest
import torch
from torch import nn

from sign_latent.autoencoder.codebook import Codebooks
from sign_latent.training import TrainSettings, fit


class Toy(nn.Module):
    """Vectors through a linear map to codes and back."""

    def __init__(self):
        super().__init__()
        self.into = nn.Linear(3, 3)
        self.quantiser = Codebooks(2, 8, 3, 1)
        self.out_of = nn.Linear(3, 3)

    def loss(self, x):
        codes, added = self.quantiser(self.into(x), torch.ones(x.shape[:2], dtype=torch.bool))
        return {"loss": (self.out_of(self.quantiser.merged(codes)) - x).square().mean() + added["commitment"]}


def batches(step):
    return torch.randn(4, 5, 2, 3, generator=torch.Generator().manual_seed(step))


def trained(folder, dies_at=None, resume=False, **more):
    def dying(step):
        if step == dies_at:
            raise RuntimeError("the power fails")
        return batches(step)

    how = TrainSettings(
        steps=16, warmup=2, runs=str(folder), resume=resume, accelerator="cpu", logger="none", save_every=5, **more
    )
    torch.manual_seed(0)
    return fit("toy", Toy(), lambda model, x: model.loss(x), dying, how)


def test_a_resumed_run_ends_with_the_same_books(tmp_path):
    whole = trained(tmp_path / "whole").state_dict()
    with pytest.raises(RuntimeError, match="power"):
        trained(tmp_path / "cut", dies_at=9)
    resumed = trained(tmp_path / "cut", resume=True).state_dict()
    assert any("embed" in name for name in whole)
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)


def test_books_follow_the_weights_and_are_not_averaged(tmp_path):
    """An average over a code that was replaced would lie between two that have nothing to do with each other."""
    slow, fast = (trained(tmp_path / str(ema), ema=ema).state_dict() for ema in (0.999, 0.0))
    for name in slow:
        same = torch.equal(slow[name], fast[name])
        assert same is name.startswith("quantiser"), name
