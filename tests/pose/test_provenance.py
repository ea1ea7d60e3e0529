"""What a clip says of itself goes with it: into files, out of them, and from one format to the other."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sign_latent.pose import Pose
from sign_latent.pose.convert import convert

SAID = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=60)
"""Anything but what numpy's strings cannot end in; halves of Unicode pairs too, as JSON of strangers may hold."""
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("suffixes", [(".npz",), (".pose",), (".npz", ".pose", ".npz")], ids="".join)
@FEW
@given(said=SAID)
def test_it_comes_back_from_every_format_and_through_others(tmp_path, moving_signer, suffixes, said):
    pose = moving_signer(frames=2)
    pose.provenance = said
    for place, suffix in enumerate(suffixes):
        pose.save(tmp_path / f"{place}{suffix}")
        pose = Pose.load(tmp_path / f"{place}{suffix}")
        assert pose.provenance == said


@pytest.mark.parametrize("suffix", [".npz", ".pose"])
def test_a_clip_that_was_read_and_changed_still_says_it(tmp_path, moving_signer, suffix):
    path = tmp_path / f"clip{suffix}"
    moving_signer(frames=4).save(path, "model@abc")
    given = Pose.load(path)
    made = given.mirrored(), given.resampled(50), convert(given, "upper79")
    for changed in made:
        changed.save(path)
        assert Pose.load(path).provenance == "model@abc"
    given.save(path, "another")
    assert Pose.load(path).provenance == "another"


def test_a_recording_says_nothing_and_a_damaged_note_is_none(tmp_path, moving_signer):
    pose, path = moving_signer(frames=2), tmp_path / "clip.pose"
    pose.save(path)
    beside = tmp_path / "clip.pose.json"
    for note in (None, "{", "[]", '{"provenance": 3}', '{"provenance": ["x"]}', '{"other": "x"}'):
        if note is not None:
            beside.write_text(note)
        assert Pose.load(path).provenance == ""
    pose.save(tmp_path / "clip.npz")
    arrays = dict(np.load(tmp_path / "clip.npz"))
    for wrong in (np.zeros(3), np.array(["a", "b"]), np.array(3)):
        np.savez(tmp_path / "clip.npz", **arrays | {"provenance": wrong})
        assert Pose.load(tmp_path / "clip.npz").provenance == ""


def test_glosses_that_are_no_unicode_are_kept_beside_a_file(tmp_path, moving_signer):
    path = tmp_path / "clip.pose"
    moving_signer(frames=4).save(path)
    (tmp_path / "clip.pose.json").write_text(json.dumps({"signs": [["\ud800", 0, 2]]}))
    Pose.load(path).save(path)
    assert Pose.load(path).signs == (("\ud800", 0, 2),)
