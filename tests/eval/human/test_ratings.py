"""From results files to figures: what raters meant comes out, whatever sides they saw."""

import json

import numpy as np
import pytest

from eval.human import ratings
from eval.human.results import read_results
from sign_latent.errors import UserError

DEAF = (("consent", "yes"), ("hearing", "deaf"), ("years", "20"))


def opinion(quality):
    """A rater who sees through the blinding: system -> points; prefers the better one; fails no check."""

    def answer(trial, question):
        points = [1 if clip.change else quality[clip.system] for clip in trial.clips]
        if question == "understood":
            return "" if points[0] == 1 else f"sentence {trial.clips[0].item[-1]}"
        if question == "comment":
            return ""
        if trial.part == "single":
            return str(points[0])
        return "same" if points[0] == points[1] else "ab"[int(points[1] > points[0])]

    return answer


def careless(trial, question):
    return {"single": "5", "pair": "a" if trial.clips[0].change else "b"}[trial.part] if question[0] not in "u" else "5"


@pytest.fixture
def evaluated(make_key, write_results):
    """A function (quality, …) -> evaluation of raters of one opinion."""

    def run(quality, raters=6, about=DEAF, **design):
        key = make_key(tuple(quality), raters=raters, items=6, **design)
        files = [write_results(key, rater, opinion(quality), about) for rater in key.raters]
        return ratings.evaluate(read_results(files, key), key)

    return run


def test_what_raters_think_of_two_systems_comes_out(evaluated):
    found = evaluated({"good": 5, "bad": 2})
    for name in ("understandability", "grammar", "hands", "face", "fluency", "adequacy"):
        table = found["questions"][name]
        assert [table["systems"][s]["value"] for s in ("good", "bad")] == [5, 2]
        assert table["systems"]["good"]["answers"] == 18  # six raters, six items, half of them in each system
        assert table["differences"] == [{"systems": ["good", "bad"], "value": 3, "interval": [3, 3]}]
        assert table["agreement"]["alpha"] == pytest.approx(1)
        assert table["repeated"] == {"asked_twice": 6, "same": 1, "mean_distance": 0}
    for name in ("preference", "meaning"):
        (row,) = found["questions"][name]["pairs"]
        assert row["systems"] == ["bad", "good"] and row["preferred"] == [0, 36] and row["win_rate"]["value"] == 0
        assert row["sign_test_items"]["against"] == 6 and row["sign_test_items"]["p"] == pytest.approx(2 / 2**6)
        assert found["questions"][name]["strengths"] is None
        assert found["questions"][name]["repeated"]["same"] == 1
    assert found["understood"]["good"] == {"chrf": pytest.approx(100), "answers": 18}
    assert found["checks"]["excluded"] == 0


def test_three_systems_get_strengths_in_their_order(evaluated):
    found = evaluated({"mid": 3, "low": 1, "high": 4})
    strong = found["questions"]["preference"]["strengths"]
    assert strong["high"]["value"] > strong["mid"]["value"] > strong["low"]["value"]
    assert strong["high"]["interval"][0] > strong["low"]["interval"][1]
    assert [sum(row["preferred"]) for row in found["questions"]["preference"]["pairs"]] == [12, 12, 12]
    assert found["understood"]["low"] == {"chrf": 0, "answers": 12}


def test_equal_systems_are_not_told_apart(evaluated):
    found = evaluated({"one": 3, "two": 3})
    (row,) = found["questions"]["preference"]["pairs"]
    assert row["same"] == 36 and row["win_rate"]["value"] == 0.5 and row["sign_test_raters"]["p"] is None
    assert found["questions"]["hands"]["agreement"]["alpha"] is None  # nothing varies


def test_careless_raters_are_left_out_and_counted(make_key, write_results):
    key = make_key(raters=4)
    answer = opinion({"one": 4, "two": 2})
    files = [write_results(key, rater, answer if rater < "r03" else careless, DEAF) for rater in key.raters]
    found = ratings.evaluate(read_results(files, key), key)
    assert found["raters"]["answered"] == 4 and found["raters"]["scored"] == 2
    assert found["checks"]["excluded"] == 2
    counts = found["checks"]["counts"]
    assert sum(row["answered"] for row in counts.values()) == 16
    assert sum(row["failed"] for row in counts.values()) == 8
    assert found["questions"]["hands"]["systems"]["one"]["value"] == 4
    with pytest.raises(UserError, match="no rater is left"):
        ratings.evaluate(read_results(files[2:], key), key)


def test_one_failed_check_is_allowed(make_key, write_results):
    key = make_key(raters=1)
    answer = opinion({"one": 4, "two": 2})
    slip = next(trial.code for trial in key.raters["r01"] if trial.kind == "check" and trial.part == "single")
    path = write_results(key, "r01", lambda t, q: "5" if t.code == slip and q == "fluency" else answer(t, q))
    found = ratings.evaluate(read_results([path], key), key)
    assert found["raters"]["scored"] == 1 and found["checks"]["counts"]["frozen"]["failed"] == 1


def test_checks_and_repeats_never_enter_the_figures(evaluated):
    found = evaluated({"good": 5, "bad": 2})
    table = found["questions"]["hands"]["systems"]
    assert sum(row["answers"] for row in table.values()) == 36  # not 6 × (6 + 2 + 1)
    assert all(row["text"].startswith("sentence") for row in found["remarks"])
    assert len(found["remarks"]) == 36


def test_cannot_say_and_neither_are_counted_apart(make_key, write_results):
    key = make_key(raters=2)
    path = write_results(
        key, "r01", lambda t, q: {"grammar": "na", "preference": "neither", "hands": "2"}.get(q, ""), DEAF
    )
    found = ratings.evaluate(read_results([path], key), key)
    grammar, hands = found["questions"]["grammar"], found["questions"]["hands"]
    assert [row["cannot_say"] for row in grammar["systems"].values()] == [2, 2]
    assert all(row["value"] is None for row in grammar["systems"].values())
    assert all(row["value"] == 2 and row["cannot_say"] == 0 for row in hands["systems"].values())
    (row,) = found["questions"]["preference"]["pairs"]
    assert row["neither"] == 4 and row["win_rate"]["value"] is None
    assert "adequacy" not in found["questions"]


def test_intervals_hold_the_truth_of_noisy_raters(make_key, write_results):
    chance = np.random.default_rng(0)
    key = make_key(raters=12, items=10)
    true = {"one": 0.3, "two": 0.7}

    def noisy(trial, question):
        if trial.kind == "check":
            return "1" if trial.part == "single" else "same"
        if trial.part == "pair":
            return "a" if chance.random() < true[trial.clips[0].system] else "b"
        return str(1 + chance.binomial(4, true[trial.clips[0].system]))

    files = [write_results(key, rater, noisy, DEAF) for rater in key.raters]
    found = ratings.evaluate(read_results(files, key), key)
    for name, share in true.items():
        low, high = found["questions"]["hands"]["systems"][name]["interval"]
        assert low < 1 + 4 * share < high < low + 1.5
    (row,) = found["questions"]["preference"]["pairs"]
    assert row["win_rate"]["interval"][0] < 0.3 < row["win_rate"]["interval"][1] < 0.5
    assert row["sign_test_items"]["p"] < 0.05


def test_warnings_name_what_the_figures_do_not_show(evaluated):
    few = evaluated({"one": 3, "two": 4}, raters=2, about=(("consent", "yes"), ("hearing", "hearing")))["warnings"]
    assert any("2 raters" in text for text in few) and any("Deaf" in text for text in few)
    assert evaluated({"one": 3, "two": 4}, raters=10)["warnings"] == []


def test_the_command_writes_three_tables_and_repeats_itself(make_key, write_results, tmp_path):
    key = make_key(("<b>x", "=two"), raters=2)
    key.write(tmp_path / "key.json")
    hostile = "<script>alert(1)</script>"
    answer = opinion({"<b>x": 4, "=two": 2})
    files = [
        str(write_results(key, rater, lambda t, q: hostile if q == "comment" else answer(t, q), DEAF))
        for rater in key.raters
    ]
    for out in ("one", "two"):
        ratings.main([*files, "--key", str(tmp_path / "key.json"), "--out", str(tmp_path / out)])
    for name in ("ratings.json", "ratings.html", "ratings.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    page = (tmp_path / "one" / "ratings.html").read_text()
    assert "<script>" not in page and "&lt;script&gt;" in page and "<b>x" not in page
    assert "r01" not in page  # figures and remarks, not persons
    assert json.loads((tmp_path / "one" / "ratings.json").read_text())["version"] == ratings.VERSION
    lines = (tmp_path / "one" / "ratings.csv").read_text().splitlines()
    assert lines[0].startswith("question,figure,systems,value") and "hands,mean,'=two,2.0,2.0,2.0,4" in lines
    with pytest.raises(UserError, match="never overwritten"):
        ratings.main([*files, "--key", str(tmp_path / "key.json"), "--out", str(tmp_path / "one")])


def test_numbers_are_written_for_people():
    from eval.human.ratings_page import _number

    assert [_number(x) for x in (-1.5, -0.001, 0.0, None)] == ["−1.50", "0.00", "0.00", "–"]


def test_a_rehearsal_says_so_first(make_key, write_results):
    from dataclasses import replace

    key = replace(make_key(raters=1), rehearsal=True)
    found = ratings.evaluate(read_results([write_results(key, "r01", opinion({"one": 2, "two": 2}), DEAF)], key), key)
    assert "rehearsal" in found["warnings"][0]
