"""Files and folders that appear whole or not at all: written aside, flushed to disk, renamed in one step."""

import errno
import hashlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sign_latent.errors import UserError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def file_aside(path: str | Path) -> Iterator[Path]:
    """Yield a sibling to write to; it replaces ``path`` when the block ends well and vanishes when it does not.

    Raises UserError where ``path`` is a folder, cannot be written to, or finds no room on the disk.
    """
    path = Path(path)
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a file")
    _make_parent(path)
    remove_stale(path)
    aside = _aside(path)
    aside = aside.with_name(aside.name + path.suffix)  # writers that choose a format by suffix still can
    try:
        yield aside
        _sync(aside)
        os.replace(aside, path)
    except OSError as error:
        if error.errno not in _NO_ROOM and str(error.filename) != str(aside):
            raise
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose another place to write to") from None
    finally:
        with suppress(OSError):  # such as the one that is being told
            aside.unlink(missing_ok=True)


@contextmanager
def folder_aside(path: str | Path, what: str) -> Iterator[Path]:
    """Yield a new folder beside ``path``; it becomes ``path`` when the block ends well and vanishes when it does not.

    A killed process leaves only the folder aside, which the next writer of the same path removes.
    Raises UserError, naming ``what``, when ``path`` is taken already: nothing is ever overwritten.
    """
    path = Path(path)
    _refuse_taken(path, what)
    _make_parent(path)
    remove_stale(path)
    aside = _aside(path)
    aside.mkdir()
    try:
        yield aside
        for item in sorted(aside.rglob("*"), reverse=True):
            _sync(item)
        _sync(aside)
        _refuse_taken(path, what)
        try:
            os.rename(aside, path)  # fails on a folder that has content, so of two racing writers one wins
        except OSError:
            _refuse_taken(path, what)
            raise
        _sync(path.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def read_text(path: str) -> str:
    """The text of a file, or of standard input for ``-``. UserError where it cannot be read or is not UTF-8."""
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"text file {path}: cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise UserError(f"text file {path}: is not UTF-8; save it in that encoding") from None


@contextmanager
def file_and_beside(path: Path, **told: Any) -> Iterator[Path]:
    """`file_aside` for a format with no place for what is ``told`` of a file: that goes to `<name>.json` beside it.

    What told of an older file of this name vanishes with that file, also where nothing is told of the new one.
    """
    beside = _beside(path)
    with file_aside(path) as aside:
        yield aside
        try:
            beside.unlink(missing_ok=True)  # before the new file is there: nobody reads it by what told of the old one
        except OSError as error:
            raise UserError(f"{beside}: cannot be removed ({error.strerror}), and tells of an older file") from None
    if told := {name: value for name, value in told.items() if value}:
        with file_aside(beside) as aside:
            # what strangers' files say need not be Unicode: half a pair is written as JSON escapes it
            aside.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8", errors="backslashreplace")


def read_beside(path: Path) -> str:
    """The provenance that `file_and_beside` wrote; "" if there is none or it cannot be read."""
    found = read_all_beside(path).get("provenance", "")
    return found if isinstance(found, str) else ""


def read_all_beside(path: Path) -> dict[str, Any]:
    """All that `file_and_beside` told; nothing if there is none or it cannot be read."""
    try:
        found = json.loads(_beside(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def file_hash(path: Path) -> str:
    """sha256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def is_aside(path: Path) -> bool:
    """Whether a name is that of something being written, or left behind by a killed writer."""
    return path.name.startswith(".") and ".partial-" in path.name


def remove_stale(path: Path) -> None:
    """Remove what writers of ``path`` on this machine left behind when their process is gone."""
    for left in path.parent.glob(f".{path.name}.partial-*"):
        host, _, process = left.name.partition(".partial-")[2].removesuffix(path.suffix).rpartition("-")
        if host != _host() or not process.isdigit() or _alive(int(process)):
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial-{_host()}-{os.getpid()}")


def _host() -> str:
    return "".join(c for c in socket.gethostname() if c.isalnum()) or "host"


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path.parent}: cannot be made ({error.strerror}); choose another place to write to") from None
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"{path.parent}: is not writable; choose another place to write to")


def check_place(path: str | Path) -> None:
    """UserError where nothing could be made at ``path``: to be asked before the work whose result goes there."""
    above = next(folder for folder in Path(path).absolute().parents if folder.exists())
    if not above.is_dir():
        raise UserError(f"{above}: is a file, so {path} cannot be made; choose another place to write to")
    if not os.access(above, os.W_OK):
        raise UserError(f"{above}: is not writable; choose another place to write to")


def _refuse_taken(path: Path, what: str) -> None:
    if path.exists():
        raise UserError(f"{what} {path}: exists already and is never overwritten; choose another name or remove it")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
