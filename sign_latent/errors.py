"""The one kind of error that is shown to a user without a traceback."""

import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user can mend: one line that names the thing, the reason and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


def run(main: Callable[[], None]) -> None:
    """Run an entry point: a UserError becomes ``error: …`` on stderr and exit code 2, Ctrl-C becomes exit code 130."""
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
