"""Arrays, tensors and containers come out of any pickle as they went in; nothing else comes out, and nothing runs."""

import gzip
import io
import pickle
import zipfile

import numpy as np
import pytest
import torch

from data_prep.formats.pickles import Tensor, array_of, load, loads
from sign_latent.errors import UserError

THINGS = {
    "floats": np.arange(12, dtype=np.float32).reshape(3, 4),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "other order": np.arange(3, dtype=">i4"),
    "text": np.array(["ab", "ç"]),
    "scalar": np.float64(2.5),
    "tensor": torch.arange(12.0).reshape(3, 4).T,
    "part": torch.arange(10)[2:6],
    "half": torch.ones(2, dtype=torch.float16),
    "plain": [1, -(2**70), 2.5, True, None, "é", b"\x00\xff", ("a", ["b"]), {"k": {1: 2}}],
}


def same(found, made) -> bool:
    if isinstance(made, torch.Tensor):
        return np.array_equal(array_of(found, "it"), made.numpy())
    if isinstance(made, np.ndarray):
        return found.dtype == made.dtype and np.array_equal(found, made)
    return found == made


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_read(protocol):
    found = loads(pickle.dumps(THINGS, protocol=protocol))
    assert list(found) == list(THINGS)
    assert all(same(found[name], made) for name, made in THINGS.items())


@pytest.mark.parametrize("zipped", [True, False])
def test_files_of_torch_are_read(tmp_path, zipped):
    made = {"poses": torch.randn(5, 3), "flags": torch.tensor([True, False]), "name": "a", "array": np.ones(2)}
    if zipped:
        torch.save(made, tmp_path / "made.pt")
    else:
        (tmp_path / "made.pt").write_bytes(gzip.compress(pickle.dumps(made)))
    found = load(tmp_path / "made.pt")
    assert isinstance(found["poses"], Tensor) and all(same(found[name], value) for name, value in made.items())


def test_what_a_pickle_shares_is_shared_and_may_not_repeat_for_ever():
    array = np.ones(3)
    found = loads(pickle.dumps([array, array]))
    assert found[0] is found[1]
    deep = []
    for _ in range(30):
        deep = [deep, deep]
    with pytest.raises(ValueError, match="twenty deep"):
        loads(pickle.dumps(deep))


class Called:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


@pytest.mark.parametrize(
    "made", [Called(), print, object, np.array([{}], dtype=object), np.zeros(2, "f4,i4"), {("a",): 1}, {1, 2}, 1 + 2j]
)
def test_anything_else_is_refused_in_one_line(tmp_path, made):
    (tmp_path / "made.pkl").write_bytes(pickle.dumps(made))
    with pytest.raises(UserError, match="made.pkl: damaged or not a pickle of nothing but arrays"):
        load(tmp_path / "made.pkl")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="none.pkl: no such file"):
        load(tmp_path / "none.pkl")


def rewritten(content: bytes, **changes: tuple[bytes, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            for before, after in changes.values():
                part = part.replace(before, after)
            new.writestr(name, part)
    return target.getvalue()


@pytest.mark.parametrize(
    "changes",
    [
        {"storage": (b"cpuq\x06K\x04", b"cpuq\x06J\xff\xff\xff\x7f")},
        {"shape": (b"QK\x00K\x04\x85", b"QK\x00K\x40\x85")},
        {"offset": (b"QK\x00K\x04\x85", b"QK\x20K\x04\x85")},
    ],
)
def test_a_tensor_never_reaches_beyond_its_numbers(tmp_path, changes):
    file = io.BytesIO()
    torch.save({"a": torch.zeros(4)}, file)
    hostile = rewritten(file.getvalue(), **changes)
    assert hostile != rewritten(file.getvalue())
    (tmp_path / "made.pt").write_bytes(hostile)
    with pytest.raises(UserError, match="in 4 numbers|in 16 bytes"):
        array_of(load(tmp_path / "made.pt")["a"], "a")


def test_a_repeated_number_may_not_pretend_to_be_many():
    repeated = torch.zeros(1).expand(10**9)
    with pytest.raises(UserError, match="in 1 numbers"):
        array_of(loads(pickle.dumps({"a": repeated}))["a"], "a")


def test_a_gzip_bomb_is_refused(tmp_path):
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(80 * 2**20)))
    with pytest.raises(UserError, match="claim to unpack"):
        load(tmp_path / "bomb.gz")
