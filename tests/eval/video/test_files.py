"""Videos in a folder: read by clip id, scored as a renderer's are, and refused with a reason."""

import numpy as np
import pytest

from eval.rows import SYSTEM
from eval.video.files import VideoFolder
from eval.video.measure import Ground, Instruments, measure
from eval.video.systems import SHUFFLED
from sign_latent.errors import UserError
from sign_latent.renderer.video import write_video


@pytest.fixture
def folder(scenes, tmp_path):
    """The recordings themselves: one as a video file, the others without loss."""
    for scene in scenes[1:]:
        np.save(tmp_path / f"{scene.id}.npy", scene.real)
    write_video(tmp_path / f"{scenes[0].id}.mp4", list(scenes[0].real), 25.0)
    return VideoFolder(tmp_path, 25.0, "pose")


def test_the_recordings_score_as_the_recordings(folder, scenes):
    ground = Ground.of(scenes, True, True)
    own = measure(SYSTEM, folder.system(), scenes, 0, Instruments(), ground)
    assert not own.failures and own.clips[0]["ssim"] > 0.9  # compressed
    assert [clip["ssim"] for clip in own.clips[1:]] == pytest.approx([1.0] * 5)
    turned = measure(SHUFFLED, folder.system(shuffled=True), scenes, 0, Instruments(), ground)
    assert max(clip["hand_ssim"] for clip in turned.clips) < 0.9


def test_a_clip_without_a_video_is_a_failure_that_is_told(folder, scenes):
    (folder.folder / "c3.npy").unlink()
    measured = measure(SYSTEM, folder.system(), scenes, 0, Instruments(), Ground.of(scenes, True, True))
    assert len(measured.failures) == 1 and "c3" in measured.failures[0]


def test_videos_of_another_length_are_scored_where_motion_is_open_alone(folder, scenes):
    np.save(folder.folder / "c1.npy", scenes[1].real[:9])
    for aligned, failures in ((True, 1), (False, 0)):
        measured = measure(SYSTEM, folder.system(), scenes, 0, Instruments(), Ground.of(scenes, aligned, False))
        assert len(measured.failures) == failures


def test_the_name_follows_the_content(folder, scenes):
    before = folder.reference
    np.save(folder.folder / "c1.npy", scenes[2].real)
    assert before != folder.reference and before.startswith(f"{folder.folder.name}@")


def test_what_cannot_be_read_is_one_line(folder, tmp_path, scenes):
    with pytest.raises(UserError, match="no such folder"):
        VideoFolder(tmp_path / "none", 25.0, "pose")
    with pytest.raises(UserError, match="25 frames a second, the recordings 30"):
        VideoFolder(tmp_path, 30.0, "pose").read("c0")
    (tmp_path / "c1.npy").write_bytes(b"nothing")
    with pytest.raises(UserError, match="c1.npy"):
        folder.read("c1")
    np.save(tmp_path / "a-0.npy", scenes[0].real)
    assert folder.read("a/0").shape == scenes[0].real.shape
