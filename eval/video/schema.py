"""The file `renderer.json`, version 3: what a report on a renderer holds. `eval.report_file` writes and reads it.

The dataclasses are the schema. A row is one system: the renderer, the renderer under shuffled conditions, or a control.
What cannot be computed is null.
"""

from dataclasses import dataclass, field
from typing import Any

from eval.schema import Estimate, Uncertainty

VERSION = 3


@dataclass
class Judged:
    """The renderer."""

    name: str
    """`name@hash`."""
    condition: str
    """What it is given: `pose`, `tokens` or `text`."""
    parents: dict[str, str]
    """Role -> `name@hash` of what it was trained on."""
    settings: dict[str, Any]
    """Options that it was given beside the condition."""
    seeds: list[int]
    """Generation seeds."""
    lengths: str = ""
    """Of a chain from text: whether videos are `given` the recordings' lengths or have their own, `predicted`."""


@dataclass
class Recordings:
    """The drawn clips it is compared with."""

    hash: str
    """Of the corpus."""
    splits: list[str]
    clips: int
    frames: int
    """Of all clips together."""
    size: list[int]
    """Height and width of the pictures, pixels: the middle of a square around the signer."""
    fps: float
    looks: int
    """Looks that occur among the clips."""
    body: str
    """What signers are made of."""


@dataclass
class VideoReport:
    """A whole report."""

    renderer: Judged
    recordings: Recordings
    nets: dict[str, str]
    """What measures -> `name@hash`, or the sha256 of weights that the user gave."""
    uncertainty: Uncertainty
    rows: dict[str, dict[str, Estimate]]
    """Row -> score -> its mean over clips. Scores and their units: `eval.video.scores.SCORES`."""
    against: dict[str, dict[str, Estimate]]
    """Control -> score -> the renderer's minus the control's, resampled together."""
    distances: dict[str, dict[str, Estimate]]
    """Row -> `fvd`, `kvd`, `fid/NET`, `kid/NET`, `fvd/NET`: distances between sets of features, with intervals over
    random halves of the clips; with `_limit` behind the first part, what unlimited clips would come to. First seed. The
    last row are halves of the recordings against each other."""
    spoiled: dict[str, Estimate]
    """Temporal consistency with recordings in general, of the recordings and of what must rank below them."""
    failures: dict[str, list[int]]
    """Row -> clips of each seed without a video of the right shape; they are scored as blank ones."""
    findings: list[str]
    """Everything that forbids reading figures at face value, and what was left out and why."""
    version: int = VERSION
    sheet: list[str] = field(default_factory=list)
    """Rows of the contact sheet from above."""
