"""Every real recording at hand becomes a corpus, and each clip that does not has its reason.

`pytest -m realdata -s tests/data_prep/formats/test_real_recordings.py` prints the table.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest

from data_prep.convert import convert
from data_prep.formats.elan import CHANNELS, read_tiers
from data_prep.formats.source import Options
from sign_latent.corpus.read import Corpus

pytestmark = pytest.mark.realdata

ASE = {"spoken_language": "en", "signed_language": "ase"}


class Sample(NamedTuple):
    kind: str
    path: str
    clips: int
    frames: int
    options: dict = {}
    dropped: dict[str, int] = {}


BLANK = "labelled '-': a blank, in which nothing is signed"
SAMPLES = [
    Sample("wlasl_smplx", "wlasl_smplx/words.npz", 852, 52912),
    Sample("signavatars", "wlasl_smplx/raw_pkl", 6, 316, ASE),
    Sample("dgs", "dgs_sentences", 272, 42779),
    Sample("skels", "phoenix_skels", 15, 1942),
    Sample("openpose", "openpose_json", 2, 171, ASE),
    Sample("pose", "fingerspelling_pose", 26, 669),
    Sample("pose", "pose_files", 7, 860, ASE | {"skeleton": "openpose67"}),
    Sample("islr", "parquet", 2, 39, ASE),
    Sample("mediapipe", "asl_words_mit/words_20f.npz", 4243, 84860, ASE, {BLANK: 450}),
    Sample("mediapipe", "asl_words_mit/phrases_24f.npz", 880, 21120, ASE),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.kind}-{sample.path}")
def test_nothing_is_lost_without_a_reason(sample, tmp_path, shared_data):
    source = convert(sample.kind, shared_data / sample.path, tmp_path / "corpus", Options(**sample.options))
    corpus = Corpus.open(tmp_path / "corpus")
    clips = [clip for name in corpus.splits for clip in corpus.split(name)]
    frames, dropped = sum(len(clip.pose) for clip in clips), Counter(drop["reason"] for drop in source.drops)
    reasons = "; ".join(f"{count} × {reason}" for reason, count in dropped.items()) or "none"
    row = (sample.kind, sample.path, len(clips), frames, f"{frames / corpus.fps:.0f} s", f"drops: {reasons}")
    print("\n" + " | ".join(map(str, row)) + f" | notes: {len(source.notes)}")
    assert (len(clips), frames, dict(dropped)) == (sample.clips, sample.frames, sample.dropped)
    assert len(clips) + len(source.drops) == source.count
    shoulder = corpus.skeleton.left_shoulder
    assert 0.35 < np.median([np.median(clip.pose.points[:, shoulder, 0]) for clip in clips]) < 0.65
    head = corpus.skeleton.points.index("nose" if "nose" in corpus.skeleton.points else "head")
    assert np.median([np.median(clip.pose.points[:, head, 1]) for clip in clips]) > 0.2


def test_a_real_session_has_its_tiers(shared_data):
    pytest.importorskip("pympi")
    tiers = read_tiers(shared_data / "dgs_sentences" / "1413485.eaf")
    for signer in "AB":
        counts = [len(tiers[f"{tier}_{signer}"]) for tier in CHANNELS]
        assert min(counts) > 5 and max(counts) > 100
        assert all(0 <= start < end for tier in CHANNELS for start, end, _ in tiers[f"{tier}_{signer}"])


def test_a_pickle_of_signavatars_is_the_clip_of_the_gathered_file(tmp_path, shared_data):
    """The original pickles and the npz made of them agree in every rotation."""
    convert("signavatars", shared_data / "wlasl_smplx" / "raw_pkl", tmp_path / "raw", Options(**ASE))
    convert("wlasl_smplx", shared_data / "wlasl_smplx" / "words.npz", tmp_path / "gathered")
    gathered = Corpus.open(tmp_path / "gathered")
    known = {clip.id: clip for name in gathered.splits for clip in gathered.split(name)}
    for clip in Corpus.open(tmp_path / "raw").split("train"):
        assert len(clip.pose) == len(known[clip.id].pose)
        assert np.abs(clip.pose.rotations - known[clip.id].pose.rotations).max() < 1e-5
        assert np.abs(clip.pose.points - known[clip.id].pose.points).max() < 1e-5
