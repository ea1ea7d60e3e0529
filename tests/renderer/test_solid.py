"""The body of solids shows what the drawn one shows."""

from dataclasses import replace

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.skeleton import SKELETONS
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.head import head_frame
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look, Window, dressed, signer_look

SIZE = 128


def pictures(pose, look=None, **how) -> np.ndarray:
    return np.stack(list(draw_pose(pose, SIZE, look, body="capsules", **how))).astype(int)


def changed(a, b, by=30) -> np.ndarray:
    return np.abs(a - b).max(axis=-1) > by


def row(y: float) -> float:
    return SIZE / 2 - (y - Window().y) * Window().scale(SIZE)


def test_the_same_pose_and_look_give_the_same_pixels(signer):
    assert np.array_equal(*(pictures(signer(), signer_look(5)) for _ in range(2)))


def test_a_mirrored_pose_gives_the_mirrored_picture(signer):
    pose = signer([1, 0, 0.5, 0.7, 0, 0, 0, 1, 0, 0], {"head": (0.2, 0.6, 0.1), "left_index1": (0, 0, -1.2)})
    plain, mirrored = pictures(pose)[0], pictures(pose.mirrored())[0]
    assert changed(plain, mirrored).mean() > 0.01
    assert changed(plain, mirrored[:, ::-1]).mean() < 0.002


@pytest.mark.parametrize("movement", [0, 1])
def test_raised_and_lowered_brows_change_the_brows_alone(signer, movement):
    expression = np.eye(10)[movement]
    close = Window(0.0, 0.72, 0.4)
    rest, moved = (pictures(pose, window=close)[0] for pose in (signer(), signer(expression)))
    rows, columns = np.nonzero(changed(rest, moved, 0))
    skeleton = signer().skeleton
    brows = [i for i, name in enumerate(skeleton.points) if "_brow" in name]
    heights = [
        SIZE / 2 - (pose.points[0, brows, 1] - close.y) * close.scale(SIZE) for pose in (signer(), signer(expression))
    ]
    low, high = np.min(heights), np.max(heights)
    assert len(rows) > 50 and rows.min() > low - 5 and rows.max() < high + 5


def test_colours_move_nothing(signer):
    marker = (0, 255, 0)
    colours = [((235, 190, 158), (66, 47, 38), (47, 58, 79)), ((72, 50, 44), (20, 20, 20), (120, 128, 140))]
    images = [pictures(signer(), dressed(*some, background=marker)) for some in colours]
    outside = [np.abs(image - marker).max(axis=-1) == 0 for image in images]
    assert np.array_equal(*outside)


@pytest.mark.parametrize(("ahead", "hidden"), [(0.8, False), (-1.5, True)])
def test_a_hand_hides_the_face_only_from_in_front(signer, ahead, hidden):
    pose = signer()
    hand = list(pose.skeleton.parts["left_hand"])
    face = pose.points[0, list(pose.skeleton.parts["face"])].mean(axis=0)
    points, confidence = pose.points.copy(), pose.confidence.copy()
    points[:, hand] += face + np.float32([0, 0, ahead]) - points[:, hand].mean(axis=1, keepdims=True)
    confidence[:, list(pose.skeleton.parts["right_hand"])] = 0
    look = replace(Look(), fingers=((120, 120, 120), (120, 120, 120), (0, 255, 0), (120, 120, 120), (120, 120, 120)))
    image = pictures(replace(pose, points=points, confidence=confidence), look, window=Window(0.0, float(face[1]), 0.3))
    green = (image[0, ..., 1] > image[0, ..., 0] + 60).sum()
    assert (green < 20) == hidden


def test_the_thumb_of_a_raised_hand_points_to_the_head_and_colours_keep_to_their_fingers(signer):
    """Palms to the viewer: both thumbs are on the inner side, the little fingers outside."""
    image = pictures(signer(), replace(Look(), fingers=((255, 0, 0), *[(120, 120, 120)] * 3, (0, 0, 255))))[0]
    red = np.nonzero((image[..., 0] > image[..., 1] + 90) & (image[..., 0] > image[..., 2] + 90))
    blue = np.nonzero(image[..., 2] > image[..., 0] + 90)
    thumbs, little = (np.abs(some[1][some[0] > row(0.4)] - SIZE / 2).mean() for some in (red, blue))
    assert thumbs < little


def test_a_clip_of_many_frames_is_its_frames_one_by_one(signer):
    pose = signer(0.5 * np.eye(10)[[0, 1, 2, 3]])
    alone = [
        pictures(
            replace(
                pose,
                points=pose.points[i : i + 1],
                confidence=pose.confidence[i : i + 1],
                rotations=None,
                expression=None,
            ),
            gauge=pose,
        )
        for i in range(4)
    ]
    assert np.array_equal(pictures(pose), np.concatenate(alone))


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_shows_a_body_two_hands_and_the_head_that_it_knows(signer, name):
    look = replace(Look(), fingers=((0, 255, 0),) * 5, hair=(255, 0, 255), clothing=(0, 0, 255), sleeve=(0, 0, 255))
    pose = convert(signer(), name)
    image = pictures(pose, look)[0]
    red, green, blue = (image[..., i] for i in range(3))
    assert ((blue > red + 60) & (blue > green + 60)).mean() > 0.1
    head = head_frame(Landmarks.of(pose)).visible[0]
    assert (((red > green + 60) & (blue > green + 60)).sum() > 30) == head
    for half in (np.s_[:, : SIZE // 2], np.s_[:, SIZE // 2 :]):
        assert (green[half] > np.maximum(red[half], blue[half]) + 60).sum() > 30


def test_nothing_is_painted_of_a_pose_without_confidence(signer):
    pose = signer()
    image = pictures(replace(pose, confidence=np.zeros_like(pose.confidence)))
    assert (image == Look().background).all()


@pytest.mark.parametrize("part", ["all", "face", "body"])
def test_frames_in_which_something_is_not_seen_spoil_no_others(signer, part):
    """What a detector did not find lies at the origin, all of it in one place."""
    pose = signer(np.zeros((3, 10)))
    lost = list(range(len(pose.skeleton.points)) if part == "all" else pose.skeleton.parts[part])
    points, confidence = pose.points.copy(), pose.confidence.copy()
    points[1, lost], confidence[1, lost] = 0, 0
    whole, partly = pictures(pose), pictures(replace(pose, points=points, confidence=confidence), gauge=pose)
    assert np.array_equal(whole[[0, 2]], partly[[0, 2]])
    assert changed(whole[1], partly[1]).any()
    if part == "all":
        assert (partly[1] == Look().background).all()


def test_an_unknown_body_is_refused(signer):
    with pytest.raises(UserError, match="drawn, capsules"):
        next(draw_pose(signer(), SIZE, body="wire"))
