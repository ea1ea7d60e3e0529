"""A report on a renderer as one page that loads nothing, and as lines for the terminal."""

from __future__ import annotations

import base64
from html import escape

from eval.markup import cell, document, plain, table
from eval.plots import forest
from eval.rows import SYSTEM
from eval.schema import Estimate
from eval.video.schema import VideoReport
from eval.video.scores import SCORES, better
from sign_latent.renderer.page import GENERATED_NOTICE

DISTANCES = {
    "fvd": ("Fréchet distance of windows", 2),
    "fvd_limit": ("the same, unlimited clips", 2),
    "kvd": ("kernel distance of windows", 3),
    "kvd_limit": ("the same, unlimited clips", 3),
}
LENGTHS = {"given": "those of the recordings, which the model was told", "predicted": "those that the model predicts"}
MATCHED = (
    "only where a path of time warping over the hands that are seen in both videos matches them, since a text leaves "
    "the tempo open; the path forgives every change of tempo, of the controls as well"
)
_WORD = {True: "better", False: "", None: ""}


def html_of(report: VideoReport, sheet: bytes) -> str:
    """The page; `sheet` is its contact sheet as PNG."""
    pieces = [
        findings(report),
        f"<h2>What was judged</h2>{facts(report)}",
        "<h2>Scores</h2>",
        scores(report),
        '<p class="note">Means over clips with 95 % intervals over resampled clusters. PSNR is infinite where all is '
        "equal and then left out. Frame-by-frame scores reward what does not move: read hands and re-estimated points "
        "first, and every figure beside its controls.</p>",
        "<h2>Against controls</h2>",
        *(against(report, name) for name in report.against),
        distances(report),
        consistency(report),
    ]
    picture = base64.b64encode(sheet).decode()
    pieces.append(
        "<h2>Pictures</h2><p>The first picture of each line is the reference image.</p>"
        '<div class="scroll" tabindex="0" '
        f'role="region" aria-label="contact sheet"><img alt="Frames of every row: {escape(", ".join(report.sheet))}" '
        f'src="data:image/png;base64,{picture}"></div>'
    )
    title = f"Report on the renderer {report.renderer.name}"
    return document(title, "".join(pieces), GENERATED_NOTICE, pictures=True)


def facts_of(report: VideoReport) -> list[tuple[str, str]]:
    """What was judged, on what, by what."""
    r, real, sure = report.renderer, report.recordings, report.uncertainty
    height, width = real.size
    settings = ", ".join(f"{name} {value}" for name, value in r.settings.items()) or "those of the renderer"
    return [
        ("renderer", r.name),
        ("is given", r.condition),
        *([("lengths", LENGTHS[r.lengths])] if r.lengths else []),
        *([("frames are compared", MATCHED)] if r.condition == "text" else []),
        ("trained on", ", ".join(f"{role} {name}" for role, name in r.parents.items()) or "no other artefact"),
        ("settings", settings),
        ("seeds", ", ".join(map(str, r.seeds))),
        ("corpus", f"{real.hash[:12]}, split {', '.join(real.splits)}"),
        (
            "clips",
            f"{real.clips} of together {real.frames} frames, {width}×{height} pixels, {real.fps:g} a second",
        ),
        ("signers", f"{real.looks} looks, drawn as {real.body}"),
        *report.nets.items(),
        ("intervals", f"{sure.draws} draws of {sure.clusters} clusters ({sure.unit})"),
        ("failed", "; ".join(f"{row}: {sum(lost)}" for row, lost in report.failures.items() if any(lost)) or "none"),
    ]


def facts(report: VideoReport) -> str:
    """The same as a list."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts_of(report))
    return f"<dl>{rows}</dl>"


def findings(report: VideoReport) -> str:
    """Warnings, or that there are none."""
    if not report.findings:
        return '<p class="note">Nothing was found that forbids reading the figures at face value.</p>'
    return "<ul>" + "".join(f'<li class="finding">{escape(line)}</li>' for line in report.findings) + "</ul>"


def _shown(report: VideoReport) -> list[str]:
    return [name for name in SCORES if any(name in row for row in report.rows.values())]


def scores(report: VideoReport) -> str:
    """A line a score, a column a row."""
    names = list(report.rows)
    lines = [
        (_label(name), [cell(report.rows[row].get(name), SCORES[name].digits) for row in names])
        for name in _shown(report)
    ]
    return table("Scores (↑ more is better, ↓ less)", ["", *names], lines)


def _label(name: str) -> str:
    return f"{SCORES[name].label} {'↑' if SCORES[name].more else '↓'}"


def against(report: VideoReport, control: str) -> str:
    """The renderer minus a control, and where it is clearly better."""
    found = report.against[control]
    lines = [
        (_label(name), [cell(found[name], SCORES[name].digits), _WORD[better(name, found[name])]])
        for name in SCORES
        if name in found and name != "seconds"
    ]
    return table(f"{SYSTEM} − {control}", ["", "difference", ""], lines)


def distances(report: VideoReport) -> str:
    """Between sets of features."""
    if not report.distances:
        return ""
    names = list(dict.fromkeys(name for row in report.distances.values() for name in row))
    head = [DISTANCES[name][0] if name in DISTANCES else name for name in names]
    lines = [
        (row, [cell(found.get(name), DISTANCES.get(name, ("", 3))[1]) for name in names])
        for row, found in report.distances.items()
    ]
    about = (
        "Distances of sets of features to those of the recordings, in feature spaces that are named above: no "
        "published value can be compared with them. They say nothing of the condition. First seed. Few clips make them "
        "larger: the last row is what two sets of one kind score, of half as many clips. 95 % intervals over random "
        "halves of the clips, whose mean also tells what unlimited clips would come to: compare these."
    )
    return f"<h2>Distances of sets</h2>{table('', ['', *head], lines)}<p class='note'>{about}</p>"


def consistency(report: VideoReport) -> str:
    """That the measure of consistency is not won by noise."""
    picture = forest("Temporal consistency with recordings in general", list(report.spoiled.items()), 2)
    return f"<h2>Sanity</h2><p>Spoiled recordings must be ranked below the recordings.</p>{picture}"


def lines_of(report: VideoReport) -> list[str]:
    """The report as a table for the terminal."""
    names = list(report.rows)
    lines = [f"{'':42}" + "".join(f"{name[:26]:>28}" for name in names)]
    for score in _shown(report):
        values = [_brief(report.rows[row].get(score), SCORES[score].digits) for row in names]
        lines.append(f"{_label(score)[:41]:42}" + "".join(f"{value:>28}" for value in values))
    for row, found in report.distances.items():
        lines.append(f"{row}: " + ", ".join(f"{name} {plain(value, 3)}" for name, value in found.items()))
    return lines + [f"warning: {line}" for line in report.findings]


def _brief(estimate: Estimate | None, digits: int) -> str:
    return plain(estimate, digits).partition(" ±")[0]
