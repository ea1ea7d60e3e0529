"""Speed entries of autoencoders measure what their names say."""

import pytest
import torch

from eval import speed_autoencoders
from eval.speed import Bench
from sign_latent.autoencoder.sign_vae import SignVAE, SignVAESettings


def test_the_small_vae_has_the_size_that_is_named():
    with torch.device("meta"):
        count = sum(p.numel() for p in speed_autoencoders.small_vae().parameters())
    assert count == pytest.approx(0.16e6, rel=0.01)


@pytest.mark.parametrize("entry", speed_autoencoders.AUTOENCODERS)
def test_every_entry_runs(entry, monkeypatch):
    monkeypatch.setattr(speed_autoencoders, "VAE_BATCH", (1, 8))
    monkeypatch.setattr(speed_autoencoders, "FSQ_BATCH", (1, 8))
    assert speed_autoencoders.AUTOENCODERS[entry](Bench("none", repeats=1)) > 0


def test_a_skeleton_without_rotations_is_timed_as_well():
    model = SignVAE(SignVAESettings(skeleton="upper79", width=8))
    features, confidence, mask = speed_autoencoders.batch(model, 2, 8)
    assert features.shape == (2, 8, 79, 3) and confidence.all() and mask.all()
    assert features.mean().abs() < 0.1
