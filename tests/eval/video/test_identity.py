"""Who appears is told by colours: by hand, and rightly of every recording."""

import numpy as np
import pytest

from eval.video.identity import BINS, colours, identified, similarity


def flat(*colour: float) -> np.ndarray:
    return np.full((1, 4, 4, 3), colour, np.uint8)


def test_a_colour_of_a_step_counts_there_alone():
    found = colours(flat(255, 0, 0))
    assert found[(BINS - 1) * BINS**2] == pytest.approx(1) and np.count_nonzero(found) == 1


def test_similarity_by_hand():
    black, white = colours(flat(0, 0, 0)), colours(flat(255, 255, 255))
    assert similarity(black, white) == 0 and similarity(black, black) == pytest.approx(1)
    both = colours(np.concatenate([flat(0, 0, 0), flat(255, 255, 255)]))
    assert similarity(both, black) == pytest.approx(np.sqrt(0.5))
    between = colours(flat(255 / (BINS - 1) / 2, 0, 0))  # 18 of 36.4: 0.494 of the way to the next step
    assert similarity(between, black) == pytest.approx(np.sqrt(1 - 18 / (255 / 7)), abs=1e-6)


def test_ties_count_against():
    black, white = colours(flat(0, 0, 0)), colours(flat(255, 255, 255))
    assert identified(black, 0, {0: black, 1: white})
    assert not identified(black, 1, {0: black, 1: white})
    assert not identified(black, 0, {0: black, 1: black})


def test_every_recording_shows_the_signer_of_its_reference_and_no_other(scenes):
    references = {scene.look: colours(scene.reference[None]) for scene in scenes}
    assert len(references) >= 4
    for scene in scenes:
        found = colours(scene.real)
        assert identified(found, scene.look, references)
        assert not any(identified(found, other, references) for other in references if other != scene.look)
