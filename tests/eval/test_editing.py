"""Laws of measuring edits: borders where motion was joined, texts that differ in one sign, styles known beforehand."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.synthesise import synthesise
from eval.editing import border_speeds, halved, hand_places, speeds, swapped, thirds
from eval.editing_style import chosen, style_report
from eval.pairs import Place
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.splice import Cut


def sliding(frames: int, step: float = 0.1) -> Pose:
    """Everything moves by one step a frame."""
    skeleton = get_skeleton("upper79")
    points = np.zeros((frames, 79, 3), np.float32)
    points[..., 0] = step * np.arange(frames)[:, None]
    return Pose(points, np.ones((frames, 79), np.float32), 25.0, skeleton)


def test_the_speed_over_a_border_is_that_of_the_two_frames_that_meet_there():
    pose = sliding(30)
    cut = Cut(np.ones(30, bool), np.ones(79, bool))
    cut.kept[10:20] = False
    assert border_speeds(pose, pose, cut) == pytest.approx([1, 1], rel=1e-4)
    jumped = replace(pose, points=pose.points.copy())
    jumped.points[20:] += [0.3, 0, 0]
    assert border_speeds(jumped, pose, cut) == pytest.approx([1, 4], rel=1e-4)
    assert speeds(pose) == pytest.approx(np.full(29, 0.1), rel=1e-4)


def test_a_third_is_made_anew():
    (first, second), frames = thirds(sliding(30)).keep, 30
    assert first == (0, 10) and second == (20, None) and frames - 20 == 10


def test_a_half_is_continued_to_the_length_of_the_whole():
    pose = sliding(31)
    half, edit = halved(pose)
    assert len(half) == 15 and edit.frames == 31 and not edit.keep and not edit.parts
    assert np.array_equal(half.points, pose.points[:15])


def test_a_swapped_text_has_the_partners_word_in_the_same_number():
    place = Place(0, "handshape", frozenset({"dog", "dogs"}), frozenset({"cat", "cats"}))
    assert swapped("The dogs eat", place) == "the cats eat"
    assert swapped("a dog eats", place) == "a cat eats" and swapped("it rains", place) is None


def test_places_of_the_hand_are_signs_of_one_hand_that_differ_in_the_handshape():
    clips = [clip for clip in synthesise(60, 0, jobs=1) if clip.split == "train"]
    found = hand_places(clips)
    assert found and len({place.clip for place, _ in found}) == len(found)
    for place, text in found:
        own, other = (set(t.lower().split()) for t in (clips[place.clip].text, text))
        assert place.channel == "handshape" and own & place.own and other & place.other and not other & place.own


class Steady:
    """Signs every text alike, but for the seed nothing."""

    def __init__(self, pose):
        self.pose = pose

    def generate(self, texts, seed=0, **how):
        return [self.pose for _ in texts]


def test_a_style_that_is_carried_over_is_found_again():
    skeleton, chance = get_skeleton("upper79"), np.random.default_rng(0)
    still = 0.3 * chance.normal(size=(79, 3))
    clips = []
    for i, tempo in enumerate([0.8, 0.9, 1.1, 1.2]):
        turn = 2 * np.pi * np.arange(round(90 / tempo)) * tempo / 9
        points = np.repeat(still[None], len(turn), 0)
        wave = 0.05 * (1 + 0.1 * i) * np.sin(turn)
        for side in ("left", "right"):
            points[:, skeleton.points.index(f"{side}_wrist"), 1] += wave
        pose = Pose(points.astype(np.float32), np.ones(points.shape[:2], np.float32), 25.0, skeleton)
        clips.append(Clip(str(i), "rain", "en", "qaa", f"signer{i + 1:02d}", str(i), "dev", pose))
    report = style_report(Steady(clips[1].pose), clips, 1, 0, {"seed": 0})
    assert report["references"] == report["signers"] == 4 and len(chosen(clips * 2, 1)) == 4
    assert report["tempo, made ~ reference"] > 0.99 and report["amplitude, made ~ reference"] > 0.95
