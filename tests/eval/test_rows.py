"""What is read of a row: every score agrees with its own library, and a failure fails in each of them."""

import numpy as np
import pytest

from eval.bootstrap import Sample, draw_weights
from eval.rows import STATISTICS, Reading, blank, failed, read_row, score_table
from eval.text_scores import TextScores

READ = ["it will rain .", "the man eats", "x y z w v", ""]
TRUE = ["it will rain now .", "the man eats .", "a b c d e", "he is here ."]


@pytest.fixture
def reading():
    return Reading(READ, TRUE, np.array([0.5, 1.0, 3.0, 4.0]))


def test_scores_of_all_clips_are_those_of_the_plain_table(reading):
    plain = TextScores(READ, TRUE).table()
    ones = np.ones(4)
    assert {name: STATISTICS[name](reading)(ones) for name in plain} == pytest.approx(plain)
    assert STATISTICS["nll"](reading)(ones) == pytest.approx(8.5 / 4)


def test_weights_count_clips_as_often_as_repetition_does(reading):
    weights, order = np.array([2, 0, 1, 1]), [0, 0, 2, 3]
    again = Reading([READ[i] for i in order], [TRUE[i] for i in order], reading.nll[order])
    for name, statistic in STATISTICS.items():
        assert statistic(reading)(weights) == pytest.approx(statistic(again)(np.ones(4))), name


def test_all_draws_at_once_are_what_each_is_alone(reading):
    draws = draw_weights(np.arange(4), 20)
    for name, statistic in STATISTICS.items():
        alone = [statistic(reading)(draw) for draw in draws]
        assert statistic(reading)(draws) == pytest.approx(np.array(alone), nan_ok=True), name


def test_other_texts_keep_the_readings_and_have_no_likelihood(reading):
    turned = reading.against(TRUE[1:] + TRUE[:1])
    assert turned.hypotheses == READ and np.isnan(turned.nll).all()
    assert STATISTICS["exact"](turned)(np.ones(4)) == 0


def test_letters_are_those_of_words_that_the_judge_must_spell():
    known = frozenset(["who", "feeds", "the", "goat"])
    texts = ["who feeds mark ?", "the goat", "anna feeds the goat", "tim"]
    read = ["who feeds mork ?", "the zebra", "feeds the goat", "tim"]
    reading = Reading(read, texts, np.zeros(4), known)
    assert reading.letter_errors.tolist() == [[1, 4], [0, 0], [4, 4], [0, 3]]
    assert STATISTICS["letters"](reading)(np.ones(4)) == pytest.approx(100 * (1 - 5 / 11))
    assert np.isnan(STATISTICS["letters"](reading)(np.array([0, 1, 0, 0])))
    babble = Reading(["aaaaaaaaaaaa", *read[1:]], texts, np.zeros(4), known)
    assert STATISTICS["letters"](babble)(np.array([1, 0, 0, 0])) == 0


def test_several_seeds_give_their_mean_and_spread(clips):
    sample = Sample.of(clips, 200)
    texts = [clip.text for clip in clips]
    count = len(texts)
    good, bad = Reading(texts, texts, np.zeros(count)), Reading([""] * count, texts, np.ones(count))
    found = score_table([good, bad], sample, ("bleu4", "exact"))
    assert found["exact"].value == 50 and found["exact"].seeds == [100, 0]
    assert found["exact"].spread == pytest.approx(np.std([100, 0], ddof=1))
    assert found["exact"].interval == [50, 50]  # every clip is right in one seed and wrong in the other
    one = score_table([good], sample, ("bleu4",))["bleu4"]
    assert one.spread is None and one.seeds == []


@pytest.mark.parametrize("how", ["none", "empty", "nan", "unseen"])
def test_failed_clips_read_as_nothing_and_get_the_likelihood_of_a_blank_one(judge, clips, how):
    class Counting(type(judge)):
        def nll(self, points, mask, texts, confidence=None):
            import torch

            return torch.where((confidence > 0).flatten(1).any(1), 1.0, 9.0)

    pose = clips[2].pose
    broken = {
        "none": None,
        "empty": type(pose)(pose.points[:0], pose.confidence[:0], 25.0, pose.skeleton),
        "nan": type(pose)(np.full_like(pose.points, np.nan), pose.confidence, 25.0, pose.skeleton),
        "unseen": blank(pose),
    }[how]
    assert failed(broken) and not failed(pose)
    poses = [clip.pose for clip in clips]
    poses[2] = broken
    found = read_row(Counting(judge.settings, judge.tokens), poses, clips, 1, "row")
    assert found.hypotheses[2] == "" and found.nll[2] == 9 and found.nll[1] == 1
    assert score_table([found], Sample.of(clips, 100), ("exact",))["exact"].value == pytest.approx(
        100 * (1 - 1 / len(clips))
    )
