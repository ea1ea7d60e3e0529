"""The table of a gallery: what stands in it, where it is written, and that numbers without value stay readable."""

import csv
import json

import pytest

from eval.case import ACCUSATION, NOTICE, Finding, Measure
from eval.cheat_table import Gallery, lines_of, margin_rows, markdown, narrowest, rows_of, write
from eval.trials import Trial


@pytest.fixture
def gallery() -> Gallery:
    slow = Measure("duration", 2.0, 1.2, factor=True)
    fine = Measure("duration", 1.05, 1.2, factor=True)
    still = Measure("way", 0.5, 0.05, above=False, factor=True)
    trials = [
        Trial("half", "half speed", [Finding("half speed", "…", {"ratio": 2.0})], {"half or double speed": slow}, -0.1),
        Trial("copy", "training-clip copy", [Finding("added noise", "…")], {"training-clip copy, near": fine}, -0.2),
        Trial(
            "good", "", [Finding("said", "…", severity=NOTICE)], {"half or double speed": fine, "static": still}, -0.3
        ),
        Trial("none", "", []),
    ]
    return Gallery({"corpus": "made"}, trials, {"frozen face": "no face"})


def test_a_row_tells_what_was_found_and_where_it_ranks(gallery):
    rows = {row["system"]: row for row in rows_of(gallery)}
    assert [rows["half"][k] for k in ("named", "passed", "evidence", "check")] == [
        "half speed",
        True,
        "ratio 2",
        "half or double speed",
    ]
    assert not rows["copy"]["passed"] and rows["copy"]["named"] == "added noise"
    assert rows["good"]["passed"] and rows["good"]["named"] == ""
    assert [rows[name]["place_by_distance"] for name in ("half", "copy", "good", "none")] == [1, 2, 3, 4]
    assert [rows[name]["place"] for name in ("good", "none", "half", "copy")] == [1, 2, 3, 4]


def test_margins_are_doublings_or_differences_and_negative_on_the_honest_side(gallery):
    rows = {(row["system"], row["check"]): row for row in margin_rows(gallery)}
    assert rows["half", "half or double speed"]["past_bound"] == pytest.approx(0.737, abs=1e-3)
    assert rows["good", "static"]["past_bound"] == pytest.approx(-3.32, abs=0.01)
    speed = next(row for row in narrowest(gallery) if row["check"] == "half or double speed")
    assert (speed["honest"]["system"], speed["cheat"]["system"]) == ("good", "half")


def test_failures_stand_out_in_every_form(gallery):
    assert not gallery.passed
    text = markdown(gallery)
    assert "1 of 2 cheats named, 0 of 2 honest systems accused" in text
    assert "**missed**; added noise" in text and "- frozen face: no face" in text
    assert sum(line.startswith("FAILED") for line in lines_of(gallery.trials)) == 1


def test_files_are_written_whole_and_hold_no_nan(gallery, tmp_path):
    write(gallery, tmp_path / "out")
    found = json.loads((tmp_path / "out" / "gallery.json").read_text(), parse_constant=lambda name: 1 / 0)
    assert found["passed"] is False and found["findings"]["half"][0]["severity"] == ACCUSATION
    with (tmp_path / "out" / "margins.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "gallery.csv",
        "margins.csv",
        "gallery.json",
        "gallery.md",
    }
