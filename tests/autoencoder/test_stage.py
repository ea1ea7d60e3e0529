"""The stage, for latents whose training leaves more behind than weights."""

import pytest
import torch

from sign_latent import registry
from sign_latent.autoencoder.layout import layout_of
from sign_latent.autoencoder.tokens import code_usage
from sign_latent.autoencoder.vq import PoseVQSettings
from sign_latent.cache import clip_features
from sign_latent.corpus.read import Corpus
from sign_latent.training import TrainSettings
from stages.autoencoder import AutoencoderSettings, train, whole_split


@pytest.mark.parametrize("half", [False, True])
def test_what_the_card_says_of_codes_holds_for_the_weights_that_were_published(
    half, few_clips, sign_latent_home, tmp_path
):
    how = TrainSettings(steps=6, warmup=1, batch_size=4, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))
    sizes = PoseVQSettings(width=8, joint_width=4, bits=5)
    card = train("vq", str(few_clips), AutoencoderSettings("pose_vq", pose_vq=sizes), how, half=half)
    model = registry.load("vq").model
    features, _ = clip_features(Corpus.open(few_clips).split("train", dominant=True), layout_of("smplx"))
    batches = list(whole_split(features))
    assert card.audit["codes_used"] > 0.1
    used = code_usage(model, batches)
    assert used["codes_used"] == card.audit["codes_used"]
    assert used["code_perplexity"] == pytest.approx(card.audit["code_perplexity"])
    with torch.no_grad():
        z = torch.cat([model.posterior(x, mask)[0][model.latent_frames(mask)] for x, mask in batches])
    alive = ~model.latent_dead
    torch.testing.assert_close(z.mean(0)[alive], torch.zeros(int(alive.sum())), atol=1e-4, rtol=0)
    torch.testing.assert_close(z.var(0, unbiased=False)[alive], torch.ones(int(alive.sum())), atol=1e-3, rtol=0)
