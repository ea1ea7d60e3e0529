"""A report in plain lines: the counts that belong to every figure, and the figures themselves."""

from eval.markup import plain
from eval.rows import TRUTH
from eval.schema import Report, Verdict


def facts_of(report: Report) -> list[tuple[str, str]]:
    """What was judged: names, counts, exclusions, truncation, rates, overlap."""
    system, real, sure = report.system, report.references, report.uncertainty
    seen = real.texts_seen_in_training
    own = next(iter(sorted(row for row in report.failures if row.startswith("system"))), "")
    dropped = sum(real.dropped.values())
    rate = "" if system.fps == real.fps else f", resampled to {real.fps:g}"
    shape = "" if system.skeleton == real.skeleton else f", converted to {real.skeleton}"
    return [
        ("system", f"{system.name} ({system.kind})" + "".join(f"; {role} {n}" for role, n in system.parents.items())),
        ("settings", ", ".join(f"{n} {v}" for n, v in system.settings.items()) or "the system's own"),
        ("seeds", ", ".join(map(str, system.seeds)) or "none: files"),
        ("references", f"{real.hash}{''.join(f'; split {split}' for split in real.splits)}"),
        ("clips", f"{real.clips} judged of {real.available}; {dropped} dropped when the corpus was made"),
        ("left-handed", f"{real.left_handed} clips, shown in the mirror" if real.left_handed else "none declared"),
        ("baselines", ", ".join(report.baselines) or "none given"),
        (
            "failures",
            "; ".join(f"{row}: {counts}" for row, counts in sorted(report.failures.items()) if any(counts)) or "none",
        ),
        ("frame rate", f"{system.fps:g} a second{rate}"),
        ("skeleton", f"{system.skeleton}{shape}"),
        ("truncation", _cut(report, own)),
        ("texts seen in training", "unknown" if seen is None else f"{seen} of {real.clips}"),
        (
            "uncertainty",
            f"{sure.draws} paired draws over {sure.clusters} clusters ({sure.unit}), {100 * sure.level:.0f} %",
        ),
    ]


def _cut(report: Report, own: str) -> str:
    judges = "; ".join(
        f"{judged.name}: {judged.truncated['texts']} texts too long to write, {judged.truncated['readings']} cut off"
        for judged in report.judges
    )
    made = report.references.clips * len(report.failures.get(own, [0]))
    clips = f"{report.longest_clips} of {made} clips are as long as the longest"
    return "; ".join(part for part in (judges, clips) if part)


def verdict_lines(report: Report) -> list[str]:
    """What each row of the system is accused of, what else was found, and what was looked for."""
    lines = []
    for row, verdict in report.verdicts.items():
        lines.append(f"verdict: {row}: {sentence_of(verdict)}")
        lines += [f"{found.severity}: {row}: {found.name}: {found.reason}" for found in verdict.findings]
        lines.append(f"examined: {row}: {verdict.about}; looked for: {', '.join(verdict.examined)}")
    return lines


def sentence_of(verdict: Verdict) -> str:
    """The verdict in a few words."""
    if verdict.accusations:
        return f"ACCUSED of {', '.join(verdict.accusations)}"
    return "no cheat was found among those that were looked for"


def unknown_lines(report: Report) -> list[str]:
    """What the tables lack, and why."""
    tables = {name: getattr(report, name) for name in TABLES}
    tables |= {f"parts, {judged.name}": judged.parts for judged in report.judges}
    return [f"not computed: {name}: {line}" for name, table in tables.items() for line in table.missing]


TABLES = {
    "distribution": "Distribution of clips",
    "diversity": "Diversity",
    "retrieval": "Retrieval",
    "channels": "Intended channels",
}
"""Fields of a report that are tables -> what they are called."""


def lines_of(report: Report) -> list[str]:
    """The report for the terminal."""
    lines = verdict_lines(report) + [f"{name}: {value}" for name, value in facts_of(report)]
    for judged in report.judges:
        truth = plain(judged.rows[TRUTH]["bleu4"], 1)
        for row, named in judged.figures.items():
            bleu = plain(judged.rows[row]["bleu4"], 1)
            main = plain(named["main_figure"], 3)
            lines.append(f"{judged.name}: {row}: BLEU-4 {bleu} (ground truth {truth})")
            lines.append(f"{judged.name}: {row}: (system - floor) / (ground truth - floor) = {main}")
    lines += [f"input: {fault.name} ({fault.action}): {fault.line}" for fault in report.inputs]
    lines += unknown_lines(report)
    return lines + [f"warning: {finding.reason}" for finding in report.findings]
