"""Streams are measured of the signing alone, to the length that is named."""

import pytest

from eval import speed, speed_streaming
from eval.speed_streaming import PARAGRAPH
from sign_latent.text.sentences import sentences


class Endless:
    """Gives out chunks of a second, and counts them."""

    fps = 25

    def __init__(self):
        self.made = 0

    def __len__(self):
        return 25

    def stream(self, text):
        for _ in sentences(text):
            self.made += 1
            yield self


@pytest.mark.parametrize("seconds", [1, 10, 61])
def test_a_stream_ends_when_so_much_is_signed_and_its_text_is_long_enough(seconds):
    generator = Endless()
    speed_streaming._signed(generator, seconds, {})
    assert generator.made == seconds


def test_the_paragraph_has_its_sentences_and_every_entry_is_in_the_table():
    assert len(sentences(PARAGRAPH)) == 6
    assert {"first_chunk", "stream_10s", "stream_60s", "stream_300s"} <= set(speed.ENTRIES)
