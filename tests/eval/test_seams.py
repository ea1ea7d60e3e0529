"""Joints are where they are said to be, and what is measured there is what can be computed by hand."""

import json

import numpy as np
import pytest

from eval import seams
from eval.seams import Joined, Joint, joined
from sign_latent.errors import UserError
from sign_latent.generation.base import TextToPose
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.transition import differences
from sign_latent.registry import Card


def moving(seed, frames=40, jump=0.0):
    """Points that swing together along x."""
    skeleton = get_skeleton("phoenix50")
    points = np.zeros((frames, len(skeleton.points), skeleton.dimensions), np.float32)
    points[..., 0] = jump + 0.3 * np.sin(seed + np.arange(frames) / 4)[:, None]
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton)


def test_a_jump_is_found_at_the_joint_and_a_transition_takes_it_away():
    clips = [moving(0), moving(1, jump=2.0), moving(2)]
    plain, joints = joined(clips, plainly=True)
    assert joints == [Joint(40, 0), Joint(80, 0)] and len(plain) == 120
    found = Joined()
    found.add(plain, joints, np.random.default_rng(0))
    velocities = differences(plain, 1)
    bound = np.quantile(velocities, 0.95)
    np.testing.assert_allclose(found.velocity, velocities[[39, 79]] / bound)
    jerks = differences(plain, 3)
    np.testing.assert_allclose(found.jerk[0], jerks[37:40].max() / np.quantile(jerks, 0.95))
    assert min(found.velocity) > 1 and found.course["velocity"][0][seams.AROUND] == found.velocity[0]

    smooth, joints = joined(clips)
    better = Joined()
    better.add(smooth, joints, np.random.default_rng(0))
    assert max(better.velocity) < min(found.velocity) and better.transitions == [j.frames for j in joints]
    assert len(smooth) == 120 + sum(better.transitions) and min(better.transitions) > 0
    start, frames = joints[0].start, joints[0].frames
    assert np.array_equal(smooth.points[start + frames], clips[1].points[0]) and start == 40


class Swinging(TextToPose):
    """A generator whose sentences swing."""

    def signed(self, texts, lengths, seed, batch_size, options):
        return [moving(seed % 7 + len(text), jump=0.1 * len(text)) for text in texts]


def test_what_is_measured_is_what_generate_long_makes():
    generator = Swinging(Card(name="toy", model="toy", settings={}))
    sentences = ["Rain is here.", "Yes!", "What do you do?"]
    whole, joints = joined(seams.signed(generator, sentences, 5, {}))
    assert (
        np.array_equal(whole.points, generator.generate_long(" ".join(sentences), seed=5).points) and len(joints) == 2
    )


def test_the_report_is_written_whole_and_can_be_repeated(few_clips, tmp_path, monkeypatch):
    from sign_latent.generation import api

    monkeypatch.setattr(api, "load", lambda name, device: Swinging(Card(name=name, model="toy", settings={})))
    how = {"generator": "toy", "corpus": str(few_clips), "split": "train", "paragraphs": 1, "sentences": 2, "seed": 0}
    for name in ("a", "b"):
        seams.report(out=str(tmp_path / name), **how)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        *("seams.json", "seams.html", "worst.png"),
        *("velocity.svg", "jerk.svg"),
    }
    assert "Jerk around joints" in (tmp_path / "a" / "jerk.svg").read_text()
    first, second = (json.loads((tmp_path / name / "seams.json").read_text()) for name in ("a", "b"))
    assert first == second and first["rows"]["joined"]["joints"] == 1
    page = (tmp_path / "a" / "seams.html").read_text()
    assert page.count("<svg") == 3 and "95th percentile" in page
    with pytest.raises(UserError, match="9 texts of 2 sentences"):
        seams.report(out=str(tmp_path / "c"), **how | {"paragraphs": 9})
    assert not (tmp_path / "c").exists()


def test_windows_that_overlap_are_measured_and_read_beside_the_others(few_clips, tmp_path):
    how = {"generator": "embedded-sald", "split": "train", "paragraphs": 1, "sentences": 3, "seed": 0}
    out = tmp_path / "a"
    seams.report(corpus=str(few_clips), out=str(out), overlap=1, judge="judge-dev", **how)
    found = json.loads((out / "seams.json").read_text())
    rows, said = found["rows"], found["read"]
    assert rows["overlapping windows"]["joints"] == 2 and rows["overlapping windows"]["transition_longest"] == 0
    assert set(said) == {"recordings", "joined", "overlapping windows"}
    gain = said["overlapping windows"].pop("gain over joined")
    assert gain["value"] == pytest.approx(
        said["overlapping windows"]["bleu4"]["value"] - said["joined"]["bleu4"]["value"]
    )
    assert said["joined"]["bleu4"]["value"] > 1
    assert "overlapping windows" in (out / "seams.html").read_text()
    with pytest.raises(UserError, match="overlap -2"):
        seams.report(corpus=str(few_clips), out=str(tmp_path / "b"), overlap=-2, **how)
    assert not (tmp_path / "b").exists()


def test_sentences_of_windows_are_cut_out_with_what_they_share():
    from sign_latent.generation.api import load

    generator, sentences = load("embedded-sald"), ["it will rain .", "who feeds four horses ?", "it will rain ."]
    whole, starts, said = seams.seams_windows.in_windows(generator, sentences, 5, {}, 2)
    assert np.array_equal(whole.points, generator.generate_long(" ".join(sentences), seed=5, overlap=2).points)
    shared = 2 * generator.autoencoder.spec.stride
    assert [len(clip) for clip in said[1:]] == [starts[1] - starts[0] + shared, len(whole) - starts[1] + shared]
    assert np.array_equal(said[1].points, whole.points[starts[0] - shared : starts[1]])


def test_what_lies_around_a_joint_is_looked_at_as_well():
    pose, rows = moving(0), Joined()
    bound = np.quantile(differences(pose, 1), 0.95)
    rows.add(pose, [Joint(20, 0, around=3)], np.random.default_rng(0))
    np.testing.assert_allclose(rows.velocity, differences(pose, 1)[16:23].max() / bound)
