"""Pictures of pages: small files, of drawn signers and of renderers, and every one in docs is shown and described."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from eval import pictures
from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from stages.recipe import ROOT


class Model:
    """Signs any text by the same motion."""

    def __init__(self, pose: Pose):
        self.pose = pose

    def generate(self, text, seed):
        return self.pose


class Shower:
    """A renderer of poses, or of texts, whose frames are as bright as their number."""

    def __init__(self, condition):
        self.condition, self.settings, self.given = condition, self, []
        self.size, self.fps = [64, 48], 25.0

    def render(self, condition, reference=None, frames=None, seed=0):
        self.given.append((condition, reference))
        count = len(condition) if isinstance(condition, Pose) else frames or 10
        levels = np.arange(count, dtype=np.uint8)[:, None, None, None]
        return np.broadcast_to(levels, (count, *self.size, 3)).copy()


@pytest.fixture
def making(moving_pose, monkeypatch, tmp_path):
    """Runs the command with stand-ins for what is trained; gives the pictures by name."""
    monkeypatch.setattr(pictures, "load", lambda name, device: Model(moving_pose(0.0)))

    def make(*given, renderer=None):
        if renderer is not None:
            monkeypatch.setattr(pictures, "load_renderer", lambda *_: (renderer, Card("shower", "sign_video", {})))
            given = ("--renderer", "shower@0123", *given)
        monkeypatch.setattr("sys.argv", ["pictures", "--out", str(tmp_path), *given])
        pictures.main()
        assert all(path.stat().st_size <= pictures.MOST for path in tmp_path.iterdir())
        return {path.stem: np.asarray(Image.open(path).convert("RGB")) for path in tmp_path.iterdir()}

    return make


def test_drawn_signers_are_shown_over_the_clip_and_in_several_looks(making):
    made = making("--columns", "3", "--size", "64")
    assert {name: picture.shape for name, picture in made.items()} == {
        "drawn": (64, 196, 3),
        "capsules": (64, 196, 3),
        "looks": (130, 196, 3),
    }
    for name in ("drawn", "looks"):
        first, _, last = (made[name][:64, at : at + 64].astype(int) for at in (0, 66, 132))
        assert np.abs(first - last).max() > 40


def test_a_renderer_of_poses_is_shown_below_the_pose_with_each_signer_s_picture_first(making):
    shower = Shower("pose")
    made = making("--columns", "4", "--frames", "9", renderer=shower)["shower"]
    assert made.shape == (3 * 64 + 4, 4 * 48 + 6, 3)
    assert [len(pose) for pose, _ in shower.given] == [9, 9]
    (_, one), (_, other) = shower.given
    assert one.shape == (64, 48, 3) and not np.array_equal(one, other)
    assert np.abs(made[66:130, :48].astype(int) - one).mean() < 4  # but for the colours that a palette has
    assert [made[66, at].tolist() for at in (50, 100, 150)] == [[0] * 3, [4] * 3, [8] * 3]


def test_a_renderer_of_texts_has_a_row_for_each(making):
    shower = Shower("text")
    made = making("--text", "rain", "--text", "sun", "--columns", "2", renderer=shower)["shower"]
    assert [text for text, _ in shower.given] == ["rain", "sun"] and made.shape == (130, 98, 3)


def test_large_pictures_are_reduced_and_files_stay_small():
    noise = np.random.default_rng(0).integers(0, 256, (1000, 500, 3), dtype=np.uint8)
    assert pictures.grid([[noise, noise]], 100).size == (102, 100)
    content = pictures.small_png(pictures.grid([[noise[:400, :400]]], 400))
    assert len(content) <= pictures.MOST and len(Image.open(io.BytesIO(content)).convert("RGB").getcolors(256)) < 256
    with pytest.raises(UserError, match="give fewer --columns"):
        pictures.small_png(pictures.grid([[noise]], 1000))


@pytest.mark.parametrize("given", [("--columns", "1"), ("--looks", "0"), ("--frames", "0")])
def test_numbers_of_which_nothing_can_be_made_are_refused(given):
    with pytest.raises(UserError, match=given[0]):
        pictures.parse(["--out", "x", *given])


def test_every_picture_of_the_pages_is_small_shown_and_described():
    found = {path.name: path for path in (ROOT / "docs" / "images").iterdir()}
    shown = {}
    for page in (ROOT / "docs").rglob("*.md"):
        for words, target in re.findall(r"!\[([^]]*)\]\(([^)]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).resolve() == found[target.rpartition("/")[2]].resolve()
            shown[target.rpartition("/")[2]] = words
    assert shown.keys() == found.keys() and found
    assert all(len(words.split()) > 5 for words in shown.values())
    assert all(path.stat().st_size <= pictures.MOST and path.suffix in (".png", ".svg") for path in found.values())
    drawn = [path.read_text("utf-8") for path in found.values() if path.suffix == ".svg"]  # loads and runs nothing
    assert not any(word in text for text in drawn for word in ("<script", "href", "url(", "<image"))
