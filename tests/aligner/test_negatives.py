"""Hard negatives by hand; batches that hold them are whole and the step's alone."""

import numpy as np

from sign_latent.aligner.negatives import HardBatches, hard_texts, minimal_pairs, nearest

TEXTS = [
    "who feeds a dog",
    "who feeds a cat",
    "who buys a cat",
    "rain",
    "who feeds a dog today",
    "snow",
    "it is cold here",
]


def test_minimal_pairs_differ_in_one_word():
    assert [found.tolist() for found in minimal_pairs(TEXTS)] == [[1], [0, 2], [1], [5], [], [3], []]


def test_nearest_by_hand():
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]])
    assert nearest(vectors, 1).tolist() == [[1], [0], [1]]
    assert nearest(vectors, 9).tolist() == [[1, 2], [0, 2], [1, 0]]
    assert np.array_equal(nearest(vectors, 2, rows=1), nearest(vectors, 2))


def test_texts_without_a_minimal_pair_have_their_nearest():
    vectors = np.eye(7)
    vectors[4] = vectors[0] * 0.8 + vectors[4] * 0.6
    found = hard_texts(TEXTS, vectors, 1)
    assert found[0].tolist() == [1] and found[4].tolist() == [0]


def test_a_batch_holds_partners_of_its_own_texts():
    text = np.array([0, 1, 1, 2, 3, 5, 6, 4])
    batches = HardBatches(np.full(8, 10), text, minimal_pairs(TEXTS), 0.5)
    for step in range(6):
        batch = batches(4, 0, step)
        assert np.array_equal(batch, batches(4, 0, step)) and 2 <= len(batch) <= 4
        own, partners = batch[:2], batch[2:]
        wanted = [clip for clip in own if len(minimal_pairs(TEXTS)[text[clip]])]
        assert len(partners) == len(wanted)
        for clip, partner in zip(wanted, partners, strict=True):
            assert text[partner] in minimal_pairs(TEXTS)[text[clip]]
    assert not np.array_equal(batches(4, 0, 0), batches(4, 1, 0))


def test_every_clip_has_its_turn():
    batches = HardBatches(np.full(8, 10), np.zeros(8, int), [np.array([], int)], 0.5)
    assert sorted(clip for step in range(4) for clip in batches(4, 0, step)) == list(range(8))
