"""Scores by steps, of a generator that signs the better the more steps it takes, and of its student."""

from types import SimpleNamespace

import pytest
import torch

from eval import few_steps
from eval.bootstrap import Sample
from eval.few_steps import FewSteps, curves_of, html_of, lines_of, parse, picture, plan, write
from eval.judging import Judge
from eval.report_file import from_json
from eval.schema import Estimate, References, Uncertainty
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError


class Signer:
    """Signs the text from so many steps on, and another's below; asks its denoiser as often as a guided one."""

    def __init__(self, move, texts, name, enough, **parents):
        self.move, self.texts, self.enough = move, texts, enough
        languages = {"spoken": ["en"], "signed": ["qaa"]}
        self.card = SimpleNamespace(name=name, reference=f"{name}@1", parents=parents, languages=languages)
        self.denoiser = torch.nn.Identity()
        steps, guidance = (4, 1.0) if parents else (50, 2.0)
        diffusion = DiffusionSettings(sampling_steps=steps, guidance=guidance)
        self.denoiser.settings = SimpleNamespace(diffusion=diffusion)

    def generate(self, texts, frames=None, seed=0, sampler="ddim", steps=1):
        halves = 1 if self.denoiser.settings.diffusion.guidance == 1 else 2
        for _ in range(steps):
            self.denoiser(torch.zeros(halves * len(texts), 1))
        others = dict(zip(self.texts, self.texts[1:] + self.texts[:1], strict=True))
        return [self.move(text if steps >= self.enough else others[text]) for text in texts]


@pytest.fixture
def signer(move, texts):
    return lambda *given, **parents: Signer(move, texts, *given, **parents)


@pytest.fixture
def report(signer, clips, judge):
    options = SimpleNamespace(steps=[1, 4, 8], sampler=["ddim", "heun"], seed=0)
    sample, judged = Sample.of(clips, 100), Judge("judge@1", judge)
    references = SimpleNamespace(clips=clips)
    both = (signer("slow", 8), signer("quick", 4, teacher="slow@1"))
    found = [curve for one in both for curve in curves_of(one, references, judged, sample, options)]
    about = References("abc", ["dev"], 25.0, "smplx", 12, "def", 12, {}, None, 0)
    return FewSteps("judge@1", about, Uncertainty("clip", 12, 100, 0.95), Estimate(100.0, [100.0, 100.0]), found, 0)


def test_scores_rise_where_the_steps_suffice_and_passes_are_counted(report):
    slow, other, quick = report.curves
    assert (slow.sampler, other.sampler, quick.sampler, quick.teacher) == ("ddim", "heun", "ddim", "slow@1")
    assert [p.scores["bleu4"].value > 99 for p in slow.points] == [False, False, True]
    assert [p.scores["bleu4"].value > 99 for p in quick.points] == [False, True]
    assert [p.calls for p in slow.points] == [2, 8, 16] and [p.calls for p in quick.points] == [1, 4]
    assert slow.points[-1].scores["jerk_ratio"].value == pytest.approx(1)
    assert slow.points[-1].scores["motion_ratio"].value == pytest.approx(1)


def test_a_student_is_tried_with_its_own_sampler_up_to_its_own_steps(signer):
    assert plan(signer("quick", 1, teacher="slow@1"), [1, 2, 4, 8], ["heun"]) == [("ddim", [1, 2, 4])]
    assert plan(signer("slow", 1), [1, 8], ["heun", "ddim"]) == [("heun", [1, 8]), ("ddim", [1, 8])]
    with pytest.raises(UserError, match="samples in no steps"):
        plan(SimpleNamespace(card=SimpleNamespace(name="stitched")), [1], ["ddim"])


def test_what_is_written_is_what_was_found(report, tmp_path):
    write(report, tmp_path)
    assert from_json((tmp_path / "few_steps.json").read_text(), kind=FewSteps).curves[2].points[1].steps == 4
    page = (tmp_path / "few_steps.html").read_text()
    assert page == html_of(report) and page.count("slow, heun") > 3 and "://" not in page
    assert (tmp_path / "few_steps.svg").read_text().startswith("<svg xmlns")
    assert sum("quick, ddim" in line for line in lines_of(report)) == 2


@pytest.mark.parametrize("by", ["steps", "calls"])
def test_a_score_of_nothing_is_shown_too(report, by):
    shown = picture(report, "bleu4", by)
    assert shown.count('class="dot"') >= 8 and "recordings" in shown


def test_impossible_numbers_are_refused():
    for wrong in (["--clips", "1"], ["--steps", "0"]):
        with pytest.raises(UserError, match="at least 2 clips and 1 step"):
            parse(["--generator", "a", "--corpus", "b", "--out", "c", *wrong])
    assert tuple(parse(["--generator", "a", "--corpus", "b", "--out", "c"]).steps) == few_steps.STEPS
