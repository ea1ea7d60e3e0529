"""Laws of the translator that fills in all frames at once."""

import pytest
import torch

from sign_latent.translator.masked import still_hidden
from sign_latent.translator.settings import Decoding

FORMS = [{}, {"text": "prefix", "place": "layer"}]


@pytest.mark.parametrize("form", FORMS)
def test_padding_of_frames_changes_no_valid_frame(small, texts, tokens, form):
    model, text, (ids, frames) = small("masked", **form), texts([4]), tokens([6])
    wide = torch.cat([ids, torch.randint(0, 7, (1, 3, 3))], 1)
    with torch.no_grad():
        context = model.read(text)
        alone = model.places.logits(model(ids, frames, context))
        together = model.places.logits(model(wide, torch.arange(9)[None] < 6, context))
    torch.testing.assert_close(together[:, :, :6], alone, atol=1e-5, rtol=1e-4)


def test_hidden_tokens_are_not_seen(small, texts, tokens):
    model, text, (ids, frames) = small("masked"), texts([4]), tokens([6])
    hidden = torch.rand(ids.shape, generator=torch.Generator().manual_seed(3)) < 0.5
    seen = []
    model.mixer.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    for filled in (ids, torch.where(hidden, (ids + 1) % 7, ids)):
        model.nats(filled, frames, hidden, model.read(text))
    assert torch.equal(*seen) and (seen[0][hidden] == 7).all() and torch.equal(seen[0][~hidden], ids[~hidden])


def test_one_pass_takes_the_likeliest_token_of_each_place(small, texts):
    model, text, counts = small("masked"), texts([4, 2]), torch.tensor([6, 3])
    frames = torch.arange(6) < counts[:, None]
    with torch.no_grad():
        logits = model.places.logits(model(torch.full((2, 6, 3), 7), frames, model.read(text)))
    made = model.write(text, Decoding(steps=1), counts)
    assert torch.equal(made.ids[frames], logits.argmax(-1).permute(1, 2, 0)[frames])


@pytest.mark.parametrize("steps", [1, 3, 8, 40])
def test_each_pass_fixes_some_tokens_and_never_changes_those_it_has(small, texts, steps):
    """At as many passes as there are tokens, or more, each fixes one at least until none is left."""
    model, counts, passes = small("masked"), torch.tensor([6, 3]), []
    model.mixer.register_forward_pre_hook(lambda module, given: passes.append(given[0]))
    made = model.write(texts([4, 2]), Decoding(steps=steps, temperature=0.7), counts, seeds=[0, 1])
    for before, after in zip(passes, [*passes[1:], made.ids], strict=True):
        for row, count in enumerate(counts):
            then, now = before[row, :count], after[row, :count]
            assert torch.equal(now[then != 7], then[then != 7])
            assert (now == 7).sum() < (then == 7).sum() or not (then == 7).any()
    assert (made.ids < 7).all() and torch.equal(made.counts, counts)


def test_the_schedule_hides_ever_fewer_and_in_the_end_none():
    left = torch.stack([still_hidden(torch.tensor([100, 4]), step, 8) for step in range(8)])
    assert (left[:, 0].diff() < 0).all() and (left[:, 1].diff() <= 0).all() and (left[-1] == 0).all()
    assert left[0, 0] == 98  # cos(π / 16) of a hundred


def test_lengths_are_those_of_the_length_head(overfitted, greedy):
    model, _, frames, text = overfitted("masked")
    low, high = (model.write(text, greedy, levels=torch.full((4,), level)).counts for level in (0.01, 0.99))
    assert (low < frames.sum(1)).all() and (high > frames.sum(1)).all()
