"""The channel scores: ground truth has all, a still body nothing, and what is spoiled costs its own channel."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.invented.clips import make_clip
from data_prep.invented.observing import observe
from data_prep.invented.splits import plan
from eval.channels import CHANNELS, channel_counts, parse, table
from eval.cheats import frozen, retimed
from eval.controls import Context, static
from eval.honest import resigned
from eval.intended import intended
from eval.reading_order import align
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError


@pytest.fixture(scope="module")
def signed() -> list[Clip]:
    """Sentences of all splits in the dominant view."""
    tasks = plan(60, 5)
    made = (make_clip(tasks[i], "qaa", 5) for i in np.random.default_rng(1).permutation(len(tasks))[:14])
    return [clip.mirrored() if clip.handedness == "left" else clip for clip in made]


@pytest.fixture(scope="module")
def truth(signed) -> dict:
    return table(channel_counts([clip.pose for clip in signed], signed))


def test_ground_truth_shows_what_it_means(truth):
    for channel in CHANNELS:
        assert truth[channel]["f1"] >= 0.98, channel
    assert truth["manual"]["f1"] >= 0.99 and truth["non-manual"]["f1"] >= 0.99


def test_a_still_body_shows_nothing(signed):
    poses = static(Context(signed, signed))
    scores = table(channel_counts(poses, signed))
    assert max(scores[channel]["recall"] for channel in CHANNELS) <= 0.02


def test_failures_mean_everything_and_show_nothing(signed, truth):
    scores = table(channel_counts([None] * len(signed), signed))
    assert all(scores[name]["recall"] == 0 and scores[name]["meant"] == truth[name]["meant"] for name in scores)


def test_a_frozen_hand_costs_its_shape_and_a_frozen_face_the_face(signed, truth):
    hand = table(channel_counts([frozen(clip.pose, "right_hand") for clip in signed], signed))
    assert hand["handshape"]["recall"] < 0.2 and hand["non-manual"]["recall"] > 0.8
    face = table(channel_counts([frozen(clip.pose, "face") for clip in signed], signed))
    assert face["mouth"]["recall"] < 0.2 and face["handshape"] == truth["handshape"]


def test_another_tempo_keeps_what_is_shown_and_where(signed):
    slower = [retimed(clip.pose, round(1.15 * len(clip.pose))) for clip in signed]
    scores = table(channel_counts(slower, signed))
    assert scores["handshape"]["f1"] >= 0.97 and scores["location"]["f1"] >= 0.97


def test_signs_are_found_at_their_times(signed):
    for clip in signed:
        times = sorted((t.start, t.end) for t in clip.tiers if t.channel == "gloss")
        found = align(observe(clip.pose.points), intended(clip).glosses, "qaa")
        assert np.abs(np.array(found) - np.array(times)).max() <= 2


def test_signing_anew_means_the_same(signed):
    clip = signed[0]
    again = resigned(clip, "signer07" if clip.signer != "signer07" else "signer08", seed=5)
    assert intended(again) == intended(clip) and again.pose.points.shape[1:] == clip.pose.points.shape[1:]
    assert table(channel_counts([again.pose], [clip]))["handshape"]["f1"] >= 0.9


def test_other_corpora_and_bad_arguments_are_refused(signed, tmp_path):
    with pytest.raises(UserError, match="timed glosses"):
        intended(replace(signed[0], tiers=[]))
    with pytest.raises(UserError, match="qaa and qab"):
        intended(replace(signed[0], signed_language="ase"))
    with pytest.raises(UserError, match="either"):
        parse(["--corpus", "c"])
    with pytest.raises(UserError, match="no such folder"):
        parse(["--corpus", "c", "--poses", str(tmp_path / "none")])
