"""`.skels` round trips, and says which line is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.pose.formats.skels import read_skels, write_skels
from sign_latent.pose.normalise import normalise


def clips(random_pose) -> list:
    poses = [random_pose("phoenix50", frames=frames, seed=frames) for frames in (3, 7)]
    for pose in poses:
        pose.confidence[:] = 1
    neck = poses[0].skeleton.points.index("neck")
    # The file puts the neck at the origin of every frame; a neck that stays in place keeps the rest where it is.
    for pose in poses:
        pose.points[:, neck] = [0, 0.1, 0]
    return [replace(pose, points=normalise(pose.points, pose.confidence, pose.skeleton)) for pose in poses]


def test_what_is_written_comes_back(tmp_path, random_pose):
    poses = clips(random_pose)
    write_skels(tmp_path / "train.skels", poses)
    for pose, back in zip(poses, read_skels(tmp_path / "train.skels"), strict=True):
        assert np.abs(pose.points - back.points).max() < 1e-3 and back.fps == 25


def test_the_file_has_151_numbers_a_frame_and_a_counter(tmp_path, random_pose):
    write_skels(tmp_path / "train.skels", clips(random_pose))
    frames = np.array((tmp_path / "train.skels").read_text().splitlines()[1].split(), float).reshape(-1, 151)
    assert len(frames) == 7 and np.allclose(frames[:, 150], np.arange(7) / 7, atol=1e-5)
    assert np.allclose(frames[:, 3:6], 0)  # the neck


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1 2 3", "multiple of 151"),
        ("", "multiple of 151"),
        ("x " * 151, "not a number"),
        ("nan " * 151, "NaN"),
        ("0 " * 151, "shoulders"),
    ],
)
def test_a_bad_line_is_named(tmp_path, random_pose, line, reason):
    write_skels(tmp_path / "a.skels", clips(random_pose))
    path = tmp_path / "b.skels"
    path.write_text((tmp_path / "a.skels").read_text() + line + "\n")
    with pytest.raises(UserError, match=rf"b.skels line 3: .*{reason}"):
        read_skels(path)


def test_another_skeleton_or_rate_is_refused(tmp_path, random_pose):
    pose = random_pose("phoenix50")
    for wrong in (random_pose("upper79"), replace(pose, fps=50.0)):
        with pytest.raises(UserError, match="phoenix50 at 25"):
            write_skels(tmp_path / "a.skels", [pose, wrong])
    assert not list(tmp_path.iterdir())


@pytest.mark.realdata
def test_the_forecast_is_upright_and_right_handed(shared_data):
    poses = read_skels(shared_data / "phoenix_skels" / "train.skels")
    assert [len(pose) for pose in poses] == [86, 126, 168, 185, 71]
    points = np.concatenate([pose.points for pose in poses])
    skeleton = poses[0].skeleton
    mean = {name: points[:, i].mean(0) for i, name in enumerate(skeleton.points)}
    assert mean["head"][1] > 0.3 and mean["left_elbow"][1] < -0.3 < 0.3 < mean["left_shoulder"][0]
    assert mean["right_wrist"][2] > 0.2  # hands before the body
    motion = {
        side: np.abs(np.diff(points[:, skeleton.parts[f"{side}_hand"]], axis=0)).mean() for side in ("left", "right")
    }
    assert motion["right"] > motion["left"]
