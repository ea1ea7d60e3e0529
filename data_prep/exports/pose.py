"""A folder of `.pose` files with `index.csv`, as `data_prep.convert pose` reads it.

Clips that came from `.pose` files get the place, size and depth back that they had in them, and so do their points to
1e-5 shoulder widths; others are written as `sign_latent.pose.formats.pose_file` says. Points and confidence are kept;
rotations, expression and tiers have no place in the format, but where signs are goes into a small JSON beside a file.
"""

from collections.abc import Iterable
from pathlib import Path

from data_prep.exports.index import write_each
from sign_latent.corpus.clip import Clip


def export(clips: Iterable[Clip], folder: Path) -> None:
    """Write every clip. UserError as in `write_each`."""
    write_each(clips, folder, ".pose", lambda clip, path: clip.pose.with_signs(clip.signs).save(path))
