"""Laws of the judge: padding and missing points change nothing, likelihood is that of its own writing, it can learn."""

import math

import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.back_translator import BackTranslator
from sign_latent.evaluator.decoder import Decoder
from sign_latent.evaluator.search import search
from sign_latent.evaluator.tokens import BOS, EOS, PAD, pad_ids

TEXTS = ["it will rain .", "mark sleeps ?", "rain"]


def test_padding_never_changes_the_states(judge, motion):
    points, mask = motion
    states, shown = judge.read(points, mask)
    for row, length in enumerate(mask.sum(1).tolist()):
        alone, seen = judge.read(points[row : row + 1, :length], mask[row : row + 1, :length])
        assert seen.all() and int(shown[row].sum()) == alone.shape[1] == math.ceil(length / 4)
        torch.testing.assert_close(states[row, : alone.shape[1]], alone[0], atol=2e-5, rtol=1e-4)


def test_padding_never_changes_likelihood_and_writing(judge, motion):
    points, mask = motion
    together = judge.nll(points, mask, TEXTS)
    written = judge.translate(points, mask, beam=3)
    for row, length in enumerate(mask.sum(1).tolist()):
        cut = points[row : row + 1, :length], mask[row : row + 1, :length]
        assert judge.nll(*cut, [TEXTS[row]]).item() == pytest.approx(together[row].item(), abs=1e-4)
        assert judge.translate(*cut, beam=3) == [written[row]]


def test_padding_never_changes_glosses(judge, motion):
    points, mask = motion
    together = judge.recognise(points, mask, beam=3)
    for row, length in enumerate(mask.sum(1).tolist()):
        assert judge.recognise(points[row : row + 1, :length], mask[row : row + 1, :length], beam=3) == [together[row]]


def test_gradients_never_reach_padding(judge, motion):
    points, mask = motion
    points.requires_grad_()
    judge.loss(points, mask, TEXTS, ["RAIN", "M", ""])["loss"].backward()
    assert points.grad[~mask].abs().max() == 0
    assert points.grad[mask].abs().max() > 0


def test_the_cached_decoder_writes_what_the_whole_one_would(judge, motion):
    states, shown = judge.read(*motion)
    states = judge.memory_states(states)
    ids = search(judge.decoder, states, shown, beam=1, longest=8)
    begun = torch.full((3, 1), BOS)
    for place in range(len(ids[0])):
        logits = judge.decoder(begun, judge.decoder.memory(states), shown)[0][:, -1]
        logits[:, [PAD, BOS]] = -torch.inf
        best = logits.argmax(-1)
        ended = (begun == EOS).any(1)
        assert all(ended[row] or best[row] == ids[row][place] for row in range(3))
        begun = torch.cat([begun, torch.tensor([[line[place]] for line in ids])], 1)


def test_likelihood_is_the_mean_over_tokens(judge, motion):
    states, shown = judge.read(*motion)
    ids = pad_ids([judge.tokens.encode(text) for text in TEXTS])
    begun = torch.cat([torch.full((3, 1), BOS), ids[:, :-1]], 1)
    states = judge.memory_states(states)
    scores = judge.decoder(begun, judge.decoder.memory(states), shown)[0].log_softmax(-1)
    for row, text in enumerate(TEXTS):
        line = judge.tokens.encode(text)
        by_hand = -sum(scores[row, place, token].item() for place, token in enumerate(line)) / len(line)
        assert judge.nll(*motion, TEXTS)[row].item() == pytest.approx(by_hand, abs=1e-4)


def test_a_wide_beam_finds_the_most_likely_text():
    torch.manual_seed(3)
    decoder = Decoder(tokens=6, width=16, layers=1, heads=2, inner=16, dropout=0.0).eval()
    states, mask = torch.randn(1, 3, 16), torch.ones(1, 3, dtype=torch.bool)
    found = search(decoder, states, mask, beam=200, longest=3, penalty=0.0)[0]

    def likelihood(ids):
        begun = torch.tensor([[BOS, *ids[:-1]]])
        return decoder(begun, decoder.memory(states), mask)[0].log_softmax(-1)[0, range(len(ids)), ids].sum().item()

    others = [t for t in range(6) if t not in (PAD, BOS, EOS)]
    ended = [[EOS]] + [[a, EOS] for a in others] + [[a, b, EOS] for a in others for b in others]
    unended = [[a, b, c] for a in others for b in others for c in others]
    best = max(ended + unended, key=likelihood)
    assert [token for token in found if token != PAD] == best


@pytest.mark.parametrize("shape", ["transformer", "convolution"])
def test_it_learns_to_read_a_handful_of_clips(shape, small_settings):
    torch.manual_seed(0)
    model = BackTranslator(small_settings(shape=shape, dropout=0.0, smoothing=0.0))
    points, mask = torch.randn(3, 24, 94, 3), torch.arange(24) < torch.tensor([24, 20, 16])[:, None]
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    local, present = model.features.local(points)
    for _ in range(60):
        changed = augment(local, present, mask.sum(1), model.features.rows, Augment())
        ids = pad_ids([model.tokens.encode(text) for text in TEXTS])
        loss = model.losses(*model.states(*changed), ids, [[1], [2], [1]])["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert model.eval().translate(points, mask) == TEXTS


def test_a_clip_without_frames_is_refused(judge, motion):
    points, mask = motion
    mask[1] = False
    with pytest.raises(UserError, match="failure"):
        judge.translate(points, mask)


def test_an_unknown_shape_is_refused(small_settings):
    with pytest.raises(UserError, match="transformer"):
        BackTranslator(small_settings(shape="round"))
