"""Semantic supervision: weights by hand, gradients to the denoiser alone, nothing of texts that were dropped."""

import pytest
import torch
import torch.nn.functional as F

from sign_latent.aligner.aligner import Aligner, AlignerSettings
from sign_latent.denoiser.loss import Denoised, LatentBatch, denoising_loss
from sign_latent.denoiser.semantic import SemanticLoss, SemanticSettings, discount, misalignment
from sign_latent.diffusion.predictions import PREDICTIONS, add_noise, training_target
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError

SPACE = 8


@pytest.fixture
def aligner():
    torch.manual_seed(3)
    sizes = {"width": 16, "heads": 2, "inner": 16, "pose_layers": 1, "text_layers": 1, "space": SPACE}
    return Aligner(AlignerSettings(**sizes, slots=7, latent_width=4, text_width=6, sentence_width=5)).eval()


@pytest.fixture
def batch(texts):
    frames = torch.arange(6)[None] < torch.tensor([[6], [4], [5]])
    mean, meaning = torch.randn(3, 6, 7, 4), F.normalize(torch.randn(3, SPACE), dim=-1)
    return LatentBatch(mean, torch.rand(3, 6, 7, 4), frames, texts(3), meaning)


def test_the_discount_by_hand():
    """Of four steps: least noise first, as steps are counted here; the paper's t runs from 1 to T."""
    t = torch.arange(4)
    assert discount("noisy", t, 4).tolist() == [0.25, 0.5, 0.75, 1.0]
    assert discount("clean", t, 4).tolist() == [0.75, 0.5, 0.25, 0.0]
    assert discount("none", t, 4).tolist() == [1.0] * 4
    with pytest.raises(UserError, match="noisy, clean, none"):
        discount("late", t, 4)


def test_the_default_is_the_papers_words():
    assert SemanticSettings().discount == "noisy"


def test_misalignment_is_one_minus_the_cosine(aligner, batch):
    own = aligner.eval().latents(batch.mean, batch.frames)
    assert misalignment(aligner, batch.mean, batch.frames, own).abs().max() < 1e-6
    torch.testing.assert_close(misalignment(aligner, batch.mean, batch.frames, -own), torch.full((3,), 2.0))


def test_the_loss_by_hand(aligner, batch):
    """The mean of weight times distance, at steps 0, 4 and 9 of ten."""
    semantic, t = SemanticLoss(aligner, SemanticSettings(discount="clean")), torch.tensor([0, 4, 9])
    apart = misalignment(aligner, batch.mean, batch.frames, batch.meaning).tolist()
    found = semantic(batch.mean, batch.frames, batch.meaning, t, 10)
    assert found.item() == pytest.approx((0.9 * apart[0] + 0.5 * apart[1]) / 3, abs=1e-6)


def test_where_is_trained_is_no_place_of_the_aligner(aligner, batch, other_device):
    """Texts are read through it on the processor when the training on a GPU is over."""
    semantic = SemanticLoss(aligner, SemanticSettings())
    given = (value.to("meta") for value in (batch.mean, batch.frames, batch.meaning, torch.tensor([0, 4, 9])))
    assert semantic(*given, 10).device.type == "meta"
    assert {value.device.type for value in aligner.state_dict().values()} == {"cpu"}


@pytest.mark.parametrize("name", ["sald", "unet"])
def test_gradients_reach_the_denoiser_and_never_the_aligner(denoiser, aligner, batch, name):
    model, before = denoiser(name), {k: v.clone() for k, v in aligner.state_dict().items()}
    semantic = SemanticLoss(aligner, SemanticSettings(weight=1.0))
    losses = denoising_loss(model, batch, semantic=semantic)
    losses["semantic"].backward()
    assert model.outward.weight.grad.abs().sum() > 0
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.reader.parameters())
    assert all(p.grad is None for p in aligner.parameters()) and not aligner.training
    assert all(torch.equal(before[k], v) for k, v in aligner.state_dict().items())
    assert not any(p is q for p in model.parameters() for q in aligner.parameters())


def test_the_weight_is_what_is_added_and_none_is_none(denoiser, aligner, batch):
    model, found = denoiser(), {}
    for weight in (0.0, 0.5):
        torch.manual_seed(0)
        found[weight] = denoising_loss(model, batch, semantic=SemanticLoss(aligner, SemanticSettings(weight=weight)))
    torch.manual_seed(0)
    plain = denoising_loss(model, batch)
    assert "semantic" not in plain and torch.equal(plain["loss"], found[0.0]["loss"])
    torch.testing.assert_close(found[0.5]["loss"], plain["loss"] + 0.5 * found[0.5]["semantic"])


def test_texts_that_were_dropped_draw_nothing(denoiser, aligner, batch):
    model = denoiser(diffusion=DiffusionSettings(drop_text=1.0))
    assert "semantic" not in denoising_loss(model, batch, semantic=SemanticLoss(aligner, SemanticSettings()))


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_the_clean_latent_of_a_perfect_prediction_is_the_clean_latent(prediction):
    settings = DiffusionSettings(prediction=prediction)
    clean, noise, level = (
        torch.randn(2, 3, 1, 4),
        torch.randn(2, 3, 1, 4),
        torch.tensor([0.9, 0.2])[:, None, None, None],
    )
    target = training_target(prediction, clean, noise, level)
    found = Denoised(target, target, add_noise(clean, noise, level), level).clean(settings)
    torch.testing.assert_close(found, clean, atol=1e-5, rtol=1e-4)


def test_where_no_signal_is_left_the_clean_latent_stays_within_bounds():
    level = torch.zeros(1, 1, 1, 1)
    found = Denoised(torch.zeros(1, 2, 1, 4), torch.zeros(1), torch.randn(1, 2, 1, 4), level)
    assert found.clean(DiffusionSettings(prediction="epsilon", clamp=6.0)).abs().max() <= 6.0


def test_an_aligner_of_points_cannot_supervise(aligner):
    aligner.settings.reads = "points"
    with pytest.raises(UserError, match="reads poses"):
        SemanticLoss(aligner, SemanticSettings())
