"""A layer's shortcuts change nothing of what it is."""

import torch

from sign_latent.denoiser.layer import DenoiserLayer, FiLM


def test_film_is_its_formula_and_drops_whole_channels_of_what_it_adds():
    torch.manual_seed(0)
    film = FiLM(3, 4)
    for parameter in film.parameters():
        torch.nn.init.normal_(parameter)
    h, change, time = torch.randn(2, 5, 1, 4), torch.randn(2, 5, 1, 4), torch.randn(2, 3)
    gamma, beta = film.map(time)[:, None, None].chunk(2, -1)
    torch.testing.assert_close(film(h, change, time), h + (1 + gamma) * change + beta)
    keep = torch.tensor([0.0, 2.0, 0.0, 2.0]).expand(2, 1, 1, 4)
    torch.testing.assert_close(film(h, change, time, keep), h + keep * ((1 + gamma) * change + beta))
    half = film(h, change.bfloat16(), time)
    assert half.dtype == torch.float32 and (half - film(h, change, time)).abs().max() < 5e-2


def test_dropout_keeps_the_mean_of_what_is_added_and_acts_in_training_only():
    torch.manual_seed(0)
    layer = DenoiserLayer(["feed"], 64, 2, 64, dropout=0.5)
    h = torch.zeros(200, 1, 1, 64)
    keep = layer.train()._kept_channels(h)
    assert set(keep.unique().tolist()) == {0.0, 2.0} and abs(keep.mean().item() - 1) < 0.05
    assert layer.eval()._kept_channels(h) is None


def test_what_is_kept_of_one_call_serves_no_other_lengths(denoiser, texts):
    """A context may be asked for other frames: what it kept of the last ones is not taken for theirs."""
    model, text = denoiser("sald"), texts(2)
    z, t = torch.randn(2, 6, 7, 4), torch.tensor([5, 5])
    whole, cut = torch.ones(2, 6, dtype=torch.bool), torch.arange(6) < torch.tensor([[6], [3]])
    with torch.no_grad():
        used = model.read(text)
        first = model(z, t, whole, used)
        assert torch.equal(model(z, t, cut, used), model(z, t, cut, model.read(text)))
        assert torch.equal(model(z, t, whole, used), first)
        shorter = model(z[:, :4], t, whole[:, :4], used)
        assert torch.equal(shorter, model(z[:, :4], t, whole[:, :4], model.read(text)))


def test_without_gradients_the_same_is_computed_as_with_them(denoiser, texts):
    """Padding is looked for, and biases kept, only where nothing is trained."""
    for name in ("sald", "unet"):
        model, text = denoiser(name), texts(2)
        z, t, frames = torch.randn(2, 6, 7, 4), torch.tensor([5, 900]), torch.ones(2, 6, dtype=torch.bool)
        trained = model(z, t, frames, model.read(text))
        with torch.no_grad():
            torch.testing.assert_close(model(z, t, frames, model.read(text)), trained, atol=1e-5, rtol=1e-5)
