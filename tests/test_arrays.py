"""Arrays of an npz come out whole, or a line says what is wrong; nothing in it is ever executed."""

import numpy as np
import pytest

from sign_latent.arrays import read_arrays
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
