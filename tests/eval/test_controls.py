"""The controls do what they are called."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.controls import CONTROLS, Context, blank, derangement, nearest_text, random_training, shuffled_text
from sign_latent.errors import UserError


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=2, max_size=40), st.integers(0, 5))
def test_a_derangement_has_no_fixed_point_and_gives_nobody_his_own_text_where_that_can_be(texts, seed):
    turned = derangement(texts, seed)
    assert sorted(turned.tolist()) == list(range(len(texts)))
    assert (turned != np.arange(len(texts))).all()
    if max(texts.count(text) for text in texts) * 2 <= len(texts):
        assert all(texts[i] != texts[j] for i, j in enumerate(turned))


def test_a_derangement_is_fixed():
    texts = [str(i) for i in range(30)]
    assert (derangement(texts) == derangement(texts)).all()
    assert (derangement(texts, 1) != derangement(texts, 2)).any()


def test_a_single_clip_cannot_be_deranged():
    with pytest.raises(UserError, match="two clips"):
        derangement(["a"])


def test_retrieval_finds_the_clip_of_the_nearest_text(tmp_path, monkeypatch):
    class Letters:
        """Counts letters: texts with the same letters point the same way."""

        hash = "letters"

        def encode(self, texts):
            rows = [[text.count(chr(c)) for c in range(97, 123)] for text in texts]
            return SimpleNamespace(sentence=np.array(rows, dtype=np.float32))

    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path))

    class Train:
        texts = ["zzz", "god eht", "tac eht", "god eht"]

        def __getitem__(self, i):
            return SimpleNamespace(pose=i)

    judged = [SimpleNamespace(text=text) for text in ("the cat", "the dog", "zz")]
    context = Context(judged, Train(), text_encoder=Letters())
    assert nearest_text(context) == [2, 1, 0]
    assert nearest_text(context) == [2, 1, 0]  # from the cache
    assert list(tmp_path.iterdir())


def test_a_blank_pose_shows_nothing_for_as_long_as_the_recording(clips):
    for pose, clip in zip(blank(Context(clips, clips)), clips, strict=True):
        assert len(pose) == len(clip.pose) and (pose.confidence == 0).all() and (pose.points == 0).all()


def test_random_clips_are_training_clips_drawn_once_for_all(clips):
    context = Context(clips, clips[:5])
    drawn = random_training(context)
    known = [clip.pose.points for clip in clips[:5]]
    assert all(any(pose.points is points for points in known) for pose in drawn)
    assert all(a is b for a, b in zip(drawn, random_training(context), strict=True))
    assert len({id(pose) for pose in drawn}) > 1


def test_shuffled_text_gives_nobody_his_own_recording(clips):
    given = shuffled_text(Context(clips, clips))
    assert all(pose is not clip.pose for pose, clip in zip(given, clips, strict=True))
    assert {id(pose) for pose in given} == {id(clip.pose) for clip in clips}


def test_every_control_of_the_specification_is_in_the_table():
    assert list(CONTROLS) == [
        "ground truth",
        "ground truth through the autoencoder",
        "nearest-text retrieval",
        "random training clip",
        "recording of another text",
        "static mean pose",
        "blank pose",
    ]
