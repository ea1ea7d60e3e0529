"""`.npz` keeps everything and trusts nothing."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.pose import Pose


def test_every_feature_set_comes_back_bit_for_bit(tmp_path, moving_signer):
    pose = replace(moving_signer(), fps=23.976)
    pose.save(tmp_path / "clip.npz", provenance="model@abc, seed 0, „Grüße“")
    back = Pose.load(tmp_path / "clip.npz")
    for name in ("points", "confidence", "rotations", "expression"):
        assert np.array_equal(getattr(back, name), getattr(pose, name)), name
    assert (back.fps, back.skeleton) == (pose.fps, pose.skeleton)
    assert back.provenance == "model@abc, seed 0, „Grüße“"
    assert [path.name for path in tmp_path.iterdir()] == ["clip.npz"]


def test_the_same_pose_gives_the_same_bytes(tmp_path, moving_signer):
    for name in ("a.npz", "b.npz"):
        moving_signer().save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_is_not_known_stays_unknown(tmp_path, random_pose):
    random_pose("openpose67").save(tmp_path / "clip.npz")
    back = Pose.load(tmp_path / "clip.npz")
    assert back.rotations is None and back.expression is None and back.provenance == ""


FOREIGN = {
    "other arrays": {"x": np.zeros(3)},
    "unknown skeleton": {"points": np.zeros((2, 3, 3)), "confidence": np.zeros((2, 3)), "fps": 25, "skeleton": "ape"},
    "wrong shape": {"points": np.zeros((2, 3, 3)), "confidence": np.zeros((2, 3)), "fps": 25, "skeleton": "smplx"},
    "a pickle": {"points": np.array([{"a": 1}], dtype=object), "confidence": 1, "fps": 25, "skeleton": "smplx"},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_archives_are_one_clear_line(tmp_path, kind):
    np.savez(tmp_path / "foreign.npz", **FOREIGN[kind])
    with pytest.raises(UserError, match="foreign.npz") as error:
        Pose.load(tmp_path / "foreign.npz")
    assert "\n" not in str(error.value)


def test_a_pose_with_nan_is_not_written(tmp_path, moving_signer):
    pose = moving_signer()
    pose.points[3, 3] = np.nan
    with pytest.raises(UserError, match="NaN"):
        pose.save(tmp_path / "clip.npz")
    assert not list(tmp_path.iterdir())
