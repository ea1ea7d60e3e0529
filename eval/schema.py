"""The file `report.json`, version 3: what it holds. `eval.report_file` writes, reads and checks it.

The dataclasses below are the schema: a field is a key, its docstring the meaning. Keys are sorted, numbers have six
significant digits and no time is written, so the same inputs give the same bytes. What cannot be computed is null.
A row is one system in the tables: the judged one, with predicted or given lengths, a baseline (`name@hash`), a control
or a spoiled recording; rows whose name ends in ", shuffled text" are the same clips under one fixed derangement of the
texts. Scores of texts are percent (BLEU, chrF, ROUGE-L, WER, exact sentences) or nats a token (nll); distances are
shoulder widths. What is costly is computed for the first generation seed alone, and says so.

A version is never changed: a report of another one is refused by name.
"""

from dataclasses import dataclass, field
from typing import Any

VERSION = 3


@dataclass
class Estimate:
    """A figure and how sure it is."""

    value: float | None
    """Mean over generation seeds."""
    interval: list[float | None] | None = None
    """Bounds of the bootstrap interval over resampled clusters; null where it was not computed."""
    seeds: list[float | None] = field(default_factory=list)
    """The figure of each generation seed, where there are several."""
    spread: float | None = None
    """Standard deviation over the seeds."""


@dataclass
class System:
    """What is judged."""

    name: str
    """`name@hash`: of a published generator, or of a folder of poses by the content of its files."""
    kind: str
    """`generator`, or `files` for the outputs of another system."""
    parents: dict[str, str]
    """Role -> `name@hash` of what a generator was trained on."""
    settings: dict[str, Any]
    """Sampling settings that were given, and whether inputs were mended."""
    seeds: list[int]
    """Generation seeds; empty for files."""
    fps: float
    """Frames a second of its clips, before they are resampled to the references'."""
    skeleton: str
    """Skeleton of its clips, before they are converted to the references'."""


@dataclass
class References:
    """The recordings that it is compared with."""

    hash: str
    """Of the corpus, or of the reference files and texts."""
    splits: list[str]
    """Splits of the corpus; empty for a folder of files."""
    fps: float
    """Frames a second."""
    skeleton: str
    """Name of the skeleton."""
    clips: int
    """How many clips are judged."""
    clip_set: str
    """Digest of the names and texts of the clips judged."""
    available: int
    """How many clips the splits or the folder hold."""
    dropped: dict[str, int]
    """Reason -> clips that were dropped when the corpus was made."""
    texts_seen_in_training: int | None
    """Judged texts that occur word for word in the training split; null where that is unknown."""
    left_handed: int
    """Clips of left-handed signers, which are shown in the mirror; 0 where handedness is unknown."""


@dataclass
class Uncertainty:
    """How intervals were computed: a paired percentile bootstrap over whole clusters."""

    unit: str
    """What a cluster is: source, signer or clip."""
    clusters: int
    """How many there are."""
    draws: int
    """Resamples; the same ones for all rows."""
    level: float
    """Coverage of the intervals."""


@dataclass
class Fault:
    """Outputs that are not as the references are."""

    name: str
    """Kind: missing clips, extra clips, unreadable clips, skeleton, fps, axes, units, …"""
    action: str
    """`failed` (counted as failures), `ignored`, `converted`, `noted`; `refused` never stands in a report."""
    clips: int
    """How many clips it touches."""
    line: str
    """One line that says it."""


@dataclass
class Finding:
    """What forbids reading the figures at face value."""

    name: str
    reason: str
    evidence: dict[str, Any]
    severity: str = "warning"
    """Of a verdict: `accusation`, `notice` or `not examined`; `warning` where figures say it."""


@dataclass
class Verdict:
    """Whether a row of the judged system is to be believed (its first seed; `eval.verdict`)."""

    accusations: list[str]
    """Names of what it is accused of; a row with any ranks below every row without."""
    examined: list[str]
    """What was looked for and could have been found."""
    findings: list[Finding]
    """Accusations, then notices, then what could not be examined and why."""
    about: str
    """What it was compared with, and which of its clips were looked at."""


@dataclass
class Table:
    """Scores of some rows by a net or a rule, or the reason why there are none."""

    by: str
    """`name@hash` of the net that measures; empty where none does."""
    about: str
    """What is measured, in which unit, on which clips and seeds."""
    rows: dict[str, dict[str, Estimate]]
    """Row -> score -> estimate; empty where nothing was computed."""
    missing: list[str]
    """What was not computed, and why."""


@dataclass
class Slice:
    """A kind of sentence."""

    about: str
    """Which clips belong to it."""
    clips: int
    scored: bool
    """False where there are too few clips for a figure to mean anything."""
    rows: dict[str, dict[str, Estimate]]
    """Row -> score -> estimate; empty where it is not scored."""


@dataclass
class Channel:
    """Minimal pairs of signs that differ in one channel: which of the two does the judge read?"""

    places: int
    """Places in the judged clips where a sign of such a pair stands and its partner does not."""
    scored: bool
    """False where there are too few."""
    rows: dict[str, dict[str, Estimate]]
    """Row -> `right`, `partner`, `neither` in percent of the places; empty where it is not scored."""


@dataclass
class Sentence:
    """What was read of one clip of the judged system (its first seed)."""

    id: str
    text: str
    read: str
    score: float
    """Sentence chrF in percent, by which best, median and worst clips are chosen."""
    failed: bool


@dataclass
class Judged:
    """All that one judge says."""

    name: str
    """`name@hash`."""
    beam: int
    fps: float
    """Frame rate it reads; others are resampled."""
    skeleton: str
    """Skeleton it reads; others are converted."""
    truncated: dict[str, int]
    """`texts` that are longer than the judge can write, `readings` that filled all it can write."""
    rows: dict[str, dict[str, Estimate]]
    """Row -> score -> estimate."""
    figures: dict[str, dict[str, Estimate]]
    """Row of the judged system, or baseline -> main_figure, text_gap, above_retrieval."""
    slices: dict[str, Slice]
    pairs: dict[str, Channel]
    """Channel -> minimal pairs; empty where the corpus has none."""
    sentences: list[Sentence]
    sanity: dict[str, Estimate]
    """Spoiled recording -> BLEU-4 of ground truth minus its own; a judge that is not blind to it has an interval above
    0."""
    parts: Table
    """Row -> `bleu4`, `bleu4/PART` with a part hidden and `fall/PART` in between; of judges that learnt to read so."""
    shown: dict[str, str]
    """`best`, `median`, `worst` -> id of the clip that the page plays."""


@dataclass
class Lengths:
    """Predicted against recorded lengths."""

    ratio: Estimate
    """Median of predicted ÷ recorded seconds."""
    correlation: Estimate
    """Pearson's, of the logarithms of seconds."""
    error: Estimate
    """Mean absolute difference in seconds."""
    coverage: dict[str, Estimate]
    """Level q -> share of recordings at most as long as the predicted q-quantile; empty for files."""
    seconds: list[list[float]]
    """[recorded, predicted] of each clip that did not fail."""


@dataclass
class Report:
    """The whole file."""

    system: System
    references: References
    uncertainty: Uncertainty
    verdicts: dict[str, Verdict]
    """Row of the judged system -> verdict."""
    inputs: list[Fault]
    findings: list[Finding]
    """Warnings."""
    baselines: list[str]
    """Published baselines that are rows beside the system."""
    judges: list[Judged]
    """Empty where the references have no texts."""
    pose: dict[str, dict[str, Estimate]]
    """Row -> score of distance or motion -> estimate."""
    failures: dict[str, list[int]]
    """Row -> clips, of each seed, that are missing, empty, not finite or nowhere seen; they fail in every score."""
    distribution: Table
    """Row -> `fid/GROUP`, `kid/GROUP`, `kid_spread/GROUP` to the recordings, in the feature space of the first judge;
    of the whole clip (`all`), the hands and the face alone."""
    diversity: Table
    """Row -> `diversity_same_text/GROUP`, `diversity_texts/GROUP` in centimetres."""
    retrieval: Table
    """Row (and `chance`) -> `pose_to_text/R@1`, …, `text_to_pose/median_rank`, and `distance_ratio`, matched ÷
    mismatched; by an aligner."""
    channels: Table
    """Row -> `precision/CHANNEL`, `recall/CHANNEL`, `f1/CHANNEL`, shares of what the sentences mean to show; of the
    invented language alone."""
    longest_clips: int
    """Clips of the judged system, over all seeds, that are as long as its longest one: many hint at truncation."""
    lengths: Lengths | None
    signatures: dict[str, str]
    """What exactly was computed, as sacrebleu states it."""
    version: int = VERSION
