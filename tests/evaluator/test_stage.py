"""Both kinds of judge are trained by one stage, published with an audit, and read through one interface."""

import pytest

from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment
from sign_latent.evaluator.back_translation import load_judge, read_poses
from sign_latent.evaluator.parts import PARTS, qualification
from sign_latent.training import TrainSettings
from stages.evaluator import JudgeChoice, train

SMALL = dict(width=16, encoder_layers=2, decoder_layers=1, heads=2, inner=16)


@pytest.fixture(autouse=True)
def shelf(sign_latent_home):
    """The judges are published on a shelf of the test's own."""


@pytest.mark.parametrize("kind", ["back_translator", "ctc_translator"])
def test_a_judge_of_either_kind(kind, few_clips, tmp_path):
    choice = JudgeChoice(model=kind)
    for name, value in SMALL.items():
        setattr(getattr(choice, kind), name, value)
    how = TrainSettings(steps=3, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))
    hide = Augment(hidden=0.3, hidden_body=0.3)
    card = train("judge", str(few_clips), judge=choice, augment=hide, train=how, minimum=1)
    assert card.model == kind and card.settings["glosses"] == ["NO", "RAIN", "TOMORROW"]
    assert {"bleu4", "chrf", "exact", "nll", "gloss_wer"} <= set(card.audit)
    assert set(card.audit["bleu4_without"]) == set(card.audit["hidden_in_training"]) == set(PARTS)
    assert qualification(card) == ""
    dev = Corpus.open(few_clips).split("dev")
    reading = read_poses(load_judge("judge").model, [clip.pose for clip in dev], dev.texts)
    assert reading.nll.mean() == pytest.approx(card.audit["nll"], abs=1e-4)


def test_only_judges_of_texts_are_loaded_as_such():
    with pytest.raises(UserError, match="model is skeletal_vae"):
        load_judge("sald-vae")


def test_embedded_judges_are_still_read():
    assert {load_judge(name).card.model for name in ("judge-dev", "judge-report")} == {"back_translator"}
    assert registry.find("judge-dev")[1].hash == "1a4d01f20da6"


def test_a_judge_of_seen_poses_says_who_saw_them_and_reads_no_others(few_clips, tmp_path):
    from dataclasses import asdict

    from sign_latent.corpus.write import write_corpus
    from sign_latent.evaluator.video_pose import PoseRegressor, Settings

    for name in ("eye", "other"):
        settings = Settings(size=32, width=8)
        registry.publish(registry.Card(name, "pose_regressor", asdict(settings)), PoseRegressor(settings), {})
    eye, other = (registry.find(name)[1].reference for name in ("eye", "other"))
    data = Corpus.open(few_clips)
    clips = [clip for split in ("train", "dev") for clip in data.split(split)]
    seen = data.info | {"seen": [{"regressor": other}, {"regressor": eye}]}
    write_corpus(tmp_path / "seen", clips, data.skeleton, data.fps, seen)
    choice = JudgeChoice()
    for name, value in SMALL.items():
        setattr(choice.back_translator, name, value)
    how = TrainSettings(steps=1, batch_size=4, warmup=1, logger="none", accelerator="cpu", runs=str(tmp_path / "runs"))
    card = train("viewer", str(tmp_path / "seen"), judge=choice, train=how, minimum=1)
    assert card.parents == {"regressor": eye}
    assert load_judge("viewer", eye).card.name == "viewer"
    for seen_by in (None, other):
        with pytest.raises(UserError, match=f"as {eye} finds them in pictures; eval.renderer --regressor eye"):
            load_judge("viewer", seen_by)
    assert load_judge("judge-dev", eye).card.parents == {}
