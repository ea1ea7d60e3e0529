"""The pictures of a latent as commands: files of each kind, and refusals in a line."""

from dataclasses import asdict

import pytest
import torch

from eval import latents
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.registry import Card, publish


@pytest.fixture
def command(sign_latent_home, few_clips, tmp_path, monkeypatch):
    """Runs the command on a small untrained autoencoder; gives back the file."""
    from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings

    torch.manual_seed(0)
    model = SkeletalVAE(SkeletalVAESettings(width=16, joint_width=8, latent_width=4))
    model.latent_dead[0] = True
    publish(Card("vae", "skeletal_vae", asdict(model.settings), model.spec), model, {})

    def run(kind: str, name: str, *more: str):
        out = tmp_path / name
        words = [kind, "--autoencoder", "vae", "--corpus", str(few_clips), "--split", "train", "--out", str(out), *more]
        monkeypatch.setattr("sys.argv", ["latents.py", *words])
        latents.main()
        return out

    return run


def test_a_sweep_is_written_as_each_kind_of_file(command):
    slot = ("--slot", "left_hand", "--directions", "1")
    pose = Pose.load(command("traverse", "hand.npz", *slot))
    assert len(pose) == 48 and pose.fps == 25  # twelve latent frames of four
    page = command("traverse", "hand.html", *slot, "--clip", "4", "--frame", "2").read_text(encoding="utf-8")
    assert "direction 1" in page and "left_hand" in page and "://" not in page and "a posture of 4" in page
    assert command("traverse", "hand.png", *slot).read_bytes()[1:4] == b"PNG"


def test_signs_in_a_plane_are_written_as_a_picture(command):
    words = ("--gloss", "RAIN", "--slot", "head")
    assert command("plane", "signs.svg", *words).read_text(encoding="utf-8").startswith("<svg xmlns=")


@pytest.mark.parametrize(
    "words, said",
    [
        (("traverse", "a.avi", "--slot", "head"), "unknown suffix"),
        (("traverse", "a.npz", "--slot", "tail"), "slot 'tail'.*left_hand"),
        (("traverse", "a.npz", "--slot", "root"), "dead"),
        (("traverse", "a.npz", "--slot", "head", "--clip", "none"), "clip none"),
        (("traverse", "a.npz", "--slot", "head", "--frame", "999"), "frame 999"),
        (("plane", "a.png"), "written as .svg"),
        (("plane", "a.svg"), "too few"),
        (("plane", "a.svg", "--gloss", "SUN"), "gloss SUN"),
        (("plane", "a.svg", "--clips", "0"), "at least one clip"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_written(command, words, said, tmp_path):
    with pytest.raises(UserError, match=said):
        command(*words)
    assert not (tmp_path / words[1]).exists()
