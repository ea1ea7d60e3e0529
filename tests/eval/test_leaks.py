"""Leaks are found by exchanging what must not matter, and on cards."""

from dataclasses import replace

import numpy as np
import pytest

from eval.case import ACCUSATION, NOTICE, UNEXAMINED
from eval.leaks import interventions, judge_leaks, overlap, reference_intervention, signature_leaks
from sign_latent.card import Card
from sign_latent.generation.generator import Generator
from sign_latent.pose.pose import Pose


def honest(clips, move):
    return [move(clip.text) for clip in clips]


def test_a_generator_that_sees_nothing_but_texts_gives_the_same_bits(clips, move):
    assert reference_intervention(lambda some: honest(some, move), clips) is None


def test_a_first_frame_and_a_length_that_leak_are_found(clips, move):
    def first_frame(some):
        poses = honest(some, move)
        for pose, clip in zip(poses, some, strict=True):
            pose.points[0] = clip.pose.points[0]
        return poses

    def length(some):
        return [replace(p, points=p.points[: len(c.pose)]) for p, c in zip(honest(some, move), some, strict=True)]

    for leaking in (first_frame, length):
        found = reference_intervention(leaking, clips)
        assert found.severity == ACCUSATION and found.evidence["changed"] == len(clips)


def test_parameters_that_only_a_recording_could_fill_are_named():
    def needs(texts, first_frame, seed=0): ...

    def may(texts, counter=None): ...

    assert [(f.severity, "first_frame" in f.reason) for f in signature_leaks(needs)] == [(ACCUSATION, True)]
    assert [f.severity for f in signature_leaks(may)] == [NOTICE]
    assert signature_leaks(Generator.generate) == []


@pytest.fixture
def generate(signing):
    """Texts and seed -> motions: the text sets the motion, the seed wanders about it."""

    def made(texts: list[str], seed: int) -> list[Pose]:
        return [signing(sum(t.encode()), 50, unrest=0.1, performance=seed) for t in texts]

    return made


def test_what_listens_to_the_text_is_not_accused(generate, texts):
    assert interventions(generate, texts) == []


def test_what_ignores_the_text_is_accused(generate, texts, signing):
    def blind(some, seed):
        return [signing(i, 50, performance=seed, unrest=0.1) for i in range(len(some))]

    def random(some, seed):
        return [signing(1000 * seed + sum(t.encode()), 50) for t in some]

    for made in (blind, random):
        assert [f.name for f in interventions(made, texts)] == ["text-blind generator"]


def test_other_bits_for_the_same_call_are_reported(generate, texts):
    calls = iter(range(9))

    def drifting(some, seed):
        shift = np.float32(1e-6 * next(calls))
        return [replace(pose, points=pose.points + shift) for pose in generate(some, seed)]

    assert [(f.name, f.severity) for f in interventions(drifting, texts)] == [("not reproducible", NOTICE)]


def test_what_tests_share_with_training_is_counted(clips):
    others = [
        replace(clip, text=f"other {i}", source=f"o{i}", pose=clip.pose.mirrored()) for i, clip in enumerate(clips)
    ]
    assert overlap(clips[:4], others) == []
    train = [replace(others[0], text=clips[0].text.upper()), replace(others[1], pose=clips[1].pose)]
    found = {f.name: f.evidence["shared"] for f in overlap(clips[:4], train)}
    assert found == {"sentences seen in training": 1, "recordings seen in training": 1}


def card(name: str, corpus: str, **more) -> Card:
    return Card(name=name, model="m", settings={}, corpus_hash=corpus, **more)


def test_cards_tell_what_a_judge_was_trained_on():
    judge, generator = card("judge", "a"), card("generator", "a")
    assert judge_leaks(judge, "a", "test", generator) == []
    assert [f.severity for f in judge_leaks(judge, "b", "test")] == [UNEXAMINED]
    found = judge_leaks(judge, "a", "train", generator)
    assert [f.name for f in found] == ["judge leak", "judged on training clips"]
    helped = card("generator", "a", parents={"guide": judge.reference})
    assert [f.severity for f in judge_leaks(judge, "a", "test", helped)] == [ACCUSATION]
