"""Motion in parts is the motion of the whole, however it is parted."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.generation.request import at_speed as whole_at_speed
from sign_latent.pose.placement import Placement
from sign_latent.pose.streams import at_rate, at_speed, chunked, concatenated, cut

ARRAYS = ("points", "confidence", "rotations", "expression")
PARTINGS = ([37], [1, 1, 1, 34], [20, 17], [5] * 7 + [2])


def parted(pose, lengths):
    ends = np.cumsum(lengths)
    return [cut(pose, end - length, end) for end, length in zip(ends, lengths, strict=True)]


def same(a, b):
    return a.fps == b.fps and all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ARRAYS)


@pytest.mark.parametrize("lengths", PARTINGS)
def test_parts_put_together_are_the_whole(moving_signer, lengths):
    pose = moving_signer(37)
    assert same(concatenated(parted(pose, lengths)), pose)


def test_a_part_knows_when_it_begins_in_the_source(moving_signer):
    pose = replace(moving_signer(37), placement=Placement("pose", (0.0, 0.0, 0.0), 1.0, {"width": 9.0}))
    assert cut(pose, 0, 20).placement == pose.placement
    part = cut(pose, 10, 30)
    assert part.placement.details == {"width": 9.0, "start": 10 / pose.fps}
    assert cut(part, 5, 9).placement.details["start"] == pytest.approx(15 / pose.fps)


@pytest.mark.parametrize("lengths", PARTINGS)
@pytest.mark.parametrize("frames", [1, 7, 36, 37, 100])
def test_chunks_are_of_the_size_asked_for_and_add_up(moving_signer, lengths, frames):
    pose = moving_signer(37)
    chunks = list(chunked(parted(pose, lengths), frames))
    assert [len(c) for c in chunks] == [frames] * (37 // frames) + [37 % frames] * bool(37 % frames)
    assert same(concatenated(chunks), pose)


@pytest.mark.parametrize("lengths", PARTINGS)
@pytest.mark.parametrize("speed", [0.1, 0.7, 1.0, 1.3, 2.0, 3.7, 10.0])
def test_speed_part_by_part_is_that_of_the_whole_to_the_bit(moving_signer, lengths, speed):
    pose = moving_signer(37)
    pose.confidence[10:20, 3] = 0
    assert same(concatenated(list(at_speed(parted(pose, lengths), speed))), whole_at_speed(pose, speed))


@pytest.mark.parametrize("lengths", PARTINGS)
@pytest.mark.parametrize("fps", [12.5, 24.0, 25.0, 30.0, 100.0])
def test_rate_part_by_part_is_that_of_the_whole_to_the_bit(moving_signer, lengths, fps):
    pose = moving_signer(37)
    pose.confidence[10:20, 3] = 0
    assert same(concatenated(list(at_rate(parted(pose, lengths), fps))), pose.resampled(fps) if fps != 25 else pose)
    assert list(at_rate([], fps)) == []


def test_frames_come_as_soon_as_they_are_known(moving_signer):
    pose, seen = moving_signer(40), []

    def parts():
        for part in parted(pose, [10] * 4):
            seen.append(1)
            yield part

    assert next(chunked(at_speed(parts(), 0.5), 10)) is not None and len(seen) == 1
