"""`.pose`: what we write comes back, other tools find their way in it, and what others wrote is read."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.formats.pose_file import write_landmarks
from sign_latent.pose.normalise import normalise
from sign_latent.pose.skeleton import SKELETONS


@pytest.mark.parametrize("name", SKELETONS)
def test_points_and_confidence_come_back(tmp_path, random_pose, name):
    pose = random_pose(name)
    if name.startswith("holistic"):  # its hands and face have no depth of their own: they hang on wrist and nose
        wrists = [pose.skeleton.points.index(f"{side}_wrist") for side in ("left", "right")]
        roots = [pose.skeleton.points.index(f"{side}_hand_root") for side in ("left", "right")]
        pose.points[:, roots] = pose.points[:, wrists]
    pose.confidence[2, 20:40] = 0
    pose.points[2, 20:40] = 0
    pose = replace(pose, points=normalise(pose.points, pose.confidence, pose.skeleton))
    pose.save(tmp_path / "clip.pose")
    back = Pose.load(tmp_path / "clip.pose")
    kept = [i for i, point in enumerate(pose.skeleton.points) if not point.startswith("world_")]
    assert back.skeleton == pose.skeleton and back.fps == pose.fps
    assert np.abs(back.points - pose.points)[:, kept].max() < 1e-4
    assert np.abs(back.confidence - pose.confidence).max() < 1e-6


def test_a_generated_signer_keeps_its_place(tmp_path, moving_signer):
    pose = moving_signer()  # leans about: its median shoulders are not at the origin
    pose.save(tmp_path / "clip.pose")
    assert np.abs(Pose.load(tmp_path / "clip.pose").points - pose.points).max() < 1e-5


def test_other_tools_find_shoulders_hands_and_a_picture(tmp_path, moving_signer):
    from pose_format import Pose as File
    from pose_format.utils.generic import detect_known_pose_format, pose_hide_legs

    moving_signer(frames=3).save(tmp_path / "clip.pose")
    file = File.read((tmp_path / "clip.pose").read_bytes())
    assert round(file.header.version, 3) == 0.2
    assert detect_known_pose_format(file) == "holistic"
    left, right = (file.header.get_point_index("POSE_LANDMARKS", f"{side}_SHOULDER") for side in ("LEFT", "RIGHT"))
    assert file.body.data[0, 0, left, 0] > file.body.data[0, 0, right, 0]  # as a camera sees a signer
    hand = next(c for c in file.header.components if c.name == "LEFT_HAND_LANDMARKS")
    assert hand.points[:2] == ["WRIST", "THUMB_CMC"] and hand.points[-1] == "PINKY_TIP" and len(hand.limbs) == 20
    nose_side = file.header.get_point_index("FACE_LANDMARKS", "0")
    assert file.body.data[0, 0, nose_side, 1] < file.body.data[0, 0, left, 1]  # y runs down
    assert all(len(c.colors) and max(map(max, c.limbs)) < len(c.points) for c in file.header.components)
    pose_hide_legs(file)


def test_provenance_lies_beside_the_file(tmp_path, moving_signer):
    moving_signer().save(tmp_path / "clip.pose", provenance="model@abc")
    assert json.loads((tmp_path / "clip.pose.json").read_text()) == {"provenance": "model@abc"}
    assert Pose.load(tmp_path / "clip.pose").provenance == "model@abc"


def as_extracted(pose: Pose, path: Path) -> None:
    write_landmarks(path, pose.skeleton, pose.points, pose.confidence, 25.0, (200, 100))


@pytest.mark.parametrize("write", [Pose.save, as_extracted])
def test_what_lay_beside_an_older_file_says_nothing_of_a_newer_one(tmp_path, random_pose, write):
    path, pose = tmp_path / "clip.pose", random_pose("holistic543")
    pose.with_signs([("RAIN", 0, 2)]).save(path, "model@abc")
    assert Pose.load(path).signs and Pose.load(path).provenance == "model@abc"
    write(pose, path)
    assert [file.name for file in tmp_path.iterdir()] == ["clip.pose"]
    assert Pose.load(path).signs == () and Pose.load(path).provenance == ""


def test_all_that_writes_such_files_writes_them_at_one_place():
    """So that the law above holds of whatever else writes some: commands, exports, extraction."""
    root = Path(__file__).parents[2]
    sources = [path for room in ("sign_latent", "stages", "data_prep", "eval") for path in (root / room).rglob("*.py")]
    writers = [path.name for path in sources if re.search(r"import .*PoseBody", path.read_text(encoding="utf-8"))]
    assert writers == ["pose_file.py"]


def foreign_file(data: np.ndarray, confidence: np.ndarray, names: dict[str, list[str]]) -> bytes:
    """A file as another tool writes it: [T, people, K, C] and [T, people, K]."""
    from io import BytesIO

    from pose_format import Pose as File
    from pose_format.numpy import NumPyPoseBody
    from pose_format.pose_header import PoseHeader, PoseHeaderComponent, PoseHeaderDimensions

    kind = "XYZ"[: data.shape[-1]] + "C"
    components = [PoseHeaderComponent(name, points, [], [(0, 0, 0)], kind) for name, points in names.items()]
    buffer = BytesIO()
    body = NumPyPoseBody(30.0, np.float32(data), np.float32(confidence))
    File(PoseHeader(0.2, PoseHeaderDimensions(640, 480, 0), components), body).write(buffer)
    return buffer.getvalue()


SOME = {"POSE_LANDMARKS": ["LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW"], "FACE_LANDMARKS": ["0", "13"]}


def some_points(frames: int = 4) -> tuple[np.ndarray, np.ndarray]:
    data = np.zeros((frames, 1, 5, 3))
    data[:, 0] = [[420, 300, -0.1], [220, 310, -0.1], [470, 420, -0.3], [320, 200, 0.01], [320, 205, 0.02]]
    return data, np.ones((frames, 1, 5))


def test_a_reduced_mediapipe_file_is_read_by_names(tmp_path):
    (tmp_path / "some.pose").write_bytes(foreign_file(*some_points(), SOME))
    pose = Pose.load(tmp_path / "some.pose")
    assert pose.skeleton.name == "holistic543" and (pose.confidence > 0).sum(1).tolist() == [5] * 4
    elbow = pose.points[0, pose.skeleton.points.index("left_elbow")]
    assert elbow[0] > 0.5 and elbow[1] < -0.4 and elbow[2] > 0.5  # left, down, towards the viewer


def test_nan_in_a_published_file_means_missing(tmp_path):
    data, confidence = some_points()
    data[1, 0, 2] = np.nan
    (tmp_path / "some.pose").write_bytes(foreign_file(data, confidence, SOME))
    pose = Pose.load(tmp_path / "some.pose")
    elbow = pose.skeleton.points.index("left_elbow")
    assert pose.confidence[:, elbow].tolist() == [1, 0, 1, 1] and (pose.points[1, elbow] == 0).all()


def test_the_surest_person_is_read(tmp_path):
    data, confidence = some_points()
    people = np.concatenate([data * 0 + 5, data], axis=1)
    sure = np.concatenate([confidence * 0.2, confidence], axis=1)
    (tmp_path / "two.pose").write_bytes(foreign_file(people, sure, SOME))
    (tmp_path / "one.pose").write_bytes(foreign_file(data, confidence, SOME))
    assert np.array_equal(Pose.load(tmp_path / "two.pose").points, Pose.load(tmp_path / "one.pose").points)


def test_version_0_1_is_read(tmp_path):
    data, confidence = some_points()
    new = foreign_file(data, confidence, SOME)
    header = len(new) - 4 * (data.size + confidence.size) - 10  # 0.2 ends in float fps, uint frames, ushort people
    body = np.array([30, len(data), 1], "<u2").tobytes() + new[header + 10 :]
    (tmp_path / "old.pose").write_bytes(np.float32(0.1).tobytes() + new[4:header] + body)
    (tmp_path / "new.pose").write_bytes(new)
    old, new = Pose.load(tmp_path / "old.pose"), Pose.load(tmp_path / "new.pose")
    assert np.array_equal(old.points, new.points) and old.fps == new.fps == 30


BAD = {
    "unknown components": lambda: foreign_file(*some_points(), {"TAIL": list("abcde")}),
    "never seen together": lambda: foreign_file(some_points()[0], some_points()[1] * 0, SOME),
    "damaged": lambda: b"\x00" * 100,
    "without frames|shoulders": lambda: foreign_file(*some_points(frames=0), SOME),
}


@pytest.mark.parametrize("reason", BAD)
def test_files_without_a_body_are_one_clear_line(tmp_path, reason):
    (tmp_path / "bad.pose").write_bytes(BAD[reason]())
    with pytest.raises(UserError, match=reason) as error:
        Pose.load(tmp_path / "bad.pose")
    assert "bad.pose" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"a text file", b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x18ftypmp42", b"%PDF-1.4"]
)
def test_other_files_are_told_to_be_none_without_a_parser_s_detail(tmp_path, content):
    (tmp_path / "bad.pose").write_bytes(content)
    with pytest.raises(UserError, match=r"bad.pose: is no .pose file, which begins with its version, 0 to 0.2; give"):
        Pose.load(tmp_path / "bad.pose")


REAL = {
    "000017451997373907346-LIBRARY": "holistic576",
    "SbTU6uS4cc1tZpqCnE3g": "holistic586",
    "autsl_signer0_sample1000": "holistic543",
    "colin-HOUSE-needs-trim": "holistic586",
    "mediapipe": "holistic543",
    "mediapipe_long": "holistic543",
    "openpose": "openpose137",
}


@pytest.mark.realdata
@pytest.mark.parametrize("name", REAL)
def test_published_files_are_read_upright_and_facing_us(shared_data, name):
    pose = Pose.load(shared_data / "pose_files" / f"{name}.pose")
    assert pose.skeleton == get_skeleton(REAL[name])
    points, skeleton = pose.points, pose.skeleton
    left, right = points[:, skeleton.left_shoulder], points[:, skeleton.right_shoulder]
    assert np.median(left[:, 0]) > 0.3 and np.median(right[:, 0]) < -0.3
    face = [skeleton.points.index(point) for point in ("left_eye_outer", "mouth_left", "chin")]
    seen = (pose.confidence[:, face] > 0).all(1)
    heights = np.median(points[seen][:, face, 1], axis=0)
    assert seen.any() and (np.diff(heights) < 0).all() and heights[0] > 0.3
