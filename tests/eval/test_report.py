"""The report's main figure is 1 for the truth, 0 for what ignores the text, and says so when it cannot be trusted."""

import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from eval.bootstrap import Sample
from eval.controls import Context, derangement, static
from eval.figures import judge_findings
from eval.judging import Judge, assess, read_all
from eval.options import parse
from eval.references import References, clip_set
from eval.report import at_longest, compose, settings_hash, write
from eval.report_file import from_json, read, to_json
from eval.rows import FLOOR, GIVEN, RETRIEVAL, SHUFFLED, SYSTEM, TRUTH
from eval.schema import References as About
from eval.schema import System
from eval.summary import lines_of
from eval.systems import Submission
from sign_latent.errors import UserError

DRAWS = 200


@pytest.fixture
def systems(clips, move, texts):
    """A perfect system, the truth, and a retrieval that is always one text off."""
    true = [clip.pose for clip in clips]
    return {SYSTEM: [list(true)], TRUTH: [true], RETRIEVAL: [[move(texts[i - 1]) for i in range(len(texts))]]}


@pytest.fixture
def assessed(judge, clips):
    """Runs -> what the perfect judge says of them."""

    def make(runs):
        known = Judge("perfect@1", judge)
        return assess(known, runs, clips, Sample.of(clips, DRAWS), read_all(known, runs, clips))

    return make


@pytest.fixture
def composed(judge, clips):
    """Runs -> the whole report; the system's rows are those whose name begins with it."""

    def make(runs, judges=None, name="a <b>@1", seeds=(0,)):
        about = System(name, "generator", {"autoencoder": "vae@2"}, {"steps": 3}, list(seeds), 25.0, "smplx")
        own = {row: found for row, found in runs.items() if row.startswith(SYSTEM)}
        counts = {"clips": len(clips), "clip_set": clip_set(clips), "available": 20, "dropped": {"too short": 2}}
        real = About("h", ["test"], 25.0, "smplx", **counts, texts_seen_in_training=1, left_handed=0)
        quantiles = {"0.5": np.full(len(clips), 0.48)}
        submission = Submission(own, about, [], quantiles)
        known = [Judge("perfect@1", judge)] if judges is None else judges
        return compose(submission, References(clips, real), known, runs, DRAWS)

    return make


def names(findings):
    return {finding.name for finding in findings}


def test_the_truth_scores_one(assessed, systems):
    judged = assessed(systems)
    assert judged.figures[SYSTEM]["main_figure"].value == pytest.approx(1)
    assert judged.rows[SYSTEM]["bleu4"].value == pytest.approx(100)
    assert judge_findings(judged) == []


def test_a_system_that_ignores_the_text_is_at_the_floor(assessed, systems, texts, move):
    systems[SYSTEM] = [[move(texts[i]) for i in derangement(texts)]]
    judged = assessed(systems)
    main = judged.figures[SYSTEM]["main_figure"]
    # All texts have as many words, so that BLEU is the same whichever of two is the hypothesis.
    assert judged.rows[SYSTEM]["bleu4"].value == pytest.approx(judged.rows[FLOOR]["bleu4"].value)
    assert main.value == pytest.approx(0, abs=1e-9) and main.interval[0] <= 0 <= main.interval[1]
    assert "text ignored" in names(judge_findings(judged))


def test_one_answer_for_every_text_has_no_text_gap(assessed, systems, texts, move):
    systems[SYSTEM] = [[move(texts[0])] * len(texts)]
    judged = assessed(systems)
    low, high = judged.figures[SYSTEM]["text_gap"].interval
    assert low < 0 < high
    assert "text ignored" in names(judge_findings(judged))


def test_failures_count_as_failures(composed, systems):
    systems[SYSTEM][0][:6] = [None] * 6
    report = composed(systems)
    row = report.judges[0].rows[SYSTEM]
    assert report.failures == {SYSTEM: [6], TRUTH: [0], RETRIEVAL: [0]}
    assert row["bleu4"].value < 60
    assert row["exact"].value == row["wer"].value == pytest.approx(50)
    assert report.pose[SYSTEM]["duration_ratio"].value == pytest.approx(0.5)
    assert 0.4 < report.pose[SYSTEM]["motion_ratio"].value < 0.6
    assert report.pose[SYSTEM]["mpjpe/all"].value > 0.1
    assert "failures" in names(report.findings)
    assert not {one.id for one in report.judges[0].sentences if one.failed} & set(report.judges[0].shown.values())


def test_a_system_that_only_fails_is_reported_too(composed, systems):
    systems[SYSTEM] = [[None] * 12]
    report = composed(systems)
    assert report.judges[0].rows[SYSTEM]["bleu4"].value == 0 and report.judges[0].shown == {}
    assert from_json(to_json(report)).lengths.ratio.value is None


def test_a_weak_judge_is_named(assessed, systems, texts, move):
    systems[TRUTH] = systems[SYSTEM] = [[move(texts[i - i % 4]) for i in range(len(texts))]]
    found = judge_findings(assessed(systems))
    assert "weak judge" in names(found) and next(f for f in found if f.name == "weak judge").evidence["bleu4"] < 70


def test_without_retrieval_nothing_is_said_of_it(assessed, systems):
    del systems[RETRIEVAL]
    judged = assessed(systems)
    assert set(judged.figures[SYSTEM]) == {"main_figure", "text_gap"}
    assert judge_findings(judged) == []


def test_shuffled_rows_share_one_derangement(assessed, systems):
    rows = assessed(systems).rows
    unknown = ("nll", "letters")  # of other texts there is no likelihood, and this judge spells no word
    assert {n: e for n, e in rows[SHUFFLED].items() if n not in unknown} == {
        n: e for n, e in rows[FLOOR].items() if n not in unknown
    }


def test_given_lengths_are_a_row_of_their_own_with_figures(composed, systems, move, texts):
    systems = {SYSTEM: systems[SYSTEM], GIVEN: [[move(t) for t in texts[:6]] + [None] * 6], **systems}
    report = composed(systems)
    figures = report.judges[0].figures
    assert figures[SYSTEM]["main_figure"].value == pytest.approx(1)
    assert figures[GIVEN]["main_figure"].value < 0.7
    assert GIVEN + ", shuffled text" in report.judges[0].rows
    assert report.pose[GIVEN]["mpjpe/all"].value > report.pose[SYSTEM]["mpjpe/all"].value


def test_seeds_are_averaged_and_their_spread_is_shown(composed, systems, move, texts):
    systems[SYSTEM].append([move(t) for t in texts[:6]] + [None] * 6)
    report = composed(systems, seeds=(0, 1))
    exact = report.judges[0].rows[SYSTEM]["exact"]
    assert exact.value == 75 and exact.seeds == [100, 50] and exact.spread == pytest.approx(np.std([100, 50], ddof=1))
    main = report.judges[0].figures[SYSTEM]["main_figure"]
    assert main.value == pytest.approx(np.mean(main.seeds)) and len(main.seeds) == 2
    assert report.failures[SYSTEM] == [0, 6]


def test_each_judge_has_a_table(composed, systems, judge):
    report = composed(systems, [Judge("one@1", judge), Judge("two@2", judge, 4)])
    assert [(judged.name, judged.beam) for judged in report.judges] == [("one@1", 1), ("two@2", 4)]
    one, two = json.loads(to_json(report))["judges"]
    assert one["rows"] == two["rows"] and one["figures"] == two["figures"]


def test_references_without_texts_give_distances_only(composed, systems):
    report = composed(systems, judges=[])
    assert report.judges == [] and "no texts" in names(report.findings)
    assert report.pose[SYSTEM]["mpjpe/all"].value == pytest.approx(0, abs=1e-6)


def test_what_a_judge_cannot_write_is_counted(assessed, systems, judge):
    assert assessed(systems).truncated == {"texts": 0, "readings": 0}
    judge.settings.longest = 6  # the texts have seven words, and an end
    assert assessed(systems).truncated == {"texts": 12, "readings": 12}


def test_clips_at_the_greatest_length_are_counted(move, texts):
    runs = [[move(texts[0], 10), move(texts[1], 30), None], [move(texts[2], 30), move(texts[3], 30), move(texts[4], 5)]]
    assert at_longest(runs) == 3 and at_longest([[None]]) == 0


def test_the_same_inputs_give_the_same_bytes(composed, systems):
    first, second = to_json(composed(deepcopy(systems))), to_json(composed(systems))
    assert first == second
    assert list(json.loads(first)) == sorted(json.loads(first))


def test_all_of_it_is_written_and_a_copy_kept_by_name(composed, systems, tmp_path):
    systems[SYSTEM][0][0] = None
    report = composed(systems)
    kept = write(report, "", tmp_path / "out", tmp_path / "reports")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "report.json", "report.tex"]
    assert kept.parent == tmp_path / "reports" / "a <b>@1" and kept.name.startswith("test-")
    assert kept.read_bytes() == (tmp_path / "out" / "report.json").read_bytes()
    assert to_json(read(kept)) == kept.read_text()
    other = replace(report, references=replace(report.references, clip_set="other"))
    assert settings_hash(other) != settings_hash(report)


def test_the_terminal_says_what_was_counted(composed, systems):
    lines = "\n".join(lines_of(composed(systems)))
    for said in ("12 judged of 20; 2 dropped", "texts seen in training: 1 of 12", "frame rate: 25", "clusters (clip)",
                 "0 texts too long", "12 of 12 clips are as long", "= 1.000 [1.000, 1.000]"):  # fmt: skip
        assert said in lines


def test_the_static_control_stands_still_in_the_middle(clips):
    class Train(list):
        pass

    poses = static(Context(clips, Train(clips)))
    assert [len(pose) for pose in poses] == [len(clip.pose) for clip in clips]
    assert (poses[0].points[0] == poses[0].points[-1]).all()
    middle = sum(clip.pose.points.mean(0) for clip in clips) / len(clips)
    assert poses[3].points[5] == pytest.approx(middle, abs=1e-5)


@pytest.mark.parametrize(
    "arguments, said",
    [
        ("--generator g --corpus c --out o --clips 1", "2 clips"),
        ("--generator g --corpus c --out o --draws 500", "1000 bootstrap draws"),
        ("--generator g --references r --out o", "give --corpus"),
        ("--poses p --corpus c --out o --input gloss", "--input gloss means nothing without --generator"),
    ],
)
def test_what_would_mean_nothing_is_refused(arguments, said):
    with pytest.raises(UserError, match=said):
        parse("A report.", arguments.split())
