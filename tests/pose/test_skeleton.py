"""Laws that the data of every skeleton obey."""

import pytest

from sign_latent.errors import UserError
from sign_latent.pose.skeleton import SKELETONS, Skeleton, get_skeleton

EVERY = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
COUNTS = {"smplx": 94, "upper79": 79, "phoenix50": 50, "openpose67": 67, "openpose137": 137}
COUNTS |= {"holistic543": 543, "holistic576": 576, "holistic586": 586, "slrtp178": 178}


def test_the_skeletons_that_are_promised_exist_with_their_sizes():
    assert {name: len(skeleton.points) for name, skeleton in SKELETONS.items()} == COUNTS


@EVERY
def test_mirroring_twice_is_the_identity_and_exchanges_the_hands(skeleton: Skeleton):
    mirror = skeleton.mirror
    assert [mirror[mirror[i]] for i in range(len(mirror))] == list(range(len(mirror)))
    assert mirror[skeleton.left_shoulder] == skeleton.right_shoulder
    assert {mirror[i] for i in skeleton.parts["left_hand"]} == set(skeleton.parts["right_hand"])
    assert {mirror[i] for i in skeleton.parts["face"]} == set(skeleton.parts["face"])


@EVERY
def test_mirroring_keeps_the_tree(skeleton: Skeleton):
    for point, parent in enumerate(skeleton.parents):
        mirrored = skeleton.mirror[parent] if parent >= 0 else -1
        assert skeleton.parents[skeleton.mirror[point]] == mirrored, skeleton.points[point]


@EVERY
def test_parts_are_disjoint_and_cover_all_points(skeleton: Skeleton):
    assert sorted(i for part in skeleton.parts.values() for i in part) == list(range(len(skeleton.points)))


@EVERY
def test_the_tree_has_one_root_and_no_circle(skeleton: Skeleton):
    assert skeleton.parents.count(-1) == 1
    for point in range(len(skeleton.points)):
        seen = set()
        while point >= 0:
            assert point not in seen
            seen.add(point)
            point = skeleton.parents[point]


@EVERY
@pytest.mark.parametrize("count", [5, 7, 9])
def test_slots_cover_exactly_the_points_that_sign_and_hang_together(skeleton: Skeleton, count: int):
    groups = skeleton.slot_points(count)
    assert len(groups) == count
    assert {i for _, points in groups for i in points} == set(skeleton.signing)
    reached, edges = {0}, skeleton.slot_edges(count)
    for _ in range(count):
        reached |= {b for pair in edges for a, b in (pair, pair[::-1]) if a in reached}
    assert reached == set(range(count))


@EVERY
def test_slots_are_mirrored_onto_slots(skeleton: Skeleton):
    for groups in skeleton.slots.values():
        sets = [set(points) for _, points in groups]
        assert all({skeleton.mirror[i] for i in points} in sets for points in sets)


def test_smplx_seven_slots_are_the_paper_s():
    names = [name for name, _ in get_skeleton("smplx").slot_points(7)]
    assert names == ["root", "spine", "head", "left_arm", "right_arm", "left_hand", "right_hand"]


def test_smplx_rotations_are_its_first_55_points_and_legs_are_still():
    skeleton = get_skeleton("smplx")
    assert skeleton.rotated == tuple(range(55))
    assert [skeleton.points[i] for i in skeleton.still][:2] == ["left_hip", "right_hip"]
    assert len(skeleton.still) == 10


def test_an_unknown_name_or_pooling_says_what_there_is():
    with pytest.raises(UserError, match="smplx, upper79"):
        get_skeleton("smpl")
    with pytest.raises(UserError, match="5, 7, 9"):
        get_skeleton("smplx").slot_edges(6)
