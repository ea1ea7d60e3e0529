"""What a clip says of itself goes with it: into files, out of them, and from one format to the other."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sign_latent.pose import Pose
from sign_latent.pose.convert import convert
from sign_latent.pose.provenance import facts_of, models_of
from sign_latent.pose.streams import concatenated, cut

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


def said_of(moving_signer, *said):
    """What a whole says whose parts say this."""
    parts = [moving_signer(frames=2) for _ in said]
    for part, one in zip(parts, said, strict=True):
        part.provenance = one
    return concatenated(parts)


RAIN, SNOW = (json.dumps({"generated_by": "toy@1", "text": text, "seed": 3}) for text in ("rain", "snow"))


def test_what_all_parts_say_the_whole_says_word_for_word(moving_signer):
    assert said_of(moving_signer, RAIN, RAIN).provenance == RAIN
    assert said_of(moving_signer, "no JSON", "no JSON").provenance == "no JSON"
    assert said_of(moving_signer, "", "").provenance == ""


def test_a_whole_of_parts_that_differ_says_of_itself_nothing_but_what_its_parts_say(moving_signer):
    whole = said_of(moving_signer, RAIN, SNOW, "a stranger", RAIN)
    assert json.loads(whole.provenance) == {"parts": [RAIN, SNOW, "a stranger"]}
    assert [facts["text"] for facts in facts_of(whole.provenance)] == ["rain", "snow"]
    again = said_of(moving_signer, whole.provenance, SNOW)
    assert again.provenance == concatenated([cut(whole, 0, 3), cut(whole, 3, 8)]).provenance == whole.provenance


def test_a_recording_with_a_generated_part_passes_for_none(moving_signer, tmp_path):
    whole = said_of(moving_signer, "", RAIN, "")
    assert models_of(whole.provenance) == ["toy@1"] and "text" not in json.loads(whole.provenance)
    whole.save(tmp_path / "whole.npz")
    assert models_of(Pose.load(tmp_path / "whole.npz").provenance) == ["toy@1"]
    for said in ("", "no JSON", "3", '{"parts": 3}', '{"parts": [3]}', '{"text": "x"}', "[" * 100000):
        assert models_of(said) == []
