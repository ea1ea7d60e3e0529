"""Laws of the pose regressor: it finds points between cells, can learn, and speaks in body coordinates."""

import numpy as np
import pytest
import torch

from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.video_pose import PoseRegressor, Seen, Settings, as_pose, found_points, in_picture, see
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.renderer.look import Window


@pytest.fixture
def model():
    torch.manual_seed(0)
    return PoseRegressor(Settings(size=32, width=8)).eval()


def test_upper_body_and_hands_are_found():
    skeleton = get_skeleton("smplx")
    names = [skeleton.points[i] for i in found_points(skeleton)]
    assert len(names) == 11 + 40 and {"head", "left_wrist", "right_pinky_tip"} <= set(names)
    assert not {"pelvis", "left_knee", "left_brow1"} & set(names)
    assert len(found_points(get_skeleton("openpose67"))) == 50  # nose, neck, six of the arms, 42 of the hands


def test_places_in_a_picture_by_hand():
    window = Window(x=0.5, y=-1.0, half=2.0)
    points = np.array([[0.5, -1.0, 0.0], [2.5, -1.0, 0.4], [0.5, 1.0, -1.0]])
    np.testing.assert_allclose(in_picture(points, window), [[0.5, 0.5, 0], [1.0, 0.5, 0.1], [0.5, 0.0, -0.25]])
    np.testing.assert_allclose(in_picture(points[:, :2], window)[:, 2], 0)


def test_a_drawn_point_is_where_it_is_said_to_be(signer_pictures):
    """What `in_picture` says is where the drawing shows the signer."""
    pose, pictures, look = signer_pictures
    places = in_picture(pose.points, look.window())
    for name in ("head", "left_elbow", "right_elbow"):
        x, y = places[0, pose.skeleton.points.index(name), :2] * pictures.shape[1]
        near = pictures[0, int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].reshape(-1, 3).astype(float)
        assert np.abs(near - look.background).max(-1).min() > 20


@pytest.fixture
def signer_pictures(few_clips):
    from sign_latent.pose.streams import cut
    from sign_latent.renderer.draw import draw_pose
    from sign_latent.renderer.look import signer_look

    pose, look = cut(Corpus.open(few_clips).split("dev")[0].pose, 0, 1), signer_look(1)
    return pose, np.stack(list(draw_pose(pose, 128, look, body="capsules"))), look


def test_a_heat_map_between_two_cells_is_between_them(model):
    """With the last layer's weights at 0 all heat maps are flat: everything is in the middle, depths are the bias."""
    torch.nn.init.zeros_(model.head.weight)
    torch.nn.init.zeros_(model.head.bias)
    count = len(model.points)
    with torch.no_grad():
        model.head.bias[count : 2 * count] = 0.3
        model.head.bias[2 * count :] = -2.0
    places, sure = model(torch.rand(2, 3, 32, 32))
    torch.testing.assert_close(places, torch.tensor([0.5, 0.5, 0.3]).expand(2, count, 3))
    torch.testing.assert_close(sure, torch.full((2, count), -2.0))


def test_it_learns_where_a_spot_is(model):
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(model.train().parameters(), lr=3e-3)
    count = len(model.points)

    def batch():
        at = torch.randint(6, 26, (16, 2))
        frames = torch.zeros(16, 3, 32, 32)
        for frame, (x, y) in zip(frames, at.tolist(), strict=True):
            frame[:, y - 1 : y + 2, x - 1 : x + 2] = 1
        places = torch.cat([(at + 0.5) / 32, torch.zeros(16, 1)], -1)[:, None].expand(-1, count, -1)
        return frames, places, torch.ones(16, count, dtype=torch.bool), torch.ones(16, dtype=torch.bool)

    for _ in range(60):
        losses = model.losses(*batch())
        optimiser.zero_grad()
        losses["loss"].backward()
        optimiser.step()
    assert model.losses(*batch())["distance"] < 0.08  # 0.25 where all spots are said to be in the middle


def test_of_unknown_points_and_empty_pictures_no_place_is_learnt(model):
    frames, places = torch.rand(2, 3, 32, 32), torch.rand(2, len(model.points), 3)
    nothing = torch.zeros(2, len(model.points), dtype=torch.bool)
    shown = torch.ones(2, dtype=torch.bool)
    for known, seen in ((nothing, shown), (~nothing, ~shown)):
        model.zero_grad()
        model.losses(frames, places, known, seen)["loss"].backward()
        depth = model.head.weight.grad[len(model.points) : 2 * len(model.points)]
        assert depth.abs().max() == 0


def test_a_video_is_seen_frame_by_frame(model):
    video = np.random.default_rng(0).integers(0, 256, (5, 40, 40, 3), dtype=np.uint8)
    seen = see(model, video, batch_size=2)
    assert seen.points.shape == (5, 51, 3) and ((seen.confidence >= 0) & (seen.confidence <= 1)).all()
    np.testing.assert_allclose(see(model, video[3:4]).points[0], seen.points[3], atol=1e-5)
    with pytest.raises(UserError, match="squares"):
        see(model, video[:, :, :30])


def test_truth_seen_is_the_pose_again(few_clips, model):
    """Places of a pose in a picture, read back, are its body coordinates."""
    pose = Corpus.open(few_clips).split("train")[0].pose
    places = in_picture(pose.points[:, list(model.points)], Window(half=1.4))
    back = as_pose(Seen(places, np.ones(places.shape[:2])), model, 25.0)
    shoulder = np.linalg.norm(
        pose.points[:, back.skeleton.left_shoulder] - pose.points[:, back.skeleton.right_shoulder], axis=-1
    )
    scale = np.median(shoulder)
    middle = np.median((pose.points[:, 16] + pose.points[:, 17]) / 2, axis=0)
    chosen = list(model.points)
    np.testing.assert_allclose(back.points[:, chosen] * scale + middle, pose.points[:, chosen], atol=1e-5)
    assert not back.confidence[:, back.skeleton.points.index("pelvis")].any()


def test_sizes_that_do_not_divide_are_refused():
    with pytest.raises(UserError, match="multiple of 16"):
        PoseRegressor(Settings(size=40))


def test_places_are_as_fine_in_half_precision(model):
    """They are not rounded to a 256th of the side, as products of half precision are."""
    frames = torch.rand(4, 3, 32, 32)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        places, sure = model(frames)
    assert places.dtype == sure.dtype == torch.float32
    flat = places[..., :2].flatten()
    assert not torch.equal(flat, flat.bfloat16().float())
