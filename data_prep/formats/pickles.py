"""Pickles from strangers: numpy arrays, torch tensors and plain containers are read, and nothing is ever executed.

Read are plain and gzipped pickles, files of `torch.save` (a zip with a pickle in it) and the older form of it that
pickled tensors hold. Arrays and tensors both come back as numpy arrays. The opcodes and names that such files use are
listed here; whatever else a pickle says is refused, so no function, class or method of anybody is called: the few
names stand for functions of this file. Nothing is allocated but what the file holds.
"""

import gzip
import io
import math
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sign_latent.arrays import FLOOR, RATIO, check_unpacked, open_zip, refusing_damage
from sign_latent.errors import UserError, brief

_KEY = (str, int, float, bool, bytes, type(None))
_OPCODES = (
    "MARK STOP POP POP_MARK DUP FLOAT INT BININT BININT1 LONG BININT2 NONE PERSID BINPERSID REDUCE STRING BINSTRING "
    "SHORT_BINSTRING UNICODE BINUNICODE APPEND BUILD GLOBAL DICT EMPTY_DICT APPENDS GET BINGET LONG_BINGET LIST "
    "EMPTY_LIST PUT BINPUT LONG_BINPUT SETITEM TUPLE EMPTY_TUPLE SETITEMS BINFLOAT PROTO TUPLE1 TUPLE2 TUPLE3 NEWTRUE "
    "NEWFALSE LONG1 LONG4 BINBYTES SHORT_BINBYTES SHORT_BINUNICODE BINUNICODE8 BINBYTES8 STACK_GLOBAL MEMOIZE FRAME "
    "BYTEARRAY8"
).split()
_TYPES = {"Double": "<f8", "Float": "<f4", "Half": "<f2", "Long": "<i8", "Int": "<i4", "Short": "<i2"}
_DTYPES = {f"torch.{name}Storage": c for name, c in (_TYPES | {"Char": "<i1", "Byte": "<u1", "Bool": "?"}).items()}
_MAGIC = 0x1950A86A20F9469CFC6C
"""First object of the older files of `torch.save`."""


@dataclass
class Tensor:
    """A tensor whose numbers are read when asked for: `numpy()`."""

    storage: "_Storage"
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def numpy(self) -> np.ndarray:
        """A copy of its own. ValueError where it reaches beyond its storage, or repeats numbers to seem larger."""
        flat = self.storage.read()
        span = sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True))
        size = math.prod(self.shape)
        if min((self.offset, *self.stride, *self.shape)) < 0 or self.offset + span >= len(flat) or size > len(flat):
            raise ValueError(f"a tensor of shape {self.shape} in {len(flat)} numbers")
        if size == 0:
            return np.zeros(self.shape, flat.dtype)
        steps = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat[self.offset :], self.shape, steps, writeable=False).copy()


@dataclass
class _Storage:
    dtype: str
    bytes: Callable[[], bytes]

    def read(self) -> np.ndarray:
        return np.frombuffer(self.bytes(), self.dtype)


@dataclass
class _Array:
    """Stands for `numpy.ndarray` until its state follows."""

    made: np.ndarray | None = None

    def set(self, state: Any) -> None:
        """(version, shape, dtype, Fortran order, bytes)"""
        _, shape, dtype, fortran, content = state
        content = content.encode("latin1") if isinstance(content, str) else content  # of Python 2
        shape = tuple(map(int, shape))
        if not isinstance(dtype, _Dtype) or not isinstance(content, bytes) or min(shape, default=0) < 0:
            raise ValueError("an array of something else than numbers or text")
        flat = np.frombuffer(content, dtype.read())
        self.made = flat.reshape(shape, order="F" if fortran else "C").copy()


@dataclass
class _Dtype:
    """Stands for `numpy.dtype`: a kind of number or text and, once its state is known, its byte order."""

    code: str
    order: str = "<"

    def set(self, state: Any) -> None:
        if state[1] not in ("<", ">", "|", "=") or any(state[2:5]):
            raise ValueError("an array of records")
        self.order = "<" if state[1] in "|=" else state[1]

    def read(self) -> np.dtype:
        dtype = np.dtype(self.code).newbyteorder(self.order)
        if dtype.kind not in "biufcSU" or not 0 < dtype.itemsize < 2**20:
            raise ValueError(f"an array of type {self.code[:20]}")
        return dtype


def load(path: str | Path) -> Any:
    """What the file holds: dicts, lists, tuples, text, numbers, numpy arrays, and `Tensor` for tensors of `torch.save`
    files, which stay in the file until they are asked for.

    UserError if the file is missing, damaged, claims more than it holds, or names anything else.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with refusing_damage(path, "a pickle of nothing but arrays, numbers and text: not a sound"):
        with path.open("rb") as file:
            start = file.read(2)
        return _from_zip(path) if start == b"PK" else loads(_content(path))


def loads(content: bytes) -> Any:
    """The same from bytes. Any exception says that they are damaged or refused."""
    return _finished(_Unpickler(io.BytesIO(content)).load())


def array_of(value: object, what: str) -> np.ndarray:
    """An array or `Tensor` out of a pickle, or a list of numbers. UserError naming `what` where it cannot be read."""
    try:
        return np.asarray(value.numpy() if isinstance(value, Tensor) else value)
    # Numbers that stayed in the file may be damaged there: zipfile and zlib tell in ways of their own.
    except Exception as error:
        raise UserError(f"{what} cannot be read ({brief(error)}); make it anew") from None


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != b"\x1f\x8b":
        return content
    with gzip.open(path) as file:
        unpacked = file.read(max(FLOOR, RATIO * len(content)) + 1)
    check_unpacked(len(unpacked), len(content))
    return unpacked


def _from_zip(path: Path) -> Any:
    file = open_zip(path)  # stays open for as long as a tensor of it may be asked for
    names = [name for name in file.namelist() if name.endswith("data.pkl")]
    if len(names) != 1:
        raise ValueError("no data.pkl in the zip")
    root = names[0].removesuffix("data.pkl")

    def storage(kind: str, key: str, count: int) -> _Storage:
        name, dtype = f"{root}data/{key}", _DTYPES[kind]
        size = file.getinfo(name).file_size
        if size != count * np.dtype(dtype).itemsize:
            raise ValueError(f"a storage of {count} numbers in {size} bytes")
        return _Storage(dtype, lambda: file.read(name))

    return _finished(_Unpickler(io.BytesIO(file.read(names[0])), storage).load())


def _older(content: bytes) -> _Storage:
    """A storage as tensors within a plain pickle hold it: a whole older `torch.save` file of one storage.

    It is five pickles (magic number, version, facts of the machine, the storage, its key), a count and the numbers.
    """
    file, found = io.BytesIO(content), []

    def storage(kind: str, key: str, count: int) -> _Storage:
        found.append((_DTYPES[kind], count))
        return _Storage("u1", bytes)

    magic, *_ = [_Unpickler(file, storage).load() for _ in range(5)]
    (dtype, count), *more = found
    numbers = content[file.tell() + 8 :]
    if magic != _MAGIC or more or struct.unpack("<q", content[file.tell() :][:8])[0] != count:
        raise ValueError("not one storage of torch")
    if len(numbers) != count * np.dtype(dtype).itemsize:
        raise ValueError(f"a storage of {count} numbers in {len(numbers)} bytes")
    return _Storage(dtype, lambda: numbers)


def _rebuild_tensor(storage: _Storage, offset: int, shape: tuple, stride: tuple, *_: Any) -> Tensor:
    shape, stride = tuple(map(int, shape)), tuple(map(int, stride))
    if not isinstance(storage, _Storage) or len(shape) != len(stride):
        raise ValueError("a tensor without numbers")
    return Tensor(storage, int(offset), shape, stride)


def _scalar(dtype: _Dtype, content: bytes) -> Any:
    (value,) = np.frombuffer(content, dtype.read())
    return value.item()


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise ValueError("bytes in an encoding other than latin1")
    return text.encode("latin1")


def _from_buffer(content: bytes, dtype: _Dtype, shape: tuple, order: str) -> _Array:
    array = _Array()
    array.set((1, shape, dtype, order == "F", content))
    return array


# What those names do here. Storage types are no functions: they appear only within persistent ids.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch.storage._load_from_bytes": _older,
    "collections.OrderedDict": lambda pairs=(): dict(pairs),
    "_codecs.encode": _encode,
    "numpy.dtype": lambda code, *_: _Dtype(str(code)),
}
for _home in ("numpy.core", "numpy._core"):
    _FUNCTIONS |= {
        f"{_home}.multiarray._reconstruct": lambda *_: _Array(),
        f"{_home}.multiarray.scalar": _scalar,
        f"{_home}.numeric._frombuffer": _from_buffer,
    }
_NAMES = {*_FUNCTIONS, *_DTYPES, "numpy.ndarray"}


@dataclass(frozen=True)
class _Name:
    text: str


class _Unpickler(pickle._Unpickler):
    """The standard library's unpickler in Python with the opcodes and names above, and no others.

    Its sibling in C will not do: it grows its memo to whatever index a file names.
    """

    dispatch = {
        opcode[0]: pickle._Unpickler.dispatch[opcode[0]] for opcode in (getattr(pickle, name) for name in _OPCODES)
    }

    def __init__(self, file: io.BytesIO, storage: Callable[[str, str, int], _Storage] | None = None) -> None:
        super().__init__(file, encoding="latin1")
        self._storage = storage

    def find_class(self, module: str, name: str) -> _Name:
        text = f"{module}.{name}"
        if text not in _NAMES:
            raise ValueError(f"it names {text[:60]}")
        return _Name(text)

    def persistent_load(self, pid: Any) -> _Storage:
        if self._storage is None or not isinstance(pid, tuple) or pid[0] != "storage":
            raise ValueError("it names something outside of itself")
        return self._storage(pid[1].text, str(pid[2]), int(pid[4]))

    def _reduce(self) -> None:
        arguments, name = self.stack.pop(), self.stack[-1]
        if not isinstance(name, _Name) or name.text not in _FUNCTIONS:
            raise ValueError("it calls something that is no function of arrays")
        self.stack[-1] = _FUNCTIONS[name.text](*arguments)

    def _build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, _Array | _Dtype):
            target.set(state)
        elif not isinstance(target, dict):  # an OrderedDict of torch may bring attributes, which nobody asks for
            raise ValueError("it sets the state of something that is no array")

    def _set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set([key, value])

    def _set_items(self) -> None:
        self._set(self.pop_mark())

    def _dict(self) -> None:
        items = self.pop_mark()
        self.stack.append({})
        self._set(items)

    def _set(self, items: list) -> None:
        target = self.stack[-1]
        # Only plain keys: hashing what a stranger nested may take for ever.
        if not isinstance(target, dict) or not all(isinstance(key, _KEY) for key in items[::2]):
            raise ValueError("a dict with keys that are no text or numbers")
        target.update(zip(items[::2], items[1::2], strict=True))

    def _bytes(self) -> None:
        (length,) = struct.unpack("<Q", self.read(8))
        self.append(self.read(length))  # the original takes memory for them first

    def _append(self) -> None:
        self._extend([self.stack.pop()])

    def _appends(self) -> None:
        self._extend(self.pop_mark())

    def _extend(self, items: list) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("it appends to something that is no list")
        self.stack[-1].extend(items)

    dispatch |= {
        pickle.REDUCE[0]: _reduce,
        pickle.BUILD[0]: _build,
        pickle.SETITEM[0]: _set_item,
        pickle.SETITEMS[0]: _set_items,
        pickle.DICT[0]: _dict,
        pickle.APPEND[0]: _append,
        pickle.APPENDS[0]: _appends,
        pickle.BYTEARRAY8[0]: _bytes,
    }


def _finished(loaded: Any) -> Any:
    """The same with the stand-ins of arrays replaced by the arrays. ValueError for nesting that no recording has."""
    seen: dict[int, Any] = {}

    def finish(value: Any, depth: int) -> Any:
        if depth > 20:
            raise ValueError("containers nested more than twenty deep")
        if id(value) in seen:
            return seen[id(value)]
        if isinstance(value, _Array):
            result = value.made
        elif isinstance(value, dict):
            result = {key: finish(item, depth + 1) for key, item in value.items()}
        elif isinstance(value, list | tuple):
            result = type(value)([finish(item, depth + 1) for item in value])
        elif isinstance(value, (*_KEY, Tensor)):
            return value
        else:
            raise ValueError("it holds something that is no array, number or text")
        if result is None:
            raise ValueError("an array without numbers")
        seen[id(value)] = result
        return result

    return finish(loaded, 0)
