"""Laws of trimming, segmentation, frame rate and the dominant hand."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_prep.cleaning.dominant import leading_hand, to_dominant
from data_prep.cleaning.rate import to_rate
from data_prep.cleaning.record import Record
from data_prep.cleaning.rest import trim_rest
from data_prep.cleaning.segments import read_segments, segment
from sign_latent.corpus.clip import Tier
from sign_latent.errors import UserError


def still_around(pose, start, end):
    """The pose with its first and last frames standing still."""
    pose.points[:start], pose.points[end:] = pose.points[start], pose.points[end - 1]
    return pose


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 29), end=st.integers(31, 60), noise=st.sampled_from([0, 0.005]), seed=st.integers(0, 99))
def test_trimming_never_removes_motion(swinging, clip_of, start, end, noise, seed):
    pose = still_around(swinging(seed=seed), start, end)
    pose.points += np.random.default_rng(seed).normal(0, noise, pose.points.shape).astype(np.float32)
    (made,) = trim_rest(clip_of(pose), Record(), still=0.05, seconds=0.0)
    wide = np.lib.stride_tricks.sliding_window_view(pose.points, len(made.pose), axis=0)
    (first,) = [i for i in range(len(wide)) if np.array_equal(np.moveaxis(wide[i], -1, 0), made.pose.points)][:1]
    last = first + len(made.pose)
    for removed, edge in ((pose.points[:first], pose.points[0]), (pose.points[last:], pose.points[-1])):
        if len(removed):
            assert np.linalg.norm(removed - edge, axis=-1).max() <= 0.05
    assert first >= max(0, start - 1) and last <= min(60, end + 2) or noise or len(made.pose) == 60


def test_rest_is_cut_but_for_a_margin_and_annotated_frames_stay(swinging, clip_of, record):
    pose = still_around(swinging(frames=100), 40, 70)
    (made,) = trim_rest(clip_of(pose, [Tier("gloss", "A", 42, 68)]), record, seconds=0.2)
    assert 30 <= len(made.pose) <= 46 and made.tiers[0].end - made.tiers[0].start == 26
    (kept,) = trim_rest(clip_of(pose, [Tier("gloss", "A", 10, 95)]), record)
    assert len(kept.pose) >= 85
    assert record.counts["clips"] == 2


def test_a_hand_that_comes_into_the_picture_is_motion(swinging, clip_of, record):
    pose = still_around(swinging(), 50, 60)
    side = [pose.skeleton.points.index("left_wrist"), *pose.skeleton.parts["left_hand"]]
    pose.confidence[:20, side] = 0
    (made,) = trim_rest(clip_of(pose), record, seconds=0.0)
    assert 35 <= len(made.pose) <= 40, "nothing else moves before frame 50"


def test_a_clip_at_rest_is_kept(swinging, clip_of, record):
    clip = clip_of(still_around(swinging(), 60 - 1, 60))
    assert trim_rest(clip, record) == [clip] and record.counts == {"clips at rest throughout": 1}


def test_segments_are_the_frames_of_their_times(tmp_path, clip_of, record):
    (tmp_path / "t.tsv").write_text(
        "id\tstart\tend\ttext\tgloss\nc\t0\t0.4\tone\tONE\nc\t1.0\t99\ttwo\t\nc\t5\t6\tthree\t\nother\t0\t1\t.\t\n"
    )
    clip = clip_of(tiers=[Tier("gloss", "X", 5, 30)])
    one, two = segment(clip, record, read_segments(tmp_path / "t.tsv"))
    assert (one.id, one.text, one.gloss, len(one.pose)) == ("c#1", "one", "ONE", 10)
    assert (two.id, two.text, len(two.pose)) == ("c#2", "two", 35)
    assert np.array_equal(one.pose.points, clip.pose.points[:10])
    assert np.array_equal(two.pose.points, clip.pose.points[25:])
    assert one.tiers == [Tier("gloss", "X", 5, 10)] and two.tiers == [Tier("gloss", "X", 0, 5)]
    assert [drop["id"] for drop in record.drops] == ["c#3"] and "2.4 s there are" in record.drops[0]["reason"]
    assert record.counts == {"clips": 1, "segments": 2, "ends past the clip": 2, "dropped": 1}
    assert segment(clip, record, {}) == [] and record.drops[1]["id"] == "c"


@pytest.mark.parametrize(
    "table, reason", [("id,start\nc,0\n", "no column end, text"), ("id,start,end,text\nc,2,1,x\n", "line 2: 2 to 1 s")]
)
def test_a_table_that_cannot_be_followed_is_refused(tmp_path, table, reason):
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(UserError, match=reason):
        read_segments(tmp_path / "t.csv")


def test_rate_changes_frames_and_tiers_together(clip_of, record):
    (made,) = to_rate(clip_of(tiers=[Tier("gloss", "A", 10, 20)]), record, 50.0)
    assert (len(made.pose), made.pose.fps, made.tiers[0].start, made.tiers[0].end) == (120, 50.0, 20, 40)
    clip = clip_of()
    assert to_rate(clip, record, 25.0) == [clip]


def test_mirroring_twice_is_the_identity(clip_of, record):
    clip = clip_of(tiers=[Tier("handshape_left", "flat", 1, 9)], handedness="left")
    (right,) = to_dominant(clip, record, "right")
    (left,) = to_dominant(right, record, "left")
    assert right.handedness == "right" and right.tiers[0].channel == "handshape_right"
    assert np.array_equal(left.pose.points, clip.pose.points) and left.tiers == clip.tiers
    assert to_dominant(right, record, "right") == [right] and record.counts == {"clips": 2}


def test_the_leading_hand_is_the_one_that_goes_further(swinging, clip_of, record):
    pose = swinging()
    wrist = pose.skeleton.points.index("right_wrist")
    pose.points[:, wrist] = pose.points[:1, wrist]
    assert leading_hand(pose, 1.5) == "left" and leading_hand(pose.mirrored(), 1.5) == "right"
    assert leading_hand(swinging(seed=1), 50) == ""
    assert to_dominant(clip_of(pose), record)[0].handedness == ""
    (made,) = to_dominant(clip_of(pose), record, guess=1.5)
    assert made.handedness == "right" and record.counts["guessed left"] == 1
