"""Laws of both kinds of translator."""

import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.generation.audit import other_rows
from sign_latent.generation.likelihood import likelihood_audit
from sign_latent.translator.choice import check_decoding, chosen
from sign_latent.translator.settings import Decoding
from stages.translator import TokenBatch

KINDS = ["causal", "masked"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_clips_are_learnt_by_heart_and_written_again(overfitted, greedy, kind):
    model, ids, frames, text = overfitted(kind)
    made = model.write(text, greedy)
    assert torch.equal(made.counts, frames.sum(1)) and made.ended.all()
    assert torch.equal(made.ids[frames], ids[frames])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_learnt_hangs_on_the_text(overfitted, kind):
    model, ids, frames, text = overfitted(kind)
    own, shuffled = (model.nll(ids, frames, t) for t in (text, text.rows(torch.tensor([1, 2, 3, 0]))))
    assert (shuffled > own + 0.2).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", [{}, {"temperature": 1.0, "top_p": 0.9}, {"guidance": 2.0}])
def test_a_batch_writes_what_each_text_gets_alone(overfitted, kind, how):
    model, _, _, text = overfitted(kind)
    decoding = Decoding(steps=4, **how)
    for counts in (None, torch.tensor([3, 9, 1, 6])):
        together = model.write(text, decoding, counts, seeds=range(4))
        assert torch.equal(together.ids, model.write(text, decoding, counts, seeds=range(4)).ids)
        for row in range(4):
            index = torch.tensor([row])
            given = None if counts is None else counts[index]
            alone = model.write(text.rows(index).cut(), decoding, given, seeds=[row])
            assert alone.counts == together.counts[row]
            assert torch.equal(alone.ids[0], together.ids[row, : alone.counts])


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_draw_different_tokens(small, texts, kind):
    model, how = small(kind), Decoding(temperature=1.0, steps=3)
    counts = torch.tensor([8, 8])
    first, second = (model.write(texts([3, 3]), how, counts, seeds=seeds).ids for seeds in ([1, 2], [1, 3]))
    assert torch.equal(first[0], second[0]) and not torch.equal(first[1], second[1])


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_every_parameter(small, texts, tokens, kind):
    for form in ({}, {"text": "prefix", "place": "layer"}, {"place": "linear"}):
        model, text, (ids, frames) = small(kind, **form), texts([4, 2]), tokens([6, 3])
        text.mask[1], text.tokens[1] = False, 0.0
        model.loss(ids, frames, text)["loss"].backward()
        assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_drawn_tokens_follow_the_distribution():
    share = torch.tensor([0.5, 0.3, 0.15, 0.05])
    even = (torch.arange(4000) + 0.5) / 4000
    drawn = chosen(share.log().expand(4000, 4), 1.0, 1.0, even)
    torch.testing.assert_close(drawn.bincount(minlength=4) / 4000, share, atol=1e-3, rtol=0)
    kept = chosen(share.log().expand(4000, 4), 1.0, 0.6, even)  # half is not yet 0.6, so the second is kept too
    torch.testing.assert_close(kept.bincount(minlength=4) / 4000, torch.tensor([5, 3, 0, 0]) / 8, atol=1e-3, rtol=0)
    cold = chosen(share.log().expand(4000, 4), 0.5, 1.0, even)
    torch.testing.assert_close(cold.bincount(minlength=4) / 4000, share**2 / (share**2).sum(), atol=1e-3, rtol=0)
    assert chosen(share.log()) == 0


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"temperature": -1.0}, "temperature -1"),
        ({"temperature": float("nan")}, "temperature nan"),
        ({"top_p": 0.0}, "top_p 0"),
        ({"beam": 0}, "beam 0"),
        ({"steps": 0}, "steps 0"),
        ({"beam": 2, "temperature": 1.0}, "leave out either"),
        ({"guidance": 2.0}, "never saw an empty text"),
    ],
)
def test_decoding_that_means_nothing_is_refused(how, words):
    with pytest.raises(UserError, match=words):
        check_decoding(Decoding(**how), drop_text=0.0)
    check_decoding(Decoding(guidance=2.0), drop_text=0.1)


def test_the_audit_sets_the_likelihood_of_held_out_clips_beside_that_with_another_text(overfitted):
    model, ids, frames, text = overfitted("causal")
    batch = TokenBatch(ids, frames, text)
    audit = likelihood_audit(model, [batch, batch], ["a", "b", "c", "d"] * 2)
    own = model.nll(ids, frames, text)
    assert audit["clips"] == 8 and audit["nll_matched"] == pytest.approx(float(own.mean()), rel=1e-5)
    shuffled = model.nll(ids, frames, text.rows(torch.tensor([1, 2, 3, 0])))
    assert audit["gap_shuffled"] == pytest.approx(float((shuffled - own).mean() / own.mean()), rel=1e-4)
    assert 0 < audit["gap_shuffled_interval"][0] < audit["gap_shuffled"] < audit["gap_shuffled_interval"][1]
    alike = likelihood_audit(model, [batch], ["a", "a", "a", "b"])
    assert alike["clips"] == 4 and other_rows(["a", "a", "b"]) == [2, 2, 0] and other_rows(["a", "a"]) == [0, 1]
