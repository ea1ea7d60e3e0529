"""Arrays of an `.npz` or `.npy` that anyone may have made: no pickle is read, sizes are bounded before memory is taken,
and whatever is wrong with the file is one line."""

import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

import numpy as np
from numpy.lib import format as npy

from sign_latent.errors import UserError, brief

FLOOR = 64 * 2**20
"""Bytes that a file may always unpack to."""
RATIO = 200
"""How many times its own size a larger file may unpack to: recordings shrink tenfold, bombs a thousandfold."""
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def check_unpacked(declared: int, stored: int) -> None:
    """ValueError where ``stored`` bytes claim to unpack to more than recordings ever do."""
    if declared > max(FLOOR, RATIO * stored):
        raise ValueError(f"{stored} bytes claim to unpack to {declared}")


def open_zip(path: Path) -> zipfile.ZipFile:
    """A zip of plain members. ValueError for names that lead elsewhere, or sizes or methods that are not those of
    recordings; OSError and zipfile's errors for a file that is none."""
    file = zipfile.ZipFile(path)
    try:
        members = file.infolist()
        check_unpacked(sum(member.file_size for member in members), path.stat().st_size)
        for member in members:
            if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename.replace("\\", "/")).parts:
                raise ValueError(f"member {member.filename[:60]!r} leads out of the archive")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"member {member.filename[:60]!r} is packed in an unusual way")
    except BaseException:
        file.close()
        raise
    return file


class ArrayFile:
    """An open `.npz`, read array by array or row by row.

    UserError if the file is missing, not readable or damaged, lacks an array, or holds objects in its place.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise UserError(f"{path}: no such file; check the path")
        with refusing_damage(self.path, "an npz"):
            self._zip = open_zip(self.path)
        self.names = [name.removesuffix(".npy") for name in self._zip.namelist()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def require(self, names: Iterable[str]) -> None:
        """UserError naming those that are not there."""
        lacking = [name for name in names if name not in self.names]
        if lacking:
            raise UserError(f"{self.path}: has no array {', '.join(lacking)}; is it of this format?")

    def read(self, name: str) -> np.ndarray:
        """The whole array."""
        with self._opened(name) as (file, shape, order, dtype):
            return np.frombuffer(_exactly(file, shape, dtype), dtype).reshape(shape, order=order)

    def shape(self, name: str) -> tuple[int, ...]:
        """Without reading the array."""
        with self._opened(name) as (_, shape, _, _):
            return shape

    def rows(self, name: str, lengths: Iterable[int]) -> Iterator[np.ndarray]:
        """So many rows at a time, in order, without holding the array."""
        with self._opened(name) as (file, shape, order, dtype):
            if order == "F" or not shape:
                raise UserError(f"{self.path}: array {name} is not stored row by row; save it in C order")
            for length in lengths:
                part = (int(length), *shape[1:])
                yield np.frombuffer(_exactly(file, part, dtype), dtype).reshape(part)

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[IO[bytes], tuple[int, ...], str, np.dtype]]:
        self.require([name])
        with refusing_damage(self.path, "an npz"):
            member = self._zip.getinfo(name if name in self._zip.namelist() else f"{name}.npy")
            with self._zip.open(member) as file:
                yield file, *_header(file, member.file_size)


def read_arrays(path: str | Path, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of those names, or all. UserError if the file is missing, not readable, damaged or lacks one."""
    with ArrayFile(path) as file:
        chosen = file.names if names is None else list(names)
        file.require(chosen)
        return {name: file.read(name) for name in chosen}


def read_array(path: str | Path) -> np.ndarray:
    """The array of an `.npy`. UserError if the file is missing, not readable or damaged, or holds objects."""
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; check the path")
    with refusing_damage(path, "an npy"), path.open("rb") as file:
        shape, order, dtype = _header(file, path.stat().st_size)
        return np.frombuffer(_exactly(file, shape, dtype), dtype).reshape(shape, order=order)


@contextmanager
def refusing_damage(path: Path, kind: str) -> Iterator[None]:
    """Whatever a reader within raises over the file at ``path`` is a UserError of one line; ``kind`` as in "an npz"."""
    try:
        yield
    except UserError:
        raise
    except PermissionError:
        raise UserError(f"{path}: may not be read; change its permissions") from None
    # On files that were cut or flipped numpy, zipfile, zlib, struct, ast and tokenize raise some fifteen kinds of
    # error, MemoryError among them, and no release promises which: all of them say that the file is damaged.
    except Exception as error:
        raise UserError(f"{path}: damaged or not {kind} file ({brief(error)}); make it anew") from None


def _header(file: IO[bytes], size: int) -> tuple[tuple[int, ...], str, np.dtype]:
    """Shape, order and type of what follows. ValueError for objects and for more than ``size`` bytes can hold."""
    shape, fortran, dtype = _HEADERS[npy.read_magic(file)](file)
    if dtype.hasobject:
        raise ValueError("objects, which only a pickle could hold")
    if any(length < 0 for length in shape) or math.prod(shape) * max(dtype.itemsize, 1) > size:
        raise ValueError(f"an array of shape {shape} in {size} bytes")
    return shape, "F" if fortran else "C", dtype


def _exactly(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> bytearray:
    """The bytes of such an array, to be written to as arrays are. ValueError where the file ends before."""
    wanted = math.prod(shape) * dtype.itemsize
    content = bytearray(file.read(wanted))
    if len(content) != wanted:
        raise ValueError(f"it ends {wanted - len(content)} bytes too early")
    return content
