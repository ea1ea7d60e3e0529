"""Laws of poses that are found again in pictures: what a regressor sees, in the same texts, whatever the processes."""

import numpy as np
import pytest
import torch

from data_prep import see
from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.video_pose import PoseRegressor, Settings


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A shelf with a regressor that learnt nothing, and one of another skeleton."""
    room = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        for name, skeleton in (("eye", "smplx"), ("other", "upper79")):
            torch.manual_seed(0)
            settings = {"skeleton": skeleton, "size": 32, "width": 8}
            registry.publish(registry.Card(name, "pose_regressor", settings), PoseRegressor(Settings(**settings)), {})
        yield room


@pytest.fixture(scope="module")
def seen(shelf, few_clips):
    see.see_corpus(few_clips, shelf / "seen", "eye", see.Options(looks=4), most=6)
    return Corpus.open(shelf / "seen")


def test_texts_stay_and_the_corpus_says_who_saw(seen, few_clips):
    before = Corpus.open(few_clips)
    assert seen.counts == {"train": 6, "dev": 4}
    for split in seen.counts:
        count = len(seen.split(split))
        assert seen.split(split).texts == before.split(split).texts[:count]
        assert [len(c.pose) for c in seen.split(split)] == [len(before.split(split)[i].pose) for i in range(count)]
    (said,) = seen.info["seen"]
    assert said == {
        "from": before.hash,
        "regressor": registry.find("eye")[1].reference,
        "looks": 4,
        "body": "capsules",
        "seed": 2,
        "fps": None,
        "precision": "32",
    }


def test_points_that_the_regressor_does_not_find_are_missing(seen):
    pose, found = seen.split("dev")[0].pose, list(registry.load("eye").model.points)
    others = np.setdiff1d(np.arange(len(pose.skeleton.points)), found)
    assert (pose.confidence[:, found] > 0).all() and not pose.confidence[:, others].any()
    assert pose.rotations is None


def test_several_processes_see_the_same(shelf, seen, few_clips):
    again = see.see_corpus(few_clips, shelf / "again", "eye", see.Options(looks=4), jobs=2, most=6)
    assert again == seen.hash


def test_half_the_frames_in_half_precision_show_nearly_the_same(shelf, seen, few_clips):
    options = see.Options(looks=4, fps=12.5, precision="bf16")
    see.see_corpus(few_clips, shelf / "half", "eye", options, splits=["dev"])
    half = Corpus.open(shelf / "half")
    assert half.fps == 12.5
    for one, other in zip(half.split("dev"), seen.split("dev"), strict=True):
        assert len(one.pose) == len(other.resampled(12.5).pose)
        first, whole = one.pose.points[0], other.pose.points[0]
        assert not np.array_equal(first, whole) and np.abs(first - whole).mean() < 0.1 * np.abs(whole).mean()


def test_other_pictures_are_seen_by_another_seed(shelf, seen, few_clips):
    see.main([str(few_clips), "--regressor", "eye", "--out", str(shelf / "apart"), "--seed", "3", "--split", "dev"])
    apart = Corpus.open(shelf / "apart")
    assert apart.counts == {"dev": 4}
    assert not np.allclose(apart.split("dev")[0].pose.points, seen.split("dev")[0].pose.points)


def test_pictures_of_the_training_split_alone_are_changed(seen, few_clips):
    from sign_latent.evaluator.video_pose import as_pose
    from sign_latent.evaluator.video_pose import see as look
    from sign_latent.renderer.rendered import look_of, pictures_of

    before, model = Corpus.open(few_clips), registry.load("eye").model
    for split, changed in (("train", True), ("dev", False)):
        clip = before.split(split)[0]
        video = np.stack(list(pictures_of(clip.pose, look_of(clip.id, 4, 2), 32)))
        plain = as_pose(look(model, video), model, 25.0).points
        assert np.allclose(plain, seen.split(split)[0].pose.points, atol=1e-5) is not changed


@pytest.mark.parametrize(
    "given, said",
    [
        (["--regressor", "other"], "finds points of skeleton upper79"),
        (["--regressor", "judge-dev"], "model is back_translator"),
        (["--regressor", "eye", "--split", "tset"], "tset"),
        (["--regressor", "eye", "--looks", "0"], "--looks 0: give at least 1"),
        (["--regressor", "eye", "--fps", "0"], "--fps 0: give a number above 0"),
        (["--regressor", "eye", "--seed", "-1"], "--seed -1: give at least 0"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_drawn(shelf, few_clips, tmp_path, given, said):
    with pytest.raises(UserError, match=said):
        see.main([str(few_clips), "--out", str(tmp_path / "out"), *given])
    assert not (tmp_path / "out").exists()


def test_a_corpus_is_never_overwritten(seen, few_clips):
    with pytest.raises(UserError, match="never overwritten"):
        see.main([str(few_clips), "--regressor", "eye", "--out", str(seen.path)])
