"""Laws of the translator that writes frame after frame."""

import itertools

import pytest
import torch

from sign_latent.translator.beam import best_frames
from sign_latent.translator.causal import Steps
from sign_latent.translator.choice import Written
from sign_latent.translator.settings import Decoding

FORMS = [{}, {"text": "prefix", "place": "layer"}, {"place": "linear"}]


def logits(model, ids, text):
    """Logits of every frame's tokens [B, N + 1, P, codes], and of the end [B, N + 1]."""
    context = model.read(text)
    x, end = model(model.inputs(ids, context), context)
    return model.places.logits(x).permute(1, 2, 0, 3), end


@pytest.mark.parametrize("form", FORMS)
def test_logits_depend_on_no_token_at_or_after_their_frame(small, texts, tokens, form):
    model, text, (ids, _) = small("causal", **form), texts([4]), tokens([6])
    context = model.read(text)
    inputs = model.inputs(ids, context).detach().requires_grad_()
    for frame in range(7):
        x, end = model(inputs, context)
        (gradient,) = torch.autograd.grad(
            model.places.logits(x)[:, :, frame].square().sum() + end[:, frame].sum(), inputs
        )
        reached = gradient[0].abs().sum(-1) > 0  # input i holds frame i - 1
        assert reached[: frame + 1].all() and not reached[frame + 1 :].any()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("guidance", [1.0, 1.7])
def test_writing_with_a_cache_sees_what_the_whole_clip_sees(small, texts, tokens, form, guidance):
    model, text, (ids, _) = small("causal", **form), texts([4, 2]), tokens([6, 6])
    with torch.no_grad():
        steps = Steps(model, text, guidance, 6)
        found = [steps.next(None if i == 0 else ids[:, i - 1]) for i in range(7)]
        own, without = logits(model, ids, text), logits(model, ids, text.emptied())
    for part, (with_text, empty) in enumerate(zip(own, without, strict=True)):
        guided = empty + guidance * (with_text - empty)
        torch.testing.assert_close(torch.stack([step[part] for step in found], 1), guided, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_likelihoods_add_up_to_one(small, texts, form):
    """Over all clips of up to two frames of two tokens of two codes, and what is longer."""
    model, text = small("causal", places=2, codes=2, **form), texts([3])
    frames = list(itertools.product(range(2), repeat=2))
    total, longer = 0.0, 0.0
    for count in (0, 1, 2):
        for clip in itertools.product(frames, repeat=count):
            ids, valid = torch.tensor(clip, dtype=torch.long).view(1, count, 2), torch.ones(1, count, dtype=torch.bool)
            with torch.no_grad():
                _, end = logits(model, ids, text)
                tokens, ends = model.nats(ids, ids, valid, model.read(text))
            whole = torch.exp(-2 * tokens.sum() - ends.sum())
            total += float(whole)
            longer += float(whole * torch.exp(-end[0, -1])) if count == 2 else 0.0  # 1 - σ over σ
    assert total + longer == pytest.approx(1, abs=1e-5)


def test_padding_changes_no_likelihood_and_no_loss(small, texts, tokens):
    model, text, (ids, frames) = small("causal", replaced=0.0), texts([4, 2]), tokens([6, 3])
    other = torch.where(frames[..., None], ids, (ids + 1) % 7)
    torch.testing.assert_close(model.nll(other, frames, text), model.nll(ids, frames, text))
    torch.testing.assert_close(model.loss(other, frames, text), model.loss(ids, frames, text))
    alone = model.nll(ids[1:, :3], frames[1:, :3], text.rows(torch.tensor([1])).cut())
    torch.testing.assert_close(alone, model.nll(ids, frames, text)[1:], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("how", [Decoding(), Decoding(beam=3), Decoding(temperature=1.0, top_p=0.8, guidance=1.5)])
def test_whatever_it_writes_are_codes(small, texts, how):
    model = small("causal")
    for counts in (None, torch.tensor([4, 1, 7])):
        made = model.write(texts([4, 2, 3]), how, counts, seeds=[1, 2, 3])
        assert made.ids.shape[1:] == (int(made.counts.max()), 3) and ((made.ids >= 0) & (made.ids < 7)).all()
        assert (made.counts >= 1).all() and (made.counts <= 9).all()
        assert counts is None or torch.equal(made.counts, counts)


@pytest.mark.parametrize(("bias", "counts", "ended"), [(9.0, 1, True), (-9.0, 9, False)])
@pytest.mark.parametrize("beam", [1, 2])
def test_it_stops_at_its_end_and_a_clip_without_one_is_kept(small, texts, bias, counts, ended, beam):
    model = small("causal")
    torch.nn.init.zeros_(model.end.weight)
    torch.nn.init.constant_(model.end.bias, bias)
    made = model.write(texts([4, 2]), Decoding(beam=beam))
    assert made.counts.tolist() == [counts, counts] and made.ended.tolist() == [ended, ended]


def test_lengths_are_quantiles_of_what_it_expects(small, texts):
    model = small("causal", longest=40)
    torch.nn.init.zeros_(model.end.weight)
    torch.nn.init.constant_(model.end.bias, -2.0)  # geometric: after n frames the chance of more is (1 - σ(-2)) ** n
    going = 1 - torch.tensor(-2.0).sigmoid()
    levels = torch.tensor([0.9, 0.5, 0.1])
    made = model.write(texts([2, 2, 2]), Decoding(), levels=levels)
    assert made.counts.tolist() == torch.ceil(levels.log() / going.log()).tolist()
    assert torch.equal(model.write(texts([2]), Decoding()).counts, made.counts[1:2])


@pytest.mark.parametrize("beam", [1, 3])
def test_with_a_length_head_clips_are_as_long_as_it_expects_and_are_told_so(small, texts, tokens, beam):
    model, text, (ids, frames) = small("causal", told=0.5, length_weight=0.1), texts([4, 2, 3]), tokens([6, 3, 4])
    context, told = model.read(text), []
    with torch.no_grad():
        expected = model.length.choose(model.length(context.tokens, context.mask))
    hook = model.remaining.register_forward_hook(lambda *_: told.append(1))
    made = model.write(text, Decoding(beam=beam))
    hook.remove()
    assert torch.equal(made.counts, expected) and made.ended.all() and told
    assert torch.equal(made.ids, model.write(text, Decoding(beam=beam), counts=expected).ids)
    assert torch.equal(model.write(text, Decoding(beam=beam), torch.tensor([2, 5, 1])).counts, torch.tensor([2, 5, 1]))
    losses = model.loss(ids, frames, text)
    losses["loss"].backward()
    assert losses["length"] > 0 and all(p.grad is not None for p in model.length.parameters())


def test_a_told_length_reaches_the_model_and_an_untold_one_does_not(small, texts, tokens):
    model, text, (ids, _) = small("causal", told=0.5), texts([4]), tokens([4])
    context = model.read(text)
    inputs = model.inputs(ids, context)
    left = torch.arange(4, -1, -1)[None]
    plain, told, untold = (model(inputs, context, r)[1] for r in (None, left, torch.full_like(left, -1)))
    assert torch.equal(plain, untold) and not torch.allclose(plain, told)
    assert not torch.equal(*(model.write(text, Decoding(), torch.tensor([n])).ids[:, :3] for n in (3, 8)))


def test_replaced_tokens_are_the_share_asked_for(small, texts, tokens):
    model, (ids, frames) = small("causal", replaced=0.4, codes=1000), tokens([200], codes=1000)
    seen = []
    model.mixer.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    model.loss(ids, frames, texts([4]))
    assert 0.35 < (seen[0] != ids).float().mean() < 0.45
    model.nll(ids, frames, texts([4]))
    assert torch.equal(seen[1], ids)


def test_the_best_frames_are_those_of_all(tokens):
    scores = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    every = torch.cartesian_prod(*[torch.arange(4)] * 3)
    sums = scores[:, torch.arange(3), every].sum(-1)  # [5, 64]
    total, ids = best_frames(scores, 6)
    torch.testing.assert_close(total, sums.topk(6, -1).values)
    torch.testing.assert_close(scores[torch.arange(5)[:, None, None], torch.arange(3), ids].sum(-1), total)


def test_a_wide_beam_finds_the_likeliest_clip_of_all(small, texts):
    """Of a given length, by trying out all 64 clips of three frames of two tokens of two codes."""
    model, text = small("causal", places=2, codes=2), texts([3])
    clips = torch.cartesian_prod(*[torch.arange(2)] * 6).view(-1, 3, 2)
    frames = torch.ones(len(clips), 3, dtype=torch.bool)
    with torch.no_grad():
        tokens, _ = model.nats(clips, clips, frames, model.read(text.rows(torch.zeros(len(clips), dtype=torch.long))))
    found = model.write(text, Decoding(beam=64), torch.tensor([3])).ids[0]
    assert torch.equal(found, clips[tokens.sum(1).argmin()])


def test_a_beam_in_a_batch_finds_what_it_finds_alone(small, texts):
    model, text = small("causal"), texts([4, 2, 3])
    for counts in (None, torch.tensor([5, 2, 7])):
        together = model.write(text, Decoding(beam=3, guidance=1.4), counts)
        for row in range(3):
            index = torch.tensor([row])
            alone: Written = model.write(
                text.rows(index).cut(), Decoding(beam=3, guidance=1.4), None if counts is None else counts[index]
            )
            assert alone.counts == together.counts[row]
            assert torch.equal(alone.ids[0], together.ids[row, : alone.counts])
