"""The command: the same bytes for a seed however many processes make them, and one clear line for bad input."""

import hashlib
import sys

import pytest

from data_prep import synthesise
from sign_latent.corpus.read import Corpus
from sign_latent.errors import run

CLIPS = "12"


def make(monkeypatch, out, *more: str) -> None:
    monkeypatch.setattr(sys, "argv", ["synthesise", "--out", str(out), "--clips", CLIPS, *more])
    synthesise.main()


def content(folder) -> dict[str, str]:
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        out = tmp_path_factory.mktemp("made") / "corpus"
        make(patch, out, "--jobs", "1")
    return out


def test_a_corpus_that_opens_with_all_its_splits(corpus):
    opened = Corpus.open(corpus)
    assert set(opened.splits) == {
        "train",
        "dev",
        "test_sentences",
        "test_signers",
        "test_names",
        "test_long",
        "test_combinations",
    }
    assert opened.skeleton.name == "smplx" and opened.fps == 25
    clip = opened.split("train")[0]
    assert clip.spoken_language == "en" and clip.signed_language == "qaa" and clip.gloss and clip.tiers
    assert clip.pose.rotations.shape == (len(clip.pose), 55, 3)
    assert "nobody" in opened.info["title"]


def test_bytes_depend_on_the_seed_and_not_on_the_number_of_processes(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(synthesise, "BATCH", 7)
    make(monkeypatch, tmp_path / "again", "--jobs", "2")
    assert content(tmp_path / "again") == content(corpus)
    make(monkeypatch, tmp_path / "other", "--jobs", "1", "--seed", "1")
    assert Corpus.open(tmp_path / "other").hash != Corpus.open(corpus).hash


def test_two_languages_over_the_same_english(tmp_path, monkeypatch):
    make(monkeypatch, tmp_path / "both", "--language", "qaa", "--language", "qab", "--jobs", "1")
    clips = list(Corpus.open(tmp_path / "both").split("train"))
    texts = {language: [c.text for c in clips if c.signed_language == language] for language in ("qaa", "qab")}
    assert texts["qaa"] == texts["qab"] and len(texts["qaa"]) == int(CLIPS)
    assert [c.gloss for c in clips[:12]] != [c.gloss for c in clips[12:]]


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--clips", "3"], "--clips 3"),
        (["--language", "ase"], "ase"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_bad_input_gives_one_line_and_code_2(tmp_path, monkeypatch, capsys, arguments, named):
    monkeypatch.setattr(sys, "argv", ["synthesise", "--out", str(tmp_path / "x"), *arguments])
    with pytest.raises(SystemExit) as stopped:
        run(synthesise.main)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert named in error and len(error.strip().splitlines()) == 1
    assert not (tmp_path / "x").exists()


def test_a_taken_folder_is_refused_before_any_work(corpus, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["synthesise", "--out", str(corpus), "--clips", CLIPS])
    before = content(corpus)
    with pytest.raises(SystemExit) as stopped:
        run(synthesise.main)
    assert stopped.value.code == 2 and str(corpus) in capsys.readouterr().err
    assert content(corpus) == before
