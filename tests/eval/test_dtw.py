"""Each named DTW by hand, and what all of them have in common.

The hand-computed clips move points along x. Path matrices are written row by row, generated frames down.
"""

import numpy as np
import pytest
from dtaidistance import dtw_ndim
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import dtw
from eval.beside import scored_groups, stretched
from eval.dtw import DTW_PRESETS, Pair, dtw_scores, path_sums, path_sums_of
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton

SKELETON = get_skeleton("upper79")
ELBOW, OTHER, NECK, WRIST = (SKELETON.points.index(x) for x in ("left_elbow", "right_elbow", "neck", "left_wrist"))
FINGER = SKELETON.parts["left_hand"][-1]
GROUPS = scored_groups(SKELETON)
SEEDS = st.integers(0, 2**31)
every_preset = pytest.mark.parametrize("name", DTW_PRESETS)


def pose(points) -> Pose:
    points = np.asarray(points, np.float32)
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, SKELETON)


def along_x(**moving) -> Pose:
    """A clip in which the named points move along x (None: unseen) and all others lie at the origin."""
    places = {"elbow": ELBOW, "other": OTHER, "neck": NECK, "wrist": WRIST, "finger": FINGER}
    made = pose(np.zeros((len(next(iter(moving.values()))), 79, 3)))
    for name, values in moving.items():
        made.points[:, places[name], 0] = [-99 if x is None else x for x in values]
        made.confidence[:, places[name]] = [x is not None for x in values]
    return made


def smooth(frames=24, seed=0) -> Pose:
    chance, time = np.random.default_rng(seed), np.linspace(0, 3, frames)[:, None, None]
    return pose(np.sin(time + chance.uniform(0, 6, (1, 79, 3))))


def distance(name, made, real, points=None) -> float:
    return DTW_PRESETS[name](Pair.of(made, real), [points or GROUPS["all"]])[0]


def test_recommended_by_hand():
    # 0 1 3 against 0 2 3 matches in step and pays |1 - 2| over 3 steps.
    assert distance("recommended", along_x(elbow=[0, 1, 3]), along_x(elbow=[0, 2, 3]), [ELBOW]) == pytest.approx(1 / 3)
    # 0 0 4 against 0 4 4 costs nothing over 4 steps; a distance of 1 at the end is shared by 3 steps.
    assert distance("recommended", along_x(elbow=[0, 0, 4]), along_x(elbow=[0, 4, 4]), [ELBOW]) == pytest.approx(0)
    assert distance("recommended", along_x(elbow=[0, 0, 5]), along_x(elbow=[0, 4]), [ELBOW]) == pytest.approx(1 / 3)
    # Two points, one of them off by 2: root mean square over points.
    found = distance("recommended", along_x(elbow=[2, 2]), along_x(elbow=[0, 0]), [ELBOW, OTHER])
    assert found == pytest.approx(np.sqrt((4 + 0) / 2))


def test_pt_by_hand():
    made, real = along_x(elbow=[0, 1, 3], other=[0, 1, 0]), along_x(elbow=[0, 2], other=[0, 1])
    # |Δ elbow| + |Δ other|:  0 3 / 2 1 / 3 2.  Best path 0 + 1 + 2 = 3, over the recording's 2 frames.
    assert distance("pt", made, real, [ELBOW, OTHER]) == pytest.approx(3 / 2)
    # The other way round the recording has 3.
    assert distance("pt", real, made, [ELBOW, OTHER]) == pytest.approx(3 / 3)


def test_ham2pose_by_hand():
    made = along_x(elbow=[0, 2, 5], other=[None, 1, 4])
    real = along_x(elbow=[0, 3, 3], other=[2, None, 4])
    # elbow:  0 3 3 / 2 1 1 / 5 2 2.  Best path 0 + 1 + 2 = 3.
    # other, free where the recording misses it, half the recorded distance from the origin where the generated clip
    # does:  1 0 2 / 1 0 3 / 2 0 0.  Best path 1 + 0 + 0 = 1.
    assert distance("ham2pose", made, real, [ELBOW, OTHER]) == pytest.approx((3 + 1) / 2)


def test_pose_evaluation_by_hand():
    made, real = along_x(elbow=[0, 2, 5], other=[1, 1, 1]), along_x(elbow=[0, 3, 3], other=[0, 0, 0])
    # elbow, squared:  0 9 9 / 4 1 1 / 25 4 4.  Best path 0 + 1 + 4 = 5.  other: 1 + 1 + 1 = 3.
    assert distance("pose_evaluation", made, real, [ELBOW, OTHER]) == pytest.approx((np.sqrt(5) + np.sqrt(3)) / 2)


def test_slrtp_by_hand():
    made, real = along_x(elbow=[0, 2, 5], other=[0, 0, 0]), along_x(elbow=[0, 3, 3], other=[0, 0, 0])
    # Whole frames:  0 3 3 / 2 1 1 / 5 2 2.  The path is the diagonal, on it the mean over two points: 0, 1/2, 2/2.
    assert distance("slrtp", made, real, [ELBOW, OTHER]) == pytest.approx((0 + 1 / 2 + 1) / 3)


def test_soke_by_hand():
    made = along_x(neck=[1, 1, 1], elbow=[1, 3, 6], wrist=[7, 8, 9], finger=[7, 8, 9])
    real = along_x(neck=[0, 0, 0], elbow=[0, 3, 3], wrist=[0, 0, 0], finger=[0, 0, 0])
    # The elbow from the neck: 0 2 5 against 0 3 3, path sum 0 + 1 + 2 = 3, not divided by its length.
    assert distance("soke", made, real, [ELBOW]) == pytest.approx(3)
    # With the neck itself, always right, the mean over points halves it; a finger that keeps to its wrist is right.
    assert distance("soke", made, real, [ELBOW, NECK]) == pytest.approx(3 / 2)
    assert distance("soke", made, real, [FINGER]) == 0


@every_preset
def test_a_clip_is_at_no_distance_from_itself(name):
    for group in GROUPS.values():
        assert distance(name, smooth(), smooth(), group) == 0


@every_preset
def test_every_frame_twice_is_at_no_distance(name):
    slow = pose(np.repeat(smooth().points, 2, 0))
    assert distance(name, slow, smooth()) == distance(name, smooth(), slow) == 0


@every_preset
def test_half_speed_truth_is_nearly_free(name):
    """Which is why the duration ratio stands beside: it is 2 here."""
    slow = pose(stretched(smooth().points, 48))
    assert distance(name, slow, smooth()) < 0.08 * distance(name, smooth(seed=1), smooth())


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(3, 12), st.integers(3, 12))
def test_all_but_pt_are_symmetric(seed, frames, others):
    a, b = smooth(frames, seed), smooth(others, seed + 1)
    for name in set(DTW_PRESETS) - {"pt"}:
        assert distance(name, a, b) == pytest.approx(distance(name, b, a), rel=1e-9)
    assert distance("pt", a, b) * others == pytest.approx(distance("pt", b, a) * frames)


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.floats(0.1, 10))
def test_all_are_lengths(seed, size):
    a, b = smooth(8, seed), smooth(9, seed + 1)
    grown = [pose(size * x.points.astype(float)) for x in (a, b)]
    for name in DTW_PRESETS:
        assert distance(name, *grown) == pytest.approx(size * distance(name, a, b), rel=1e-4)


@every_preset
def test_what_is_hidden_changes_nothing(name):
    made, real = smooth(), smooth(20, 1)
    made.confidence[3:9, FINGER] = real.confidence[:5, ELBOW] = 0
    before = distance(name, made, real)
    made.points[3:9, FINGER], real.points[:5, ELBOW] = np.nan, 1e6
    assert distance(name, made, real) == before


@every_preset
def test_points_that_the_recording_never_shows_are_left_out(name):
    real = smooth(20, 1)
    real.confidence[:, GROUPS["face"]] = 0
    found = dtw_scores(smooth(), real, GROUPS)
    rest = sorted({*GROUPS["body"], *GROUPS["hands"]})
    assert found[f"dtw-{name}/all"] == dtw_scores(smooth(), real, {"all": rest})[f"dtw-{name}/all"]
    assert np.isnan(found[f"dtw-{name}/face"])


@every_preset
def test_a_failure_costs_as_much_as_a_body_at_the_origin(name):
    collapsed = pose(np.zeros((24, 79, 3)))
    lost = dtw_scores(None, smooth(), GROUPS)[f"dtw-{name}/hands"]
    assert lost == pytest.approx(distance(name, collapsed, smooth(), GROUPS["hands"])) and lost > 0.1


@every_preset
def test_hands_that_are_never_shown_cost_as_much(name):
    made = smooth()
    made.confidence[:, GROUPS["hands"]] = 0
    lost = dtw_scores(made, smooth(), GROUPS)[f"dtw-{name}/hands"]
    made.points[:, GROUPS["hands"]], made.confidence[:, GROUPS["hands"]] = 0, 1
    assert lost == dtw_scores(made, smooth(), GROUPS)[f"dtw-{name}/hands"] > 0.1


@every_preset
def test_clips_of_a_single_frame_have_a_distance(name):
    assert np.isfinite(distance(name, smooth(1), smooth(5, 1))) and np.isfinite(distance(name, smooth(1), smooth(1, 1)))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 7), st.integers(1, 7))
def test_path_sums_are_the_least_there_are(seed, rows, columns):
    costs = np.random.default_rng(seed).integers(0, 9, (3, rows, columns)).astype(float)

    def least(cost, i, j):
        before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        return cost[i, j] + min((least(cost, *at) for at in before if min(at) >= 0), default=0)

    assert path_sums(costs).tolist() == [least(cost, rows - 1, columns - 1) for cost in costs]


def test_path_sums_are_the_librarys():
    a, b = (np.random.default_rng(i).normal(size=(30 + i, 3)) for i in (0, 1))
    costs = np.linalg.norm(a[:, None] - b[None], axis=-1)
    assert path_sums(costs[None])[0] == pytest.approx(dtw_ndim.distance_fast(a, b, inner_dist="euclidean"), rel=1e-12)


def test_memory_bounds_change_no_sum(monkeypatch):
    costs = np.random.default_rng(0).random((7, 4, 5))
    whole = path_sums_of(costs)
    monkeypatch.setattr(dtw, "MOST_CELLS", 50)
    assert path_sums_of(costs) == whole == path_sums(costs).tolist() and path_sums_of([]) == []


def test_masks_that_hide_nothing_change_nothing():
    made, real = smooth(), smooth(20, 1)
    plain = Pair.of(made, real)
    costs = np.stack([plain.masked_costs(point) for point in range(79)])
    assert plain.masked_sums == pytest.approx(path_sums(costs), rel=1e-9)
