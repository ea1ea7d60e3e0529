"""The geometry says what it should: a reader without grammar or times recovers signs and non-manuals."""

import numpy as np
import pytest

from data_prep.invented.clips import make_clip
from data_prep.invented.observing import observe
from data_prep.invented.reading import read
from data_prep.invented.signing import sign
from data_prep.invented.splits import plan


def edits(one: tuple, other: tuple) -> int:
    """Levenshtein distance of two sequences."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def accuracy(language: str, train: int, clips: int) -> tuple[float, float]:
    """Shares of signs and of non-manual scopes that are read rightly."""
    tasks = plan(train, 5)
    wrong = signs = missed = scopes = 0
    for index in np.random.default_rng(0).permutation(len(tasks))[:clips]:
        clip = make_clip(tasks[index], language, 5)
        clip = clip.mirrored() if clip.handedness == "left" else clip
        truth, found = sign(tasks[index].sentence, language), read(clip.pose.points, language)
        wrong, signs = wrong + edits(truth.glosses, found.glosses), signs + len(truth.glosses)
        missed += len(set(truth.scopes) ^ set(found.scopes))
        scopes += len(truth.scopes)
    return 1 - wrong / signs, 1 - missed / scopes


@pytest.mark.parametrize("language", ["qaa", "qab"])
def test_the_geometry_is_read_rightly(language):
    signs, scopes = accuracy(language, 60, 40)
    assert signs >= 0.99 and scopes >= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("language", ["qaa", "qab"])
def test_99_percent_of_signs_and_non_manuals_are_recovered(language):
    signs, scopes = accuracy(language, 1000, 600)
    assert signs >= 0.99 and scopes >= 0.99


def test_reading_does_not_depend_on_the_times_in_the_tiers():
    task = plan(12, 5)[0]
    clip = make_clip(task, "qaa", 5)
    points = clip.pose.points if clip.handedness == "right" else clip.mirrored().pose.points
    later = np.concatenate([np.repeat(points[:1], 7, axis=0), points])
    first, second = read(points, "qaa"), read(later, "qaa")
    assert first.glosses == second.glosses
    assert np.abs(np.array(second.spans) - np.array(first.spans) - 7).max() <= 1


def test_a_still_body_says_nothing():
    clip = make_clip(plan(12, 5)[0], "qaa", 5)
    assert read(np.repeat(clip.pose.points[:1], 60, axis=0), "qaa").glosses == ()


def test_expression_and_head_are_measured_as_they_were_set():
    clip = make_clip(plan(12, 5)[3], "qaa", 5)
    clip = clip.mirrored() if clip.handedness == "left" else clip
    seen = observe(clip.pose.points)
    assert np.abs(seen.expression[:, [0, 1, 4, 5]] - clip.pose.expression[:, [0, 1, 4, 5]]).max() < 0.35
