"""A report as a LaTeX table (booktabs), to be read in with \\input."""

from eval.markup import digits_of, ordered
from eval.schema import Estimate, Report
from eval.summary import TABLES, sentence_of, unknown_lines, verdict_lines

TEXT = {"bleu4": "BLEU-4", "chrf": "chrF", "wer": "WER", "exact": "Exact", "nll": "NLL"}
POSE = {"mpjpe/all": "MPJPE", "pa_mpjpe/all": "PA-MPJPE", "dtw-recommended/all": "DTW", "motion_ratio": "Motion"}
MEASURED = {
    "distribution": {"fid/all": "FID", "kid/all": "KID", "kid/hands": "KID, hands", "kid/face": "KID, face"},
    "diversity": {"diversity_same_text/all": "Same text", "diversity_texts/all": "Other texts"},
    "retrieval": {"pose_to_text/R@1": "R@1", "pose_to_text/R@5": "R@5", "distance_ratio": "Matched/others"},
    "channels": {"f1/manual": "F1, manual", "f1/non-manual": "F1, non-manual"},
}
"""Table of a report -> its columns here."""
_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def figure(estimate: Estimate | None, digits: int) -> str:
    """A figure over its interval, small."""
    if estimate is None or estimate.value is None:
        return "--"
    value = f"{estimate.value:.{digits}f}"
    if estimate.interval is None or None in estimate.interval:
        return f"${value}$"
    low, high = (f"{bound:.{digits}f}" for bound in estimate.interval)
    return f"${value}$ {{\\scriptsize [${low}$, ${high}$]}}"


def latex_of(report: Report) -> str:
    """A table a judge, and one of distances, with what was judged in the captions."""
    tables = [
        _table(f"Read by {judged.name}, beam {judged.beam}. {_about(report)}", judged.rows, TEXT)
        for judged in report.judges
    ]
    known = {score: name for score, name in POSE.items() if any(score in row for row in report.pose.values())}
    tables.append(_table(f"Distance from the recording in shoulder widths. {_about(report)}", report.pose, known))
    for name, columns in MEASURED.items():
        found = getattr(report, name)
        some = {score: title for score, title in columns.items() if any(score in row for row in found.rows.values())}
        if some:
            by = f", by {found.by}" if found.by else ""
            tables.append(_table(f"{TABLES[name]}{by}. {found.about} {_about(report)}", found.rows, some))
    said = "".join(f"% {' '.join(line.split())}\n" for line in verdict_lines(report) + unknown_lines(report))
    return "% needs \\usepackage{booktabs}\n" + said + "\n".join(tables)


def _about(report: Report) -> str:
    real, sure = report.references, report.uncertainty
    splits = ", ".join(real.splits) or "reference files"
    accused = "".join(f" {row}: {sentence_of(v)}." for row, v in report.verdicts.items() if v.accusations)
    return (
        f"{report.system.name}, {real.clips} clips of {splits} ({real.hash[:12]}), "
        f"seeds: {len(report.system.seeds) or 'none'}; "
        f"{100 * sure.level:.0f} % intervals of {sure.draws} draws over {sure.clusters} clusters ({sure.unit})."
        + accused
    )


def _table(caption: str, rows: dict[str, dict[str, Estimate]], columns: dict[str, str]) -> str:
    lines = [
        "\\begin{table}",
        "\\centering",
        f"\\caption{{{escaped(caption)}}}",
        f"\\begin{{tabular}}{{l{'r' * len(columns)}}}",
        "\\toprule",
        " & ".join(["", *map(escaped, columns.values())]) + " \\\\",
        "\\midrule",
    ]
    for row in ordered(rows):
        cells = [figure(rows[row].get(score), digits_of(score)) for score in columns]
        lines.append(" & ".join([escaped(row), *cells]) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", "\\end{table}", ""])
