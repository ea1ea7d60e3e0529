"""Foreign outputs: every fault is named, what is clear is converted, and nothing wrong is scored in silence."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from eval.inputs import matched, read_folder, received
from eval.references import check_upright
from sign_latent.errors import UserError

NAMES = [f"clip{i}" for i in range(5)]


@pytest.fixture(scope="module")
def real(upright):
    return [upright(seed, frames=20 + 4 * seed) for seed in range(5)]


@pytest.fixture(scope="module")
def made(upright):
    return [upright(seed + 10, frames=21 + 3 * seed) for seed in range(5)]


def changed(poses, axes=None, scale=1.0, shift=0.0, **fields):
    turn = np.eye(poses[0].points.shape[-1]) if axes is None else axes
    return [replace(p, points=(p.points @ turn * scale + shift).astype(np.float32), **fields) for p in poses]


def names_of(faults):
    return [(fault.name, fault.action, fault.clips) for fault in faults]


def test_sound_clips_pass_untouched(made, real):
    found = received(made, real, NAMES, "refuse")
    assert found.poses == made and found.faults == []


WRONG = {
    "y runs down": {"axes": np.diag([1.0, -1.0, 1.0])},
    "z runs backward": {"axes": np.diag([1.0, 1.0, -1.0])},
    "x runs to the signer's right": {"axes": np.diag([-1.0, 1.0, 1.0])},
    "axes are exchanged": {"axes": np.eye(3)[[1, 0, 2]]},
    "millimetres": {"scale": 360.0},
    "pixels": {"axes": np.diag([1.0, -1.0, 1.0]), "scale": 128.0, "shift": 256.0},
    "centimetres": {"scale": 36.0},
    "metres": {"scale": 0.36},
    "the origin": {"shift": 1.5},
    "turned by about": {"axes": Rotation.from_rotvec([0.0, np.radians(40), 0.0]).as_matrix()},
}


@pytest.mark.parametrize("said", WRONG)
def test_wrong_coordinates_are_refused_in_one_line(made, real, said):
    with pytest.raises(UserError, match=said) as error:
        received(changed(made, **WRONG[said]), real, NAMES, "refuse")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("said", [said for said in WRONG if "turned" not in said])
def test_they_are_mended_where_that_is_asked_for_and_it_is_said(made, real, said):
    found = received(changed(made, **WRONG[said]), real, NAMES, "mend")
    for pose, true in zip(found.poses, made, strict=True):
        assert pose.points == pytest.approx(true.points, abs=2e-3)
    assert any(said in fault.line and fault.action == "converted" for fault in found.faults)


def test_a_turn_cannot_be_mended(made, real):
    with pytest.raises(UserError, match=r"turned by about 4\d degrees.*put them right$"):
        received(changed(made, **WRONG["turned by about"]), real, NAMES, "mend")


def test_what_its_maker_vouches_for_is_noted_and_left_alone(made, real):
    wrong = changed(made, **WRONG["millimetres"])
    found = received(wrong, real, NAMES, "note")
    assert found.poses == wrong and names_of(found.faults) == [("units", "noted", 5)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_any_similarity_transform_far_from_none_is_named(made, real, seed):
    chance = np.random.default_rng(seed)
    turn = Rotation.random(rng=chance).as_matrix() * chance.choice([-1.0, 1.0])
    moved = changed(made, turn, 10 ** chance.uniform(-3, 3), chance.normal(0, 5, 3))
    degrees = np.degrees(Rotation.from_matrix(turn * np.sign(np.linalg.det(turn))).magnitude())
    if np.linalg.det(turn) < 0 or degrees > 40:
        with pytest.raises(UserError, match="axes"):
            received(moved, real, NAMES, "refuse")


def test_mirrored_names_are_named(made, real):
    swapped = [replace(p, points=p.points[:, list(p.skeleton.mirror)]) for p in made]
    with pytest.raises(UserError, match="left and right names are exchanged"):
        received(swapped, real, NAMES, "refuse")


def test_signing_with_the_other_hand_is_noted_and_scored(made, real):
    mirrored = [pose.mirrored() for pose in made]
    found = received(mirrored, real, NAMES, "refuse")
    assert found.poses == mirrored and names_of(found.faults) == [("other hand", "noted", 5)]


def test_one_wrong_clip_among_sound_ones_is_found(made, real):
    some = [*made[:4], *changed(made[4:], np.diag([1.0, -1.0, 1.0]))]
    with pytest.raises(UserError, match=r"in 1 of 5 clips y runs down.*first: clip4"):
        received(some, real, NAMES, "refuse")


@pytest.mark.parametrize("scale", [0.7, 0.8, 1.25, 1.5])
def test_a_unit_that_all_clips_share_need_not_be_far_off_to_be_named(made, real, scale):
    with pytest.raises(UserError, match=r"units: shoulders lie .* apart in 5 clips"):
        received(changed(made, scale=scale), real, NAMES, "refuse")


def test_an_origin_that_all_clips_share_need_not_be_far_off_to_be_named(made, real):
    with pytest.raises(UserError, match="in 5 clips the point between the shoulders is not the origin"):
        received(changed(made, shift=0.15), real, NAMES, "refuse")


def test_signers_of_other_sizes_are_no_fault(made, real):
    sizes = (0.7, 0.9, 1.0, 1.15, 1.5)
    others = [changed([pose], scale=size)[0] for pose, size in zip(made, sizes, strict=True)]
    assert received(others, real, NAMES, "refuse").faults == []


def test_one_clip_of_many_in_another_unit_is_refused_by_name(upright):
    real, made = ([upright(seed) for seed in range(first, first + 40)] for first in (0, 40))
    made[7] = changed([made[7]], scale=360.0)[0]
    with pytest.raises(UserError, match=r"apart in 1 clips.*first: c7\)"):
        received(made, real, [f"c{i}" for i in range(40)], "refuse")


def test_zeros_that_stand_for_missing_points_are_named_and_mended(made, real):
    hand = list(made[0].skeleton.parts["left_hand"])
    hidden = [replace(pose, points=pose.points.copy()) for pose in made]
    for pose in hidden:
        pose.points[3:9, hand] = 0
    with pytest.raises(UserError, match="zeros: in 5 clips .* exact zero.*--mend"):
        received(hidden, real, NAMES, "refuse")
    mended = received(hidden, real, NAMES, "mend").poses
    assert all((pose.confidence[3:9, hand] == 0).all() for pose in mended)
    assert [(pose.confidence == 0).sum() for pose in mended] == [6 * len(hand)] * 5


def test_failures_are_counted_and_named(made, real):
    broken = [
        None,
        replace(made[1], points=made[1].points[:0], confidence=made[1].confidence[:0]),
        replace(made[2], points=np.full_like(made[2].points, np.nan)),
        replace(made[3], confidence=np.zeros_like(made[3].confidence)),
        replace(made[4], points=np.zeros_like(made[4].points)),
    ]
    found = received(broken, real, NAMES, "refuse")
    assert found.poses == [None] * 5
    assert names_of(found.faults) == [
        ("empty clips", "failed", 1), ("NaN", "failed", 1), ("no confidence", "failed", 1), ("no body", "failed", 1)
    ]  # fmt: skip


def test_points_in_another_order_are_noted(made, real):
    order = np.random.default_rng(1).permutation(94)
    mixed = [replace(pose, points=pose.points[:, order]) for pose in made]
    faults = received(mixed, real, NAMES, "note").faults
    assert {fault.action for fault in faults} == {"noted"}
    assert {"units", "origin"} <= {fault.name for fault in faults}  # what is called shoulders lies elsewhere
    with pytest.raises(UserError, match="units: shoulders lie"):
        received(mixed, real, NAMES, "refuse")


def test_another_skeleton_is_converted_and_said(upright, real):
    found = received([upright(i, frames=22, skeleton="phoenix50") for i in range(5)], real, NAMES, "refuse")
    assert all(pose.skeleton.name == "smplx" for pose in found.poses)
    assert found.faults[0].name == "skeleton" and found.faults[0].action == "converted"
    assert "phoenix50 and were converted to smplx, of whose 94 points they show" in found.faults[0].line


def test_a_skeleton_without_depth_is_refused_where_depth_is_needed(upright, real):
    with pytest.raises(UserError, match="skeleton: 5 clips are openpose67.*no depth"):
        received([upright(i, skeleton="openpose67") for i in range(5)], real, NAMES, "refuse")


def test_another_rate_is_resampled_and_said(made, real):
    fast = [pose.resampled(50.0) for pose in made]
    found = received(fast, real, NAMES, "refuse")
    assert [pose.fps for pose in found.poses] == [25.0] * 5
    assert [abs(len(a) - len(b)) <= 1 for a, b in zip(found.poses, made, strict=True)] == [True] * 5
    assert "50 frames a second and were resampled to 25" in found.faults[0].line


def test_a_wrong_label_of_the_rate_is_refused_or_mended(made, real):
    labelled = [replace(pose, fps=50.0) for pose in made]
    with pytest.raises(UserError, match="the rate is a wrong label"):
        received(labelled, real, NAMES, "refuse")
    mended = received(labelled, real, NAMES, "mend")
    assert [pose.fps for pose in mended.poses] == [25.0] * 5 and mended.poses[0].points is made[0].points


@pytest.mark.parametrize("rate", [24.0, 26.0, 30.0])
def test_a_slightly_wrong_label_betrays_itself_by_the_references_frame_counts(real, rate):
    """Clips of another rate that last as long have other numbers of frames."""
    labelled = [replace(pose, fps=rate) for pose in real]
    with pytest.raises(UserError, match=f"say {rate:g} frames a second.*wrong label"):
        received(labelled, real, NAMES, "refuse")
    sound = [pose.resampled(rate) for pose in real]
    assert names_of(received(sound, real, NAMES, "refuse").faults) == [("fps", "converted", 5)]


@pytest.mark.parametrize("factor", [24 / 25, 1.2])
def test_a_slightly_wrong_rate_that_clips_share_to_the_frame_is_noted(upright, factor):
    real = [upright(seed, frames=60 + 9 * seed) for seed in range(5)]
    slowed = [replace(pose.resampled(25.0 * factor), fps=25.0) for pose in real]
    (fault,) = received(slowed, real, NAMES, "refuse").faults
    assert fault.name == "constant duration ratio" and f"{factor:.2f} times" in fault.line


def test_clips_that_are_all_about_twice_as_long_are_noted(made, real):
    slowed = [replace(pose.resampled(45.0 + 6 * i), fps=25.0) for i, pose in enumerate(made)]
    (fault,) = received(slowed, real, NAMES, "refuse").faults
    assert (fault.name, fault.clips) == ("duration ratio", 5)


@pytest.mark.parametrize("factor", [2, 0.5])
def test_truth_at_another_speed_under_the_same_rate_is_noted(real, factor):
    slowed = [replace(pose.resampled(25.0 * factor), fps=25.0) for pose in real]
    (fault,) = received(slowed, real, NAMES, "refuse").faults
    assert fault.name == "constant duration ratio" and f"{factor:.2f} times" in fault.line


def test_files_are_matched_by_name(made, tmp_path):
    for name, pose in zip(NAMES[:3], made, strict=False):
        pose.save(tmp_path / f"{name}.npz")
    made[3].save(tmp_path / "stranger.pose", "provenance")
    (tmp_path / "clip2.npz").write_bytes(b"no pose")
    (tmp_path / "notes.txt").write_text("not a pose")
    found = matched(read_folder(tmp_path), NAMES, tmp_path)
    assert [pose is not None for pose in found.poses] == [True, True, False, False, False]
    assert names_of(found.faults) == [
        ("missing clips", "failed", 2), ("extra clips", "ignored", 1), ("unreadable clips", "failed", 1)
    ]  # fmt: skip
    assert "clip3" in found.faults[0].line and "stranger" in found.faults[1].line and "damaged" in found.faults[2].line


def test_files_that_hold_nan_are_failures_and_say_so(made, tmp_path):
    points = made[0].points.copy()
    points[3, 5] = np.nan
    arrays = {"points": points, "confidence": made[0].confidence, "fps": 25.0, "skeleton": "smplx"}
    np.savez(tmp_path / "clip0.npz", **arrays)
    made[1].save(tmp_path / "clip1.npz")
    found = matched(read_folder(tmp_path), NAMES[:2], tmp_path)
    assert found.poses[0] is None and "NaN" in found.faults[0].line


def test_names_that_differ_in_capitals_and_folders_within_are_said(made, tmp_path):
    made[0].save(tmp_path / "inner" / "Clip0.npz")
    with pytest.raises(UserError, match=r"some lie in .*inner: name that one"):
        read_folder(tmp_path)
    made[1].save(tmp_path / "inner" / "clip1.npz")
    with pytest.raises(UserError, match="1 files differ from a reference in capitals only .first: Clip0.*is clip0"):
        matched(read_folder(tmp_path / "inner"), NAMES, tmp_path)


def test_folders_that_fit_nothing_are_refused(made, tmp_path):
    with pytest.raises(UserError, match="is no folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(UserError, match="holds no .pose or .npz"):
        read_folder(tmp_path)
    made[0].save(tmp_path / "other.npz")
    with pytest.raises(UserError, match="no file bears the name of a reference.*other.*clip0"):
        matched(read_folder(tmp_path), NAMES, tmp_path)
    made[0].save(tmp_path / "other.pose")
    with pytest.raises(UserError, match="holds other twice"):
        read_folder(tmp_path)


@pytest.mark.parametrize("said", ["y runs down", "axes are exchanged", "millimetres", "the origin"])
def test_references_are_held_against_a_body_at_rest(made, said):
    check_upright(made, "references")
    with pytest.raises(UserError, match=f"references.*{said}"):
        check_upright(changed(made, **WRONG[said]), "references")


@pytest.mark.parametrize("skeleton", ["phoenix50", "upper79", "openpose67", "openpose137", "holistic543"])
def test_sound_references_of_any_skeleton_pass(upright, skeleton):
    check_upright([upright(i, skeleton=skeleton) for i in range(3)], "references")


def test_where_references_disagree_in_depth_only_the_plane_is_judged(made, real):
    chance = np.random.default_rng(0)
    turns = [Rotation.from_rotvec([chance.uniform(-1, 1), 0, 0]).as_matrix() for _ in real]
    guessed = [changed([pose], turn)[0] for pose, turn in zip(real, turns, strict=True)]
    found = received(changed(made, np.diag([1.0, 1.0, -1.0])), guessed, NAMES, "refuse")
    assert names_of(found.faults) == [("depth", "noted", 5)]
    with pytest.raises(UserError, match="y runs down"):
        received(changed(made, np.diag([1.0, -1.0, 1.0])), guessed, NAMES, "refuse")
    mended = received(changed(made, np.diag([1.0, -1.0, 1.0])), guessed, NAMES, "mend")
    assert mended.poses[0].points == pytest.approx(made[0].points, abs=1e-4)


def test_a_few_turned_clips_are_a_posture_and_noted(made, real):
    turn = Rotation.from_rotvec([np.radians(42), 0.0, 0.0]).as_matrix()
    found = received([*changed(made[:1], turn), *made[1:]], real, NAMES, "refuse")
    assert names_of(found.faults) == [("axes", "noted", 1)] and "turned" in found.faults[0].line
