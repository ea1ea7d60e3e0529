"""Laws of decoding: every picture once, upright, at a steady rate."""

import numpy as np
import pytest

from data_prep.extraction.video import open_video, steady
from sign_latent.errors import UserError
from sign_latent.renderer.video import write_video


def pictures(count: int) -> list[np.ndarray]:
    """Pictures that tell their number by their brightness."""
    return [np.full((32, 48, 3), 40 + 20 * i, np.uint8) for i in range(count)]


def numbers(frames) -> list[int]:
    return [round((float(frame.mean()) - 40) / 20) for frame in frames]


def test_every_picture_of_an_even_video_comes_once(tmp_path):
    write_video(tmp_path / "a.mp4", pictures(9), 25.0)
    with open_video(tmp_path / "a.mp4") as video:
        assert video.fps == 25 and numbers(video.frames) == list(range(9))


def test_a_reader_may_stop_early(tmp_path):
    write_video(tmp_path / "a.mp4", pictures(9), 25.0)
    with open_video(tmp_path / "a.mp4") as video:
        assert numbers([next(video.frames)]) == [0]


def test_a_picture_is_held_as_long_as_it_was_shown():
    timed = zip((0.0, 0.1, 0.4, 0.5), "abcd", strict=True)
    assert "".join(steady(timed, 10.0)) == "abbbcd"


def test_of_pictures_too_fast_for_the_rate_the_last_is_shown():
    timed = zip((1.0, 1.001, 1.1), "abc", strict=True)
    assert "".join(steady(timed, 10.0)) == "bc"


@pytest.mark.parametrize("suffix", [".gif", ".webm", ".mov"])
def test_other_containers_are_read(tmp_path, suffix):
    import av

    codec, pixels = {".gif": ("gif", "rgb8"), ".webm": ("libvpx", "yuv420p"), ".mov": ("libx264", "yuv420p")}[suffix]
    path = tmp_path / f"a{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt = 48, 32, pixels
        for picture in pictures(6):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode())
    with open_video(path) as video:
        assert video.fps == 20 and len(list(video.frames)) == 6


def test_a_phone_held_sideways_gives_upright_pictures(tmp_path):
    path = tmp_path / "a.mp4"
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:, :24] = 255  # bright on the left
    write_video(path, [picture] * 3, 25.0)
    content = bytearray(path.read_bytes())
    track = content.index(b"tkhd")
    matrix = track + 4 + 4 + 20 + 16  # version, then times, ids and duration, then layers and volume
    turned = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)  # shown a quarter turn clockwise
    content[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turned)
    path.write_bytes(content)
    with open_video(path) as video:
        upright = next(video.frames)
    assert upright.shape == (48, 32, 3)
    assert upright[:20].mean() > 200 > 50 > upright[28:].mean()  # left became top


@pytest.mark.parametrize("content", [None, b"", b"not a video"])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "a.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.mp4"), open_video(path) as video:
        list(video.frames)


def test_a_cut_video_is_refused_or_ends_early(tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, pictures(9), 25.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="cannot be decoded"), open_video(path) as video:
        list(video.frames)
