"""Every importer: what goes in comes out as clips, what cannot is dropped with a reason, nothing is half-written."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from data_prep.convert import FORMATS, convert, main
from data_prep.formats.source import Options
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.formats.skels import write_skels
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics

SMPLX = get_skeleton("smplx")


def body(skeleton: str, frames: int, seed: int = 0) -> Pose:
    """A pose whose shoulders stay in place."""
    kind, random = get_skeleton(skeleton), np.random.default_rng(seed)
    points = np.float32(random.normal(0, 0.5, (frames, len(kind.points), kind.dimensions)))
    points[:, kind.left_shoulder], points[:, kind.right_shoulder] = 0, 0
    points[:, kind.left_shoulder, 0], points[:, kind.right_shoulder, 0] = 0.5, -0.5
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, kind)


# corpus


@pytest.fixture(scope="module")
def invented(tmp_path_factory) -> Corpus:
    from data_prep.synthesise import SMALLEST, synthesise
    from sign_latent.corpus.write import write_corpus

    folder = tmp_path_factory.mktemp("invented") / "corpus"
    write_corpus(folder, synthesise(SMALLEST, 0, jobs=1), SMPLX, 25.0, {"licence": "Apache-2.0"})
    return Corpus.open(folder)


def test_a_corpus_on_its_own_skeleton_is_itself(invented, tmp_path):
    convert("corpus", invented.path, tmp_path / "again")
    again = Corpus.open(tmp_path / "again")
    assert again.hash == invented.hash and again.counts == invented.counts
    assert again.info["converted_from"] == invented.hash and again.info["licence"] == invented.info["licence"]


def test_a_corpus_on_another_skeleton_keeps_its_points_by_name_and_its_annotation(invented, tmp_path):
    convert("corpus", invented.path, tmp_path / "small", Options(skeleton="upper79"))
    for split in invented.splits:
        for before, after in zip(invented.split(split), Corpus.open(tmp_path / "small").split(split), strict=True):
            assert (after.text, after.signer, after.tiers) == (before.text, before.signer, before.tiers)
            old, new = before.pose.skeleton.points, after.pose.skeleton.points
            common = [name for name in new if name in old]
            assert len(common) > 70 and after.pose.rotations is None
            chosen = before.pose.points[:, [old.index(name) for name in common]]
            np.testing.assert_array_equal(after.pose.points[:, [new.index(name) for name in common]], chosen)


# wlasl_smplx


def made_words(lengths: tuple[int, ...] = (6, 9, 4)) -> dict[str, np.ndarray]:
    frames = sum(lengths)
    parameters = np.float32(np.random.default_rng(0).normal(0, 0.1, (frames, 182)))
    parameters[:, :3] = [np.pi, 0, 0]  # upright before a camera whose y runs down
    return {
        "smplx": parameters,
        "left_valid": np.arange(frames) % 2 == 0,
        "right_valid": np.ones(frames, bool),
        "lengths": np.array(lengths),
        "ids": np.array(["01", "02", "03"]),
        "gloss": np.array(["About", "all day", "arm"]),
        "split": np.array(["train", "val", "train"]),
        "signer": np.array([-1, 7, 8]),
        "fps": np.float32(25),
    }


def converted_words(tmp_path: Path, arrays: dict[str, np.ndarray], **options) -> Corpus:
    np.savez(tmp_path / "words.npz", **arrays)
    convert("wlasl_smplx", tmp_path / "words.npz", tmp_path / "corpus", Options(**options))
    return Corpus.open(tmp_path / "corpus")


def test_words_become_clips(tmp_path):
    corpus = converted_words(tmp_path, made_words())
    train, dev = corpus.split("train"), corpus.split("dev")
    assert [clip.text for clip in train] == ["about", "arm"] and [len(clip.pose) for clip in train] == [6, 4]
    clip = dev[0]
    assert (clip.text, clip.gloss, clip.signer, train[0].signer) == ("all day", "all-day", "7", "")
    assert (clip.spoken_language, clip.signed_language, clip.pose.fps) == ("en", "ase", 25)


def test_the_signer_stands_upright_and_faces_us_whatever_the_camera_did(tmp_path):
    arrays = made_words()
    arrays["smplx"][:, :3] = [2.8, 0.4, -0.3]
    pose = converted_words(tmp_path, arrays).split("dev")[0].pose
    assert np.abs(pose.rotations[:, 0]).max() < 1e-5
    points = pose.points.mean(0)
    assert points[SMPLX.left_shoulder, 0] > 0.3 > -0.3 > points[SMPLX.right_shoulder, 0]
    assert points[SMPLX.points.index("head"), 1] > 0.3


def test_points_are_the_kinematics_of_the_rotations(tmp_path):
    pose = converted_words(tmp_path, made_words()).split("dev")[0].pose
    points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(pose.rotations.copy()))).numpy()
    seen = pose.confidence > 0
    assert np.allclose(points[seen], pose.points[seen], atol=1e-5) and (pose.points[~seen] == 0).all()


def test_confidence_follows_the_hands_and_leaves_out_face_and_legs(tmp_path):
    pose = converted_words(tmp_path, made_words()).split("train")[0].pose
    left = pose.confidence[:, list(SMPLX.parts["left_hand"])]
    assert (left.max(1) == [1, 0, 1, 0, 1, 0]).all() and (left.min(1) == left.max(1)).all()
    assert (pose.confidence[:, list(SMPLX.parts["right_hand"])] == 1).all()
    assert (pose.confidence[:, list(SMPLX.parts["face"])] == 0).all() and (pose.expression == 0).all()
    assert pose.confidence[0, SMPLX.points.index("left_knee")] == 0


def test_zero_hands_are_relaxed_hands(tmp_path):
    arrays = made_words()
    arrays["smplx"][:, 3:] = 0
    pose = converted_words(tmp_path, arrays).split("train")[0].pose
    at = SMPLX.points.index
    for side in ("left", "right"):
        finger, wrist = pose.points[0, at(f"{side}_middle_tip")], pose.points[0, at(f"{side}_wrist")]
        assert finger[1] < wrist[1] - 0.1  # bent towards the palm, which faces down in the T-pose
    assert np.allclose(
        pose.points[0, at("left_middle_tip")] * [-1, 1, 1], pose.points[0, at("right_middle_tip")], atol=1e-5
    )


def test_a_licensed_model_gives_its_mean_hands(tmp_path):
    np.savez(tmp_path / "model.npz", hands_meanl=np.zeros(45), hands_meanr=np.full(45, 0.1))
    arrays = made_words()
    pose = converted_words(tmp_path, arrays, smplx_model=tmp_path / "model.npz").split("train")[0].pose
    assert np.allclose(pose.rotations[0, 25:40].ravel(), arrays["smplx"][0, 66:111], atol=1e-5)
    assert np.allclose(pose.rotations[0, 40:].ravel(), arrays["smplx"][0, 111:156] + 0.1, atol=1e-5)


def test_bad_words_are_dropped_with_a_reason(tmp_path):
    arrays = made_words()
    arrays["smplx"][2, 50] = np.nan
    arrays["right_valid"][6:15] = arrays["left_valid"][6:15] = False
    np.savez(tmp_path / "words.npz", **arrays)
    source = convert("wlasl_smplx", tmp_path / "words.npz", tmp_path / "corpus")
    assert source.drops == [{"id": "01", "reason": "NaN or infinity"}, {"id": "02", "reason": "no hand is ever seen"}]


FOREIGN = {
    "lengths of another file": lambda arrays: arrays | {"lengths": np.array([6, 9, 5])},
    "no array of that name": lambda arrays: {name: value for name, value in arrays.items() if name != "gloss"},
    "a pickle": lambda arrays: arrays | {"gloss": np.array([{}, {}, {}], dtype=object)},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_npz_is_refused_and_nothing_written(tmp_path, kind):
    with pytest.raises(UserError, match="words.npz"):
        converted_words(tmp_path, FOREIGN[kind](made_words()))
    assert [path.name for path in tmp_path.iterdir()] == ["words.npz"]


# skels


def made_forecast(folder: Path) -> list[Pose]:
    poses = [body("phoenix50", frames, frames) for frames in (5, 8)]
    write_skels(folder / "train.skels", poses)
    (folder / "train.text").write_text("morgen regen .\nheute sonne .\n")
    (folder / "train.gloss").write_text("MORGEN  REGEN\nHEUTE SONNE\n")
    (folder / "train.files").write_text("train/01April_tagesschau-1\ntrain/01April_tagesschau-2\n")
    return poses


def test_a_forecast_becomes_clips(tmp_path):
    poses = made_forecast(tmp_path)
    convert("skels", tmp_path, tmp_path / "corpus")
    clips = list(Corpus.open(tmp_path / "corpus").split("train"))
    assert [clip.text for clip in clips] == ["morgen regen .", "heute sonne ."]
    assert [clip.gloss for clip in clips] == ["MORGEN REGEN", "HEUTE SONNE"]
    assert {clip.source for clip in clips} == {"01April_tagesschau"}
    assert {(clip.spoken_language, clip.signed_language) for clip in clips} == {("de", "gsg")}
    assert [len(clip.pose) for clip in clips] == [len(pose) for pose in poses]


def test_languages_can_be_said(tmp_path):
    made_forecast(tmp_path)
    convert("skels", tmp_path, tmp_path / "corpus", Options(spoken_language="en", signed_language="ase"))
    assert Corpus.open(tmp_path / "corpus").split("train")[0].signed_language == "ase"


def test_a_broken_line_is_dropped_and_the_rest_kept(tmp_path):
    made_forecast(tmp_path)
    lines = (tmp_path / "train.skels").read_text().splitlines()
    (tmp_path / "train.skels").write_text(lines[0][:500] + "\n" + lines[1] + "\n")
    source = convert("skels", tmp_path, tmp_path / "corpus")
    assert [drop["id"] for drop in source.drops] == ["train/01April_tagesschau-1"]
    assert len(Corpus.open(tmp_path / "corpus").split("train")) == 1


def test_lines_that_do_not_match_are_refused(tmp_path):
    made_forecast(tmp_path)
    (tmp_path / "train.text").write_text("one line\n")
    with pytest.raises(UserError, match="1 lines beside 2 in train.skels"):
        convert("skels", tmp_path, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


# pose


def made_lexicon(
    folder: Path, rows: list[str], heading: str = "path,spoken_language,signed_language,start,end,words"
) -> None:
    for number in range(3):
        body("holistic543", 20, number).save(folder / f"{number}.pose")
    (folder / "index.csv").write_text("\n".join([heading, *rows]) + "\n")


def test_a_lexicon_becomes_clips(tmp_path):
    made_lexicon(tmp_path, ["0.pose,en,ase,0,0,house", "1.pose,en,ase,200,9999,tree", "1.pose,en,ase,0,200,leaf"])
    convert("pose", tmp_path, tmp_path / "corpus")
    clips = list(Corpus.open(tmp_path / "corpus").split("train"))
    assert [(clip.id, clip.text, len(clip.pose)) for clip in clips] == [
        ("0", "house", 20),
        ("1", "tree", 15),
        ("1#2", "leaf", 5),
    ]
    assert clips[0].pose.skeleton.name == "holistic543"


def test_skeleton_and_rate_can_be_chosen(tmp_path):
    made_lexicon(tmp_path, ["0.pose,en,ase,0,0,house"])
    convert("pose", tmp_path, tmp_path / "corpus", Options(skeleton="upper79", fps=50.0))
    pose = Corpus.open(tmp_path / "corpus").split("train")[0].pose
    assert (pose.skeleton.name, pose.fps, len(pose)) == ("upper79", 50.0, 40)


def test_missing_and_broken_files_are_dropped_with_a_reason(tmp_path):
    rows = [
        "0.pose,en,ase,0,0,a",
        "9.pose,en,ase,0,0,b",
        "1.pose,en,ase,5000,0,c",
        "2.pose,en,ase,x,0,d",
        "3.pose,en,ase,0,0,e",
    ]
    made_lexicon(tmp_path, rows)
    (tmp_path / "3.pose").write_bytes((tmp_path / "0.pose").read_bytes()[:-9])
    drops = convert("pose", tmp_path, tmp_path / "corpus").drops
    assert [drop["id"] for drop in drops] == ["9", "1", "2", "3"]
    for drop, reason in zip(drops, ("no such file", "no frame", "not a number", "damaged"), strict=True):
        assert reason in drop["reason"]


@pytest.mark.parametrize(
    ("heading", "reason"), [("path,signed_language", "needs a column text"), ("file,words", "has no column path")]
)
def test_an_index_without_its_columns_is_refused(tmp_path, heading, reason):
    made_lexicon(tmp_path, ["0.pose,ase"], heading)
    with pytest.raises(UserError, match=f"index.csv: {reason}"):
        convert("pose", tmp_path, tmp_path / "corpus")


def test_a_language_that_is_not_said_is_never_guessed(tmp_path):
    made_lexicon(tmp_path, ["0.pose,house"], "path,words")
    with pytest.raises(UserError, match="language"):
        convert("pose", tmp_path, tmp_path / "corpus", Options(spoken_language="en"))
    assert not (tmp_path / "corpus").exists()


# the command


def test_list_names_every_format(capsys):
    main(["--list"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(FORMATS)


def test_clips_limits_their_number(tmp_path):
    made_forecast(tmp_path)
    main(["skels", str(tmp_path), "--out", str(tmp_path / "corpus"), "--clips", "1"])
    assert len(Corpus.open(tmp_path / "corpus").split("train")) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["tape", "here", "--out", "there"], "unknown format 'tape'"),
        (["skels", "nowhere", "--out", "there"], "nowhere: no such"),
        (["skels"], "give FORMAT"),
        (["skels", "here", "--out", "there", "--clips", "0"], "--clips 0"),
        (["skels", "here", "--out", "there", "--fps", "-1"], "--fps"),
    ],
)
def test_wrong_arguments_are_one_clear_line(arguments, reason):
    with pytest.raises(UserError, match=reason):
        main(arguments)


def test_the_command_ends_with_code_2_and_one_line(tmp_path):
    command = [sys.executable, "-m", "data_prep.convert", "skels", str(tmp_path), "--out", str(tmp_path / "corpus")]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


# real recordings


@pytest.mark.realdata
def test_wlasl_is_read_upright_and_mostly_right_handed(tmp_path, shared_data):
    convert("wlasl_smplx", shared_data / "wlasl_smplx" / "words.npz", tmp_path / "corpus", clips=60)
    poses = [clip.pose for name in ("train", "dev") for clip in Corpus.open(tmp_path / "corpus").split(name)]
    assert len(poses) == 60
    points = np.concatenate([pose.points for pose in poses])
    at = SMPLX.points.index
    assert np.median(points[:, at("head"), 1]) > 0.3 and np.median(points[:, at("right_wrist"), 2]) > 0.2
    shoulders = np.median(points[:, SMPLX.left_shoulder] - points[:, SMPLX.right_shoulder], axis=0)
    assert shoulders[0] > 0.95 and abs(shoulders[1]) < 0.1 and abs(shoulders[2]) < 0.1
    motion = {
        side: np.mean([np.ptp(pose.points[:, at(f"{side}_wrist")], axis=0).sum() for pose in poses])
        for side in ("left", "right")
    }
    assert motion["right"] > motion["left"]


@pytest.mark.realdata
def test_phoenix_and_finger_spelling_are_read_whole(tmp_path, shared_data):
    assert convert("skels", shared_data / "phoenix_skels", tmp_path / "phoenix").drops == []
    phoenix = Corpus.open(tmp_path / "phoenix")
    assert {name: len(phoenix.split(name)) for name in ("train", "dev", "test")} == {"train": 5, "dev": 5, "test": 5}
    assert convert("pose", shared_data / "fingerspelling_pose", tmp_path / "letters").drops == []
    letters = Corpus.open(tmp_path / "letters").split("train")
    assert len(letters) == 26 and letters[0].text == "A" and letters[0].signed_language == "ase"
