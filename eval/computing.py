"""Where the models compute that a command generates with."""

import argparse

from sign_latent.device import AUTO


def add_device(parser: argparse.ArgumentParser, what: str = "generators") -> None:
    """The option of every command that generates; judges compute on the processor."""
    parser.add_argument(
        "--device", default=AUTO, help=f"where {what} compute: cpu, cuda or cuda:N (default: a GPU if any)"
    )
