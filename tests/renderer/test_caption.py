"""Captions: their font, and what it lacks; that they cover nothing is with the drawings."""

import numpy as np
import pytest
from PIL import ImageFont

from sign_latent.cli import main
from sign_latent.errors import UserError
from sign_latent.generation.api import Picture
from sign_latent.renderer import caption as module
from sign_latent.renderer import draw
from sign_latent.renderer.caption import captioned, lacking
from sign_latent.renderer.look import Look


@pytest.fixture
def bare(monkeypatch):
    """A system without fonts, where Pillow's own is left, which has hardly more than ASCII."""
    monkeypatch.setattr(module, "_FONTS", ())
    module._font.cache_clear()
    yield
    module._font.cache_clear()


@pytest.fixture
def latin(tmp_path):
    """Pillow's font as a file."""
    path = tmp_path / "latin.ttf"
    path.write_bytes(ImageFont.load_default(20).path.getvalue())
    return str(path)


def band(text: str, font: str | None = None) -> np.ndarray:
    picture = np.zeros((64, 256, 3), np.uint8)
    return next(captioned([picture], text, Look(), font))[64:]


def test_characters_that_a_font_lacks_are_named_once(bare, latin):
    """Not what nobody sees, such as spaces and joiners."""
    for font in (None, latin):
        assert lacking("für Öl: 你好, 你 \t\u200d\ufe0f.", font) == ["ü", "Ö", "你", "好"]
        assert lacking("who feeds 4 horses ?", font) == []


def test_in_their_place_are_boxes(bare):
    """All alike, which is why they are told."""
    assert np.array_equal(band("你"), band("好")) and not np.array_equal(band("r"), band("n"))


def test_a_caption_is_written_in_the_font_of_a_file(latin, tmp_path):
    """In which there are boxes, whatever the system's font has."""
    assert np.array_equal(band("ö", latin), band("ü", latin)) and not np.array_equal(band("r", latin), band("n", latin))
    (tmp_path / "no.ttf").write_text("no font")
    for name in ("no.ttf", "missing.ttf"):
        with pytest.raises(UserError, match=f"caption font .*{name}: cannot be read"):
            band("rain", str(tmp_path / name))


def test_it_is_told_what_becomes_of_a_caption(bare, monkeypatch, recwarn):
    Picture(caption="rain").tell()
    Picture().tell()
    assert not recwarn
    with pytest.warns(UserWarning, match="caption: the font lacks ü 你, in whose place boxes stand; give a --caption-"):
        Picture(caption="für 你 ü").tell()
    monkeypatch.setattr(module.features, "check", lambda name: False)
    with pytest.warns(UserWarning, match="no libraqm"):
        Picture(caption="مرحبا").tell()


def test_the_command_tells_once_and_draws_in_the_font_that_is_given(bare, latin, tmp_path, monkeypatch):
    fonts, drawn = [], draw.draw_pose
    monkeypatch.setattr(draw, "draw_pose", lambda p, **how: fonts.append(how["font"]) or drawn(p, size=32, **how))
    with pytest.warns(UserWarning) as told:
        main(
            [
                "generate",
                "für rain",
                "-o",
                str(tmp_path / "x.gif"),
                "--frames",
                "8",
                "--caption",
                "--caption-font",
                latin,
            ]
        )
    assert sum("caption: the font lacks ü," in str(one.message) for one in told) == 1 and set(fonts) == {latin}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--caption-font", "x.ttf"], "no caption to write in it; give --caption too"),
        (["--caption", "--caption-font", "missing.ttf"], "missing.ttf: cannot be read"),
    ],
)
def test_a_font_that_cannot_be_used_is_one_line_and_writes_nothing(more, said, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["generate", "rain", "-o", str(tmp_path / "x.mp4"), *more])
    error = capsys.readouterr().err
    assert stopped.value.code == 2 and said in error and error.count("\n") == 1 and not list(tmp_path.iterdir())
