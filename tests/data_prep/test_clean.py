"""A corpus is cleaned step by step, and says so."""

import json

import numpy as np
import pytest

from data_prep.clean import OPERATIONS, clean, main
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError


def test_what_was_done_stands_in_the_corpus(few_clips, tmp_path, capsys):
    source = Corpus.open(few_clips)
    main([str(few_clips), "--out", str(tmp_path / "a"), "--smooth", "5", "--fps", "50", "--fill"])
    main([str(tmp_path / "a"), "--out", str(tmp_path / "b"), "--dominant", "--guess-hand", "1.5"])
    made = Corpus.open(tmp_path / "b")
    first, second = made.info["cleaning"]
    assert first["from"] == source.hash and second["from"] == Corpus.open(tmp_path / "a").hash
    assert [(step["operation"], step["settings"]) for step in first["steps"]] == [
        ("fill", {"seconds": 0.2}), ("smooth", {"hertz": 5.0}), ("fps", {"fps": 50.0})
    ]  # fmt: skip
    assert first["steps"][1]["counts"]["clips"] == 16
    assert (made.fps, made.counts, made.info["licence"]) == (50.0, source.counts, "CC0-1.0")
    assert made.split("train").lengths.tolist() == (2 * source.split("train").lengths).tolist()
    assert "smooth: " in capsys.readouterr().out


def test_segments_become_the_clips_of_the_corpus(few_clips, tmp_path):
    (tmp_path / "t.csv").write_text("id,start,end,text,split\n0,0,0.2,first,dev\n1,0.1,0.4,second,\n")
    main([str(few_clips), "--out", str(tmp_path / "a"), "--segments", str(tmp_path / "t.csv")])
    made = Corpus.open(tmp_path / "a")
    assert {name: made.split(name).ids for name in made.splits} == {"dev": ["0#1"], "train": ["1#1"]}
    assert made.split("dev").texts == ["first"] and len(made.drops) == 14
    assert made.info["cleaning"][0]["steps"][0]["settings"]["table"] == "t.csv"


def test_every_operation_is_offered(few_clips, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    assert all(f"--{name}" in printed for name in OPERATIONS)


@pytest.mark.parametrize(
    "more, reason",
    [
        ([], "nothing to clean"),
        (["--fill", "-1"], "--fill -1"),
        (["--dominant", "both"], "left or right"),
        (["--smooth", "99"], "99 Hz"),
        (["--segments", "none.csv"], "none.csv: no such file"),
        (["--swaps"], "has rotations"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_written(few_clips, tmp_path, more, reason):
    with pytest.raises(UserError, match=reason):
        main([str(few_clips), "--out", str(tmp_path / "a"), *more])
    assert list(tmp_path.iterdir()) == []


def test_the_corpus_it_was_made_from_is_not_changed(few_clips, tmp_path):
    before = {path.name: path.read_bytes() for path in few_clips.iterdir() if path.is_file()}
    clean(Corpus.open(few_clips), tmp_path / "a", {"smooth": {}})
    assert {path.name: path.read_bytes() for path in few_clips.iterdir() if path.is_file()} == before
    card = json.loads((tmp_path / "a" / "corpus.json").read_text())
    assert card["hash"] != json.loads(before["corpus.json"])["hash"]
    assert np.isfinite(Corpus.open(tmp_path / "a").split("dev")[0].pose.points).all()
