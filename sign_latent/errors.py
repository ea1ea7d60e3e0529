"""The one kind of error that is shown to a user without a traceback."""

import argparse
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn


class UserError(Exception):
    """Something the user can mend: one line that names the thing, the reason and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments as all errors are said: in one line, with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """End the program; the usage is left to ``--help``."""
        self.exit(2, f"error: {' '.join(message.split())}; see {self.prog} --help\n")


def brief(error: Exception) -> str:
    """Kind and first line of another library's error, to be told within a line of our own."""
    return f"{type(error).__name__} {error}".splitlines()[0][:120].strip()


def run(main: Callable[[], None]) -> None:
    """Run an entry point: a UserError becomes ``error: …`` on stderr and exit code 2, Ctrl-C becomes exit code 130.

    So does a file or folder that the system keeps from the user, wherever it is met. Warnings become ``warning: …``.
    """
    before = warnings.formatwarning
    warnings.formatwarning = _in_a_line
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except PermissionError as error:
        if not error.filename:  # no file is at fault, so neither is the user
            raise
        print(f"error: {error.filename}: {error.strerror}; change its permissions, or name another", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    finally:
        warnings.formatwarning = before


def _in_a_line(message: Warning | str, *_: object, **__: object) -> str:
    """A warning without the line of the source that gives it, which nobody at a command can change."""
    return f"warning: {' '.join(str(message).split())}\n"
