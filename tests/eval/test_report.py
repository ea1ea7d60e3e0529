"""The report's main figure is 1 for the truth, 0 for what ignores the text, and says so when it cannot be trusted."""

import json
from copy import deepcopy

import pytest

from eval.controls import Context, derangement, static
from eval.report import FLOOR, RETRIEVAL, SHUFFLED, SYSTEM, TRUTH, assess, finite, parse, write
from sign_latent.errors import UserError


@pytest.fixture
def systems(clips, move, texts):
    """A perfect system, the truth, and a retrieval that is always one text off."""
    return {
        SYSTEM: [clip.pose for clip in clips],
        TRUTH: [clip.pose for clip in clips],
        RETRIEVAL: [move(texts[i - 1]) for i in range(len(texts))],
    }


def test_the_truth_scores_one(judge, clips, systems):
    report = assess(judge, systems, clips, draws=200)
    assert report["figures"]["main_figure"]["value"] == pytest.approx(1)
    assert report["rows"][SYSTEM]["text"]["bleu4"] == pytest.approx(100)
    assert report["rows"][SYSTEM]["pose"]["mpjpe/all"] == pytest.approx(0, abs=1e-6)
    assert report["warnings"] == []


def test_a_system_that_ignores_the_text_is_at_the_floor(judge, clips, systems, texts, move):
    systems[SYSTEM] = [move(texts[i]) for i in derangement(texts)]
    report = assess(judge, systems, clips, draws=200)
    low, high = report["figures"]["main_figure"]["interval"]
    assert low <= 0 <= high or abs(report["figures"]["main_figure"]["value"]) < 0.05
    assert report["rows"][SYSTEM]["text"]["bleu4"] == pytest.approx(report["rows"][FLOOR]["text"]["bleu4"], abs=12)
    assert any("text may be ignored" in warning for warning in report["warnings"])


def test_one_answer_for_every_text_has_no_text_gap(judge, clips, systems, texts, move):
    systems[SYSTEM] = [move(texts[0])] * len(texts)
    report = assess(judge, systems, clips, draws=200)
    low, high = report["figures"]["text_gap"]["interval"]
    assert low < 0 < high
    assert any("ignored" in warning for warning in report["warnings"])


def test_failures_count_as_failures(judge, clips, systems):
    systems[SYSTEM][:6] = [None] * 6
    report = assess(judge, systems, clips, draws=200)
    row = report["rows"][SYSTEM]
    assert row["failures"] == row["pose"]["missing"] == 6
    assert row["text"]["bleu4"] < 60
    assert row["text"]["exact"] == pytest.approx(50)
    assert row["text"]["wer"] == pytest.approx(50)


def test_a_weak_judge_is_named(judge, clips, systems, texts, move):
    systems[TRUTH] = systems[SYSTEM] = [move(texts[i - i % 4]) for i in range(len(texts))]
    assert any("weak" in warning for warning in assess(judge, systems, clips, draws=200)["warnings"])


def test_shuffled_rows_share_one_derangement(judge, clips, systems):
    rows = assess(judge, systems, clips, draws=200)["rows"]
    assert rows[SHUFFLED] == rows[FLOOR]


def test_the_same_inputs_give_the_same_report(judge, clips, systems):
    assert assess(judge, deepcopy(systems), clips, draws=200) == assess(judge, systems, clips, draws=200)


def test_it_is_written_as_json_and_as_one_page_that_loads_nothing(judge, clips, systems, tmp_path):
    systems[SYSTEM][0] = None
    report = {
        "version": 1,
        "generator": {"name": "a <b>@1", "parents": {"autoencoder": "vae@2"}, "settings": {"seed": 0}},
        "length": "predicted",
        "judge": {"name": "judge@3", "beam": 1},
        "corpus": {"hash": "h", "split": "test", "fps": 25.0, "skeleton": "smplx"},
        "texts_seen_in_training": 0.0,
        "signatures": {"bleu": "tok:13a"},
        **assess(judge, systems, clips, draws=200),
    }
    write(report, tmp_path / "out")
    read = json.loads((tmp_path / "out" / "report.json").read_text())
    assert read["figures"] == json.loads(json.dumps(finite(report["figures"])))
    page = (tmp_path / "out" / "report.html").read_text()
    assert "a &lt;b&gt;@1" in page and SHUFFLED in page
    assert "http" not in page and "src=" not in page


def test_the_static_control_stands_still_in_the_middle(clips):
    class Train(list):
        pass

    poses = static(Context(clips, Train(clips)))
    assert [len(pose) for pose in poses] == [len(clip.pose) for clip in clips]
    assert (poses[0].points[0] == poses[0].points[-1]).all()
    middle = sum(clip.pose.points.mean(0) for clip in clips) / len(clips)
    assert poses[3].points[5] == pytest.approx(middle, abs=1e-5)


def test_too_few_clips_or_draws_are_refused():
    with pytest.raises(UserError, match="2 clips"):
        parse(["--generator", "g", "--corpus", "c", "--out", "o", "--clips", "1"])
