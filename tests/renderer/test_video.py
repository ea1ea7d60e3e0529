"""Video files hold what was drawn."""

import av
import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.video import read_comment, write_video


def coloured(count: int, height: int = 64, width: int = 48) -> list[np.ndarray]:
    """Pictures of one brightness each, growing."""
    return [np.full((height, width, 3), 20 + 200 * i // count, dtype=np.uint8) for i in range(count)]


CODECS = {".mp4": ("h264", "yuv420p"), ".webm": ("vp9", "yuv420p"), ".gif": ("gif", "bgra")}


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize(("fps", "size"), [(25.0, (64, 48)), (29.97, (65, 47)), (12.5, (256, 256))])
def test_frames_rate_size_and_codec_are_kept(tmp_path, suffix, fps, size):
    path = tmp_path / f"clip{suffix}"
    frames = coloured(13, *size)
    write_video(path, iter(frames), fps)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoded = list(container.decode(stream))
        # GIF tells the time in hundredths of a second, WebM in thousandths.
        assert [frame.time for frame in decoded] == pytest.approx([i / fps for i in range(13)], abs=0.0051)
        if suffix != ".gif":
            assert float(stream.average_rate) == pytest.approx(fps, rel=1e-3)
        codec, pixels = CODECS[suffix]
        assert codec in stream.codec_context.name and stream.codec_context.pix_fmt == pixels
    shown = [frame.to_ndarray(format="rgb24") for frame in decoded]
    assert [frame.shape for frame in shown] == [(size[0] // 2 * 2, size[1] // 2 * 2, 3)] * 13
    assert np.allclose([frame.mean() for frame in shown], [frame.mean() for frame in frames], atol=3)


@pytest.mark.parametrize("suffix", CODECS)
def test_a_drawn_pose_looks_the_same_in_the_video(signer, tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    frames = list(draw_pose(signer(np.zeros((2, 10))), 256))
    write_video(path, frames, 25)
    with av.open(str(path)) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(shown.astype(int) - frames[0]).mean() < 3


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("comment", ['{"text": "grüß \\"dich\\"", "seed": 3}', "x" * 5000, ""])
def test_the_comment_is_read_back(tmp_path, comment, suffix):
    path = tmp_path / f"clip{suffix}"
    write_video(path, coloured(2), 25, comment)
    assert read_comment(path) == comment


@pytest.mark.parametrize(
    ("name", "frames", "fps", "reason"),
    [
        ("clip.mp4", [], 25, "no frames"),
        ("clip.mp4", coloured(2), 0, "frames a second"),
        ("clip.avi", coloured(2), 25, "mp4"),
        ("clip.gif", coloured(2), 60, "0.1 to 50"),
        ("clip.mp4", [*coloured(2), *coloured(1, 32, 32)], 25, "one size"),
        ("clip.mp4", [np.zeros((8, 8, 3))], 25, "uint8"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path, name, frames, fps, reason):
    with pytest.raises(UserError, match=reason):
        write_video(tmp_path / name, frames, fps)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_no_video_is_read_with_the_comment_of_an_older_one_of_its_name(tmp_path, suffix):
    for comment in ("made by a model", ""):
        write_video(tmp_path / f"x{suffix}", [np.zeros((16, 16, 3), np.uint8)] * 4, 25, comment=comment)
        assert read_comment(tmp_path / f"x{suffix}") == comment


def test_an_older_video_stays_when_writing_fails(tmp_path):
    path = tmp_path / "clip.mp4"
    write_video(path, coloured(2), 25, "old")

    def failing():
        yield from coloured(1)
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_video(path, failing(), 25)
    assert read_comment(path) == "old" and len(list(tmp_path.iterdir())) == 1


def test_what_is_no_video_is_named(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    for name in ("text.mp4", "missing.mp4"):
        with pytest.raises(UserError, match=name):
            read_comment(tmp_path / name)
