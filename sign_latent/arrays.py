"""Arrays of an `.npz` that anyone may have made: no pickle is read, and whatever is wrong with the file is one line."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError, brief


def read_arrays(path: str | Path, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of those names, or all. UserError if the file is missing, not readable, damaged or lacks one."""
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        with np.load(path, allow_pickle=False) as file:
            lacking = [name for name in names or () if name not in file.files]
            if not lacking:
                return {name: file[name] for name in (file.files if names is None else names)}
    except PermissionError:
        raise UserError(f"{path}: may not be read; change its permissions") from None
    # On files that were cut or flipped numpy, zipfile, zlib, struct, ast and tokenize raise some fifteen kinds of
    # error, MemoryError among them, and no release promises which: all of them say that the file is damaged.
    except Exception as error:
        raise UserError(f"{path}: damaged or not an npz file ({brief(error)}); make it anew") from None
    raise UserError(f"{path}: has no array {', '.join(lacking)}; is it of this format?")
