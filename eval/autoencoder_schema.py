"""The file `autoencoder.json`, version 1: what a comparison of autoencoders holds. Written as `eval.report_file` says.

The dataclasses below are the schema: a field is a key, its docstring the meaning. The same inputs give the same bytes;
what depends on the machine (seconds, throughput) stands apart, in `timings.json`. What cannot be computed is null.

Distances are to two things. `encoded` is what an autoencoder is given: where the skeleton has rotations, the recording
on the canonical signer, since a signer's proportions are not encoded. `recording` is the clip as it was recorded.

A version is never changed: a file of another one is refused by name.
"""

from dataclasses import dataclass

from eval.schema import Estimate, References, Uncertainty

VERSION = 1


@dataclass
class Row:
    """How an autoencoder, or a control, gives the recordings back."""

    encoded: dict[str, Estimate]
    """Score -> estimate, against what was encoded: `mpjpe/PART` and `pa_mpjpe/PART` in shoulder widths,
    `mpjpe_mm/PART` and `pa_mpjpe_mm/PART` in millimetres of a signer whose shoulders are 360 mm apart,
    `geodesic/PART` in degrees between local rotations of encoded joints, `velocity_ratio/PART`,
    `acceleration_ratio/PART` and `jerk_ratio/PART` (mean length of the first, second and third difference of positions,
    sums over clips divided; 1 is right, above is jitter, below is smoothing)."""
    recording: dict[str, Estimate]
    """The same against the recording; equal where the skeleton has no rotations."""
    distribution: dict[str, dict[str, float | None]]
    """`encoded`, `recording` -> `fid`, `kid`, `kid_spread`; empty without a feature net."""
    text: dict[str, Estimate]
    """What the judge reads: `bleu4`, `chrf`, `wer`; empty without one."""
    failures: int
    """Clips that came back empty or not finite; they count as bodies in one point."""


@dataclass
class RatePoint:
    """A way to write the latent down, and what comes back from it."""

    coding: str
    """`tokens`, `tokens, entropy coded`, `N bits a value`, `half precision` or `sample, bits back`."""
    bits_per_frame: float
    """Bits a frame of the recording."""
    bits_per_second: float
    compression: float | None
    """Bits of the float32 features that the autoencoder sees, ÷ bits of the latent."""
    compression_of_pose: float | None
    """The same of the numbers that determine the pose (rotations and expression, or else points): what is computed from
    them is no information."""
    mpjpe: dict[str, float | None]
    """Part -> mean over clips, against what was encoded, in shoulder widths."""


@dataclass
class Rate:
    """The rate of a latent and the distortion it costs."""

    values_per_frame: float
    """Latent values a frame of the recording that are not dead."""
    features_per_frame: float
    """Numbers a frame that the autoencoder sees."""
    pose_values_per_frame: float
    """Numbers a frame that determine the pose."""
    points: list[RatePoint]
    main: str
    """Coding of the point that stands for the latent in tables: `tokens` if it is discrete, else the fewest bits a
    value that cost no more than 5 % in MPJPE, or `half precision`."""


@dataclass
class Latents:
    """Whitened latents of a split."""

    clips: int
    frames: int
    """Latent frames."""
    mean: float | None
    """Over all values of active channels together."""
    variance: float | None
    """Of sampled z, over all values of active channels together."""
    largest_mean: float | None
    """Largest absolute mean of an active channel."""
    variances: list[float | None]
    """Least and largest variance of an active channel."""
    dead: dict[str, int]
    """Slot -> channels whose posterior mean varies less than 0.01 in this split."""
    kl_bits: float | None
    """KL divergence of the posterior from N(0, 1) over active channels, bits a latent frame; null where the encoder is
    deterministic."""


@dataclass
class Tokens:
    """Which codes are used, over all latent frames of the training split."""

    clips: int
    frames: int
    codes: int
    usage: list[float]
    """Share of the book used at each place."""
    perplexity: list[float]
    """Of the codes at each place."""
    usage_together: float
    """Share of the book used at any place; where places have books of their own, by number in the book."""
    perplexity_together: float
    """Of the codes at all places together."""
    held_out_bits: float
    """Bits a latent frame of the held-out clips under the training split's frequencies (one added to each count) of
    each place."""


@dataclass
class Interpretation:
    """What the slots hold."""

    clips: int
    """Held-out clips of which the slots were moved."""
    size: float
    """Standard deviations by which they were, either way."""
    directions: int
    """Principal directions of each slot along which they were."""
    moved: dict[str, dict[str, float | None]]
    """Slot -> part -> mean distance that its points move, shoulder widths; hands are carried along by the arms."""
    reshaped: dict[str, dict[str, float | None]]
    """The same after each part was aligned with itself (Procrustes): how far its own shape changes."""
    signs: int
    """Signs in the held-out clips of glosses that occur often enough."""
    glosses: int
    """Those glosses."""
    told: dict[str, float | None]
    """Slot, and `all` -> share of the variance between signs that their glosses explain (epsilon squared: 0 by chance,
    1 if signs of a gloss are equal); empty without glosses."""


@dataclass
class Latent:
    """An autoencoder."""

    model: str
    kind: str
    """`continuous` or `discrete`."""
    skeleton: str
    features: list[str]
    fps: float
    stride: int
    slots: list[str]
    width: int
    codes: int | None
    places: int | None
    parameters: int
    trained_on: str
    """Hash of the corpus."""
    rate: Rate
    train: Latents
    held_out: Latents
    tokens: Tokens | None
    interpretation: Interpretation


@dataclass
class Comparison:
    """The whole file."""

    references: References
    uncertainty: Uncertainty
    judge: str | None
    """`name@hash` of the back-translator."""
    feature_net: str | None
    """`name@hash` of the net in whose features FID and KID are computed."""
    rows: dict[str, Row]
    """`name@hash` of an autoencoder, or a control -> how it gives recordings back."""
    order: list[str]
    """Rows as they are shown: autoencoders as they were named, then controls."""
    latents: dict[str, Latent]
    """`name@hash` -> the autoencoder."""
    shown: dict[str, str]
    """`best`, `median`, `worst` -> id of the clip that the page plays, by mean MPJPE over the autoencoders."""
    notes: list[str]
    """What was left out, and why."""
    version: int = VERSION
