"""The stage writes one file a text, at the lengths asked for, and goes on where it was stopped."""

from pathlib import Path

import pytest

from sign_latent.corpus.read import Corpus
from sign_latent.pose.pose import Pose
from stages import generate as stage


@pytest.fixture
def written(generator, few_clips, tmp_path, monkeypatch):
    """Runs the stage on the training clips of a small corpus; gives the files it leaves."""
    monkeypatch.setattr(stage, "load", lambda model, autoencoder, device: generator)

    def run(out: str, **options) -> dict[str, bytes]:
        folder = tmp_path / out
        how = {"split": "train", "format": "npz", "batch_size": 4, "steps": 2, **options}
        stage.generate(stage.Request("toy", str(folder), str(few_clips), **how))
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    return run


def test_a_file_for_each_of_the_clips_asked_for_at_its_length(written, few_clips, tmp_path):
    clips = Corpus.open(few_clips).split("train")
    assert set(written("some", clips=5, length="given")) == {f"{name}.npz" for name in clips.ids[:5]}
    lengths = [len(Pose.load(tmp_path / "some" / f"{name}.npz")) for name in clips.ids[:5]]
    assert lengths == clips.lengths[:5].tolist()


def test_a_stopped_run_goes_on_to_the_same_files(written, tmp_path):
    whole = written("out")
    assert len(whole) == 12
    kept = tmp_path / "out" / next(iter(sorted(whole)))
    before = kept.stat().st_mtime_ns
    for lost in sorted(whole)[-3:]:
        Path(tmp_path / "out" / lost).unlink()
    assert written("out") == whole
    assert kept.stat().st_mtime_ns == before
