"""Single signs are cut out of sentences: the frames around each timed gloss, and nothing invented."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.corpus.clip import Tier
from sign_latent.corpus.isolated import frequent_glosses, isolated_signs
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError


@pytest.fixture
def sentence(few_clips):
    """A clip of 12 frames with two timed glosses, and a handshape that is none."""
    clip = Corpus.open(few_clips).split("train")[0]
    tiers = [Tier("handshape_right", "flat", 0, 12), Tier("gloss", "NOW", 8, 12), Tier("gloss", "RAIN", 2, 6)]
    return replace(clip, tiers=tiers)


def test_the_frames_around_each_gloss(sentence):
    signs = isolated_signs([sentence], frames=6)
    assert [(sign.id, sign.gloss, sign.text) for sign in signs] == [("0/0", "RAIN", "rain"), ("0/1", "NOW", "now")]
    np.testing.assert_array_equal(signs[0].pose.points, sentence.pose.points[1:7])
    # the second would end after the clip does
    np.testing.assert_array_equal(signs[1].pose.points, sentence.pose.points[6:12])


def test_only_the_glosses_asked_for(sentence):
    assert [sign.gloss for sign in isolated_signs([sentence], 6, {"NOW", "SUN"})] == ["NOW"]


def test_a_clip_of_one_untimed_gloss_is_the_sign(sentence):
    (sign,) = isolated_signs([replace(sentence, tiers=[], gloss="RAIN")], 6)
    np.testing.assert_array_equal(sign.pose.points, sentence.pose.points[3:9])


def test_nothing_found_is_said(sentence):
    for frames, glosses in ((13, None), (6, {"SUN"})):
        with pytest.raises(UserError, match="no isolated sign"):
            isolated_signs([sentence], frames, glosses)


def test_the_most_frequent_signs_without_letters(sentence):
    tiers = [Tier("gloss", gloss, i, i + 1) for i, gloss in enumerate(["B", "B", "B", "SUN", "RAIN", "RAIN", "NOW"])]
    clips = [replace(sentence, tiers=tiers)]
    assert frequent_glosses(clips, 2) == ["RAIN", "NOW"]
    assert frequent_glosses(clips, 9) == ["RAIN", "NOW", "SUN"]
