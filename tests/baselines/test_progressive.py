"""Laws of the regression: it reads only what came before, the counter ends a clip, padding changes nothing."""

import pytest
import torch

from sign_latent.baselines.progressive import ProgressiveSettings, ProgressiveTransformer
from sign_latent.text.encoder import TextFeatures

SIZES = dict(width=32, layers=2, heads=2, latent_slots=3, latent_width=4, text_width=8, sentence_width=6, dropout=0.0)


def built(**changes) -> ProgressiveTransformer:
    torch.manual_seed(0)
    return ProgressiveTransformer(ProgressiveSettings(**{**SIZES, **changes})).eval()


@pytest.fixture
def model() -> ProgressiveTransformer:
    return built()


@pytest.fixture
def text() -> TextFeatures:
    torch.manual_seed(1)
    mask = torch.arange(5) < torch.tensor([5, 3, 1])[:, None]
    return TextFeatures(torch.randn(3, 6), torch.randn(3, 5, 8) * mask[..., None], mask)


@pytest.fixture
def clean():
    """Latents [3, 9, 3, 4] of clips of 9, 6 and 2 latent frames."""
    torch.manual_seed(2)
    frames = torch.arange(9) < torch.tensor([9, 6, 2])[:, None]
    return torch.randn(3, 9, 3, 4) * frames[..., None, None], frames


def test_a_frame_depends_on_earlier_ones_only(model, text):
    before = torch.randn(3, 7, 3, 4, requires_grad=True)
    after, step, _ = model(before, torch.arange(7).expand(3, 7) / 7, model.read(text))
    (after[:, 3].sum() + step[:, 3].sum()).backward()
    assert before.grad[:, 4:].abs().max() == 0 and before.grad[:, :4].abs().amax((0, 2, 3)).min() > 0


def test_writing_is_reading_what_was_written(model, text):
    """Frame by frame with a cache, or all at once: the same."""
    counts = torch.tensor([7, 7, 7])
    made, _ = model.write(text, counts)
    before = torch.nn.functional.pad(made[:, :-1], (0, 0, 0, 0, 1, 0))
    after, _, _ = model(before, (torch.arange(7) / 7).expand(3, 7), model.read(text))
    torch.testing.assert_close(after[:, :, 0], made, atol=1e-4, rtol=1e-4)


def test_a_clip_ends_where_its_counter_is_nearest_to_one(model, text):
    for frames in (1, 4, 10):
        torch.nn.init.zeros_(model.pace.weight)
        torch.nn.init.constant_(model.pace.bias, torch.tensor(1 / frames).expm1().log().item())
        assert model.write(text)[1].tolist() == [frames] * 3


def test_a_counter_that_hardly_moves_ends_at_the_longest(text):
    model = built(longest=12)
    torch.nn.init.constant_(model.pace.bias, -20.0)
    made, lengths = model.write(text)
    assert lengths.tolist() == [12] * 3 and made.shape[1] == 12


def test_padding_of_texts_and_clips_changes_nothing(model, text, clean):
    latents, frames = clean
    counts = frames.sum(1)
    together = model.write(text, counts)[0]
    for row, count in enumerate(counts.tolist()):
        short = int(text.mask[row].sum())
        own = TextFeatures(*(x[row : row + 1] for x in (text.sentence, text.tokens[:, :short], text.mask[:, :short])))
        torch.testing.assert_close(
            model.write(own, counts[row : row + 1])[0][0], together[row, :count], atol=1e-4, rtol=0
        )
        longer = model.losses(
            torch.nn.functional.pad(latents[row : row + 1], (0, 0, 0, 0, 0, 4), value=7.0),
            torch.nn.functional.pad(frames[row : row + 1], (0, 4)), own,
        )  # fmt: skip
        alone = model.losses(latents[row : row + 1, :count], frames[row : row + 1, :count], own)
        for name, value in alone.items():
            assert longer[name].item() == pytest.approx(value.item(), rel=1e-4)


def test_just_the_counter_reads_no_frame(text):
    model = built(just_counter=True)
    counter = (torch.arange(5) / 5).expand(3, 5)
    one, other = (model(torch.randn(3, 5, 3, 4), counter, model.read(text))[0] for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize("distance", ["l1", "l2"])
def test_it_learns_a_clip_and_its_length_from_the_text(distance, text, clean):
    latents, frames = clean
    model = built(noise=0.05, distance=distance)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(150):
        optimiser.zero_grad()
        model.losses(latents, frames, text)["loss"].backward()
        optimiser.step()
    model.eval()
    made, lengths = model.write(text)
    assert (lengths - frames.sum(1)).abs().max() <= 1
    made = model.write(text, frames.sum(1))[0]
    assert ((made - latents).square().mean((2, 3)) * frames).max() < 0.1
