"""A small sound source of every format, made here."""

import gzip
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import torch

from data_prep.formats.source import Options
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.write import write_corpus
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.formats.skels import write_skels

FRAMES = 4
ASE = Options(spoken_language="en", signed_language="ase")


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def body(skeleton: str, frames: int = FRAMES, seed: int = 0) -> Pose:
    """A pose whose shoulders, and neck between them, stay in place."""
    kind = get_skeleton(skeleton)
    points = np.float32(chance(seed).normal(0, 0.5, (frames, len(kind.points), kind.dimensions)))
    still = [kind.points.index("neck")] if "neck" in kind.points else []
    points[:, [kind.left_shoulder, kind.right_shoulder, *still]] = 0
    points[:, kind.left_shoulder, 0], points[:, kind.right_shoulder, 0] = 0.5, -0.5
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, kind)


def in_image(skeleton: str, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    """[T, K, 2 or 3] fractions of an image, y down, shoulders a fifth of the width apart."""
    pose = body(skeleton, seed=seed)
    return (pose.points * ([0.2, -0.2, -0.2][: pose.points.shape[-1]]) + 0.5) * scale


def index(folder: Path, *names: str) -> Path:
    lines = [f"{name},sign {i},s{i}" for i, name in enumerate(names)]
    (folder / "index.csv").write_text("\n".join(["path,text,signer", *lines]) + "\n")
    return folder


def parameters(seed: int = 0) -> np.ndarray:
    rows = np.float32(chance(seed).normal(0, 0.1, (FRAMES, 182)))
    rows[:, :3] = [np.pi, 0, 0]
    return rows


def wlasl_smplx(folder: Path) -> Path:
    valid = np.ones(2 * FRAMES, bool)
    known = {"lengths": [FRAMES, FRAMES], "ids": ["01", "02"], "gloss": ["About", "all day"], "split": ["train", "val"]}
    np.savez_compressed(
        folder / "words.npz",
        smplx=np.concatenate([parameters(0), parameters(1)]),
        left_valid=valid,
        right_valid=valid,
        signer=np.array([-1, 7]),
        fps=np.float32(25),
        **{name: np.array(value) for name, value in known.items()},
    )
    return folder / "words.npz"


def signavatars(folder: Path) -> Path:
    for i in range(2):
        fields = {"smplx": parameters(i), "left_valid": torch.ones(FRAMES, dtype=torch.bool)}
        torch.save(fields, folder / f"{i}.pkl")
    (folder / "2.pkl").write_bytes(pickle.dumps({"smplx": parameters(2)}))
    return index(folder, "0.pkl", "1.pkl", "2.pkl")


def table(folder: Path, video_times: str = "0.0\t0.16") -> None:
    heading = "VIDEO_ID\tVIDEO_NAME\tSENTENCE_ID\tSENTENCE_NAME\tSTART_REALIGNED\tEND_REALIGNED\tSENTENCE"
    rows = [f'v\tvideo\tv_{i}\tclip_{i}\t{video_times}\tSentence {i}, "quoted' for i in range(2)]
    (folder / "how2sign_realigned_train.csv").write_text("\n".join([heading, *rows]) + "\n")


def openpose_clip(folder: Path, seed: int = 0) -> None:
    folder.mkdir(parents=True)
    kind, places = get_skeleton("openpose137"), in_image("openpose137", seed, 720)
    blocks = {"pose": "body", "face": "face", "hand_left": "left_hand", "hand_right": "right_hand"}
    for number, frame in enumerate(places):
        rows = np.concatenate([frame, np.full((len(frame), 1), 0.9)], 1)
        person = {
            f"{block}_keypoints_2d": rows[list(kind.parts[part])].ravel().tolist() for block, part in blocks.items()
        }
        text = json.dumps({"version": 1.3, "people": [person]})
        (folder / f"{folder.name}_{number:012d}_keypoints.json").write_text(text)


def openpose(folder: Path) -> Path:
    for i in range(2):
        openpose_clip(folder / f"clip_{i}", i)
    return index(folder, "clip_0", "clip_1")


def how2sign(folder: Path) -> Path:
    table(folder)
    for i in range(2):
        openpose_clip(folder / "openpose_output" / "json" / f"clip_{i}", i)
    return folder


def how2sign_smplx(folder: Path) -> Path:
    table(folder)
    parts = {
        "root_pose": 3,
        "body_pose": 63,
        "lhand_pose": 45,
        "rhand_pose": 45,
        "jaw_pose": 3,
        "shape": 10,
        "expr": 10,
    }
    ends = np.cumsum(list(parts.values()))
    for i in range(2):
        (folder / f"clip_{i}").mkdir()
        for number, row in enumerate(parameters(i)):
            fields = {f"smplx_{name}": row[end - parts[name] : end] for name, end in zip(parts, ends, strict=True)}
            (folder / f"clip_{i}" / f"clip_{i}_{number:012d}_3D.pkl").write_bytes(pickle.dumps(fields))
    return folder


def amass(folder: Path) -> Path:
    for i in range(2):
        poses = chance(i).normal(0, 0.1, (FRAMES, 165))
        np.savez(folder / f"{i}.npz", poses=poses, mocap_frame_rate=30.0, betas=np.zeros(10), gender="neutral")
    return index(folder, "0.npz", "1.npz")


def phoenix14t(folder: Path) -> Path:
    rows = [f'f-{i}|f-{i}/1/*.png|-1|-1|Signer0{i}|REGEN "MORGEN|regen {i} .' for i in range(2)]
    heading = "name|video|start|end|speaker|orth|translation"
    (folder / "PHOENIX-2014-T.train.corpus.csv").write_text("\n".join([heading, *rows]) + "\n")
    write_skels(folder / "train.skels", [body("phoenix50", seed=i) for i in range(2)])
    (folder / "train.files").write_text("train/f-0\ntrain/f-1\n")
    return folder


def skels(folder: Path) -> Path:
    write_skels(folder / "train.skels", [body("phoenix50", seed=i) for i in range(2)])
    (folder / "train.text").write_text("morgen regen .\nheute sonne .\n")
    return folder


def slrtp(folder: Path) -> Path:
    entries = {
        f"f-{i}": {"name": f"f-{i}", "text": f"regen {i}", "gloss": "REGEN", "speaker": "S1"}
        | {"poses_3d": torch.from_numpy(body("slrtp178", seed=i).points)}
        for i in range(2)
    }
    torch.save(entries, folder / "dev.pt")
    return folder


def slt(folder: Path) -> Path:
    entries = [
        {"name": f"dev/f-{i}", "signer": "S1", "gloss": "REGEN", "text": f"regen {i}"}
        | {"sign": torch.from_numpy(body("phoenix50", seed=i).points.reshape(FRAMES, 150) / np.tile([3, -3, 3], 50))}
        for i in range(2)
    ]
    with gzip.open(folder / "phoenix14t.pami0.dev", "wb") as file:
        pickle.dump(entries, file)
    return folder


def dgs(folder: Path) -> Path:
    (folder / "motion").mkdir()
    lines = ["id\tdoc\tsigner\tstart_ms\tgerman\tenglish\tgloss\tgloss_timed"]
    for i in range(2):
        places = np.float32(in_image("openpose67", i).clip(0.01, 0.99).reshape(FRAMES, 134))
        np.savez(folder / "motion" / f"seg_{i}.npz", keypoints=places, fps=np.float32([50]))
        timed = json.dumps([[1000, 1040, "HAUS1"]]).replace('"', '""')
        lines.append(f'seg_{i}\tsession\tA\t1000\tSatz {i}\tsentence {i}\tHAUS1\t"{timed}"')
    (folder / "index.tsv").write_text("\n".join(lines) + "\n")
    (folder / "session.eaf").write_text(EAF, encoding="utf-8")
    return folder


EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/EAFv3.0.xsd">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1020"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1060"/>
<TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="5000"/></TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="t" TIER_ID="Lexem_Gebärde_r_A"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>HAUS1A*</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="t" TIER_ID="Mundbild_Mundgestik_A"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
<ANNOTATION_VALUE>haus</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="t" TIME_ALIGNABLE="true"/>
</ANNOTATION_DOCUMENT>
"""


def pose(folder: Path) -> Path:
    for i in range(2):
        body("holistic543", seed=i).save(folder / f"{i}.pose")
    return index(folder, "0.pose", "1.pose")


def dwpose(folder: Path) -> Path:
    kind = get_skeleton("openpose137")
    for i in range(2):
        places = in_image("openpose137", i)
        part = {name: places[:, list(kind.parts[name])] for name in kind.parts}
        bodies = part["body"][:, [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]]
        hands = np.stack([part["left_hand"], part["right_hand"]], axis=1)
        arrays = {"bodies": bodies, "hands": hands, "faces": part["face"][:, None, :68]}
        scores = {"body_scores": bodies, "hands_scores": hands, "faces_scores": arrays["faces"]}
        arrays |= {name: np.full(array.shape[:-1], 0.8) for name, array in scores.items()}
        np.savez(folder / f"{i}.npz", **arrays)
    return index(folder, "0.npz", "1.npz")


def wholebody133(folder: Path) -> Path:
    for i in range(2):
        places = 720 * chance(i).uniform(0.2, 0.8, (FRAMES, 1, 133, 2))
        places[..., 5, :], places[..., 6, :] = (400, 300), (300, 300)
        fields = {"keypoints": places, "scores": np.full((FRAMES, 1, 133), 0.7)}
        (folder / f"{i}.pkl").write_bytes(pickle.dumps(fields))
    return index(folder, "0.pkl", "1.pkl")


def islr(folder: Path) -> Path:
    counts = {"face": 468, "left_hand": 21, "pose": 33, "right_hand": 21}
    starts = {"pose": 0, "face": 33, "left_hand": 501, "right_hand": 522}
    for i in range(2):
        places = in_image("holistic543", i)
        rows = {"frame": [], "type": [], "landmark_index": [], "x": [], "y": [], "z": []}
        for number, frame in enumerate(places):
            for kind, count in counts.items():
                part = frame[starts[kind] : starts[kind] + count].astype(float)
                part = part * np.nan if kind == "left_hand" and number == 1 else part
                rows["frame"] += [number + 20] * count
                rows["type"] += [kind] * count
                rows["landmark_index"] += range(count)
                for axis, values in zip("xyz", part.T, strict=True):
                    rows[axis] += values.tolist()
        types = {"frame": pa.int16(), "type": pa.string(), "landmark_index": pa.int16()}
        columns = {name: pa.array(values, types.get(name, pa.float64())) for name, values in rows.items()}
        parquet.write_table(pa.table(columns), folder / f"{i}.parquet")
    lines = [f"{i}.parquet,1{i},2{i},sign{i}" for i in range(2)]
    (folder / "train.csv").write_text("\n".join(["path,participant_id,sequence_id,sign", *lines]) + "\n")
    return folder


def mediapipe_rows(seed: int = 0) -> np.ndarray:
    places = in_image("holistic543", seed)
    seen = np.concatenate([places[:, :33], np.ones((FRAMES, 33, 1))], -1)
    return np.concatenate([seen.reshape(FRAMES, -1), places[:, 501:].reshape(FRAMES, -1)], axis=1)


def mediapipe(folder: Path) -> Path:
    frames = np.float32(np.concatenate([mediapipe_rows(i) for i in range(5)]))
    np.savez_compressed(folder / "words.npz", frames=frames, lengths=np.full(5, FRAMES), labels=np.array(["a"] * 5))
    return folder


def corpus(folder: Path) -> Path:
    clips = [Clip(str(i), "a sign", "en", "ase", "", str(i), "train", body("smplx", seed=i)) for i in range(2)]
    write_corpus(folder / "corpus", clips, get_skeleton("smplx"), 25.0, {})
    return folder / "corpus"


MAKERS: dict[str, Callable[[Path], Path]] = {
    made.__name__: made
    for made in (wlasl_smplx, signavatars, how2sign, how2sign_smplx, amass, phoenix14t, skels, slrtp, slt, dgs, pose)
    + (openpose, dwpose, wholebody133, islr, mediapipe, corpus)
}


@pytest.fixture(scope="session")
def make() -> Callable[[str, Path], Path]:
    """make(format, empty folder) -> a sound source of two clips (mediapipe: five)."""
    return lambda kind, folder: MAKERS[kind](folder)


@pytest.fixture(scope="session")
def options() -> Options:
    """What the user says where a format is silent."""
    return ASE


@pytest.fixture(scope="session")
def parts() -> dict[str, Callable]:
    """What sources are made of."""
    makers = (body, in_image, index, parameters, table, openpose_clip, mediapipe_rows)
    return {made.__name__: made for made in makers} | {"frames": FRAMES, "eaf": EAF}
