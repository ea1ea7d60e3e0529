"""A report as one self-contained page: works offline, loads nothing, reads nothing but the report."""

import re
from html import escape

from eval.markup import NAMES, cell, digits_of, document, named, ordered, plain, score_rows, table
from eval.players import PAUSED
from eval.plots import forest, histogram, scatter
from eval.rows import GIVEN, SYSTEM
from eval.schema import Estimate, Finding, Judged, Lengths, Report, Table
from eval.summary import TABLES, facts_of, sentence_of

TEXT = ("bleu4", "chrf", "wer", "exact", "letters", "nll", "rouge_l", "rouge_l_legacy", "bleu1", "bleu2", "bleu3")
OWN = (SYSTEM, GIVEN)


def html_of(report: Report, players: str = "") -> str:
    """The page of a report; `players` is the HTML of its players, which hold the motion that the report does not."""
    from sign_latent.renderer.page import GENERATED_NOTICE, player_assets

    style, script = player_assets()
    body = verdicts(report) + findings(report) + f"<h2>What was judged</h2>{facts(report)}"
    body += "".join(map(judge_section, report.judges)) + distances(report.pose)
    body += "".join(measured(title, getattr(report, name)) for name, title in TABLES.items()) + lengths(report.lengths)
    if players:
        body += f"<h2>Best, median and worst clip</h2>{players}"
    body += f'<p class="note">{escape("; ".join(f"{name} {line}" for name, line in report.signatures.items()))}</p>'
    title = f"Report on {report.system.name}"
    return document(title, body, GENERATED_NOTICE, style, script + PAUSED if players else "")


def verdicts(report: Report) -> str:
    """What each row of the system is accused of, what else was found, and what was looked for."""
    pieces = ["<h2>Verdict</h2>"]
    for row, verdict in report.verdicts.items():
        pieces.append(f'<p class="accused">{escape(f"{row}: {sentence_of(verdict)}.")}</p>')
        items = "".join(
            f'<li class="{"finding" if found.severity == "accusation" else "quiet"}">'
            f"<strong>{escape(f'{found.severity}: {found.name}')}</strong>: {escape(found.reason)}"
            f"<small>{escape(_evidence(found))}</small></li>"
            for found in verdict.findings
        )
        looked = f"Compared: {verdict.about}. Looked for: {', '.join(verdict.examined)}."
        pieces.append((f"<ul>{items}</ul>" if items else "") + f'<p class="note">{escape(looked)}</p>')
    return "".join(pieces)


def _evidence(finding: Finding) -> str:
    numbers = [f"{name.replace('_', ' ')} {value:.3g}" for name, value in finding.evidence.items() if value is not None]
    return f" ({'; '.join(numbers)})" if numbers else ""


def facts(report: Report) -> str:
    """What was judged, with all counts."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts_of(report))
    return f"<dl>{rows}</dl>"


def findings(report: Report) -> str:
    """Everything that forbids reading the figures at face value, and what was found in the inputs."""
    lines = [f"{finding.name}: {finding.reason}" for finding in report.findings]
    lines += [f"{fault.name} ({fault.action}): {fault.line}" for fault in report.inputs]
    if not lines:
        return '<p class="note">Nothing else was found that forbids reading the figures at face value.</p>'
    items = "".join(f'<li class="finding">{escape(line)}</li>' for line in lines)
    return f"<h2>Warnings</h2><ul>{items}</ul>"


def judge_section(judged: Judged) -> str:
    """Figures, tables and plots of one judge."""
    cut = judged.truncated
    about = (
        f"Beam {judged.beam}; reads {judged.skeleton} at {judged.fps:g} frames a second. Percent, but NLL: nats a "
        f"token of the true text given the pose. {cut['texts']} texts are longer than it can write, "
        f"{cut['readings']} readings were cut off. Intervals: 95 % over resampled clusters; ±: standard deviation "
        "over seeds."
    )
    scores = [(row, judged.rows[row]["bleu4"]) for row in ordered(judged.rows)]
    read = [one.score for one in judged.sentences]
    pieces = [
        f"<h2>Read by {escape(judged.name)}</h2>",
        *(figure_line(row, judged.figures[row]) for row in ordered(judged.figures)),
        table("What the judge reads", ["", *(NAMES[s] for s in TEXT)], score_rows(judged.rows, TEXT), OWN),
        f'<p class="note">{escape(about)}</p><div class="plots">',
        forest("BLEU-4 with 95 % intervals", scores),
        histogram(f"Sentence chrF of the clips ({next(iter(ordered(judged.figures)))})", read, 0, 100),
        "</div>",
        spoiled(judged),
        measured("Read without a part", judged.parts, "h3"),
        slices(judged),
        pairs(judged),
        readings(judged),
    ]
    return "".join(pieces)


def figure_line(row: str, figures: dict[str, Estimate]) -> str:
    """The main figure large, the others beside it."""
    main = figures["main_figure"]
    first, _, rest = plain(main, 3).partition(" ")
    others = "; ".join(f"{NAMES[n]} {plain(e, digits_of(n))}" for n, e in figures.items() if n != "main_figure")
    return (
        f'<p>{escape(row)}: {escape(NAMES["main_figure"])} = <span class="figure">{escape(first)}</span> '
        f"{escape(rest)}<br><small>{escape(others)}</small></p>"
    )


def readings(judged: Judged) -> str:
    """Every sentence and what was read of it, folded away; the worst first."""
    worst = sorted(judged.sentences, key=lambda one: (one.score, one.id))
    lost = "(failed)"
    rows = [(one.id, [escape(one.text), escape(lost if one.failed else one.read), f"{one.score:.0f}"]) for one in worst]
    shown = table("Readings, the worst first", ["clip", "text", "read", "chrF"], rows)
    return f"<details><summary>All {len(rows)} readings</summary>{shown}</details>"


def spoiled(judged: Judged) -> str:
    """How much worse the judge reads spoiled recordings; a difference of 0 would say that it is blind to it."""
    rows = [(row, [cell(apart, 1)]) for row, apart in judged.sanity.items()]
    head = ["", "ground truth − it, BLEU-4"]
    return f"<h3>Sanity</h3>{table('Spoiled recordings must be read worse', head, rows)}" if rows else ""


def slices(judged: Judged) -> str:
    """BLEU-4 of every slice and row; too small ones are marked."""
    if not judged.slices:
        return ""
    rows = ordered({row for one in judged.slices.values() for row in one.rows})
    cells = []
    for name, one in sorted(judged.slices.items()):
        scored = [cell(one.rows[row]["bleu4"], 1) if one.scored else "–" for row in rows]
        cells.append((f"{name} ({one.about})", [counted(one.clips, one.scored), *scored]))
    own = next((row for row in rows if row in OWN), None)
    entries = [(name, one.rows[own]["bleu4"]) for name, one in sorted(judged.slices.items()) if one.scored]
    shown = table("BLEU-4 by kind of sentence", ["kind of sentence", "clips", *rows], cells)
    return f"<h3>Kinds of sentences</h3>{shown}{forest(f'BLEU-4 by kind of sentence: {own}', entries)}"


def counted(count: int, scored: bool) -> str:
    """A count, marked where it is too small for a figure to mean anything."""
    return str(count) if scored else f"{count}: too few, not scored"


def pairs(judged: Judged) -> str:
    """Which of the two signs of a minimal pair is read, by channel."""
    if not judged.pairs:
        return ""
    rows = ordered({row for one in judged.pairs.values() for row in one.rows})
    head = ["channel", "places", *(f"{row}: {name}" for row in rows for name in ("right", "partner"))]
    cells = []
    for name, one in sorted(judged.pairs.items()):
        known = [cell(one.rows[row][o], 1) if one.scored else "–" for row in rows for o in ("right", "partner")]
        cells.append((name, [counted(one.places, one.scored), *known]))
    note = (
        "A place is a clip with one sign of a pair that differs in the channel alone. Percent of the places where "
        "a word of the right sign was read, or one of its partner; in the rest neither was, or both."
    )
    shown = table("Which sign of a minimal pair is read", head, cells)
    return f'<h3>Minimal pairs</h3>{shown}<p class="note">{escape(note)}</p>'


def distances(pose: dict[str, dict[str, Estimate]]) -> str:
    """A table for each score of distance, by part, and one for those of the whole clip."""
    pieces = ["<h2>Distance from the recording, and motion</h2>", grouped(pose)]
    note = (
        "Shoulder widths, but ratios, which are to the recording. Low distances prove little: a motionless mean pose "
        "has low ones. A failed clip counts as a body in one point."
    )
    return "".join(pieces) + f'<p class="note">{escape(note)}</p>'


def grouped(rows: dict[str, dict[str, Estimate]]) -> str:
    """A table for each score that is told by part, or rank, or channel, and one for the others."""
    groups: dict[str, list[str]] = {}
    for score in sorted({score for row in rows.values() for score in row}, key=counting):
        groups.setdefault(score.partition("/")[0] if "/" in score else "", []).append(score)
    pieces = []
    for name, members in groups.items():
        heads = [named(member.partition("/")[2] or member) for member in members]
        caption = named(name or members[0]) if name or len(members) == 1 else "Whole clip"
        pieces.append(table(caption, ["", *heads], score_rows(rows, members), OWN))
    return "".join(pieces)


def counting(score: str) -> list[tuple[bool, int, str]]:
    """Sorts names by their numbers as numbers: R@5 before R@10."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", score)]


def measured(title: str, found: Table, level: str = "h2") -> str:
    """A table of a report with what it says and what is missing from it."""
    by = f" By {found.by}." if found.by else ""
    lacking = "".join(f'<p class="quiet">Not computed: {escape(line)}</p>' for line in found.missing)
    note = f'<p class="note">{escape(found.about + by)}</p>'
    return f"<{level}>{escape(title)}</{level}>{note}{grouped(found.rows)}{lacking}"


def lengths(found: Lengths | None) -> str:
    """Predicted against recorded lengths."""
    if found is None:
        return ""
    names = {"ratio": found.ratio, "correlation": found.correlation, "error, seconds": found.error}
    rows = [(name, [cell(estimate, 2)]) for name, estimate in names.items()]
    rows += [
        (f"recordings within the {level} quantile", [cell(found.coverage[level], 2)])
        for level in sorted(found.coverage)
    ]
    shown = table("Predicted against recorded length", ["", "figure"], rows)
    plot = scatter("Seconds of each clip", found.seconds, "recorded", "predicted")
    return f"<h2>Lengths</h2>{shown}{plot}"
