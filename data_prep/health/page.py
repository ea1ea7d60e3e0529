"""A diagnosis as one page that loads nothing, and as lines for the terminal."""

from collections.abc import Mapping
from html import escape

from data_prep.health.schema import Diagnosis, Finding, Quantiles
from eval.markup import document, number, table
from sign_latent.renderer.page import player_assets

SHOWN = 4
"""Clips of a finding that are drawn."""
_STYLE = """
.clips{display:flex;flex-wrap:wrap;gap:1rem}.clips figure{margin:0;max-width:576px}
.clips img{max-width:100%;height:auto;border-radius:6px}.clips figcaption{font-size:.92rem;overflow-wrap:anywhere}
.over{font-weight:700}
.findings td:nth-child(n+5),.findings th:nth-child(n+5){white-space:normal;text-align:left}
"""


def shown_clips(diagnosis: Diagnosis) -> list[str]:
    """Ids of the clips that are drawn, each once."""
    return list(dict.fromkeys(name for finding in _shown(diagnosis) for name in finding.worst[:SHOWN]))


def html_of(diagnosis: Diagnosis, figures: Mapping[str, str]) -> str:
    """The page; `figures` are the HTML of the clips that `shown_clips` names, by their ids."""
    body = _facts(diagnosis) + _summary(diagnosis) + _splits(diagnosis) + _parts(diagnosis) + _dropped(diagnosis)
    body += "".join(_section(finding, figures) for finding in _shown(diagnosis))
    title = f"Diagnosis of {diagnosis.title or 'a corpus'}"
    return document(title, body, style=player_assets()[0] + _STYLE, pictures=True)


def lines_of(diagnosis: Diagnosis) -> list[str]:
    """The summary for the terminal."""
    lines = [
        f"{diagnosis.title}: {diagnosis.clips} clips, {diagnosis.frames} frames, {_hours(diagnosis.seconds)}",
        f"skeleton {diagnosis.skeleton} at {diagnosis.fps:g} frames a second; {_languages(diagnosis)}",
    ]
    for name, split in diagnosis.splits.items():
        words = f"{split.words.median:g} words and {split.duration.median:.2f} s in the median"
        lines.append(f"  {name}: {split.clips} clips, {split.texts} texts, {split.signers} known signers, {words}")
    wide = max(len(finding.name) for finding in diagnosis.findings)
    for finding in diagnosis.findings:
        limit = "" if finding.allowed is None else f" (allowed {_percent(finding.allowed)})"
        mark = "!" if finding.exceeded else " "
        lines.append(f"{mark} {finding.name:{wide}} {_percent(finding.figure):>7}{limit}  {finding.about}")
        if finding.clips and finding.figure:
            lines.append(f"  {'':{wide}}          → {finding.remedy}")
    return lines


def _shown(diagnosis: Diagnosis) -> list[Finding]:
    """Findings about the motion, or beyond what is allowed: those of which clips are worth looking at."""
    about_texts = ("leaked-texts", "shared-signers", "shared-sources", "unknown-signers")
    return [one for one in diagnosis.findings if one.worst and (one.exceeded or one.name not in about_texts)]


def _facts(diagnosis: Diagnosis) -> str:
    facts = {
        "clips": f"{diagnosis.clips}, {diagnosis.frames} frames, {_hours(diagnosis.seconds)}",
        "skeleton": f"{diagnosis.skeleton}, {diagnosis.fps:g} frames a second",
        "languages": _languages(diagnosis),
        "dominant hand": _counts(diagnosis.handedness),
        "unknown signers": f"{diagnosis.unknown_signers} clips",
        "shaking": f"{_spread(diagnosis.jitter, 4)} shoulder widths (least, median, most)",
        "licence": diagnosis.licence or "not said",
        "corpus": diagnosis.corpus[:12],
    }
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in facts.items())}</dl>"


def _summary(diagnosis: Diagnosis) -> str:
    rows = []
    for one in diagnosis.findings:
        figure = f'<span class="over">{_percent(one.figure)} !</span>' if one.exceeded else _percent(one.figure)
        allowed = "–" if one.allowed is None else _percent(one.allowed)
        remedy = escape(one.remedy) if one.clips and one.figure else "–"
        rows.append((one.name, [figure, allowed, str(one.clips), escape(one.about), remedy]))
    over = [one.name for one in diagnosis.findings if one.exceeded]
    said = f"Beyond what is allowed: {', '.join(over)}." if over else "Nothing is beyond what is allowed."
    head = ["looked for", "figure", "allowed", "clips", "what the figure is", "what helps"]
    shown = table("What was looked for", head, rows)
    kind = "accused" if over else "note"
    return f'<h2>Findings</h2><p class="{kind}">{escape(said)}</p><div class="findings">{shown}</div>'


def _splits(diagnosis: Diagnosis) -> str:
    rows = []
    for name, one in diagnosis.splits.items():
        counts = [str(value) for value in (one.clips, one.texts, one.signers, one.sources)]
        rows.append((name, [*counts, _hours(one.seconds), _spread(one.duration, 2), _spread(one.words, 0)]))
    head = ["split", "clips", "texts", "known signers", "sources", "in all", "seconds a clip", "words a text"]
    pieces = ["<h2>Splits</h2>", table("Counts; least, median and most", head, rows)]
    shared = [
        (
            f"{one.second} in {one.first}",
            [str(value) for value in (one.signers, one.clips_of_shared_signers, one.clips_of_shared_sources,
                                      one.clips_of_shared_texts, one.shared_clips)],
        )
        for one in diagnosis.overlaps
    ]  # fmt: skip
    if shared:
        head = ["", "shared signers", "clips of them", "of shared sources", "of shared texts", "same motion"]
        pieces.append(table("What splits share: clips of the first named that are also in the second", head, shared))
    return "".join(pieces)


def _parts(diagnosis: Diagnosis) -> str:
    rows = [(name.replace("_", " "), [_percent(one.seen), str(one.never)]) for name, one in diagnosis.parts.items()]
    return "<h2>Parts</h2>" + table("How far each part is seen", ["", "of all frames", "clips never showing it"], rows)


def _dropped(diagnosis: Diagnosis) -> str:
    if not diagnosis.dropped:
        return ""
    rows = [(reason, [str(count)]) for reason, count in diagnosis.dropped.items()]
    return "<h2>Left out</h2>" + table("Clips left out when the corpus was made", ["reason", "clips"], rows)


def _section(finding: Finding, figures: Mapping[str, str]) -> str:
    drawn = "".join(figures[name] for name in finding.worst[:SHOWN])
    more = f"{finding.clips} clips, among them {', '.join(finding.worst)}"
    return (
        f"<h2>{escape(finding.name)}: the worst</h2><p>{escape(finding.about)}: {_percent(finding.figure)}. "
        f'{escape(finding.remedy)}.</p><div class="clips">{drawn}</div>'
        f"<details><summary>Their names</summary><p>{escape(more)}</p></details>"
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.2f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def _spread(found: Quantiles, digits: int) -> str:
    return escape(" · ".join(number(value, digits) for value in (found.least, found.median, found.most)))


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'not known'} {count}" for name, count in found.items())


def _languages(diagnosis: Diagnosis) -> str:
    return f"spoken {_counts(diagnosis.spoken_languages)}; signed {_counts(diagnosis.signed_languages)}"
