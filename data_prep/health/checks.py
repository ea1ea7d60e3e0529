"""What is looked for, as questions to the ledger, and what helps against it."""

from dataclasses import dataclass

from data_prep.health.ledger import Ledger
from data_prep.health.schema import Finding

WORST = 20
"""Clips that a finding names."""
SHAKY = 0.004
"""Shoulder widths of shaking from which a clip is called shaky. White noise of 0.01, 3.6 mm where shoulders are 360 mm
wide, shakes by about 0.005 in the quietest tenth of the moments."""
FAR = 4.0
"""Robust standard deviations from the median pace from which a text is said not to fit its clip."""
MISSED = 0.2
"""Share of frames from which a clip is named for a missing part."""
REPEATED = 0.1
"""Share of frames from which a clip is named for repeating itself."""


@dataclass(frozen=True)
class Check:
    """A question: `figure` over clips of which `among` holds; `where` concerns a clip, `order` puts the worst first."""

    about: str
    figure: str
    where: str
    order: str
    remedy: str
    among: str = "1"


def _of_clips(about: str, where: str, order: str, remedy: str, among: str = "1") -> Check:
    """A check whose figure is the share of clips concerned."""
    return Check(f"share of clips {about}", f"AVG({where})", where, order, remedy, among)


def _missing(part: str, column: str, remedy: str) -> Check:
    figure = f"SUM({column} * frames) / SUM(frames)"
    return Check(
        f"share of frames without {part}",
        figure,
        f"{column} > {MISSED}",
        f"{column} DESC",
        remedy,
        f"{column} NOT NULL",
    )


def _in_training(column: str) -> str:
    return f"{column} IN (SELECT {column} FROM clips WHERE split = 'train')"


_HELD_OUT = "split != 'train' AND EXISTS (SELECT 1 FROM clips WHERE split = 'train')"
_FILL = "short losses: data_prep.clean --fill; long ones: extract again, or leave the clips out"
CHECKS: dict[str, Check] = {
    "missing-hands": _missing("any hand", "no_hands", _FILL),
    "missing-left-hand": _missing("the left hand", "no_left_hand", _FILL),
    "missing-right-hand": _missing("the right hand", "no_right_hand", _FILL),
    "missing-body": _missing("any point of the body", "no_body", _FILL),
    "missing-face": _missing(
        "any point of the face", "no_face", "extract with a face model; what no clip shows is decoded as missing"
    ),  # fmt: skip
    "jitter": _of_clips(
        f"that shake by more than {SHAKY} shoulder widths",
        f"jitter > {SHAKY}",
        "jitter DESC",
        "data_prep.clean --smooth",
        "jitter NOT NULL",
    ),  # fmt: skip
    "frozen": Check(
        "share of frames that repeat the one before",
        "SUM(frozen * frames) / SUM(frames)",
        f"frozen > {REPEATED}",
        "frozen DESC",
        "a video brought to a higher rate repeats frames: data_prep.clean --fps its true rate",
    ),  # fmt: skip
    "out-of-range": _of_clips(
        "with points that no arm reaches", "beyond > 0", "beyond DESC", "data_prep.clean --outliers, then --fill"
    ),  # fmt: skip
    "length-outliers": _of_clips(
        "whose length does not fit their text (seconds a letter)",
        "{far}",
        "{apart} DESC",
        "look at their times; data_prep.clean --segments cuts by better ones",
        "pace NOT NULL",
    ),  # fmt: skip
    "empty-texts": _of_clips(
        "without a text", "text_key IS NULL", "id", "name the column of texts when converting, or leave the clips out"
    ),  # fmt: skip
    "past-end": _of_clips(
        "with annotations past their end, or squeezed into the last frame",
        "late > 0",
        "late DESC",
        "the times belong to another cut or frame rate: convert again with realigned ones",
    ),  # fmt: skip
    "duplicate-clips": _of_clips(
        "whose motion occurs twice, number for number",
        "motion_key IN (SELECT motion_key FROM clips GROUP BY motion_key HAVING COUNT(*) > 1)",
        "motion_key",
        "leave all but one out before converting",
    ),  # fmt: skip
    "leaked-clips": _of_clips(
        "outside of train whose motion is in train",
        _in_training("motion_key"),
        "id",
        "data_prep.split --by source",
        _HELD_OUT,
    ),  # fmt: skip
    "leaked-texts": _of_clips(
        "outside of train whose text is in train",
        _in_training("text_key"),
        "id",
        "to test on unseen sentences: data_prep.split --by sentence",
        f"{_HELD_OUT} AND text_key NOT NULL",
    ),  # fmt: skip
    "shared-signers": _of_clips(
        "outside of train whose signer is in train",
        _in_training("signer"),
        "id",
        "to test on unseen signers: data_prep.split --by signer",
        f"{_HELD_OUT} AND signer != ''",
    ),  # fmt: skip
    "shared-sources": _of_clips(
        "outside of train whose source is in train",
        _in_training("source"),
        "id",
        "data_prep.split --by source",
        f"{_HELD_OUT} AND source != ''",
    ),  # fmt: skip
    "generated": _of_clips(
        "that a model made, as they say themselves",
        "generated",
        "id",
        "convert the recordings alone: a judge trained on generated clips reads what models sign, not signing",
    ),  # fmt: skip
    "unknown-signers": _of_clips(
        "whose signer is not known",
        "signer = ''",
        "id",
        "name the column of signers when converting; without it no split by signer",
    ),  # fmt: skip
}
"""Name -> check, in the order of the summary."""
DROPPED = "dropped"
"""The one finding that is not about clips in the corpus, but about those that are not."""


def findings(ledger: Ledger, dropped: int, allowed: dict[str, float]) -> list[Finding]:
    """Everything that was looked for; thresholds by the names of findings."""
    terms = _pace(ledger)
    found = [_asked(ledger, name, check, terms, allowed.get(name)) for name, check in CHECKS.items()]
    share, limit = dropped / (dropped + ledger.value("COUNT(*)")), allowed.get(DROPPED)
    about, remedy = "share of clips left out when the corpus was made", "the reasons stand in corpus.json under drops"
    return [*found, Finding(DROPPED, about, share, limit, limit is not None and share > limit, dropped, [], remedy)]


def _asked(ledger: Ledger, name: str, check: Check, terms: dict[str, str], limit: float | None) -> Finding:
    figure, where, order = (text.format(**terms) for text in (check.figure, check.where, check.order))
    figure = ledger.value(figure, check.among)
    both = f"({check.among}) AND ({where})"
    worst = [row[0] for row in ledger.rows(f"SELECT id FROM clips WHERE {both} ORDER BY {order}, id LIMIT {WORST}")]
    exceeded = limit is not None and figure is not None and figure > limit
    return Finding(name, check.about, figure, limit, exceeded, ledger.value("COUNT(*)", both), worst, check.remedy)


def _pace(ledger: Ledger) -> dict[str, str]:
    """SQL for how far a clip's pace lies from the median, and whether that is too far."""
    middle = ledger.quantile("pace", 0.5)
    apart = f"ABS(pace - ({middle or 0.0!r}))"
    spread = 1.4826 * (ledger.quantile(apart, 0.5, "pace NOT NULL") or 0.0)
    return {"apart": apart, "far": f"{apart} > {FAR * max(spread, 0.05)!r}"}
