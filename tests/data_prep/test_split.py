"""A group never lies in two splits; where it lies depends on its name and the seed alone."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep.split import cut, drawn, main, split
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton

SKELETON = get_skeleton("phoenix50")
SHARES = {"train": 0.7, "dev": 0.1, "test": 0.2}


def made(path, order, signer=lambda i: f"s{i % 7}"):
    pose = Pose(np.zeros((2, 50, 3), np.float32), np.ones((2, 50), np.float32), 25.0, SKELETON)
    clips = [
        Clip(f"c{i}", f"Text {i % 11}", "en", "ase", signer(i), f"video{i % 5}", "all", replace(pose)) for i in order
    ]
    write_corpus(path, clips, SKELETON, 25.0, {"title": "t"})
    return Corpus.open(path)


def places(path):
    corpus = Corpus.open(path)
    return {clip.id: clip for name in corpus.splits for clip in corpus.split(name)}


@pytest.mark.parametrize("by, column", [("signer", "signer"), ("source", "source"), ("sentence", "text"), ("id", "id")])
def test_groups_stay_together_and_the_order_of_rows_changes_nothing(tmp_path, by, column):
    order = list(range(60))
    one = made(tmp_path / "one", order)
    other = made(tmp_path / "other", order[::-1])
    counts = split(one, tmp_path / "a", by, SHARES, seed=3)
    split(other, tmp_path / "b", by, SHARES, seed=3)
    first, second = places(tmp_path / "a"), places(tmp_path / "b")
    assert {name: clip.split for name, clip in first.items()} == {name: clip.split for name, clip in second.items()}
    assert len(first) == 60 and Counter(clip.split for clip in first.values()) == counts
    splits_of = {}
    for clip in first.values():
        splits_of.setdefault(getattr(clip, column), set()).add(clip.split)
    assert all(len(found) == 1 for found in splits_of.values())
    (how,) = Corpus.open(tmp_path / "a").info["splitting"]
    assert how == {
        "from": one.hash, "by": by, "shares": SHARES, "seed": 3, "unknown": "", "clips": counts
    }  # fmt: skip


names = st.text(min_size=1, max_size=6)


@given(st.dictionaries(names, st.integers(1, 50), min_size=3, max_size=30), st.integers(0, 9), st.randoms())
def test_a_line_is_cut_into_all_splits_whatever_its_order(sizes, seed, chance):
    found = cut(sizes, SHARES, seed)
    assert found.keys() == sizes.keys() and set(found.values()) == set(SHARES)
    shuffled = list(sizes.items())
    chance.shuffle(shuffled)
    assert cut(dict(shuffled), SHARES, seed) == found


@given(names, st.integers(0, 99))
def test_a_drawn_split_is_one_of_those_and_always_the_same(name, seed):
    assert drawn(name, SHARES, seed) in SHARES and drawn(name, SHARES, seed) == drawn(name, dict(SHARES), seed)


def test_shares_are_met():
    sizes = {f"signer{i}": 10 for i in range(100)}
    counts = Counter(cut(sizes, SHARES, 0).values())
    assert counts == {"train": 70, "dev": 10, "test": 20}
    many = Counter(drawn(f"clip{i}", SHARES, 0) for i in range(4000))
    assert all(abs(many[name] / 4000 - share) < 0.02 for name, share in SHARES.items())
    assert cut(sizes, SHARES, 1) != cut(sizes, SHARES, 0)


def test_the_unknown_are_asked_about(tmp_path):
    corpus = made(tmp_path / "c", range(12), signer=lambda i: "" if i < 2 else f"s{i}")
    with pytest.raises(UserError, match="c0: its signer is not known.*--unknown"):
        split(corpus, tmp_path / "no", "signer", SHARES)
    assert split(corpus, tmp_path / "in", "signer", SHARES, unknown="train")["train"] >= 2
    assert {places(tmp_path / "in")[name].split for name in ("c0", "c1")} == {"train"}
    split(corpus, tmp_path / "out", "signer", SHARES, unknown="drop")
    dropped = Corpus.open(tmp_path / "out").drops
    assert [drop["id"] for drop in dropped] == ["c0", "c1"] and "no signer" in dropped[0]["reason"]
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    "more, reason",
    [
        (["--by", "signer", "--shares", "train=0.5,test=0.4"], "add up to 1"),
        (["--by", "signer", "--shares", "train=1,train=0"], "twice"),
        (["--by", "signer", "--shares", "train"], "not of the form"),
        (["--by", "source", "--shares", "a=0.1,b=0.1,c=0.1,d=0.1,e=0.3,f=0.3"], "5 groups cannot fill 6 splits"),
    ],
)
def test_what_cannot_be_split_is_refused_in_a_line(tmp_path, more, reason):
    made(tmp_path / "c", range(10))
    with pytest.raises(UserError, match=reason):
        main([str(tmp_path / "c"), "--out", str(tmp_path / "d"), *more])
    assert not (tmp_path / "d").exists()


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    made(tmp_path / "c", range(20))
    main([str(tmp_path / "c"), "--out", str(tmp_path / "d"), "--by", "id", "--shares", "train=0.5,test=0.5"])
    assert "train " in capsys.readouterr().out
    assert sum(Corpus.open(tmp_path / "d").counts.values()) == 20
