"""Outputs of another system, as files: from the command line to the report, with nothing of our own but a judge."""

import json
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from eval import report
from sign_latent import registry
from sign_latent.errors import UserError

TEXTS = ["it rains", "it snows", "no rain", "no snow", "rain comes", "snow comes"]


@pytest.fixture
def room(upright, tmp_path, sign_latent_home):
    """A judge, six references with texts, and five files of a system, one of them a stranger's."""
    import torch

    from sign_latent.evaluator.back_translator import BackTranslator, Settings

    torch.manual_seed(0)
    settings = Settings(
        width=16, heads=2, inner=16, encoder_layers=1, decoder_layers=1, longest=6, words=["it", "rains"]
    )
    judge = BackTranslator(settings)
    registry.publish(registry.Card(name="judge", model="back_translator", settings=asdict(settings)), judge, {})
    for i in range(6):
        upright(i, frames=20 + i).save(tmp_path / "real" / f"c{i}.npz")
        if i < 5:
            upright(i + 10, frames=22 - i).save(tmp_path / "made" / f"c{i}{'x' * (i == 4)}.pose")
    rows = "".join(f"c{i},{text}\n" for i, text in enumerate(TEXTS))
    (tmp_path / "texts.csv").write_text("id,text\n" + rows)
    return tmp_path


def reported(room, monkeypatch, *more, out="out", made="made"):
    """Runs the command; the report as plain values."""
    paths = {"--poses": made, "--references": "real", "--texts": "texts.csv", "--out": out, "--reports": "kept"}
    arguments = [str(part) for option, path in paths.items() for part in (option, room / path)]
    monkeypatch.setattr(sys, "argv", ["report", *arguments, "--judge", "judge", *more])
    report.main()
    return json.loads((room / out / "report.json").read_text())


def test_files_become_a_report_with_every_fault_named(room, monkeypatch, capsys):
    found = reported(room, monkeypatch)
    assert {(fault["name"], fault["action"], fault["clips"]) for fault in found["inputs"]} == {
        ("missing clips", "failed", 2), ("extra clips", "ignored", 1)
    }  # fmt: skip
    lost = found["failures"]
    assert lost.pop("system") == [2] and lost["ground truth"] == [0] and set(sum(lost.values(), [])) == {0}
    assert found["system"]["kind"] == "files" and found["system"]["name"].startswith("made@")
    judged = found["judges"][0]
    assert judged["name"].startswith("judge@") and "system, given length" not in judged["rows"]
    assert sum(one["read"] == "" for one in judged["sentences"]) >= 2
    assert judged["slices"]["negation"]["clips"] == 0 and not judged["slices"]["negation"]["scored"]
    printed = capsys.readouterr().out
    assert "2 of 6 references have no clip" in printed and "the judge is weak" in printed
    assert "not examined: system: motion: only 4 whole clips" in printed
    page = (room / "out" / "report.html").read_text()
    assert page.count('class="sl-player"') == 3 and "not reviewed by signers" in page
    assert list((room / "kept").glob("made@*/files-*.json"))


def test_the_same_files_give_the_same_bytes_and_other_files_another_name(room, monkeypatch, upright):
    first = reported(room, monkeypatch, out="one")
    reported(room, monkeypatch, out="two")
    for name in ("report.json", "report.html", "report.tex"):
        assert (room / "one" / name).read_bytes() == (room / "two" / name).read_bytes()
    upright(30).save(room / "made" / "c0.pose")
    other = reported(room, monkeypatch, out="three")
    assert other["system"]["name"] != first["system"]["name"]
    assert len(list((room / "kept").rglob("*.json"))) == 2


def test_several_judges_each_have_a_table(room, monkeypatch):
    assert len(reported(room, monkeypatch, "--judge", "judge")["judges"]) == 2


def test_wrong_axes_leave_nothing_behind_unless_they_are_mended(room, monkeypatch, upright):
    for i in range(6):
        pose = upright(i + 10)
        flipped = pose.points * np.array([1, -1, 1], np.float32) * 300
        replace(pose, points=flipped).save(room / "wrong" / f"c{i}.npz")
    with pytest.raises(UserError, match="y runs down.*pixels or millimetres.*--mend"):
        reported(room, monkeypatch, made="wrong")
    assert not (room / "out").exists() and not (room / "kept").exists()
    found = reported(room, monkeypatch, "--mend", "--name", "other", made="wrong")
    assert found["system"]["name"].startswith("other@") and found["system"]["settings"] == {"mend": True}
    assert {fault["action"] for fault in found["inputs"]} == {"converted"}
    assert found["pose"]["system"]["mpjpe/body"]["value"] < 0.3


@pytest.mark.parametrize(
    "more, said",
    [
        (["--split", "dev"], "--split means nothing without --corpus"),
        (["--name", "a/b"], "a/b: is no plain word"),
        (["--clips", "1"], "at least 2 clips"),
    ],
)
def test_options_that_mean_nothing_here_are_refused(room, monkeypatch, more, said):
    with pytest.raises(UserError, match=said):
        reported(room, monkeypatch, *more)


@pytest.mark.realdata
def test_recordings_of_other_tools_stand_upright(shared_data):
    from eval.references import check_upright
    from sign_latent.pose.pose import Pose

    for path in sorted((shared_data / "pose_files").glob("*.pose")):
        pose = Pose.load(path)
        check_upright([pose], path.name)
        down = pose.points * np.array([1, -1, 1], np.float32)[: pose.points.shape[-1]]
        with pytest.raises(UserError, match="y runs down"):
            check_upright([replace(pose, points=down)], path.name)
