"""FID and KID: closed forms, refusals, and what a failure costs."""

import numpy as np
import pytest
import torch

from eval.distribution import CLIPS_A_FEATURE, FEWEST_CLIPS, fid, filled, kid, scores
from eval.distribution import features as seen_by
from sign_latent.errors import UserError
from sign_latent.evaluator.recogniser import Recogniser, Settings
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton


def features(count=200, width=4, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width))


def test_fid_of_a_shift_is_its_square():
    # Equal covariances: |Δ mean|² = 3² + 4².
    assert fid(features() + [3, 4, 0, 0], features()) == pytest.approx(25)


def test_fid_of_a_spread():
    # Twice the spread about the same mean: trace(4 S + S - 2 (4 S S)^(1/2)) = trace(S).
    x = features() - features().mean(0)
    assert fid(2 * x, x) == pytest.approx(np.trace(np.cov(x.T)))
    assert fid(x, x) == pytest.approx(0, abs=1e-9)


def test_fid_of_few_clips_is_refused_with_a_remedy():
    fewest = CLIPS_A_FEATURE * 4
    assert np.isfinite(fid(features(fewest), features(fewest, seed=1)))
    with pytest.raises(UserError, match=f"needs {fewest} feature vectors of each kind, not {fewest - 1}.*KID"):
        fid(features(fewest - 1), features(fewest))
    with pytest.raises(UserError, match="KID"):
        fid(features(fewest), features(fewest - 1))


def test_kid_by_hand():
    # All features 1 against all features 0, one dimension: (1·1 + 1)³ + (0·0 + 1)³ - 2 (1·0 + 1)³ = 8 + 1 - 2.
    ones = np.ones((FEWEST_CLIPS, 1))
    assert kid(ones, 0 * ones) == pytest.approx((7, 0))


def test_kid_is_unbiased_and_grows():
    same = [kid(features(60, seed=i), features(60, seed=i + 50))[0] for i in range(20)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(20)
    assert kid(features(60) + 1, features(60, seed=1))[0] > 10 * np.std(same)


def test_kid_is_a_function_of_its_inputs_and_disturbs_nobodys_chance():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = kid(features(), features(seed=1))
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(6)
    assert kid(features(), features(seed=1)) == first != kid(features(), features(seed=1), seed=1)


def test_kid_of_few_clips_is_refused():
    with pytest.raises(UserError, match="judge more clips"):
        kid(features(FEWEST_CLIPS - 1), features())


def test_features_of_two_nets_are_refused():
    with pytest.raises(UserError, match="one net"):
        kid(features(width=3), features(width=4))


def test_failures_take_the_features_of_nothing():
    found = filled(np.array([[1.0, 2], [np.nan, np.nan]]), np.array([7.0, 8]))
    assert found.tolist() == [[1, 2], [7, 8]]
    assert filled(np.full((3, 1), np.nan), np.array([7.0, 8])).shape == (3, 2)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Recogniser(Settings(skeleton="upper79", parts=("body", "left_hand", "right_hand"), width=4, heads=1)).eval()


def clip(seed: int) -> Pose:
    points = np.cumsum(np.random.default_rng(seed).normal(size=(8, 79, 3)) * 0.1, 0).astype(np.float32)
    return Pose(points, np.ones((8, 79), np.float32), 25.0, get_skeleton("upper79"))


def test_scores_of_poses(net):
    real = [clip(i) for i in range(24)]
    theirs = seen_by(net, real)
    found = scores(theirs, theirs)
    assert found["fid"] == pytest.approx(0, abs=1e-6) and set(found) == {"fid", "kid", "kid_spread"}
    worse = scores(seen_by(net, [None] * 12 + real[12:]), theirs)
    assert worse["fid"] > found["fid"] + 1e-3 and worse["kid"] > found["kid"]
    assert np.isfinite(scores(seen_by(net, [None] * 24), theirs)["kid"])


def test_what_is_not_shown_to_the_net_does_not_count(net):
    real, made = [clip(i) for i in range(24)], [clip(i) for i in range(24)]
    for one in made:
        one.points[:, one.skeleton.parts["right_hand"]] += 0.5
    for hand, same in (("left_hand", True), ("right_hand", False)):
        found = scores(seen_by(net, made, hand), seen_by(net, real, hand))
        assert (abs(found["fid"]) < 1e-6) == same and (same or found["fid"] > 1e-4)


def test_scores_of_few_says_why_a_number_is_missing(net):
    found = scores(seen_by(net, [clip(0)] * 5), seen_by(net, [clip(1)] * 5))
    assert np.isnan(found["fid"]) and np.isnan(found["kid"])
    assert all("20 feature vectors" in found[f"{score}_refused"] for score in ("fid", "kid"))
