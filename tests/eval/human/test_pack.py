"""A pack gives nothing away, and its key gives it all back."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.human import pack
from eval.human.design import Design, plan
from eval.human.key import Key, Rules, blinded, unblinded
from sign_latent.errors import UserError
from sign_latent.files import file_hash
from sign_latent.pose.pose import Pose


def make(folders, *extra, systems=("alpha-net", "beta-net"), out="pack", seed="3"):
    """Runs the command; (pages, key)."""
    named = [word for name in systems for word in ("--system", f"{name}={folders / name.split('~')[0]}")]
    rest = ["--texts", str(folders / "texts.csv"), "--signed-language", "ase", "--out", str(folders / out)]
    pack.main([*named, *rest, "--items", "4", "--raters", "2", "--seed", seed, *extra])
    return sorted((folders / out).glob("*.html")), Key.read(folders / f"{out}-key.json")


def test_a_pack_holds_a_page_a_rater_and_names_nothing(folders):
    pages, key = make(folders, "--references", str(folders / "humans"), seed="987654321")
    assert [page.name for page in pages] == ["rater-01.html", "rater-02.html"]
    secrets = [*key.systems, *key.items, str(key.seed), str(folders), "humans", "frozen", "reversed"]
    assert {path.name for path in (folders / "pack").iterdir()} == {*(page.name for page in pages), "pack.json"}
    whole = (folders / "pack" / "pack.json").read_text()
    assert set(json.loads(whole)["raters"]["r01"][0]) == {"code", "text", "clips"}
    texts = [page.read_text() for page in pages]
    for text in (whole, *texts):
        shown = re.sub(r'"points": ?"[^"]*"', "", text)
        assert not [secret for secret in secrets if re.search(rf"\b{re.escape(secret)}\b", shown)]
    for text in texts:
        assert not re.search(r"data-(kind|of|item|system)", text)
        assert "American Sign Language (ase)" in text and "ehearsal" not in text


def test_renaming_the_systems_changes_no_byte_of_the_pack(folders):
    (folders / "zeta").symlink_to(folders / "alpha-net")
    (folders / "eta").symlink_to(folders / "beta-net")
    pages, key = make(folders)
    others, other = make(folders, systems=("zeta", "eta"), out="again")
    assert [page.read_bytes() for page in pages] == [page.read_bytes() for page in others]
    assert (folders / "pack" / "pack.json").read_bytes() == (folders / "again" / "pack.json").read_bytes()
    assert list(other.systems) == ["zeta", "eta"] and list(key.systems) == ["alpha-net", "beta-net"]


def test_each_system_is_left_as_often_as_right_and_weighs_the_same(folders):
    pages, key = make(folders)
    left = [t.clips[0].system for ts in key.raters.values() for t in ts if t.part == "pair" and t.kind == "rated"]
    assert left.count("alpha-net") == left.count("beta-net") == 4
    for page in pages:
        sizes = {len(points) for points in re.findall(r'"points":"([^"]*)"', page.read_text())}
        assert len(sizes) == 1  # clips of one length weigh the same, whoever made them


def test_without_a_seed_nobody_can_draw_it_again(folders):
    options = ["--system", f"a={folders / 'alpha-net'}", "--system", f"b={folders / 'beta-net'}", "--items", "2"]
    options += ["--texts", str(folders / "texts.csv"), "--signed-language", "ase", "--raters", "1"]
    seeds = set()
    for name in ("one", "two"):
        pack.main([*options, "--out", str(folders / name)])
        seeds.add(Key.read(folders / f"{name}-key.json").seed)
    assert len(seeds) == 2 and min(seeds) > 2**40


def test_every_page_shows_what_the_key_says(folders):
    pages, key = make(folders)
    for page, trials in zip(pages, key.raters.values(), strict=True):
        shown = re.findall(r'<template data-code="(\w+)" data-part="(\w+)" data-text="([^"]*)">', page.read_text())
        assert shown == [(t.code, t.part, key.items[t.clips[0].item]) for t in trials]


def test_an_invented_language_makes_it_a_rehearsal(folders):
    extra = ("--signed-language", "qaa", "--references", str(folders / "humans"))
    pages, key = make(folders, *extra)
    assert key.rehearsal and "Rehearsal in an invented language" in pages[0].read_text()
    assert "reversed" not in {clip.change for ts in key.raters.values() for t in ts for clip in t.clips}


def test_pages_load_nothing_and_escape_what_they_show(folders):
    hostile = '</template><script>alert(1)</script><img src=x onerror=alert(2)>"'
    texts = "".join(f'clip_{i},"{i} {hostile.replace(chr(34), chr(34) * 2)}"\n' for i in range(6))
    (folders / "texts.csv").write_text("id,text\n" + texts)
    pages, _ = make(folders, "--contact", hostile)
    text = pages[0].read_text()
    assert "<img" not in text and "alert(1)</script>" not in text
    assert not re.search(r"https?:|[\"'(]//|@import|url\(|fetch\(|XMLHttp|WebSocket|sendBeacon", text)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), answer=st.sampled_from(["a", "b", "same", "neither"]))
def test_unblinding_is_the_inverse_of_blinding(seed, answer):
    for trial in _trials(seed):
        assert blinded(trial, unblinded(trial, answer)) == answer
    for trial in _trials(seed):
        for system in (clip.system for clip in trial.clips):
            assert unblinded(trial, blinded(trial, system)) == system


def _trials(seed):
    items = [f"i{n}" for n in range(3)]
    design = Design(items, [], ("x", "y", "z"), ("x",), ("pair",), repeats=1, reversible=False, seed=seed)
    return [trial for trials in plan(design, 2) for trial in trials]


def test_a_key_is_read_as_it_was_written(make_key, tmp_path):
    key = make_key()
    key.write(tmp_path / "key.json")
    assert Key.read(tmp_path / "key.json") == key


@pytest.mark.parametrize(
    "change", [{"version": 9}, {"raters": 3}, {"more": 1}, {"rules": {"x": 1}}, {"raters": {"r": [{}]}}]
)
def test_a_strange_key_is_refused(make_key, tmp_path, change):
    path = tmp_path / "key.json"
    make_key().write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match="key .*key.json"):
        Key.read(path)


BAD = {
    "name twice": (["--system", "alpha-net=x"], "each name once"),
    "reserved name": (["--system", "reference=x"], "--references only"),
    "no folder": (["--system", "gamma"], "NAME=FOLDER"),
    "missing clips": (["--system", "gamma=nowhere"], "system gamma: 6 of 6"),
    "language": (["--signed-language", "GSL"], "German is gsg"),
    "too few texts": (["--checks", "5"], "too few"),
    "one item": (["--items", "1"], "at least 2"),
    "no raters": (["--raters", "0"], "--raters of at least 1"),
    "rate": (["--fps", "0"], "frames a second"),
    "key in the pack": (["--key", "pack/key.json"], "lies in the pack"),
    "texts": (["--texts", "nowhere.csv"], "nowhere.csv"),
}


@pytest.mark.parametrize("extra, reason", BAD.values(), ids=BAD)
def test_what_cannot_be_packed_is_named_and_nothing_is_written(folders, monkeypatch, extra, reason):
    monkeypatch.chdir(folders)
    before = sorted(folders.rglob("*"))
    with pytest.raises(UserError, match=reason):
        make(folders, *extra)
    assert sorted(folders.rglob("*")) == before


def test_one_system_alone_can_be_rated_but_not_compared(folders):
    with pytest.raises(UserError, match="at least two systems"):
        make(folders, systems=("alpha-net",))
    _, key = make(folders, "--parts", "single", systems=("alpha-net",))
    assert {t.part for trials in key.raters.values() for t in trials} == {"single"}


def test_a_pack_and_a_key_are_never_overwritten(folders):
    make(folders)
    for name in ("pack", "other"):
        with pytest.raises(UserError, match="never overwritten"):
            make(folders, "--key", str(folders / "pack-key.json"), out=name)
    assert not (folders / "other").exists()
    with pytest.raises(UserError, match="never overwritten"):
        make(folders, "--key", str(folders / "new.json"))
    assert not (folders / "new.json").exists()


def test_the_key_fixes_rules_and_names_every_file_by_its_hash(folders):
    _, key = make(folders)
    assert key.rules == Rules(too_good=4, allowed=1)
    for name, found in key.systems.items():
        assert found["clips"] == {f"clip_{i}": file_hash(folders / name / f"clip_{i}.npz") for i in range(6)}


def test_where_signs_are_known_raters_are_not_told(folders):
    """Glosses would say what is signed, and which systems know theirs."""
    for i in range(6):
        path = folders / "alpha-net" / f"clip_{i}.npz"
        Pose.load(path).with_signs([("SECRET", 2, 9)]).save(path)
    make(folders)
    assert not [path for path in (folders / "pack").iterdir() if "SECRET" in path.read_text()]
