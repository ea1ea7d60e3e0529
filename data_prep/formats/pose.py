"""A folder of `.pose` files, as sign-language lexicons are published; `folder` describes its `index.csv`."""

from pathlib import Path

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.source import Options, Source
from sign_latent.pose import Pose


def open_source(path: Path, options: Options) -> Source:
    """Clips on one skeleton (default: that of the first readable file) at one rate (default 25 a second).

    A file that cannot be read, or lacks what its row promises, is dropped with its reason. UserError if a needed
    column is missing, or no file can be read.
    """
    return open_folder(path, options, Kind("pose files of {}", "see the source", ".pose", Pose.load))
