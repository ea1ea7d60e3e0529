"""Writing a file whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sign_latent.errors import UserError


@contextmanager
def write_aside(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes its place at `path` only when the block ends well. UserError if it cannot be written."""
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            yield file
        os.replace(partial, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    finally:
        partial.unlink(missing_ok=True)
