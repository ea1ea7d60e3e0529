"""What can be seen in a drawn pose."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.face import EXPRESSIONS
from sign_latent.pose.skeleton import SKELETONS
from sign_latent.pose.streams import cut
from sign_latent.renderer.draw import contact_sheet, draw_pose, draw_stream
from sign_latent.renderer.head import head_frame
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look, Window

SIZE = 256


def picture(pose, **options) -> np.ndarray:
    """The first frame [256, 256, 3] as signed numbers."""
    return next(draw_pose(pose, **({"size": SIZE} | options))).astype(int)


def changed(a, b, by=40) -> np.ndarray:
    """[H, W] where two pictures clearly differ."""
    return np.abs(a - b).max(axis=-1) > by


def near(image, colour, within=30) -> np.ndarray:
    return np.abs(image - np.array(colour)).max(axis=-1) <= within


def pixel(x: float, y: float) -> tuple[int, int]:
    """(row, column) of a place in body coordinates."""
    window = Window()
    scale = window.scale(SIZE)
    return round(SIZE / 2 - (y - window.y) * scale), round(SIZE / 2 + (x - window.x) * scale)


def without(pose, part: str):
    confidence = pose.confidence.copy()
    confidence[:, list(pose.skeleton.parts[part])] = 0
    return replace(pose, confidence=confidence)


@pytest.mark.parametrize("size", [64, 255, 512])
def test_one_picture_of_the_asked_size_for_every_frame(signer, size):
    frames = list(draw_pose(signer(np.zeros((3, 10))), size))
    assert [(frame.shape, frame.dtype) for frame in frames] == [((size, size, 3), np.uint8)] * 3


@pytest.mark.parametrize("number", range(10), ids=EXPRESSIONS)
def test_every_movement_of_the_face_is_seen_in_the_face_and_only_there(signer, number):
    moved = np.zeros(10)
    moved[number] = 1.0
    difference = changed(picture(signer()), picture(signer(moved)))
    face = np.zeros_like(difference)
    (top, left), (bottom, right) = pixel(-0.3, 1.05), pixel(0.3, 0.2)
    face[top:bottom, left:right] = True
    assert difference[face].sum() >= 5
    assert not difference[~face].any()


def test_brows_and_lips_move_the_way_they_are_said_to(signer):
    look = replace(Look(), brow=(0, 255, 0), lips=(0, 0, 255))

    def rise(number: int, colour) -> float:
        """Pixels by which what has that colour moves up."""
        expression = np.zeros(10)
        expression[number] = 1.0
        close = Window(0.0, 0.7, 0.35)
        images = [picture(signer(some), window=close, look=look) for some in (np.zeros(10), expression)]
        rest, moved = (np.nonzero(near(image, colour, 90))[0].mean() for image in images)
        return rest - moved

    assert rise(EXPRESSIONS.index("brows_raise"), look.brow) > 4
    assert rise(EXPRESSIONS.index("brows_furrow"), look.brow) < -2
    assert rise(EXPRESSIONS.index("mouth_open"), look.lips) < -2


def test_a_mirrored_pose_gives_the_mirrored_picture(signer):
    pose = signer([1, 0, 0.5, 0.7, 0, 0, 0, 1, 0, 0], {"head": (0.2, 0.6, 0.1), "left_index1": (0, 0, -1.2)})
    assert changed(picture(pose), picture(pose.mirrored())).mean() > 0.01
    assert changed(picture(pose), picture(pose.mirrored())[:, ::-1], by=60).mean() < 0.004


@pytest.mark.parametrize("part", ["left_hand", "right_hand", "face"])
def test_points_without_confidence_are_not_drawn_wherever_they_are(signer, part):
    pose = without(signer(), part)
    elsewhere = pose.points.copy()
    elsewhere[:, list(pose.skeleton.parts[part])] += np.float32([0.4, -0.5, 0.3])
    assert np.array_equal(picture(pose), picture(replace(pose, points=elsewhere)))
    assert changed(picture(pose), picture(signer())).any()


def test_a_head_without_a_face_stays_where_it_is_and_shows_none(signer):
    pose = signer([1, 0, 0.5, 0.7, 0, 0, 0, 1, 0, 0], {"head": (0.2, 0.5, 0.1), "neck": (0.1, 0.2, 0)})
    bare = without(pose, "face")
    whole, found = (head_frame(Landmarks.of(p)) for p in (pose, bare))
    np.testing.assert_allclose(found.origin, whole.origin, atol=0.005)
    np.testing.assert_allclose(found.axes, whole.axes, atol=0.05)
    look, close = Look(), _middle_of(pose, "left_eye")
    shown, hidden = (picture(p, window=Window(*close, 0.4)) for p in (pose, bare))
    for colour in (look.lips, look.brow, look.eye):
        assert near(shown, colour, 12).any() and not near(hidden, colour, 12).any()


@pytest.mark.parametrize(
    "gaze", [{"gaze_up": 1.4}, {"gaze_left": 1.4}, {"gaze_left": -1.4}, {"gaze_up": 1.4, "brows_furrow": 1.5}]
)
def test_however_far_a_signer_looks_the_eyes_keep_an_iris(signer, gaze):
    pose = signer([gaze.get(name, 0) for name in EXPRESSIONS])
    for side in ("left", "right"):
        image = picture(pose, window=Window(*_middle_of(pose, f"{side}_eye_inner"), 0.12))
        assert near(image, Look().iris, 12).sum() > 0.1 * near(image, Look().eye, 12).sum() > 0


def test_nothing_is_drawn_of_a_pose_without_confidence(signer):
    pose = signer()
    empty = picture(replace(pose, confidence=np.zeros_like(pose.confidence)))
    assert np.array_equal(empty, np.broadcast_to(Look().background, empty.shape))


def test_the_fingers_of_an_open_hand_are_told_apart_by_colour(signer):
    close = Window(*_middle_of(signer(), "left_middle1"), 0.45)
    image = picture(signer(), window=close)
    assert all(near(image, colour, 24).sum() > 100 for colour in Look().fingers)


def test_a_bent_finger_looks_bent(signer):
    straight, bent = signer(), signer(None, {f"left_index{i}": (0, 0, -1.4) for i in (1, 2)})
    close = Window(*_middle_of(straight, "left_middle1"), 0.45)
    colour = Look().fingers[1]
    rows = [np.ptp(np.nonzero(near(picture(pose, window=close), colour))[0]) for pose in (straight, bent)]
    assert rows[1] < 0.8 * rows[0]


def test_palm_and_back_of_the_hand_differ(signer):
    inside = signer()
    back = signer(None, {"left_wrist": (np.pi - 1.6, 0, 0)})
    look = Look()
    place = inside.points[0, [inside.skeleton.points.index(f"left_{name}") for name in ("wrist", "middle1", "ring1")]]
    row, column = pixel(*place.mean(axis=0)[:2])
    assert near(picture(inside)[row, column], look.skin, 12)
    assert near(picture(back)[row, column], look.shade, 12)


@pytest.mark.parametrize(("ahead", "hidden"), [(0.8, False), (-1.2, True)])
def test_a_hand_hides_the_face_only_from_in_front(signer, ahead, hidden):
    pose = signer()
    hand = list(pose.skeleton.parts["left_hand"])
    face = pose.points[0, list(pose.skeleton.parts["face"])].mean(axis=0)
    points = pose.points.copy()
    points[:, hand] += face + np.float32([0, 0, ahead]) - points[:, hand].mean(axis=1, keepdims=True)
    moved = without(replace(pose, points=points), "right_hand")
    image = picture(moved, window=Window(0.0, float(face[1]), 0.3))
    assert (near(image, Look().fingers[2], 24).sum() < 20) == hidden


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_shows_a_body_a_head_and_two_hands(signer, name):
    pose = convert(signer(), name)
    image, look = picture(pose, size=SIZE), Look()
    assert near(image, look.clothing).mean() > 0.08
    assert near(image, look.hair).sum() > 100
    for half in (image[:, : SIZE // 2], image[:, SIZE // 2 :]):
        assert sum(near(half, colour, 24).sum() > 10 for colour in look.fingers) >= 4


def test_edges_are_smooth(signer):
    shades = np.unique(picture(signer()).reshape(-1, 3), axis=0)
    assert len(shades) > 300


@pytest.mark.parametrize("body", ["drawn", "capsules"])
@pytest.mark.parametrize("text", ["tomorrow rain north <b>ü", "rainnorth" * 60])
def test_a_caption_covers_nothing_of_the_picture(signer, text, body):
    """It stands below: hands at rest lie at the lower edge."""
    plain, written = picture(signer(), body=body), picture(signer(), body=body, caption=text)
    assert np.array_equal(written[:SIZE], plain)
    band = written[SIZE:]
    assert near(band, Look().caption, 60).sum() > 50 and band.shape[1:] == (SIZE, 3)
    assert len(band) % 2 == 0 and len(band) <= SIZE / 3
    assert np.array_equal(band[0], np.broadcast_to(Look().background, (SIZE, 3)))


def test_a_caption_is_as_high_in_every_frame_and_part_of_a_clip(signer):
    parts = [signer(0.5 * np.eye(10)[:3]), signer(0.5 * np.eye(10)[3:5])]
    frames = list(draw_stream(parts, size=64, caption="rain in the north"))
    assert len({frame.shape for frame in frames}) == 1 and len(frames) == 5
    assert all(np.array_equal(frame[64:], frames[0][64:]) for frame in frames)


@pytest.mark.parametrize("text", ["Rindfleischetikettierungs" * 2, "rainnorth" * 60, "a rainy north " * 40])
def test_a_caption_is_never_cut_by_the_sides(signer, text):
    """Words that are wider than the picture are broken, and what does not fit on four lines is left out."""
    look = replace(Look(), caption=(255, 0, 0))
    red = near(picture(signer(), caption=text, look=look), look.caption, 60)
    assert red.any() and not red[:, :4].any() and not red[:, -4:].any()


def test_a_signer_may_look_otherwise(signer):
    look = replace(Look(), background=(10, 20, 30), fingers=None)
    image = picture(signer(), look=look)
    assert near(image[0, 0], look.background, 0)
    assert not near(image, Look().fingers[3], 24).any()


@pytest.mark.parametrize(("frames", "zoom", "shape"), [(5, False, (196, 294)), ([0, 6], True, (130, 196))])
def test_a_contact_sheet_lays_pictures_in_rows(signer, tmp_path, frames, zoom, shape):
    path = tmp_path / "sheet.png"
    contact_sheet(signer(np.zeros((7, 10))), path, columns=3, frames=frames, size=96, zoom=zoom)
    assert np.asarray(Image.open(path)).shape == (*shape, 3)
    assert [file.name for file in tmp_path.iterdir()] == ["sheet.png"]


def test_what_cannot_be_drawn_is_refused(signer, tmp_path):
    pose = signer()
    broken = replace(pose, points=np.full_like(pose.points, np.nan))
    with pytest.raises(UserError, match="NaN"):
        next(draw_pose(broken))
    with pytest.raises(UserError, match="at least 16"):
        next(draw_pose(pose, size=4))
    with pytest.raises(UserError, match="clip of 1 frames"):
        contact_sheet(pose, tmp_path / "sheet.png", frames=[3])
    assert not list(tmp_path.iterdir())


def _middle_of(pose, name: str) -> tuple[float, float]:
    x, y, _ = pose.points[0, pose.skeleton.points.index(name)]
    return float(x), float(y)


@pytest.mark.parametrize("skeleton", ["smplx", "openpose137"])
def test_a_clip_drawn_in_parts_is_the_clip_drawn_whole(signer, skeleton):
    """Sizes are those of the first part, which here is as long as it takes to know them."""
    pose = convert(signer(0.5 * np.eye(10)[[0, 1, 2, 3, 4, 0]]), skeleton)
    pose.points[3:] *= np.float32(1.1)  # a signer who would be measured larger
    parts = [cut(pose, 0, 3), cut(pose, 3, 4), cut(pose, 4, 6)]
    whole = list(draw_pose(pose, SIZE, gauge=parts[0]))
    streamed = list(draw_stream(parts, size=SIZE))
    assert len(streamed) == 6 and all(np.array_equal(a, b) for a, b in zip(streamed, whole, strict=True))
    assert any(changed(a.astype(int), b).any() for a, b in zip(streamed, draw_pose(pose, SIZE), strict=True))
