"""Streaming a corpus gives what mapping it gives, and says where each clip lies."""

import numpy as np
import pytest

from sign_latent.corpus.read import Corpus
from sign_latent.corpus.stream import fetch, stream, texts
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose.placement import Placement


def test_streamed_clips_are_the_mapped_clips_and_can_be_fetched_again(few_clips):
    corpus = Corpus.open(few_clips)
    streamed = list(stream(corpus))
    mapped = [clip for name in corpus.splits for clip in corpus.split(name)]
    fetched = list(fetch(corpus, [place for place, _ in streamed]))
    assert len(streamed) == len(mapped) == 16
    for (_, one), two, three in zip(streamed, mapped, fetched, strict=True):
        assert (one.id, one.split, one.tiers) == (two.id, two.split, two.tiers) and three.id == one.id
        for name in ("points", "confidence", "rotations", "expression"):
            assert np.array_equal(getattr(one.pose, name), getattr(two.pose, name))
            assert np.array_equal(getattr(one.pose, name), getattr(three.pose, name))
    assert list(texts(corpus, ("id", "text"))) == [(clip.id, clip.text) for clip in mapped]
    assert [clip.split for _, clip in stream(corpus, ["dev"])] == 4 * ["dev"]
    with pytest.raises(UserError, match="no split 'test'"):
        list(stream(corpus, ["test"]))


def test_a_damaged_shard_is_named_before_its_first_clip(few_clips, tmp_path):
    import shutil

    shutil.copytree(few_clips, tmp_path / "c")
    shard = next((tmp_path / "c").glob("train*.parquet"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    with pytest.raises(UserError, match="train.*damaged"):
        next(stream(Corpus.open(tmp_path / "c"), ["train"]))


def test_where_the_body_lay_is_kept_and_without_it_the_hash_is_as_before(few_clips, tmp_path):
    corpus = Corpus.open(few_clips)
    clips = [clip for _, clip in stream(corpus)]
    same = write_corpus(tmp_path / "same", clips, corpus.skeleton, corpus.fps, {})
    assert same == corpus.hash
    there = Placement("pose", (320.5, -200.25, 0.0), 123.456, {"width": 640.0})
    for clip in clips:
        clip.pose.placement = there
    assert write_corpus(tmp_path / "other", clips, corpus.skeleton, corpus.fps, {}) != same
    other = Corpus.open(tmp_path / "other")
    assert all(clip.pose.placement == there for _, clip in stream(other))
    assert other.split("dev")[0].pose.placement == there and other.split("dev")[0].pose.resampled(10).placement == there


def test_a_corpus_written_before_placements_were_kept_keeps_its_hash():
    """The hash of one clip of zeros, as it was before the column existed."""
    from sign_latent.corpus.clip import Clip
    from sign_latent.corpus.write import _SplitWriter
    from sign_latent.pose import Pose, get_skeleton

    skeleton = get_skeleton("phoenix50")
    pose = Pose(np.zeros((2, 50, 3), np.float32), np.zeros((2, 50), np.float32), 25.0, skeleton)
    writer = _SplitWriter(None, "train")
    writer.add(Clip("a", "t", "en", "ase", "s", "v", "train", pose))
    assert writer.digest.hexdigest()[:16] == "2dbfa35236b5b8b5"
