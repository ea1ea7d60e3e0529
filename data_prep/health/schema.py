"""The file `doctor.json`, version 1: what a diagnosis of a corpus holds.

The dataclasses below are the schema: a field is a key, its docstring the meaning. Keys are sorted, numbers have six
significant digits and no time is written, so the same corpus gives the same bytes. What cannot be told is null.
"""

from dataclasses import dataclass, field

VERSION = 1


@dataclass
class Quantiles:
    """Of a number that every clip has."""

    least: float | None
    p5: float | None
    median: float | None
    p95: float | None
    most: float | None


@dataclass
class Split:
    """What a split holds."""

    clips: int
    frames: int
    seconds: float
    texts: int
    """Different texts (lower case, spacing apart)."""
    signers: int
    """Different known signers."""
    sources: int
    duration: Quantiles
    """Seconds of a clip."""
    words: Quantiles
    """Words of a text."""


@dataclass
class Overlap:
    """What two splits have in common: clips of the second whose group is also in the first."""

    first: str
    second: str
    signers: int
    """Known signers in both."""
    clips_of_shared_signers: int
    clips_of_shared_sources: int
    clips_of_shared_texts: int
    shared_clips: int
    """Clips of the second whose motion, number for number, is that of a clip of the first."""


@dataclass
class Part:
    """How far a part of the body is seen."""

    seen: float
    """Share of all frames in which at least one of its points is seen."""
    never: int
    """Clips in which it never is."""


@dataclass
class Finding:
    """One thing that was looked for."""

    name: str
    """Its option is `--max-<name>`."""
    about: str
    """What the figure is."""
    figure: float | None
    """A share from 0 to 1; null where there is nothing to look at, such as a face that the skeleton lacks."""
    allowed: float | None
    """The threshold that the user set."""
    exceeded: bool
    clips: int
    """Clips concerned."""
    worst: list[str]
    """Ids of some of them, the worst first."""
    remedy: str


@dataclass
class Diagnosis:
    """The whole file."""

    corpus: str
    """Content hash."""
    title: str
    licence: str
    skeleton: str
    fps: float
    clips: int
    frames: int
    seconds: float
    splits: dict[str, Split]
    overlaps: list[Overlap]
    parts: dict[str, Part]
    spoken_languages: dict[str, int]
    """Tag -> clips."""
    signed_languages: dict[str, int]
    handedness: dict[str, int]
    """`left`, `right` or "" (not known) -> clips."""
    unknown_signers: int
    """Clips whose signer is not known."""
    jitter: Quantiles
    """Shaking of a clip in shoulder widths."""
    dropped: dict[str, int]
    """Reason -> clips that were left out when the corpus was made; the twenty most frequent, numbers in them as #."""
    findings: list[Finding] = field(default_factory=list)
    version: int = VERSION
