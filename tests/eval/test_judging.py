"""What a judge says of spoiled recordings, and of clips without a part."""

from types import SimpleNamespace

import pytest

from eval.bootstrap import Sample
from eval.figures import judge_findings, pose_findings
from eval.judging import Judge, assess, read_all
from eval.rows import SYSTEM, TRUTH
from eval.sanity import SANITY
from eval.schema import Estimate


@pytest.fixture
def assessed(judge, clips):
    """Runs and card -> what the perfect judge says; it reads the number in the first point, which is of the body."""

    def make(runs, card=None):
        judge.settings.parts = ("body", "left_hand")
        known = Judge("perfect@1", judge, card=card)
        return assess(known, runs, clips, Sample.of(clips, 100), read_all(known, runs, clips))

    return make


@pytest.fixture
def truth(clips):
    return [clip.pose for clip in clips]


def test_a_judge_that_is_blind_to_a_spoiled_recording_is_warned_of(assessed, truth):
    blind, seeing, *_ = SANITY
    judged = assessed({SYSTEM: [truth], TRUTH: [truth], blind: [truth], seeing: [[None] * len(truth)]})
    assert judged.sanity[blind].value == 0 and judged.sanity[seeing].value == pytest.approx(100)
    warned = [finding for finding in judge_findings(judged) if finding.name == "sanity"]
    assert [finding.evidence["row"] for finding in warned] == [blind]


def test_a_distance_that_is_blind_to_a_spoiled_recording_is_warned_of():
    name = next(iter(SANITY))
    pose = {name: {"mpjpe/all": Estimate(0.1, [0.05, 0.2]), "dtw-recommended/all": Estimate(0.0, [0.0, 0.0])}}
    (found,) = pose_findings(pose)
    assert found.name == "sanity" and found.evidence["by"] == "dtw-recommended/all"


def test_a_hidden_part_costs_what_was_read_from_it(assessed, truth):
    card = SimpleNamespace(reference="perfect@1", audit={"hidden_in_training": ["body", "left_hand", "face"]})
    parts = assessed({SYSTEM: [truth], TRUTH: [truth]}, card).parts
    # The judge reads the number off a point of the body: without the body every clip reads as text 0.
    assert parts.rows[SYSTEM]["fall/left_hand"].value == 0
    assert parts.rows[SYSTEM]["fall/body"].value > 50
    assert parts.rows[TRUTH]["bleu4/body"].value < 50 and "right_hand" in parts.missing[0]


def test_a_judge_that_never_learnt_to_do_without_a_part_is_not_asked(assessed, truth):
    runs = {SYSTEM: [truth], TRUTH: [truth]}
    for card in (None, SimpleNamespace(reference="perfect@1", audit={"bleu4": 99.0})):
        parts = assessed(runs, card).parts
        assert parts.rows == {} and len(parts.missing) == 1
