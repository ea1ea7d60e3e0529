"""Reports of one setting are ranked; of two settings, refused with the difference named."""

import sys
from dataclasses import replace

import pytest

from eval.leaderboard import controls, entries, html_of, main, refuse_mixing
from eval.report_file import to_json
from eval.schema import Estimate
from sign_latent.errors import UserError


def put(report, part, **changes):
    return replace(report, **{part: replace(getattr(report, part), **changes)})


def judged(report, **changes):
    return replace(report, judges=[replace(report.judges[0], **changes)])


DIFFERENCES = [
    (lambda r: put(r, "references", hash="other"), "corpus is other"),
    (lambda r: put(r, "references", splits=["dev"]), "split is dev, where a.json has test"),
    (lambda r: put(r, "references", clip_set="0"), "clip set is 2 clips, 0"),
    (lambda r: put(r, "references", fps=30.0), "fps is 30.0"),
    (lambda r: put(r, "references", skeleton="phoenix50"), "skeleton is phoenix50"),
    (lambda r: judged(r, name="judge@9"), "judges is judge@9"),
    (lambda r: judged(r, beam=4), r"judges is judge@1 \(beam 4\)"),
    (lambda r: replace(r, judges=[]), "judges is"),
    (lambda r: put(r, "uncertainty", draws=5000), "intervals is 5000 draws"),
    (lambda r: replace(r, signatures={"bleu": "tok:none"}), "bleu signature is tok:none"),
    (lambda r: replace(r, version=4), "schema version is 4"),
]


@pytest.mark.parametrize("change, said", DIFFERENCES)
def test_other_settings_are_refused_and_named(whole, change, said):
    with pytest.raises(UserError, match=f"b.json: its {said}"):
        refuse_mixing([("a.json", whole()), ("b.json", change(whole(name="other@1")))])


def test_seeds_settings_and_the_scorer_version_may_differ(whole):
    other = replace(
        put(whole(name="other@1"), "system", seeds=[5], settings={}), signatures={"bleu": "tok:13a|version:9"}
    )
    refuse_mixing([("a.json", whole()), ("b.json", other)])


def test_a_system_that_comes_twice_is_refused_unless_its_settings_differ(whole):
    with pytest.raises(UserError, match="b.json: judges the same system as a.json"):
        refuse_mixing([("a.json", whole()), ("b.json", whole())])
    other = put(whole(), "system", settings={"steps": 9})
    refuse_mixing([("a.json", whole()), ("b.json", other)])
    assert {entry.label for entry in entries([whole(), other])} == {"made@2, steps 20", "made@2, steps 9"}


def test_controls_that_differ_between_reports_bear_the_name_of_the_system(whole):
    one, two = whole(0.5, "one@1"), whole(0.5, "two@2")
    two.judges[0].rows["ground truth through the autoencoder"] = {"bleu4": Estimate(50.0)}
    one.judges[0].rows["ground truth through the autoencoder"] = {"bleu4": Estimate(60.0)}
    assert [label for label, _ in controls([one, two], 0)] == [
        "ground truth",
        "ground truth through the autoencoder (one@1)",
        "ground truth through the autoencoder (two@2)",
    ]


def test_the_best_comes_first(whole):
    board = entries([whole(0.3, "worse@1"), whole(0.8, "better@2"), whole(0.5, "middle@3")])
    assert [entry.label for entry in board] == ["better@2, steps 20", "middle@3, steps 20", "worse@1, steps 20"]


def test_a_page_ranks_reports_and_shows_their_findings(whole, tmp_path, monkeypatch, capsys):
    for name, value in (("one", 0.3), ("two", 0.8)):
        (tmp_path / f"{name}.json").write_text(to_json(whole(value, f"{name}<x>@1")))
    paths = [str(tmp_path / f"{name}.json") for name in ("one", "two")]
    monkeypatch.setattr(sys, "argv", ["leaderboard", *paths, "-o", str(tmp_path / "board.html")])
    main()
    page = (tmp_path / "board.html").read_text()
    assert page.index("1. two&lt;x&gt;@1") < page.index("2. one&lt;x&gt;@1") < page.index(">ground truth<")
    assert "1 failed" in page and "://" not in page and "src=" not in page
    assert "board.html" in capsys.readouterr().out


def test_undefined_figures_come_last_and_reports_without_judges_by_name(whole):
    lost = whole(0.9, "lost@1")
    lost.judges[0].figures["system"]["main_figure"] = Estimate(None, [None, None])
    assert [entry.name for entry in entries([lost, whole(0.1, "poor@2")])] == ["poor@2", "lost@1"]
    bare = [replace(whole(name=name), judges=[]) for name in ("b@1", "a@1")]
    assert [entry.name for entry in entries(bare)] == ["a@1", "b@1"] and "a@1" in html_of(bare)


def test_the_accused_are_below_all_others_and_the_accusation_is_named(whole):
    reports = [whole(0.99, "cheat@1", ("half speed",)), whole(0.1, "poor@2"), whole(0.5, "fair@3")]
    board = entries(reports)
    assert [entry.name for entry in board] == ["fair@3", "poor@2", "cheat@1"]
    page = html_of(reports)
    assert page.count("<strong>half speed</strong>") == 2 and "accusation: half speed: half speed was seen" in page
    bare = [replace(report, judges=[]) for report in reports]
    assert [entry.name for entry in entries(bare)] == ["fair@3", "poor@2", "cheat@1"]
