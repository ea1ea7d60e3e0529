"""SignAvatars: a pickle a clip with `smplx` [T, 182] as in `smplx`; texts in `index.csv`, described in `folder`.

`left_valid` and `right_valid` [T], where there, hide a hand that was not seen. Some of its parts are plain pickles,
others files of `torch.save`; both are read without being executed. 25 frames a second unless said otherwise.
"""

from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.pickles import array_of, load
from data_prep.formats.places import numbers
from data_prep.formats.smplx import WIDTH, Parameters, described, mean_hands, pose_of
from data_prep.formats.source import Options, Source
from sign_latent.errors import UserError
from sign_latent.pose import Pose

_KEYS = ("smplx", "left_valid", "right_valid")


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `smplx`. UserError if there is none, or the index lacks a column."""
    fps = options.source_fps or 25.0
    read = partial(_read, hands=mean_hands(options.smplx_model), fps=fps)
    source = open_folder(
        path, options, Kind("SignAvatars of {}", "non-commercial research", ".pkl", read, "smplx", fps)
    )
    source.info |= described(options.smplx_model)
    return source


def _read(path: Path, hands: np.ndarray, fps: float) -> Pose:
    fields = load(path)
    if not isinstance(fields, dict) or "smplx" not in fields:
        raise UserError(f"{path}: has no smplx [T, {WIDTH}]; is it of SignAvatars?")
    fields = {name: array_of(value, f"{path}: {name}") for name, value in fields.items() if name in _KEYS}
    rows = numbers(fields["smplx"], f"{path}: smplx", None, WIDTH)
    seen = [
        numbers(fields.get(f"{side}_valid", np.ones(len(rows))), f"{path}: {side}_valid", len(rows)) > 0
        for side in ("left", "right")
    ]
    return pose_of(Parameters.of_row(np.float32(rows)), np.stack(seen, axis=1), hands, fps)
