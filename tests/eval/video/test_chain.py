"""A way from text to video is asked for the text, the length and the signer of each scene, and for no more frames."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from eval.video.chain import RECORDED, SHUFFLED, Chain
from eval.video.systems import CONTROLS, SYSTEM
from sign_latent.errors import UserError
from sign_latent.generation.rendering import first
from sign_latent.pose.streams import chunked
from sign_latent.registry import Card


class Painter:
    """A renderer of poses that shows as many grey frames as it is given."""

    condition = "pose"

    def __init__(self):
        self.seen = []

    def stream(self, conditions, reference=None, seed=0, **options):
        for part in conditions:
            self.seen.append((part, reference, seed, options))
            yield np.full((len(part), 48, 48, 3), 128, np.uint8)


class Signer:
    """Signs any text by one pose, in chunks, and remembers what it was asked and how many frames were taken."""

    def __init__(self, pose):
        self.pose, self.asked, self.given = pose, [], 0

    def __call__(self, text, seed=0, frames=None, **options):
        self.asked.append((text, seed, frames, options))
        for chunk in chunked([self.pose], 4):
            self.given += len(chunk)
            yield chunk


@pytest.fixture
def made(moving_pose):
    painter, signer = Painter(), Signer(moving_pose(0.3, frames=30))

    def chain(lengths="given", **options):
        cards = Card("signer", "sald_denoiser", {}), Card("painter", "sign_video", {})
        return Chain(cards[0], signer, painter, cards[1], lengths, options)

    return chain, painter, signer


def test_a_text_is_signed_whole_and_shown_as_far_as_the_recording(made, scenes):
    """As long as the whole clip, of which the recording shows the first 20 frames."""
    chain, painter, signer = made
    longer = [replace(scene, whole=30) for scene in scenes]
    video = chain(guidance=2.0).systems({"clamp": 1.0})[SYSTEM](longer, 2, 7)
    assert signer.asked == [(scenes[2].text, 7, 30, {"guidance": 2.0})] and len(video) == len(scenes[2].real) == 20
    assert signer.given == 20  # what is not shown is not asked for
    _, reference, seed, options = painter.seen[0]
    assert reference is scenes[2].reference and (seed, options) == (7, {"clamp": 1.0})


def test_shuffled_is_another_text_with_the_own_length_and_signer(made, scenes):
    chain, painter, signer = made
    chain().systems({})[SHUFFLED](scenes, 2, 7)
    assert signer.asked[0][0] == scenes[scenes[2].other].text != scenes[2].text
    assert signer.asked[0][2] == scenes[2].whole and painter.seen[0][1] is scenes[2].reference


def test_predicted_lengths_are_left_alone_unless_the_recording_is_cut(made, scenes):
    chain, _, signer = made
    predicted = chain("predicted").systems({})[SYSTEM]
    assert len(predicted(scenes, 0, 0)) == 30 and signer.asked[0][2] is None
    assert len(predicted([replace(scene, whole=25) for scene in scenes], 0, 0)) == 20


def test_recorded_poses_are_shown_where_no_latent_is_of_conditions(made, scenes):
    chain, painter, _ = made
    systems = chain().systems({})
    assert list(systems) == [SYSTEM, SHUFFLED, RECORDED, *CONTROLS]
    systems[RECORDED](scenes, 1, 0)
    np.testing.assert_allclose(painter.seen[0][0].points[:, :, 1].std(), scenes[1].pose.points[:, :, 1].std(), rtol=0.2)


def test_the_first_frames_of_embeddings_come_in_parts_too():
    parts = [torch.zeros(3, 2), torch.ones(3, 2), torch.ones(3, 2)]
    assert [len(part) for part in first(parts, 4)] == [3, 1] and [len(part) for part in first(parts, None)] == [3, 3, 3]


def test_a_renderer_of_texts_needs_nobody_who_signs(scenes):
    class Teller:
        condition = "text"

    with pytest.raises(UserError, match="leave --model out"):
        Chain.of("anybody", Teller(), Card("teller", "text_video", {}), "given", {})
