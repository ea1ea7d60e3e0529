"""Tables of a report: by hand where they count, and with the reason where they cannot be computed."""

import numpy as np
import pytest
import torch

from eval.bootstrap import Sample
from eval.channels import CHANNELS, Count
from eval.rows import RANDOM, SYSTEM, TRUTH
from eval.sections import Net, channel_scores, channels, distribution, diversity, retrieved
from sign_latent.evaluator.recogniser import Recogniser, Settings


def test_channel_scores_by_hand():
    # Handshapes: 3 + 1 meant, 2 + 2 shown, 2 + 0 right. Nothing else is meant or shown.
    shapes = [Count(3, 2, 2), Count(1, 2, 0)]
    rows = [{channel: Count() for channel in CHANNELS} | {"handshape": shape} for shape in shapes]
    draws = np.array([[2, 0], [0, 2], [1, 1]])
    found = channel_scores(rows, Sample("clip", np.arange(2), draws))
    assert found["precision/handshape"].value == found["recall/handshape"].value == found["f1/handshape"].value == 0.5
    assert found["recall/handshape"].interval == pytest.approx(list(np.quantile([2 / 3, 0, 0.5], [0.025, 0.975])))
    assert found["recall/manual"].value == 0.5 and np.isnan(found["recall/mouth"].value)


def test_only_an_invented_language_has_known_channels(clips):
    found = channels({TRUTH: [[c.pose for c in clips]]}, clips, Sample.of(clips, 100))
    assert found.rows == {} and "timed glosses" in found.missing[0]


def test_diversity_by_hand(clips, move, texts):
    still = move(texts[0])
    still.points[:] = 0
    shifted = move(texts[0])
    shifted.points[:] = [0.3, 0, 0.4]
    runs = {SYSTEM: [[still, still], [shifted, still]], TRUTH: [[still, shifted]]}
    found = diversity(runs, ["a", "b"])
    # Half a shoulder width of 36 cm between the seeds of text a, none between those of b.
    assert found.rows[SYSTEM]["diversity_same_text/all"].value == pytest.approx(9.0)
    # Of the four pairs of clips of different texts, two hold the shifted clip.
    assert found.rows[SYSTEM]["diversity_texts/all"].value == pytest.approx(9.0)
    assert found.rows[TRUTH]["diversity_texts/all"].value == pytest.approx(18.0)
    assert "diversity_same_text/all" not in found.rows[TRUTH] and "ground truth: one clip a text" in found.missing[0]


@pytest.fixture
def net():
    torch.manual_seed(0)
    settings = Settings(skeleton="upper79", parts=("body", "left_hand", "right_hand"), width=4, heads=1)
    return Net("net@1", Recogniser(settings).eval())


def test_distributions_are_beside_the_recordings_in_the_space_of_a_named_net(net, signing):
    real, other = ([signing(start + i, 12) for i in range(24)] for start in (0, 100))
    found = distribution(net, {SYSTEM: [real], RANDOM: [other], TRUTH: [real]}, real)
    assert found.by == "net@1" and set(found.rows) == {SYSTEM, RANDOM} and found.missing == []
    assert {score.partition("/")[2] for score in found.rows[SYSTEM]} == {"all", "hands"}  # it is not shown the face
    assert [found.rows[SYSTEM][f"fid/{view}"].value for view in ("all", "hands")] == pytest.approx([0, 0], abs=1e-6)
    assert found.rows[RANDOM]["fid/all"].value > 1e-4
    lost = distribution(net, {SYSTEM: [[None] * 24]}, real)
    assert lost.rows[SYSTEM]["fid/all"].value > 10 * found.rows[RANDOM]["fid/all"].value
    few = distribution(net, {SYSTEM: [real]}, real[:5])
    assert few.rows == {} and "not 5" in few.missing[0]


def test_what_was_not_given_is_said(clips):
    runs = {SYSTEM: [[c.pose for c in clips]], RANDOM: [[c.pose for c in clips]]}
    assert distribution(None, runs, [c.pose for c in clips]).missing == [
        "no judge is given whose features are compared"
    ]
    assert "--aligner" in retrieved(None, runs, clips).missing[0]
    assert "no texts" in diversity(runs, [""] * len(clips)).missing[0]
