"""Laws of the aligner: padding changes nothing, the loss is InfoNCE, retrieval counts as by hand, it can learn."""

import math

import pytest
import torch
import torch.nn.functional as F

from sign_latent.aligner.aligner import Aligner, AlignerSettings, retrieval
from sign_latent.errors import UserError

SMALL = dict(width=32, heads=2, inner=32, space=16, text_width=12, sentence_width=8, slots=3, latent_width=4)


def small(**changes) -> Aligner:
    torch.manual_seed(0)
    return Aligner(AlignerSettings(**{**SMALL, **changes}))


@pytest.fixture
def lengths():
    return torch.tensor([9, 5, 1])


def _mask(lengths):
    return torch.arange(int(lengths.max())) < lengths[:, None]


def test_padding_of_latents_and_of_text_changes_nothing(lengths):
    model, mask = small().eval(), _mask(lengths)
    z, tokens, sentence = torch.randn(3, 9, 3, 4), torch.randn(3, 9, 12), torch.randn(3, 8)
    pose, text = model.latents(z, mask), model.text(sentence, tokens, mask)
    for row, n in enumerate(lengths.tolist()):
        one = slice(row, row + 1)
        torch.testing.assert_close(model.latents(z[one, :n], mask[one, :n])[0], pose[row], atol=1e-5, rtol=1e-4)
        alone = model.text(sentence[one], tokens[one, :n], mask[one, :n])
        torch.testing.assert_close(alone[0], text[row], atol=1e-5, rtol=1e-4)


def test_padding_of_points_changes_nothing(lengths):
    model, mask = small(reads="points").eval(), _mask(lengths)
    points = torch.randn(3, 9, 94, 3)
    pose = model.points(points, mask)
    for row, n in enumerate(lengths.tolist()):
        alone = model.points(points[row : row + 1, :n], mask[row : row + 1, :n])
        torch.testing.assert_close(alone[0], pose[row], atol=1e-5, rtol=1e-4)


def test_vectors_have_length_one_and_lead_back_to_the_latents(lengths):
    model, mask = small().eval(), _mask(lengths)
    z = torch.randn(3, 9, 3, 4, requires_grad=True)
    vectors = model.latents(z, mask)
    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(3))
    vectors[:, 0].sum().backward()
    assert z.grad[mask].abs().max() > 0 and z.grad[~mask].abs().max() == 0


def test_a_text_without_tokens_is_read():
    vectors = small().eval().text(torch.zeros(1, 8), torch.zeros(1, 2, 12), torch.zeros(1, 2, dtype=torch.bool))
    assert torch.isfinite(vectors).all()


def test_the_loss_is_infonce_computed_by_hand():
    model = small()
    model.scale.data.fill_(math.log(2.0))
    pose, text = torch.eye(2), torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    # inner products: [[1, .6], [0, .8]], twice that under the temperature
    rows = -math.log(math.exp(2) / (math.exp(2) + math.exp(1.2))), -math.log(math.exp(1.6) / (1 + math.exp(1.6)))
    columns = -math.log(math.exp(2) / (math.exp(2) + 1)), -math.log(math.exp(1.6) / (math.exp(1.2) + math.exp(1.6)))
    by_hand = (sum(rows) / 2 + sum(columns) / 2) / 2
    assert model.loss(pose, text, torch.tensor([0, 1]))["loss"].item() == pytest.approx(by_hand, abs=1e-5)


def test_a_twin_text_is_no_wrong_answer():
    model = small()
    pose, text = F.normalize(torch.randn(3, 4), dim=-1), F.normalize(torch.randn(3, 4), dim=-1)
    text[1] = text[0]
    plain = model.loss(pose[[0, 2]], text[[0, 2]], torch.tensor([0, 1]))
    twins = model.loss(pose, text, torch.tensor([0, 0, 1]))
    assert torch.isfinite(twins["loss"]) and torch.isfinite(plain["loss"])
    assert model.loss(pose[:2], text[:2], torch.tensor([0, 0]))["loss"].item() == pytest.approx(0.0, abs=1e-6)


def test_retrieval_counted_by_hand():
    text = torch.eye(3)
    pose = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.5, 0.0], [0.0, 0.0, 1.0]])
    found = retrieval(pose, text, ["a", "b", "c"], ranks=(1, 2))
    # clip 1 is nearest to text 0, its own text second; text 1's nearest clip is clip 1
    assert found["pose_to_text@1"] == pytest.approx(100 * 2 / 3)
    assert found["pose_to_text@2"] == 100
    assert found["text_to_pose@1"] == 100
    assert (found["pose_to_text_median"], found["text_to_pose_median"]) == (1, 1)


def test_constant_vectors_retrieve_nothing_and_equal_texts_are_all_right():
    same = torch.ones(4, 2)
    ways = ("pose_to_text", "text_to_pose")
    lost, found = (retrieval(same, same, list(texts), ranks=(1, 3)) for texts in ("abcd", "aaaa"))
    for way in ways:
        assert (lost[f"{way}@1"], lost[f"{way}@3"], lost[f"{way}_median"]) == (0, 0, 4)
        assert (found[f"{way}@1"], found[f"{way}_median"]) == (100, 1)


def test_it_learns_to_pair_what_belongs_together():
    model = small(dropout=0.0)
    torch.manual_seed(1)
    z, mask = torch.randn(12, 6, 3, 4), torch.ones(12, 6, dtype=torch.bool)
    text = torch.randn(12, 8), torch.randn(12, 5, 12), torch.ones(12, 5, dtype=torch.bool)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        loss = model.loss(model.latents(z, mask), model.text(*text), torch.arange(12))["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = retrieval(model.latents(z, mask), model.text(*text), [str(i) for i in range(12)])
    assert found["pose_to_text@1"] == found["text_to_pose@1"] == 100


def test_the_temperature_is_learnt_within_its_bound():
    model = small()
    pose, text, same = F.normalize(torch.randn(4, 8), dim=-1), F.normalize(torch.randn(4, 8), dim=-1), torch.arange(4)
    model.loss(pose, text, same)["loss"].backward()
    assert model.scale.grad.abs() > 0
    model.scale.data.fill_(math.log(1000.0))
    model.loss(pose, pose, same)["loss"].backward()
    assert model.scale.item() == pytest.approx(math.log(100.0))


def test_language_tags_tell_texts_apart_and_unknown_ones_are_refused():
    model = small(spoken=("de", "en"), signed=("qaa", "qab")).eval()
    text = torch.randn(2, 8), torch.randn(2, 5, 12), torch.ones(2, 5, dtype=torch.bool)
    tags = model.tags([("en", "qaa"), ("de", "qab")])
    assert tags.tolist() == [[1, 2], [0, 3]]
    one, other = model.text(*text, tags), model.text(*text, tags.flip(0))
    assert (one - other).abs().max() > 1e-4
    with pytest.raises(UserError, match="signed language 'ase': this aligner knows qaa, qab"):
        model.tags([("en", "ase")])
    with pytest.raises(UserError, match="say which languages"):
        model.text(*text)


def test_an_aligner_of_one_language_need_not_be_told():
    model = small(spoken=("en",), signed=("qaa",)).eval()
    text = torch.randn(2, 8), torch.randn(2, 5, 12), torch.ones(2, 5, dtype=torch.bool)
    assert torch.equal(model.text(*text), model.text(*text, model.tags([("en", "qaa")] * 2)))


def test_it_reads_points_or_latents():
    with pytest.raises(UserError, match="points or latents"):
        small(reads="videos")
