"""Laws of fitting a corpus: what comes out is SMPL-X, says how far off it lies, and keeps what was lost lost."""

import dataclasses

import numpy as np
import pytest
import torch

from data_prep import fit
from data_prep.fitting.clips import Options
from data_prep.fitting.trial import trial
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.convert import convert
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics

SMPLX = get_skeleton("smplx")


@pytest.fixture(scope="module")
def flat(few_clips, tmp_path_factory):
    """Three clips in the picture, the second without its left hand in some frames."""
    split = Corpus.open(few_clips).split("train")
    clips = [dataclasses.replace(split[i], pose=convert(split[i].pose, "openpose67")) for i in range(3)]
    hand = list(clips[1].pose.skeleton.parts["left_hand"])
    clips[1].pose.confidence[3:6, hand] = 0
    clips[1].pose.points[3:6, hand] = 0
    path = tmp_path_factory.mktemp("flat") / "corpus"
    write_corpus(path, clips, get_skeleton("openpose67"), 25.0, {"licence": "CC0-1.0"})
    return path


@pytest.fixture(scope="module")
def fitted(flat, tmp_path_factory):
    path = tmp_path_factory.mktemp("fitted") / "corpus"
    fit.fit_corpus(flat, path)
    return Corpus.open(path)


def test_points_are_those_of_the_rotations(fitted):
    for clip in fitted.split("train"):
        points = forward_kinematics(axis_angle_to_matrix(torch.tensor(clip.pose.rotations))).numpy()
        known = clip.pose.confidence > 0
        assert np.allclose(points[known], clip.pose.points[known], atol=1e-4)
        assert not clip.pose.points[~known].any()


def test_a_hand_that_was_lost_stays_lost(fitted):
    confidence = fitted.split("train")[1].pose.confidence[:, list(SMPLX.parts["left_hand"])]
    assert not confidence[3:6].any() and confidence[[2, 6]].all()


def test_clips_keep_their_order_and_what_is_known_of_them(flat, fitted):
    before, after = Corpus.open(flat).split("train"), fitted.split("train")
    assert before.ids == after.ids and before.texts == after.texts and fitted.skeleton.name == "smplx"


def test_errors_stand_in_the_corpus_for_all_and_for_each(fitted):
    about = fitted.info["fit"]
    assert fitted.info["licence"] == "CC0-1.0" and about["bones"] == "canonical"
    assert set(about["clips"]) == set(fitted.split("train").ids)
    medians = [about["clips"][name]["left_hand"] for name in about["clips"]]
    assert about["reprojection"]["left_hand"]["median"] == pytest.approx(np.median(medians), abs=1e-3)


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(flat, tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "_TOGETHER", 2)
    hashes = set()
    for jobs in (1, 2):
        fit.fit_corpus(flat, tmp_path / str(jobs), jobs=jobs)
        hashes.add(Corpus.open(tmp_path / str(jobs)).hash)
    assert len(hashes) == 1


def test_what_cannot_be_fitted_is_refused(flat, tmp_path):
    with pytest.raises(UserError, match="exists already"):
        fit.fit_corpus(flat, flat)
    with pytest.raises(UserError, match="known: canonical, signer"):
        fit.fit_corpus(flat, tmp_path / "out", Options(bones="none"))
    with pytest.raises(UserError, match="model.npz"):
        fit.fit_corpus(flat, tmp_path / "out", Options(smplx_model=tmp_path / "model.npz"))
    assert not (tmp_path / "out").exists()


def test_a_trial_needs_bodies_that_are_known(flat):
    with pytest.raises(UserError, match="skeleton smplx"):
        trial(list(Corpus.open(flat).split("train")), "openpose67", plane=True)


@pytest.mark.realdata
@pytest.mark.parametrize(("points", "plane"), [("smplx", False), ("smplx", True), ("openpose67", True)])
def test_recorded_signs_are_met_within_a_tenth_of_the_shoulders(shared_data, points, plane):
    """The median over all points of a few clips, in space; the whole split is measured by `data_prep.fitting.trial`."""
    from itertools import islice

    from data_prep.formats.source import Options as Given
    from data_prep.formats.wlasl_smplx import open_source

    records = open_source(shared_data / "wlasl_smplx" / "words.npz", Given()).records
    clips = [read() for _, read in islice(records, 0, 40, 10)]
    found, _ = trial(clips, points, plane)
    assert np.median(np.linalg.norm(found["all"], axis=-1)) < (0.1 if plane else 0.02)
    assert np.median(np.linalg.norm(found["all"][:, :2], axis=-1)) < 0.02
