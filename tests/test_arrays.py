"""Arrays of an npz come out whole, or a line says what is wrong; nothing in it is ever executed."""

import io
import zipfile

import numpy as np
import pytest

from sign_latent.arrays import ArrayFile, read_array, read_arrays
from sign_latent.errors import UserError


class Trap:
    """Unpickled, it would tell."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


@pytest.fixture
def path(tmp_path):
    np.savez(tmp_path / "some.npz", a=np.arange(6).reshape(2, 3), b=np.float32(25))
    return tmp_path / "some.npz"


def test_those_asked_for_or_all(path):
    assert set(read_arrays(path)) == {"a", "b"}
    only = read_arrays(path, ("a",))
    assert list(only) == ["a"] and np.array_equal(only["a"], [[0, 1, 2], [3, 4, 5]])


def test_what_is_missing_is_named(path):
    with pytest.raises(UserError, match="some.npz: has no array c, d;"):
        read_arrays(path, ("a", "c", "d"))
    with pytest.raises(UserError, match="none.npz: no such file"):
        read_arrays(path.with_name("none.npz"))
    with pytest.raises(UserError, match="no such file"):
        read_arrays(path.parent)


def test_objects_are_refused_unread_and_others_beside_them_are_not(tmp_path):
    np.savez(tmp_path / "trap.npz", trap=np.array([Trap()], dtype=object), a=np.ones(2))
    with pytest.raises(UserError, match="trap.npz: damaged or not an npz file"):
        read_arrays(tmp_path / "trap.npz")
    assert read_arrays(tmp_path / "trap.npz", ("a",))["a"].sum() == 2


def test_a_single_array_and_a_text_are_no_npz(tmp_path):
    np.save(tmp_path / "single.npy", np.ones(3))
    (tmp_path / "text.npz").write_text("points")
    for name in ("single.npy", "text.npz"):
        with pytest.raises(UserError, match=f"{name}: damaged or not an npz file"):
            read_arrays(tmp_path / name)


def archive(path, **members: bytes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_rows_come_in_order_without_the_whole(path):
    with ArrayFile(path) as file:
        assert file.shape("a") == (2, 3)
        first, second = file.rows("a", [1, 1])
        assert first.tolist() == [[0, 1, 2]] and second.tolist() == [[3, 4, 5]]
        with pytest.raises(UserError, match="too early"):
            list(file.rows("a", [2, 1]))


def test_arrays_in_the_other_order_are_whole_but_have_no_rows(tmp_path):
    turned = np.asfortranarray(np.arange(6).reshape(2, 3))
    np.savez(tmp_path / "turned.npz", a=turned)
    with ArrayFile(tmp_path / "turned.npz") as file:
        assert np.array_equal(file.read("a"), turned)
        with pytest.raises(UserError, match="C order"):
            next(file.rows("a", [2]))


def test_a_shape_beyond_the_file_is_refused_before_memory_is_taken(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"shape": (10**12,), "fortran_order": False, "descr": "<f8"})
    claims = archive(tmp_path / "claims.npz", **{"a.npy": header.getvalue() + b"few"})
    (tmp_path / "claims.npy").write_bytes(header.getvalue() + b"few")
    for read, file in ((read_arrays, claims), (read_array, tmp_path / "claims.npy")):
        with pytest.raises(UserError, match="1000000000000"):
            read(file)


def test_a_bomb_is_refused_unread(tmp_path):
    bomb = archive(tmp_path / "bomb.npz", **{"a.npy": bytes(80 * 2**20)})
    with pytest.raises(UserError, match="claim to unpack"):
        read_arrays(bomb)


@pytest.mark.parametrize("name", ["../a.npy", "/a.npy", "a\\..\\..\\b.npy"])
def test_names_that_lead_out_of_the_archive_are_refused(tmp_path, name):
    with pytest.raises(UserError, match="leads out"):
        read_arrays(archive(tmp_path / "out.npz", **{name: b""}))


def test_a_single_array_is_read_by_itself(tmp_path):
    np.save(tmp_path / "single.npy", np.arange(3))
    assert read_array(tmp_path / "single.npy").tolist() == [0, 1, 2]
    np.save(tmp_path / "trap.npy", np.array([Trap()], dtype=object))
    with pytest.raises(UserError, match="trap.npy: damaged or not an npy file"):
        read_array(tmp_path / "trap.npy")
