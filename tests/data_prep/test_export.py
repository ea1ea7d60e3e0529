"""What a format can hold comes back as it was; what it cannot is refused or said."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from data_prep.convert import convert
from data_prep.export import EXPORTS, export, main
from data_prep.exports.slrtp import POINTS
from data_prep.formats.source import Options
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.formats.skels import write_skels

SMPLX = get_skeleton("smplx")


def exported(kind: str, corpus: Path, out: Path) -> Path:
    export(kind, Corpus.open(corpus), out)
    return out


# .pose


def foreign(path: Path, depth: str, seed: int = 0) -> None:
    """A holistic file of another tool: 640 × 480 pixels, some points missing, and a body in metres."""
    from pose_format import Pose as File
    from pose_format.numpy import NumPyPoseBody
    from pose_format.pose_header import PoseHeader, PoseHeaderDimensions

    from sign_latent.pose.formats.pose_file import _header
    from sign_latent.pose.formats.pose_layout import layout

    kind, chance = get_skeleton("holistic576"), np.random.default_rng(seed)
    names = {name: i for i, name in enumerate(kind.points)}
    points = chance.uniform([100, 80, 0], [500, 400, 0], (12, 576, 3))
    points[:, names["left_shoulder"], :2], points[:, names["right_shoulder"], :2] = (400, 200), (250, 210)
    points[..., 2] = chance.uniform(-0.5, 0.5, points.shape[:2]) * (640 if depth == "pixels" else 1)
    world = [i for name, i in names.items() if name.startswith("world_")]
    points[:, world] = chance.uniform(-1, 1, (12, len(world), 3))
    confidence = np.float32(chance.random((12, 576)) > 0.2)
    for name in ("left_shoulder", "right_shoulder", "world_left_shoulder", "world_right_shoulder"):
        confidence[:, names[name]] = 0.9
    order = [point for component in layout(kind) for point in component.points]
    data = np.float32(np.where(confidence[..., None] > 0, points, 0))[:, None, order]
    header = PoseHeader(0.2, PoseHeaderDimensions(640, 480, 0), [_header(one, 3) for one in layout(kind)])
    with path.open("wb") as file:
        File(header, NumPyPoseBody(25.0, data, confidence[:, None, order])).write(file)


def raw(path: Path) -> tuple[dict[str, np.ndarray], tuple[int, int], float]:
    """Component -> numbers with confidence, as another tool reads the file; size; rate."""
    from pose_format import Pose as File

    file = File.read(path.read_bytes())
    numbers = np.concatenate(
        [np.ma.getdata(file.body.data)[:, 0, :, :3], np.asarray(file.body.confidence)[:, 0, :, None]], -1
    )
    found, start = {}, 0
    for component in file.header.components:
        for point in component.points:
            found[f"{component.name}/{point}"] = np.float64(numbers[:, start])
            start += 1
    return found, (file.header.dimensions.width, file.header.dimensions.height), file.body.fps


def assert_same_file(one: Path, other: Path, unit: float) -> None:
    """Every point that was seen is where it was, to 1e-5 of `unit`; those missing are missing."""
    (first, size, fps), (second, size_again, fps_again) = raw(one), raw(other)
    assert size == size_again and fps == pytest.approx(fps_again) and first.keys() <= second.keys()
    for name, numbers in first.items():
        seen = (numbers[:, -1] > 0) & np.isfinite(numbers).all(-1)  # some tools write NaN for missing
        assert np.array_equal(seen, second[name][:, -1] > 0), name
        numbers[:, -1] = np.minimum(numbers[:, -1], 1)  # OpenPose now and then is surer than sure
        assert second[name][seen] == pytest.approx(numbers[seen], abs=1e-5 * unit), name


@pytest.mark.parametrize("depth", ["fraction", "pixels"])
def test_pose_files_come_back_with_the_place_and_size_they_had(tmp_path, depth):
    (tmp_path / "in").mkdir()
    for number in range(2):
        foreign(tmp_path / "in" / f"{number}.pose", depth, number)
    (tmp_path / "in" / "index.csv").write_text(
        "path,spoken_language,signed_language,text,id\n0.pose,en,ase,a,x/0\n1.pose,en,ase,b,../1\n"
    )
    convert("pose", tmp_path / "in", tmp_path / "corpus", Options(fps=25.0))
    out = exported("pose", tmp_path / "corpus", tmp_path / "out")
    rows = list(csv.DictReader((out / "index.csv").open()))
    assert [(row["path"], row["id"], row["text"]) for row in rows] == [
        ("x%2F0.pose", "x/0", "a"), ("..%2F1.pose", "../1", "b")
    ]  # fmt: skip
    for number, row in enumerate(rows):
        assert_same_file(tmp_path / "in" / f"{number}.pose", out / row["path"], 150.3)
    convert("pose", out, tmp_path / "again", Options(fps=25.0))
    one, two = (Corpus.open(tmp_path / name).split("train") for name in ("corpus", "again"))
    for a, b in zip(one, two, strict=True):
        assert (a.id, a.text) == (b.id, b.text) and np.abs(a.pose.points - b.pose.points).max() < 1e-5


def test_pose_files_say_where_signs_are_where_that_is_annotated(few_clips, tmp_path):
    known = replace(next(iter(Corpus.open(few_clips).split("train"))), tiers=[Tier("gloss", "RAIN", 2, 7)])
    unknown = replace(known, id="unknown", tiers=[Tier("brows", "up", 0, 3)])
    corpus = Corpus.open(few_clips)
    write_corpus(tmp_path / "corpus", [known, unknown], corpus.skeleton, corpus.fps, {"licence": "CC0-1.0"})
    out = exported("pose", tmp_path / "corpus", tmp_path / "out")
    assert Pose.load(out / f"{known.id}.pose").signs == (("RAIN", 2, 7),)
    assert Pose.load(out / "unknown.pose").signs == ()


@pytest.mark.realdata
def test_real_pose_files_come_back(tmp_path, shared_data):
    names = ["autsl_signer0_sample1000", "colin-HOUSE-needs-trim", "openpose", "mediapipe"]
    names += ["000017451997373907346-LIBRARY", "SbTU6uS4cc1tZpqCnE3g"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.pose").write_bytes((shared_data / "pose_files" / f"{name}.pose").read_bytes())
        (tmp_path / name / "index.csv").write_text("path,spoken_language,signed_language,text\na.pose,en,ase,t\n")
        fps = raw(tmp_path / name / "a.pose")[2]
        convert("pose", tmp_path / name, tmp_path / f"{name}-c", Options(fps=fps))
        clip = Corpus.open(tmp_path / f"{name}-c").split("train")[0]
        out = exported("pose", tmp_path / f"{name}-c", tmp_path / f"{name}-o")
        assert_same_file(tmp_path / name / "a.pose", out / "a.pose", clip.pose.placement.unit)


# .skels


def assert_same_numbers(one: Path, other: Path) -> None:
    lines = [path.read_text().splitlines() for path in (one, other)]
    for first, second in zip(*lines, strict=True):
        first, second = (np.array(line.split(), float).reshape(-1, 151) for line in (first, second))
        assert np.abs(first[:, :150] - second[:, :150]).max() <= 1.01e-5
        assert np.abs(first[:, 150] - second[:, 150]).max() <= 1e-4, "their counter has four decimals"


def test_skels_come_back_line_by_line(tmp_path):
    kind, chance = get_skeleton("phoenix50"), np.random.default_rng(0)
    poses = []
    for frames in (5, 9):
        points = np.float32(chance.normal(0, 0.4, (frames, 50, 3)))
        points[:, kind.left_shoulder], points[:, kind.right_shoulder] = (0.55, -0.2, 0), (-0.5, -0.25, 0)
        confidence = np.ones((frames, 50), np.float32)
        confidence[2] = 0
        poses.append(Pose(points, confidence, 25.0, kind))
    (tmp_path / "in").mkdir()
    write_skels(tmp_path / "in" / "dev.skels", poses)
    for ending, lines in {"text": "a b .\nc .\n", "gloss": "A B\nC\n", "files": "dev/x-1\ndev/x-2\n"}.items():
        (tmp_path / "in" / f"dev.{ending}").write_text(lines)
    convert("skels", tmp_path / "in", tmp_path / "corpus")
    out = exported("skels", tmp_path / "corpus", tmp_path / "out")
    assert_same_numbers(tmp_path / "in" / "dev.skels", out / "dev.skels")
    for ending in ("text", "gloss", "files"):
        assert (out / f"dev.{ending}").read_text() == (tmp_path / "in" / f"dev.{ending}").read_text()


@pytest.mark.realdata
def test_real_skels_come_back(tmp_path, shared_data):
    source = shared_data / "phoenix_skels"
    convert("skels", source, tmp_path / "corpus")
    out = exported("skels", tmp_path / "corpus", tmp_path / "out")
    for split in ("train", "dev", "test"):
        assert_same_numbers(source / f"{split}.skels", out / f"{split}.skels")
        for ending in ("text", "files"):
            kept = [line.strip() for line in (source / f"{split}.{ending}").read_text().splitlines()]
            assert (out / f"{split}.{ending}").read_text().splitlines() == kept


# SMPL-X


def matrices(axis_angle: np.ndarray) -> np.ndarray:
    return Rotation.from_rotvec(axis_angle.reshape(-1, 3)).as_matrix().reshape(*axis_angle.shape[:-1], 3, 3)


def assert_rotations_kept(parameters: np.ndarray, poses: np.ndarray) -> None:
    """SMPL-X [T, 182] as it came and poses [T, 165] as it left: body and jaw are equal rotations, the root is but for
    one turn of the whole clip; legs and eyes are not signing and are not kept."""
    before, after = parameters[:, :66].reshape(-1, 22, 3), poses.reshape(-1, 55, 3)
    kept = [i for i in range(1, 22) if i not in SMPLX.still]
    assert np.abs(matrices(before[:, kept]) - matrices(after[:, kept])).max() < 1e-5
    assert np.abs(matrices(parameters[:, 156:159]) - matrices(after[:, 22])).max() < 1e-5
    relative = [np.swapaxes(m[:1], -1, -2) @ m for m in (matrices(before[:, 0]), matrices(after[:, 0]))]
    assert np.abs(relative[0] - relative[1]).max() < 1e-5


def words(path: Path) -> dict[str, np.ndarray]:
    parameters = np.float32(np.random.default_rng(0).normal(0, 0.3, (19, 182)))
    parameters[:, :3] += [np.pi, 0, 0]  # upright before a camera whose y runs down
    arrays = {"smplx": parameters, "left_valid": np.ones(19, bool), "right_valid": np.ones(19, bool)}
    arrays |= {"lengths": np.array([6, 9, 4]), "ids": np.array(["01", "02", "03"]), "gloss": np.array(["a", "b", "c"])}
    arrays |= {"split": np.array(["train", "val", "train"]), "signer": np.array([1, 2, 3]), "fps": np.float32(25)}
    np.savez(path, **arrays)
    return arrays


def assert_words_come_back(arrays: dict[str, np.ndarray], source: Path, room: Path, clips: int) -> None:
    """The first clips; with flat hands as the mean, since that of the licensed model is not here."""
    np.savez(room / "model.npz", hands_meanl=np.zeros(45), hands_meanr=np.zeros(45))
    convert("wlasl_smplx", source, room / "corpus", Options(smplx_model=room / "model.npz"), clips)
    out = exported("amass", room / "corpus", room / "out")
    ends = np.cumsum(arrays["lengths"])
    assert len(list(out.glob("*.npz"))) == clips and not Corpus.open(room / "corpus").drops
    for name, start, end in zip(arrays["ids"][:clips], ends - arrays["lengths"], ends, strict=False):
        with np.load(out / f"{name}.npz", allow_pickle=False) as file:
            parameters, poses = arrays["smplx"][start:end], file["poses"]
            assert_rotations_kept(parameters, poses)
            hands = parameters[:, 66:156].reshape(-1, 30, 3)
            assert np.abs(matrices(hands) - matrices(poses.reshape(-1, 55, 3)[:, 25:])).max() < 1e-5
            assert float(file["mocap_frame_rate"]) == 25 and str(file["surface_model_type"]) == "smplx"


def test_smplx_rotations_come_back(tmp_path):
    assert_words_come_back(words(tmp_path / "words.npz"), tmp_path / "words.npz", tmp_path, 3)


@pytest.mark.realdata
def test_real_smplx_rotations_come_back(tmp_path, shared_data):
    source = shared_data / "wlasl_smplx" / "words.npz"
    with np.load(source, allow_pickle=False) as file:
        assert_words_come_back({name: file[name] for name in file.files}, source, tmp_path, 40)


# BVH


class Bvh:
    """A reader of its own: names, parents and offsets of joints and end sites, channels, frames."""

    def __init__(self, text: str) -> None:
        head, motion = text.split("MOTION\n")
        self.names, self.parents, self.offsets, self.channels = [], [], [], []
        open_joints: list[int] = []
        tokens: Iterator[str] = iter(head.split()[1:])
        for token in tokens:
            if token in ("ROOT", "JOINT", "End"):
                name = next(tokens)
                self.names.append(f"{self.names[open_joints[-1]]}/end" if token == "End" else name)
                self.parents.append(open_joints[-1] if open_joints else -1)
                self.channels.append([])
                open_joints.append(len(self.names) - 1)
            elif token == "OFFSET":
                self.offsets.append([float(next(tokens)) for _ in range(3)])
            elif token == "CHANNELS":
                self.channels[open_joints[-1]] = [next(tokens) for _ in range(int(next(tokens)))]
            elif token == "}":
                open_joints.pop()
            else:
                assert token == "{", token
        count, time, *rows = motion.strip().splitlines()
        self.time = float(time.split()[-1])
        self.frames = np.array([row.split() for row in rows], float)
        assert len(self.frames) == int(count.split()[-1]) and not open_joints
        assert self.frames.shape[1] == sum(map(len, self.channels))

    def places(self) -> np.ndarray:
        """[T, joints, 3] in centimetres: channels are applied in the order in which they are named."""
        places, turns, column = [], [], 0
        for parent, offset, channels in zip(self.parents, self.offsets, self.channels, strict=True):
            local, moved = Rotation.identity(len(self.frames)), np.tile(offset, (len(self.frames), 1))
            for name in channels:
                values, axis = self.frames[:, column], name[0].lower()
                column += 1
                if name.endswith("position"):
                    moved[:, "xyz".index(axis)] = values
                else:
                    local = local * Rotation.from_euler(axis, values[:, None], degrees=True)
            places.append(moved if parent < 0 else places[parent] + turns[parent].apply(moved))
            turns.append(local if parent < 0 else turns[parent] * local)
        return np.stack(places, 1)


def test_bvh_read_by_another_reader_has_the_points_of_the_clip(few_clips, tmp_path):
    out = exported("bvh", few_clips, tmp_path / "out")
    corpus = Corpus.open(few_clips)
    tips = {f"{point[:-4]}3/end": point for point in SMPLX.points if point.endswith("_tip")}
    for clip in corpus.split("dev"):
        file = Bvh((out / f"{clip.id}.bvh").read_text())
        names = [tips.get(name, name) for name in file.names]
        known = [i for i, name in enumerate(names) if name in SMPLX.points]
        points = [SMPLX.points.index(names[i]) for i in known]
        assert len(known) == 65 and file.time == pytest.approx(1 / 25)
        assert file.places()[:, known] / 36 == pytest.approx(clip.pose.points[:, points], abs=2e-5)


def test_bvh_has_the_bones_of_the_signer_where_seen_and_of_the_canonical_one_elsewhere(few_clips):
    from data_prep.exports.bvh import text_of

    clip = Corpus.open(few_clips).split("dev")[0]
    at = {name: i for i, name in enumerate(SMPLX.points)}
    clip.pose.points, clip.pose.confidence = clip.pose.points * 1.25, clip.pose.confidence.copy()
    clip.pose.confidence[:, at["right_wrist"]] = 0
    file = Bvh(text_of(clip))
    lengths = dict(zip(file.names, np.linalg.norm(file.offsets, axis=-1), strict=True))
    assert lengths["left_wrist"] == pytest.approx(1.25 * lengths["right_wrist"], rel=1e-4)


# SLRTP, and the command


def test_slrtp_is_tensors_by_name(few_clips, tmp_path):
    out = exported("slrtp", few_clips, tmp_path / "out")
    corpus = Corpus.open(few_clips)
    for split in corpus.splits:
        entries = torch.load(out / f"{split}.pt", weights_only=True)
        assert list(entries) == corpus.split(split).ids
        for clip in corpus.split(split):
            entry = entries[clip.id]
            assert (entry["text"], entry["gloss"], entry["speaker"]) == (clip.text, clip.gloss, clip.signer)
            assert entry["poses_3d"].shape == (len(clip.pose), 178, 3)
            wrist = entry["poses_3d"][:, POINTS.index("left_wrist")].numpy()
            assert np.array_equal(wrist, clip.pose.points[:, SMPLX.points.index("left_wrist")])
    assert POINTS[:9] == ("right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
                          "right_hip", "left_hip", "right_hand_root")  # fmt: skip
    assert len(POINTS) == 178 and (entry["poses_3d"][:, 50:] == 0).all()


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_format_writes_every_clip_or_refuses(few_clips, tmp_path, kind):
    main([kind, str(few_clips), "--out", str(tmp_path / "out"), "--split", "dev"])
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) > 1000


def test_what_cannot_be_written_is_refused_and_nothing_left(tmp_path):
    kind = get_skeleton("openpose67")
    points = np.zeros((3, 67, 2), np.float32)
    pose = Pose(points, np.ones((3, 67), np.float32), 25.0, kind)
    for corpus, name in {"c": "a", "d": "a" * 300}.items():
        write_corpus(tmp_path / corpus, [Clip(name, "t", "en", "ase", "s", "v", "train", pose)], kind, 25.0, {})
    reasons = [("skels", "c", "depth"), ("amass", "c", "no SMPL-X rotations"), ("bvh", "c", "no SMPL-X rotations")]
    for name, corpus, reason in [*reasons, ("pose", "d", "too long"), ("fbx", "c", "unknown format 'fbx'")]:
        with pytest.raises(UserError, match=reason):
            main([name, str(tmp_path / corpus), "--out", str(tmp_path / "out")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d"]


def test_list_names_every_format(capsys):
    main(["--list"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(EXPORTS)
