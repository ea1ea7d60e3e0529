"""Cut or flipped files give a UserError or a whole pose, and nothing else."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sign_latent.errors import UserError
from sign_latent.pose import Pose

DAMAGE = st.one_of(
    st.tuples(st.just("cut"), st.floats(0, 1), st.just(0)),
    st.tuples(st.just("flip"), st.floats(0, 1), st.integers(0, 7)),
    # Headers are short beside the data, so flips are drawn towards the beginning as well.
    st.tuples(st.just("flip"), st.floats(0, 0.05), st.integers(0, 7)),
)
SLOWLY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(content: bytes, damage: list[tuple[str, float, int]]) -> bytes:
    for kind, place, bit in damage:
        position = int(place * max(len(content) - 1, 0))
        if kind == "cut":
            content = content[:position]
        elif content:
            content = content[:position] + bytes([content[position] ^ (1 << bit)]) + content[position + 1 :]
    return content


def read_or_refuse(path: Path) -> None:
    try:
        pose = Pose.load(path)
    except UserError as error:
        assert path.name in str(error) and "\n" not in str(error)
    else:
        pose.validate()


@pytest.mark.parametrize("suffix", [".pose", ".npz"])
@SLOWLY
@given(damage=st.lists(DAMAGE, min_size=1, max_size=3))
def test_damage_is_refused_or_harmless(tmp_path, moving_signer, suffix, damage):
    whole = tmp_path / f"whole{suffix}"
    if not whole.exists():
        moving_signer(frames=3).save(whole)
    path = tmp_path / f"hurt{suffix}"
    path.write_bytes(damaged(whole.read_bytes(), damage))
    read_or_refuse(path)


@SLOWLY
@given(damage=st.lists(DAMAGE, min_size=1, max_size=3))
def test_damage_to_a_mediapipe_file_is_refused_or_harmless(tmp_path, random_pose, damage):
    whole = tmp_path / "whole.pose"
    if not whole.exists():
        random_pose("holistic543", frames=2).save(whole)
    path = tmp_path / "hurt.pose"
    path.write_bytes(damaged(whole.read_bytes(), damage))
    read_or_refuse(path)


@pytest.mark.parametrize("suffix", [".pose", ".npz"])
@given(content=st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"noise{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match="noise"):
        Pose.load(path)


def test_a_broken_array_header_is_refused(tmp_path, moving_signer):
    moving_signer(frames=2).save(tmp_path / "whole.npz")
    (tmp_path / "hurt.npz").write_bytes((tmp_path / "whole.npz").read_bytes())
    with zipfile.ZipFile(tmp_path / "hurt.npz", "a") as archive:
        archive.writestr("rotations2.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f4'(\n")
    with pytest.raises(UserError, match="hurt.npz"):
        Pose.load(tmp_path / "hurt.npz")


@pytest.mark.parametrize("suffix", [".pose", ".npz"])
def test_every_cut_is_refused(tmp_path, moving_signer, suffix):
    moving_signer(frames=2).save(tmp_path / f"whole{suffix}")
    content = (tmp_path / f"whole{suffix}").read_bytes()
    for length in range(0, len(content), max(1, len(content) // 60)):
        (tmp_path / f"cut{suffix}").write_bytes(content[:length])
        with pytest.raises(UserError, match="cut"):
            Pose.load(tmp_path / f"cut{suffix}")
